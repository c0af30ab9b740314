"""Writing XComs: the written value is read back, or the client names the release that is needed."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiUnsupportedError,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnprocessableEntityException,
    ValueChangedWarning,
)
from airflow_client.xcom.core.validation import can_change_path
from tests.contract import clients, dataset
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1
from tests.contract.expected import in_its_order
from tests.contract.servers import Server
from tests.support.cases import all_cases

TASK = {"dag_id": "contract", "dag_run_id": RUN_1, "task_id": "kinds"}
MAPPED = {**TASK, "task_id": "mapped"}
EXACT = [
    *(1, -1, 1.5, 0, True, False, None, 2**53 + 1, 1e-300),
    *("", "x", "1", '"x"', '{"a": 1}', "h\u00e9 \U0001f600 \u4e16 \u0001", "2020-01-01"),
    *([], [1], {}, {"a": 1}, {"b": {"a": [1, {"c": None}, 1.0, 2**70]}, "a": [[]]}),
]


#: More of them, and (value, what is stored) of others, by database. PostgreSQL writes large floats as integers.
EXACT_IN: dict[str, list[Any]] = {"sqlite": [1e300], "postgresql": [1.0, 1e15, 2**63, 2**70]}
CHANGED_IN: dict[str, list[tuple[Any, Any]]] = {
    "sqlite": [(1.0, 1), (-0.0, 0), (2**63, 9.223372036854775808e18)],
    "postgresql": [(-0.0, 0.0), (1e16, 10**16), ([1e300], [10**300])],
}


@pytest.fixture
def key(server: Server, api: XComApi) -> Iterator[str]:
    """A new key, deleted after the test."""
    key = f"written-{uuid.uuid4()}"
    yield key
    for ids in (TASK, {**MAPPED, "map_index": 1}):
        with contextlib.suppress(NotFoundException):
            api.delete_xcom_entry(**ids, xcom_key=key)


def read(api: XComApi, key: str) -> Any:
    return api.get_xcom_entry(*TASK.values(), key, stringify=False).value


@pytest.mark.airflow("2.", "3.0", "3.1")
def test_earlier_releases_refuse_writes(server: Server, api: XComApi) -> None:
    calls: dict[str, dict[str, Any]] = {
        "create_xcom_entry": {"value": 1},
        "update_xcom_entry": {"value": 1},
        "delete_xcom_entry": {},
    }
    with all_cases() as case:
        for call, value in calls.items():
            with case(call):
                message = f"^{call} needs Airflow 3.2 or later.*; this server"
                with pytest.raises(ApiUnsupportedError, match=message) as caught:
                    getattr(api, call)(**TASK, xcom_key="k", **value)
                assert ("would read back as a str" in str(caught.value)) == (server.major == 3 and bool(value))


@pytest.mark.airflow("3.2", "3.3")
class TestWrites:
    def test_values_are_read_back(self, server: Server, api: XComApi, key: str) -> None:
        with all_cases() as case:
            for number, value in enumerate([*EXACT, *EXACT_IN[server.database]]):
                stored = in_its_order(server, value)
                each = f"{key}-{number}"
                with case(repr(value)):
                    created = api.create_xcom_entry(**TASK, xcom_key=each, value=value)
                    try:
                        assert (created.key, created.map_index, repr(created.value)) == (each, -1, repr(stored))
                        assert repr(read(api, each)) == repr(stored)
                        api.update_xcom_entry(**TASK, xcom_key=each, value="something else")
                        updated = api.update_xcom_entry(**TASK, xcom_key=each, value=value)
                        assert repr(updated.value) == repr(stored)
                        assert repr(read(api, each)) == repr(stored)
                    finally:
                        api.delete_xcom_entry(**TASK, xcom_key=each)

    @pytest.mark.every_client
    def test_a_value_that_the_database_changes_is_a_warning(self, server: Server, api: XComApi, key: str) -> None:
        with all_cases() as case:
            for value, stored in CHANGED_IN[server.database]:
                with case(value):
                    message = "the server's database changed the value"
                    with pytest.warns(ValueChangedWarning, match=message) as warned:
                        created = api.create_xcom_entry(**TASK, xcom_key=key, value=value)
                    if clients.is_blocking():
                        assert warned[0].filename == __file__  # the warning names the line of the call
                    assert repr(created.value) == repr(stored) == repr(read(api, key))
                    api.delete_xcom_entry(**TASK, xcom_key=key)

    @pytest.mark.every_client
    def test_writes_take_the_keywords_of_every_call(self, api: XComApi, key: str) -> None:
        ids: Any = {**TASK, "xcom_key": key}
        in_thread = {"async_req": True} if clients.is_blocking() else {}
        created = api.create_xcom_entry(**ids, value=1, **in_thread)
        assert (created.get(30) if in_thread else created).value == 1
        data, status, headers = api.update_xcom_entry(**ids, value=2, _return_http_data_only=False)
        assert (data.value, status, headers["content-type"]) == (2, 200, "application/json")
        response = api.update_xcom_entry(**ids, value=3, _preload_content=False)
        body = response.data if clients.is_blocking() else clients.wait(response.read())
        assert (json.loads(body)["value"], response.status) == (3, 200)
        assert read(api, key) == 3
        deleted = api.delete_xcom_entry(**ids, **in_thread)
        assert (deleted.get(30) if in_thread else deleted) is None

    def test_deleted_entries_are_not_found(self, api: XComApi, key: str) -> None:
        api.create_xcom_entry(**TASK, xcom_key=key, value=1)
        assert api.delete_xcom_entry(**TASK, xcom_key=key) is None
        with pytest.raises(NotFoundException):
            read(api, key)
        with pytest.raises(NotFoundException, match="with mentioned task instance doesn't exist"):
            api.delete_xcom_entry(**TASK, xcom_key=key)

    def test_map_index_selects_the_instance(self, api: XComApi, key: str) -> None:
        assert api.create_xcom_entry(**MAPPED, xcom_key=key, value=1, map_index=1).map_index == 1
        assert api.update_xcom_entry(**MAPPED, xcom_key=key, value=2, map_index=1).value == 2
        assert api.get_xcom_entry(*MAPPED.values(), key, map_index=1).value == 2
        with pytest.raises(NotFoundException):
            api.delete_xcom_entry(**MAPPED, xcom_key=key, map_index=2)
        api.delete_xcom_entry(**MAPPED, xcom_key=key, map_index=1)

    @pytest.mark.every_client
    def test_odd_keys_are_written(self, api: XComApi) -> None:
        with all_cases() as case:
            for key in dataset.ODD_KEYS:
                if len(key) < 500 and not can_change_path(key):
                    ids = {**TASK, "xcom_key": key}
                    with case(repr(key)):
                        assert api.create_xcom_entry(**ids, value=[key]).key == key
                        assert api.update_xcom_entry(**ids, value=key).value == key
                        api.delete_xcom_entry(**ids)

    def test_an_existing_entry_is_not_overwritten(self, api: XComApi, key: str) -> None:
        api.create_xcom_entry(**TASK, xcom_key=key, value=1)
        with pytest.raises(ConflictException, match="already exists"):
            api.create_xcom_entry(**TASK, xcom_key=key, value=2)
        assert read(api, key) == 1

    def test_missing_dag_run_or_task_is_named(self, api: XComApi) -> None:
        with all_cases() as case:
            for name, kind in [("dag_id", "Dag"), ("dag_run_id", "Dag Run"), ("task_id", "Task")]:
                with case(name):
                    with pytest.raises(NotFoundException, match=rf"{kind} with ID: `nope`.*not found"):
                        api.create_xcom_entry(**{**TASK, name: "nope"}, xcom_key="k", value=1)
                    with pytest.raises(NotFoundException, match="doesn't exist"):
                        api.update_xcom_entry(**{**TASK, name: "nope"}, xcom_key="k", value=1)

    def test_reserved_keys_are_refused(self, api: XComApi, key: str) -> None:
        with pytest.raises(UnprocessableEntityException, match="contains reserved serialization keys: __classname__"):
            api.create_xcom_entry(**TASK, xcom_key=key, value={"__classname__": "datetime.date"})

    @pytest.mark.every_login
    def test_viewers_may_not_write(self, server: Server) -> None:
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            with pytest.raises(ForbiddenException, match="permission"):
                XComApi(client).create_xcom_entry(**TASK, xcom_key="k", value=1)
            with pytest.raises(ForbiddenException, match="permission"):
                XComApi(client).delete_xcom_entry(**TASK, xcom_key="str")
