"""Single entries: every kind of value, every odd key, and errors for what does not exist."""

from __future__ import annotations

import concurrent.futures
from datetime import datetime, timezone
from typing import Any, Optional

import pytest

from airflow_client.xcom import (
    ApiException,
    ApiTypeError,
    BadRequestException,
    NotFoundException,
    ServiceException,
)
from airflow_client.xcom.values import parse_text
from tests.contract import clients, dataset
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1, RUN_2
from tests.contract.decoded import DECODED, PUSHED, REFUSED, expected_value, rendered
from tests.contract.expected import JSON_3_SQLITE, KINDS, MANY, MAPPED, as_json, as_text, error_of, row_fields
from tests.contract.servers import SINCE_2_7, Server
from tests.support import documented
from tests.support.cases import all_cases, assert_equal_tables

#: In PostgreSQL, the values that SQLite changes are exact.
REFUSED_OR_EXACT = {**dict.fromkeys(dataset.REFUSED_BY_POSTGRESQL, REFUSED), **dict.fromkeys(JSON_3_SQLITE, PUSHED)}


#: Release -> the kinds whose text differs in earlier releases.
OTHER_TEXT = {(2, 5): ("tuple", "tuple_empty", "namedtuple", "old_set"), (2, 7): ("nested_mixed",)}
#: Releases that refuse values that 3.3 stores.
OLD_3 = ((3, 0), (3, 1))


@pytest.mark.every_release
class TestEveryKind:
    @pytest.mark.parametrize("stringify", [None, True, False])
    def test_values_are_exact(self, server: Server, api: XComApi, stringify: Optional[bool]) -> None:
        if stringify is not None and not server.sends_json:
            with pytest.raises(BadRequestException, match=r"stringify needs Airflow 2\.10 or later: omit it"):
                api.get_xcom_entry(*KINDS, "str", stringify=stringify)
            return
        is_text = server.major == 2 if stringify is None else stringify
        form = as_text if is_text else as_json

        def read(key: str) -> str:
            try:
                return repr(api.get_xcom_entry(*KINDS, key, stringify=stringify).value)
            except NotFoundException:
                return "not found"
            except ServiceException as error:
                return "None" if "the value is None, which Airflow 2.9 and earlier cannot send" in str(error) else "?"

        every = [*dataset.KINDS, *dataset.REFUSED]
        expected = {key: "not found" if key in server.refused_kinds else repr(form(server, key)) for key in every}
        assert_equal_tables({key: read(key) for key in every}, expected)

    @pytest.mark.airflow("2.10", "2.11", "3.")
    def test_values_are_decoded(self, server: Server, api: XComApi) -> None:
        with all_cases() as case:
            for key, row in DECODED.items():
                expected = row.native if server.major == 2 else row.decoded
                if server.database == "postgresql" and server.major == 3:
                    expected = REFUSED_OR_EXACT.get(key, expected)
                with case(key):
                    assert (expected is REFUSED) == (key in server.refused_kinds) or server.release[:2] in OLD_3
                    if key not in server.refused_kinds:
                        xcom = api.get_xcom_entry(*KINDS, key, stringify=False)
                        assert rendered(xcom.decode()) == rendered(expected_value(key, expected, xcom.value))
                        assert repr(xcom.value) == repr(as_json(server, key))  # decode() changes no value

    @pytest.mark.airflow("2.")
    def test_text_is_parsed(self, server: Server, api: XComApi) -> None:
        with all_cases() as case:
            for key, row in DECODED.items():
                if key in server.kinds and (key != "none" or server.sends_json):
                    with case(key):
                        text = api.get_xcom_entry(*KINDS, key).value
                        expected = row.parsed
                        if any(server.release < since and key in keys for since, keys in OTHER_TEXT.items()):
                            expected = as_json(server, key)
                        assert rendered(parse_text(text)) == rendered(expected_value(key, expected, text))

    def test_each_kind_has_a_decoded_form(self) -> None:
        assert sorted(DECODED) == sorted(dataset.TASKS["contract"]["kinds"])


class TestEntries:
    @pytest.mark.every_client
    def test_entries_have_the_fields_of_rows(self, server: Server, api: XComApi) -> None:
        xcom = api.get_xcom_entry(*KINDS, "int", stringify=True if server.sends_json else None)
        assert sorted(xcom) == sorted([*row_fields(server), "value"])
        index = -1 if server.knows_map_index else None
        assert (xcom.dag_id, xcom.task_id, xcom.key, xcom.map_index) == ("contract", "kinds", "int", index)
        assert (xcom.logical_date, xcom.value) == (datetime(2024, 1, 1, tzinfo=timezone.utc), "42")

    @pytest.mark.every_client
    def test_large_values_are_complete(self, api: XComApi) -> None:
        assert api.get_xcom_entry("contract", RUN_1, "big", "return_value").value == "x" * (5 * 1024 * 1024)

    def test_tasks_in_groups_have_entries(self, api: XComApi) -> None:
        assert api.get_xcom_entry("contract", RUN_1, "group.inner", "return_value").value == "in group"

    def test_multiple_outputs_have_one_entry_each(self, server: Server, api: XComApi) -> None:
        ids = ("contract", RUN_2, "multi")
        entries = [api.get_xcom_entry(*ids, key, **server.json_parameters) for key in ("first", "second")]
        assert [xcom.value for xcom in entries] == [server.sent(1), server.sent([2])]

    def test_mapped_tasks_need_map_index(self, server: Server, api: XComApi) -> None:
        error = error_of(api, *MAPPED, "return_value")
        if not server.knows_map_index:
            assert type(error) is ServiceException
            assert "Airflow 2.6 and earlier cannot send the XComs of a mapped task" in str(error)
            return
        assert type(error) is NotFoundException
        xcom = api.get_xcom_entry(*MAPPED, "return_value", map_index=2, **server.json_parameters)
        assert xcom.value == server.sent(20)

    def test_deserialize_needs_a_server_that_supports_it(self, server: Server, api: XComApi) -> None:
        assert api.get_xcom_entry(*KINDS, "str_json", deserialize=False).value == '{"a": 1}'
        if server.release >= (3, 1):
            assert api.get_xcom_entry(*KINDS, "str_json", deserialize=True).value == {"a": 1}
        elif not server.knows_map_index:  # before 2.7, no setting forbids it
            assert api.get_xcom_entry(*KINDS, "str_json", deserialize=True).value == '{"a": 1}'
        else:
            assert type(error_of(api, *KINDS, "str_json", deserialize=True)) is BadRequestException


@pytest.mark.every_release
class TestKeys:
    @pytest.mark.every_client
    def test_odd_keys_are_found(self, server: Server, api: XComApi) -> None:
        ids = ("contract", RUN_1, "odd_keys")
        with all_cases() as case:
            for key in server.odd_keys:
                with case(repr(key)):
                    if server.major == 2 and key.startswith("/"):
                        error = error_of(api, *ids, key)
                        assert (type(error), error.status) == (ApiException, 308)
                        assert "another XCom" in str(error)
                    elif "/" in key and not server.takes_slashes:
                        assert type(error_of(api, *ids, key)) is NotFoundException
                    else:
                        xcom = api.get_xcom_entry(*ids, key)
                        assert (xcom.key, xcom.value) == (key, f"value of {key}")

    def test_long_keys_are_sent_up_to_the_limit_of_the_server(self, server: Server, api: XComApi) -> None:
        assert type(error_of(api, *KINDS, "\u952e" * 400)) is NotFoundException
        error = error_of(api, *KINDS, "k" * 5000)
        if server.major == 2:
            assert type(error) is BadRequestException
            assert "Request Line is too large" in str(error)
            assert "the ids are too long" in str(error)
        else:
            assert type(error) is NotFoundException

    def test_missing_entries_raise_not_found(self, server: Server, api: XComApi) -> None:
        missing = [
            ("nope", RUN_1, "kinds", "str"),
            ("contract", "nope", "kinds", "str"),
            ("contract", RUN_1, "nope", "str"),
            ("contract", RUN_1, "kinds", "nope"),
            ("contract", "~", "kinds", "str"),
            ("~", "~", "~", "~"),
            ("contract", RUN_1, "kinds", "STR"),
        ]
        with all_cases() as case:
            for ids in missing:
                with case(ids):
                    error = error_of(api, *ids)
                    assert type(error) is NotFoundException
                    assert error.error is not None
                    key = f" with key: `{ids[-1]}`" if server.major == 3 else ""
                    assert error.error.text == f"XCom entry{key} not found"
                    assert f"Server says: XCom entry{key} not found" in str(error)
                    assert "needs map_index" in str(error)


@pytest.mark.every_client
class TestThreads:
    def test_threads_share_a_client(self, server: Server, api: XComApi) -> None:
        def value(i: int) -> Any:
            return int(api.get_xcom_entry(*MANY, f"k{i:04d}", **server.json_parameters).value)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert list(pool.map(value, range(24))) == list(range(24))

    def test_async_req_runs_in_threads_of_the_client(self, server: Server) -> None:
        if not clients.is_blocking():
            with ApiClient(configuration(server)) as client, pytest.raises(ApiTypeError, match="create_task"):
                XComApi(client).get_xcom_entry(*MANY, "k0000", async_req=True)
            return
        with ApiClient(configuration(server), pool_threads=4) as client:
            calls = [XComApi(client).get_xcom_entry(*MANY, f"k{i:04d}", async_req=True) for i in range(8)]
            assert [int(call.get(60).value) for call in calls] == list(range(8))


class TestDocumentedExamples:
    """The examples of the official documentation run unchanged and print the stored values."""

    def run(self, example: str, server: Server, ids: tuple[str, str, str], key: str, **filled_in: Any) -> str:
        filled_in.update(username="admin", password="admin-pw")
        filled_in.update(zip(("dag_id", "dag_run_id", "task_id"), ids))
        return documented.run(example, server.url, xcom_key=key, **filled_in)

    @pytest.mark.airflow(*SINCE_2_7)  # it filters
    def test_list_example(self, server: Server, api: XComApi) -> None:
        everything = api.get_xcom_entries(*MAPPED)
        filtered = api.get_xcom_entries(*MAPPED, map_index=1, xcom_key="square")
        assert (everything.total_entries, filtered.total_entries) == (10, 1)
        printed = self.run(documented.LIST_EXAMPLE, server, MAPPED, "square")
        assert printed == f"{everything!r}\n{filtered!r}\n"

    @pytest.mark.airflow(*SINCE_2_7)  # with map_index
    def test_entry_example(self, server: Server, api: XComApi) -> None:
        printed = self.run(documented.ENTRY_EXAMPLE, server, KINDS, "str", map_index=-1)
        assert printed == 2 * f"{api.get_xcom_entry(*KINDS, 'str')!r}\n"
        assert "'value': 'hello'" in printed
