"""What every Airflow answers to a single entry: the same calls, and the same assertions for each."""

from __future__ import annotations

import concurrent.futures
from datetime import datetime, timezone
from typing import Any, Optional

import pytest

from airflow_client.xcom import ApiException, ApiTypeError, BadRequestException, NotFoundException
from tests import documented
from tests.contract import pushed, sides
from tests.contract.conftest import configuration
from tests.contract.expected import KINDS, MAPPED, RUN_BY_RUN_MIN, as_json, as_text, fields_of_a_row, refused
from tests.contract.pushed import RUN_1, RUN_2
from tests.contract.servers import Server
from tests.contract.sides import ApiClient, XComApi


class TestValue:
    @pytest.mark.parametrize("key", [*pushed.KINDS, *pushed.REFUSED])
    @pytest.mark.parametrize("stringify", [None, True, False])
    def test_comes_exactly(self, server: Server, api: XComApi, key: str, stringify: Optional[bool]) -> None:
        if key in server.refused_kinds:
            assert type(refused(api, *KINDS, key, stringify=stringify)) is NotFoundException
            return
        value = api.get_xcom_entry(*KINDS, key, stringify=stringify).value
        text = server.major == 2 if stringify is None else stringify
        assert repr(value) == repr(as_text(server, key) if text else as_json(server, key))

    def test_has_the_fields_of_a_row_too(self, server: Server, api: XComApi) -> None:
        xcom = api.get_xcom_entry(*KINDS, "int", stringify=True)
        assert sorted(xcom) == sorted([*fields_of_a_row(server), "value"])
        assert (xcom.dag_id, xcom.task_id, xcom.key, xcom.map_index) == ("contract", "kinds", "int", -1)
        assert (xcom.logical_date, xcom.value) == (datetime(2024, 1, 1, tzinfo=timezone.utc), "42")

    def test_a_big_one_comes_whole(self, api: XComApi) -> None:
        assert api.get_xcom_entry("contract", RUN_1, "big", "return_value").value == "x" * (5 * 1024 * 1024)

    def test_of_a_task_in_a_group(self, api: XComApi) -> None:
        assert api.get_xcom_entry("contract", RUN_1, "group.inner", "return_value").value == "in group"

    def test_of_multiple_outputs(self, api: XComApi) -> None:
        entries = [api.get_xcom_entry("contract", RUN_2, "multi", key, stringify=False) for key in ("first", "second")]
        assert [xcom.value for xcom in entries] == [1, [2]]

    def test_of_a_mapped_task_needs_the_index(self, api: XComApi) -> None:
        assert type(refused(api, *MAPPED, "return_value")) is NotFoundException
        assert api.get_xcom_entry(*MAPPED, "return_value", map_index=2, stringify=False).value == 20

    def test_deserialize_is_off_unless_the_server_supports_it(self, server: Server, api: XComApi) -> None:
        assert api.get_xcom_entry(*KINDS, "str_json", deserialize=False).value == '{"a": 1}'
        if server.version == "3.3.2":
            assert api.get_xcom_entry(*KINDS, "str_json", deserialize=True).value == {"a": 1}
        else:
            assert type(refused(api, *KINDS, "str_json", deserialize=True)) is BadRequestException


class TestKey:
    @pytest.mark.parametrize("key", pushed.ODD_KEYS)
    def test_an_odd_one_is_found_by_name(self, server: Server, api: XComApi, key: str) -> None:
        if server.major == 2 and key.startswith("/"):
            error = refused(api, "contract", RUN_1, "odd_keys", key)
            assert (type(error), error.status) == (ApiException, 308)
            assert "another XCom" in str(error)
        elif server.version == "3.0.6" and "/" in key:
            assert type(refused(api, "contract", RUN_1, "odd_keys", key)) is NotFoundException
        else:
            xcom = api.get_xcom_entry("contract", RUN_1, "odd_keys", key)
            assert (xcom.key, xcom.value) == (key, f"value of {key}")

    def test_as_long_as_they_get(self, api: XComApi) -> None:
        assert type(refused(api, *KINDS, "\u952e" * 400)) is NotFoundException

    def test_beyond_gunicorn_s_limit(self, server: Server, api: XComApi) -> None:
        error = refused(api, *KINDS, "k" * 5000)
        if server.major == 2:
            assert type(error) is BadRequestException
            assert "Request Line is too large" in str(error)
            assert "the ids are too long" in str(error)
        else:
            assert type(error) is NotFoundException

    @pytest.mark.parametrize(
        "ids",
        [
            ("nope", RUN_1, "kinds", "str"),
            ("contract", "nope", "kinds", "str"),
            ("contract", RUN_1, "nope", "str"),
            ("contract", RUN_1, "kinds", "nope"),
            ("contract", "~", "kinds", "str"),
            ("~", "~", "~", "~"),
            ("contract", RUN_1, "kinds", "STR"),
        ],
    )
    def test_that_does_not_exist(self, server: Server, api: XComApi, ids: tuple[str, ...]) -> None:
        error = refused(api, *ids)
        assert type(error) is NotFoundException
        assert error.error is not None
        said = "XCom entry not found" if server.major == 2 else f"XCom entry with key: `{ids[-1]}` not found"
        assert error.error.text == said
        assert f"Server says: {said}" in str(error)
        assert "needs map_index" in str(error)


class TestThreads:
    def test_share_a_client(self, api: XComApi) -> None:
        def value(i: int) -> Any:
            return api.get_xcom_entry(*RUN_BY_RUN_MIN, f"k{i:04d}", stringify=False).value

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert list(pool.map(value, range(24))) == list(range(24))

    def test_of_the_client_s_own(self, server: Server) -> None:
        if not sides.is_blocking():
            with ApiClient(configuration(server)) as client, pytest.raises(ApiTypeError, match="create_task"):
                XComApi(client).get_xcom_entry(*RUN_BY_RUN_MIN, "k0000", async_req=True)
            return
        with ApiClient(configuration(server), pool_threads=4) as client:
            calls = [XComApi(client).get_xcom_entry(*RUN_BY_RUN_MIN, f"k{i:04d}", async_req=True) for i in range(8)]
            assert [int(call.get(60).value) for call in calls] == list(range(8))


class TestDocumentedExamples:
    """The documentation's examples run as they stand, and print what is stored."""

    CREDENTIALS = ("admin", "admin-pw")

    def run(self, example: str, server: Server, ids: tuple[str, str, str], key: str, **filled_in: Any) -> str:
        filled_in.update(zip(("username", "password"), self.CREDENTIALS))
        filled_in.update(zip(("dag_id", "dag_run_id", "task_id"), ids))
        return documented.run(example, server.url, xcom_key=key, **filled_in)

    def test_list(self, server: Server, api: XComApi) -> None:
        everything = api.get_xcom_entries(*MAPPED)
        filtered = api.get_xcom_entries(*MAPPED, map_index=1, xcom_key="square")
        assert (everything.total_entries, filtered.total_entries) == (10, 1)
        printed = self.run(documented.LIST_EXAMPLE, server, MAPPED, "square")
        assert printed == f"{everything!r}\n{filtered!r}\n"

    def test_entry(self, server: Server, api: XComApi) -> None:
        printed = self.run(documented.ENTRY_EXAMPLE, server, KINDS, "str", map_index=-1)
        assert printed == 2 * f"{api.get_xcom_entry(*KINDS, 'str')!r}\n"
        assert "'value': 'hello'" in printed
