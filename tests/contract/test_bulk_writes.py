"""Creating or updating XComs, and deleting and copying many."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiUnsupportedError,
    ApiValueError,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnprocessableEntityException,
)
from tests.contract import dataset
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1, RUN_2
from tests.contract.expected import in_its_order
from tests.contract.servers import Server
from tests.contract.test_writes import EXACT
from tests.support.cases import all_cases

TASK = {"dag_id": "contract", "dag_run_id": RUN_1, "task_id": "kinds"}
MAPPED = {**TASK, "task_id": "mapped", "map_index": 1}
RUNS = {"dag_id": "contract", "from_run": RUN_1, "to_run": RUN_2}


class Requests:
    """Methods and statuses of the requests since the last look, without logins and the version."""

    def __init__(self) -> None:
        self._log: list[str] = []

    def __call__(self, attempt: Any) -> None:
        if attempt.path_template.endswith(("xcomEntries", "{xcom_key}", "/version")):
            kind = "version" if attempt.path_template.endswith("/version") else attempt.method
            self._log.append(f"{kind} {attempt.status}")

    def taken(self) -> list[str]:
        taken, self._log[:] = list(self._log), []
        return taken


@pytest.fixture
def requests() -> Requests:
    return Requests()


@pytest.fixture
def api(server: Server, client_kind: None, requests: Requests) -> Iterator[Any]:
    settings = configuration(server)
    settings.on_attempt = requests
    with ApiClient(settings) as client:
        yield XComApi(client)


@pytest.fixture
def prefix(api: Any) -> Iterator[str]:
    """The beginning of new keys in both runs, deleted after the test."""
    prefix = f"bulk-{uuid.uuid4()}-"
    yield prefix
    api.delete_xcom_entries(dag_id="contract", dag_run_id="~", task_id="~", xcom_key_prefix_pattern=prefix)


def keys(rows: list[Any]) -> list[str]:
    return [row.key for row in rows]


@pytest.mark.airflow("2.", "3.0", "3.1")
def test_earlier_releases_refuse_them_before_any_other_request(api: Any, requests: Requests) -> None:
    calls: dict[str, dict[str, Any]] = {
        "put_xcom_entry": {**TASK, "xcom_key": "k", "value": 1},
        "delete_xcom_entries": TASK,
        "copy_xcom_entries": RUNS,
    }
    with all_cases() as case:
        for call, ids in calls.items():
            with case(call):
                with pytest.raises(ApiUnsupportedError, match=f"^{call} needs Airflow 3.2 or later.*; this server"):
                    getattr(api, call)(**ids)
                assert {request.partition(" ")[0] for request in requests.taken()} <= {"version"}


@pytest.mark.airflow("3.2", "3.3")
class TestPut:
    @pytest.mark.every_client
    def test_one_request_creates_and_two_replace(self, api: Any, requests: Requests, prefix: str) -> None:
        for ids in (TASK, MAPPED):
            created = api.put_xcom_entry(**ids, xcom_key=prefix, value=[1.0, None])
            assert (created.map_index, repr(created.value)) == (ids.get("map_index", -1), "[1.0, None]")
            assert "POST 201" in requests.taken()
            assert api.put_xcom_entry(**ids, xcom_key=prefix, value="new").value == "new"
            assert requests.taken() == ["POST 409", "PATCH 200"]
            task = (ids["dag_id"], ids["dag_run_id"], ids["task_id"])
            assert api.get_xcom_entry(*task, prefix, map_index=ids.get("map_index")).value == "new"
            requests.taken()

    def test_it_takes_the_keywords_of_every_call(self, api: Any, prefix: str) -> None:
        ids = {**TASK, "xcom_key": prefix}
        assert api.put_xcom_entry(**ids, value=1, async_req=True).get(60).value == 1
        data, status, _ = api.put_xcom_entry(**ids, value=2, _return_http_data_only=False)
        assert (data.value, status) == (2, 200)
        response = api.put_xcom_entry(**ids, value=3, _preload_content=False)
        assert (json.loads(response.data)["value"], response.status) == (3, 200)

    def test_what_is_missing_is_named(self, api: Any) -> None:
        with pytest.raises(NotFoundException, match="Dag Run with ID: `nope` not found"):
            api.put_xcom_entry(**{**TASK, "dag_run_id": "nope"}, xcom_key="k", value=1)
        with pytest.raises(ServiceException, match="a mapped task needs map_index, and the run must have that index"):
            api.put_xcom_entry(**{**MAPPED, "map_index": 7}, xcom_key="k", value=1)


@pytest.mark.airflow("3.2", "3.3")
class TestDelete:
    @pytest.mark.every_client
    def test_it_deletes_what_the_filters_leave(self, api: Any, requests: Requests, prefix: str) -> None:
        for i in range(7):
            api.create_xcom_entry(**TASK, xcom_key=f"{prefix}{i}", value=i)
        api.create_xcom_entry(**MAPPED, xcom_key=f"{prefix}0", value=0)
        api.create_xcom_entry(**{**TASK, "dag_run_id": RUN_2}, xcom_key=f"{prefix}0", value=0)
        ids = {"dag_id": "contract", "dag_run_id": RUN_1, "task_id": "~", "xcom_key_prefix_pattern": prefix}
        requests.taken()

        planned = api.delete_xcom_entries(**ids, page_size=3, dry_run=True)
        assert requests.taken() == ["GET 200"] * 3
        deleted = api.delete_xcom_entries(**ids, page_size=3)
        assert requests.taken() == ["GET 200"] * 3 + ["DELETE 204"] * 8

        assert (planned.dry_run, deleted.dry_run, planned.total, deleted.total) == (True, False, 8, 8)
        expected = [("kinds", -1, f"{prefix}{i}") for i in range(7)] + [("mapped", 1, f"{prefix}0")]
        for result in (planned, deleted):
            assert [(row.task_id, row.map_index, row.key) for row in result.entries] == expected
            assert (result.skipped, result.errors) == ([], [])
        again = api.delete_xcom_entries(**{**ids, "dag_run_id": "~"})
        assert [row.run_id for row in again.entries] == [RUN_2]

    def test_keys_that_may_not_be_written_are_errors(self, api: Any) -> None:
        result = api.delete_xcom_entries(**{**TASK, "task_id": "odd_keys"}, dry_run=True, on_error="skip")
        assert {error.entry.key for error in result.errors} == {"..", ".", "/leading", "trailing/"}
        assert {type(error) for error in result.errors} == {ApiValueError}
        assert len(result.entries) == len(dataset.ODD_KEYS) - 4

    def test_viewers_may_not(self, server: Server, prefix: str, api: Any) -> None:
        api.create_xcom_entry(**TASK, xcom_key=prefix, value=1)
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            with pytest.raises(ForbiddenException, match="permission") as caught:
                XComApi(client).delete_xcom_entries(**TASK, xcom_key=prefix)
        assert (caught.value.result.total, caught.value.result.entries) == (1, [])


@pytest.mark.airflow("3.2", "3.3")
class TestCopy:
    @pytest.mark.every_client
    def test_values_are_exact(self, server: Server, api: Any, requests: Requests, prefix: str) -> None:
        for i, value in enumerate(EXACT):
            api.create_xcom_entry(**TASK, xcom_key=f"{prefix}{i:02}", value=value)
        api.create_xcom_entry(**MAPPED, xcom_key=f"{prefix}00", value=10)
        requests.taken()
        copied = api.copy_xcom_entries(**RUNS, xcom_key_prefix_pattern=prefix)
        assert sorted(requests.taken()) == sorted(
            ["GET 200"] * 2 + ["GET 200", "POST 201"] * (len(EXACT) + 1)  # the lists of both runs, then the values
        )
        assert (copied.total, len(copied.entries)) == (len(EXACT) + 1, len(EXACT) + 1)
        with all_cases() as case:
            for i, value in enumerate(EXACT):
                with case(repr(value)):
                    read = api.get_xcom_entry("contract", RUN_2, "kinds", f"{prefix}{i:02}", stringify=False)
                    stored = in_its_order(server, value)
                    assert repr(read.value) == repr(stored)
        assert api.get_xcom_entry("contract", RUN_2, "mapped", f"{prefix}00", map_index=1).value == 10

    def test_existing_xcoms_are_replaced_on_request_alone(self, api: Any, requests: Requests, prefix: str) -> None:
        target = {**TASK, "dag_run_id": RUN_2}
        for key in "ab":
            api.create_xcom_entry(**TASK, xcom_key=prefix + key, value=f"new {key}")
        api.create_xcom_entry(**target, xcom_key=prefix + "a", value="old")
        calls = (
            ({"dry_run": True}, ["b"], ["a"], "old", []),
            ({}, ["b"], ["a"], "old", ["GET 200", "POST 201"]),
            ({}, [], ["a", "b"], "old", []),
            ({"overwrite": True, "dry_run": True}, ["a", "b"], [], "old", []),
            ({"overwrite": True}, ["a", "b"], [], "new a", ["GET 200", "PATCH 200"] * 2),
        )
        with all_cases() as case:
            for keywords, copied, skipped, value, sent in calls:
                with case(keywords):
                    requests.taken()
                    result = api.copy_xcom_entries(**RUNS, task_id="kinds", xcom_key_prefix_pattern=prefix, **keywords)
                    assert requests.taken()[2:] == sent
                    assert keys(result.entries) == [prefix + key for key in copied]
                    assert keys(result.skipped) == [prefix + key for key in skipped]
                    assert api.get_xcom_entry(*target.values(), prefix + "a").value == value

    def test_airflow_s_envelopes_are_errors(self, api: Any) -> None:
        before = {xcom.key: repr(xcom.value) for xcom in api.iter_xcoms("contract", RUN_2, "kinds")}
        for key in ("datetime_utc", "tuple_in_list", "old_set"):
            with pytest.raises(UnprocessableEntityException, match="reserved serialization keys") as caught:
                api.copy_xcom_entries(**RUNS, task_id="kinds", xcom_key=key, overwrite=True)
            assert "it can neither create nor copy such an XCom" in str(caught.value)
            assert caught.value.entry.key == key
        assert {xcom.key: repr(xcom.value) for xcom in api.iter_xcoms("contract", RUN_2, "kinds")} == before

    def test_a_missing_run_has_nothing_to_copy(self, api: Any) -> None:
        assert api.copy_xcom_entries(**{**RUNS, "from_run": "nope"}).total == 0
        with pytest.raises(NotFoundException, match="Dag Run with ID: `nope` not found"):
            api.copy_xcom_entries(**{**RUNS, "to_run": "nope"}, task_id="kinds", xcom_key="str")
