"""What every Airflow 2 answers, embedded or real: the same assertions for each."""

from __future__ import annotations

import concurrent.futures
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest

from airflow_client.client import (
    ApiClient,
    ApiException,
    BadRequestException,
    Configuration,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    XComApi,
)
from tests import documented
from tests.contract import pushed
from tests.contract.conftest import configuration
from tests.contract.pushed import RUN_1, RUN_2
from tests.contract.servers import Server

KINDS = ("contract", RUN_1, "kinds")
MAPPED = ("contract", RUN_1, "mapped")
MANY = ("many", RUN_1, "many")

UTC = "(UTC,pendulum.tz.timezone.FixedTimezone,1,True)"
#: What Airflow 2 makes of the kinds that JSON does not have, whatever it is asked for.
ENVELOPED = {
    "datetime_utc": f"datetime.datetime@version=2(timestamp=1704164645.678901,tz={UTC})",
    "datetime_naive": "datetime.datetime@version=2(timestamp=1704164645.0,tz=None)",
    "datetime_zone": "datetime.datetime@version=2(timestamp=1719882245.0,tz=(Europe/Paris,zoneinfo.ZoneInfo,1,True))",
    "date": "datetime.date@version=2(2024-01-02)",
    "timedelta": "datetime.timedelta@version=2(86402.5)",
    "decimal": "decimal.Decimal@version=1(12.34)",
    "set": "(1,2,3)",
    "frozenset": "(a)",
    "tuple": "(1,two,3.0)",
    "dataclass": "pushed.Point@version=0(x=1,label=dc)",
}
#: What comes back with stringify=False.
NATIVE: dict[str, Any] = {
    **pushed.KINDS,
    **ENVELOPED,
    "dict": {"a": 1, "b": "two", "c": None, "d": False},
    "dict_int_keys": {"1": "one", "2": "two"},
    "nested": {"d": {"e": {"f": [None]}}, "l": [{"x": [1, 2, {"y": "\u00e9"}]}]},
    "nested_mixed": {"t": [1, 2], "when": f"datetime.datetime@version=2(timestamp=1704164645.0,tz={UTC})"},
    "tuple_in_list": [[1, 2], [3, 4]],
}
#: What comes back when nothing is said: text, of JSON's kinds Python's str(), the keys in the order of pushing.
TEXT: dict[str, Any] = {
    **{key: value if isinstance(value, str) else str(value) for key, value in NATIVE.items()},
    "none": None,
    "dict": str(pushed.KINDS["dict"]),
    "nested": str(pushed.KINDS["nested"]),
    "nested_mixed": str({"when": f"datetime.datetime@version=2(timestamp=1704164645.0,tz={UTC})", "t": [1, 2]}),
}


def keys(api: XComApi, *ids: str, **filters: Any) -> list[str]:
    return [row.key for row in api.get_xcom_entries(*ids, **filters).xcom_entries]


def refused(api: XComApi, *ids: str, **parameters: Any) -> ApiException:
    with pytest.raises(ApiException) as caught:
        api.get_xcom_entry(*ids, **parameters) if len(ids) == 4 else api.get_xcom_entries(*ids, **parameters)
    return caught.value


class TestList:
    def test_has_a_row_for_each_key_in_order(self, api: XComApi) -> None:
        page = api.get_xcom_entries(*KINDS)
        assert [row.key for row in page.xcom_entries] == sorted(pushed.KINDS)
        assert page.total_entries == len(pushed.KINDS)

    def test_a_row_has_its_names_and_dates_and_no_value(self, api: XComApi) -> None:
        row = api.get_xcom_entries(*MAPPED, limit=1).xcom_entries[0]
        assert sorted(row) == ["dag_id", "execution_date", "key", "map_index", "task_id", "timestamp"]
        assert (row.dag_id, row.task_id, row.key, row.map_index) == ("contract", "mapped", "return_value", 0)
        assert row["execution_date"] == "2024-01-01T00:00:00+00:00"
        assert row.execution_date == datetime(2024, 1, 1, tzinfo=timezone.utc)
        assert row.timestamp.utcoffset() == timedelta(0)

    def test_orders_by_map_index_then_key(self, api: XComApi) -> None:
        rows = api.get_xcom_entries(*MAPPED).xcom_entries
        assert [(row.map_index, row.key) for row in rows] == [
            (index, key) for index in range(5) for key in ("return_value", "square")
        ]

    @pytest.mark.parametrize(
        ("asked", "came"),
        [({}, 100), ({"limit": 2}, 2), ({"limit": 100}, 100), ({"limit": 10000}, 100), ({"limit": 0}, 100)],
    )
    def test_limit_is_capped_silently(self, api: XComApi, asked: dict[str, int], came: int) -> None:
        page = api.get_xcom_entries(*MANY, **asked)
        assert (len(page.xcom_entries), page.total_entries) == (came, 250)

    @pytest.mark.parametrize(("offset", "came"), [(0, ["k0000", "k0001"]), (249, ["k0249"]), (250, []), (9999, [])])
    def test_offset_skips_rows_and_keeps_the_total(self, api: XComApi, offset: int, came: list[str]) -> None:
        page = api.get_xcom_entries(*MANY, offset=offset, limit=2)
        assert ([row.key for row in page.xcom_entries], page.total_entries) == (came, 250)

    def test_filters_by_key(self, api: XComApi) -> None:
        assert keys(api, *MAPPED, xcom_key="square") == ["square"] * 5

    def test_filters_by_map_index(self, api: XComApi) -> None:
        assert keys(api, *MAPPED, map_index=3) == ["return_value", "square"]
        assert keys(api, *MAPPED, map_index=-1) == []
        assert keys(api, *MAPPED, map_index=-2) == []
        assert len(keys(api, *KINDS, map_index=-1)) == len(pushed.KINDS)

    def test_filters_by_both(self, api: XComApi) -> None:
        assert keys(api, *MAPPED, map_index=3, xcom_key="square") == ["square"]

    @pytest.mark.parametrize("key", pushed.ODD_KEYS)
    def test_filters_by_an_odd_key(self, api: XComApi, key: str) -> None:
        assert keys(api, "contract", RUN_1, "odd_keys", xcom_key=key) == [key]

    def test_a_tilde_stands_for_all(self, api: XComApi) -> None:
        assert keys(api, "~", RUN_1, "one") == ["return_value"]
        runs = api.get_xcom_entries("contract", "~", "mapped").xcom_entries
        assert [row["execution_date"] for row in runs] == [
            date for date in pushed.EXECUTION_DATES.values() for _ in range(10)
        ]
        everything = sum(
            len(pushed.RUNS[dag]) * sum(len(values.keys() - pushed.REFUSED.keys()) for values in tasks.values())
            for dag, tasks in pushed.TASKS.items()
        )
        assert api.get_xcom_entries("~", "~", "~", limit=1).total_entries == everything + 20

    @pytest.mark.parametrize(
        "ids", [("nope", RUN_1, "kinds"), ("contract", "nope", "kinds"), ("contract", RUN_1, "nope")]
    )
    def test_what_does_not_exist_is_an_empty_list(self, api: XComApi, ids: tuple[str, str, str]) -> None:
        page = api.get_xcom_entries(*ids)
        assert (page.xcom_entries, page.total_entries) == ([], 0)

    def test_a_negative_limit_is_refused(self, api: XComApi) -> None:
        error = refused(api, *MANY, limit=-1)
        assert type(error) is BadRequestException
        assert "Page limit must be a positive integer" in str(error)

    def test_an_offset_beyond_the_database_is_a_failure_of_the_server(self, api: XComApi) -> None:
        assert type(refused(api, *MANY, offset=10**23)) is ServiceException


class TestValue:
    @pytest.mark.parametrize("key", pushed.KINDS)
    def test_comes_as_text_by_default(self, api: XComApi, key: str) -> None:
        assert repr(api.get_xcom_entry(*KINDS, key).value) == repr(TEXT[key])

    @pytest.mark.parametrize("key", pushed.KINDS)
    def test_comes_as_json_when_asked(self, api: XComApi, key: str) -> None:
        assert repr(api.get_xcom_entry(*KINDS, key, stringify=False).value) == repr(NATIVE[key])

    @pytest.mark.parametrize("key", pushed.REFUSED)
    def test_what_airflow_refuses_is_not_there(self, api: XComApi, key: str) -> None:
        assert type(refused(api, *KINDS, key)) is NotFoundException

    def test_has_the_fields_of_a_row_and_the_value(self, api: XComApi) -> None:
        xcom = api.get_xcom_entry(*KINDS, "int", stringify=True)
        fields = xcom.to_dict()
        assert datetime.fromisoformat(fields.pop("timestamp")) == xcom.timestamp
        assert fields == {
            "dag_id": "contract",
            "execution_date": "2024-01-01T00:00:00+00:00",
            "key": "int",
            "map_index": -1,
            "task_id": "kinds",
            "value": "42",
        }

    @pytest.mark.parametrize("key", [key for key in pushed.ODD_KEYS if not key.startswith("/")])
    def test_an_odd_key_is_found_by_name(self, api: XComApi, key: str) -> None:
        xcom = api.get_xcom_entry("contract", RUN_1, "odd_keys", key)
        assert (xcom.key, xcom.value) == (key, f"value of {key}")

    def test_a_key_with_a_leading_slash_is_refused_by_the_server(self, api: XComApi) -> None:
        error = refused(api, "contract", RUN_1, "odd_keys", "/leading")
        assert (type(error), error.status) == (ApiException, 308)
        assert "another XCom" in str(error)

    def test_a_key_as_long_as_they_get(self, api: XComApi) -> None:
        assert type(refused(api, *KINDS, "\u952e" * 400)) is NotFoundException

    def test_a_request_line_beyond_the_server_s_limit(self, api: XComApi) -> None:
        error = refused(api, *KINDS, "k" * 5000)
        assert type(error) is BadRequestException
        assert "Request Line is too large" in str(error)
        assert "the ids are too long" in str(error)

    def test_a_big_value_comes_whole(self, api: XComApi) -> None:
        assert api.get_xcom_entry("contract", RUN_1, "big", "return_value").value == "x" * (5 * 1024 * 1024)

    def test_a_task_in_a_group(self, api: XComApi) -> None:
        assert api.get_xcom_entry("contract", RUN_1, "group.inner", "return_value").value == "in group"

    def test_multiple_outputs(self, api: XComApi) -> None:
        values = {
            key: api.get_xcom_entry("contract", RUN_2, "multi", key, stringify=False).value
            for key in ("first", "second")
        }
        assert values == {"first": 1, "second": [2]}

    def test_a_mapped_task_needs_the_index(self, api: XComApi) -> None:
        assert type(refused(api, *MAPPED, "return_value")) is NotFoundException
        assert api.get_xcom_entry(*MAPPED, "return_value", map_index=2, stringify=False).value == 20

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
    def test_what_does_not_exist_is_not_found(self, api: XComApi, ids: tuple[str, ...]) -> None:
        error = refused(api, *ids)
        assert type(error) is NotFoundException
        assert error.error is not None
        assert (error.error.status, error.error.title, error.error.detail) == (404, "XCom entry not found", None)
        assert error.error.instance is None
        assert "XCom entry not found" in str(error)
        assert "map_index" in str(error)

    def test_deserialize_is_off_unless_the_server_supports_it(self, api: XComApi) -> None:
        assert api.get_xcom_entry(*KINDS, "str", deserialize=False).value == "hello"
        assert type(refused(api, *KINDS, "str", deserialize=True)) is BadRequestException

    def test_threads_share_a_client(self, api: XComApi) -> None:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            values = pool.map(
                lambda key: api.get_xcom_entry(*MANY, key, stringify=False).value, [f"k{i:04d}" for i in range(24)]
            )
        assert list(values) == list(range(24))

    def test_calls_made_in_other_threads(self, server: Server) -> None:
        with ApiClient(configuration(server), pool_threads=4) as client:
            calls = [XComApi(client).get_xcom_entry(*MANY, f"k{i:04d}", async_req=True) for i in range(8)]
            assert [call.get(60).value for call in calls] == [str(i) for i in range(8)]


class TestDocumentedExamples:
    """The documentation's examples run as they stand, and print what is stored."""

    def test_list(self, server: Server, api: XComApi) -> None:
        dag_id, dag_run_id, task_id = MAPPED
        filled_in = {"dag_id": dag_id, "dag_run_id": dag_run_id, "task_id": task_id, "xcom_key": "square"}
        printed = documented.run(
            documented.LIST_EXAMPLE, server.host, username="admin", password="admin-pw", **filled_in
        )
        everything = api.get_xcom_entries(*MAPPED)
        filtered = api.get_xcom_entries(*MAPPED, map_index=1, xcom_key="square")
        assert (everything.total_entries, filtered.total_entries) == (10, 1)
        assert printed == f"{everything!r}\n{filtered!r}\n"

    def test_entry(self, server: Server, api: XComApi) -> None:
        dag_id, dag_run_id, task_id = KINDS
        filled_in = {"dag_id": dag_id, "dag_run_id": dag_run_id, "task_id": task_id, "xcom_key": "str", "map_index": -1}
        printed = documented.run(
            documented.ENTRY_EXAMPLE, server.host, username="admin", password="admin-pw", **filled_in
        )
        assert printed == 2 * f"{api.get_xcom_entry(*KINDS, 'str')!r}\n"
        assert "'value': 'hello'" in printed


class TestAuthentication:
    def test_no_credentials(self, server: Server) -> None:
        with ApiClient(Configuration(host=server.host)) as client:
            error = refused(XComApi(client), *KINDS)
        assert error.status == server.refusal
        assert "no credentials were sent" in str(error)

    @pytest.mark.parametrize("credentials", [("admin", "wrong"), ("nobody-at-all", "admin-pw"), ("admin", "")])
    def test_wrong_credentials(self, server: Server, credentials: tuple[str, str]) -> None:
        with ApiClient(configuration(server, *credentials)) as client:
            error = refused(XComApi(client), *KINDS)
        assert error.status == server.refusal
        assert "check username and password" in str(error)

    def test_a_token_is_not_known_to_airflow_2(self, server: Server) -> None:
        with ApiClient(Configuration(host=server.host, access_token="abc.def.ghi")) as client:
            assert refused(XComApi(client), *KINDS).status == server.refusal

    def test_a_user_without_permission(self, server: Server) -> None:
        with ApiClient(configuration(server, "nobody", "nobody-pw")) as client:
            for ids in (KINDS, (*KINDS, "str"), ("nope", RUN_1, "kinds", "str"), ("~", "~", "~")):
                error = refused(XComApi(client), *ids)
                assert type(error) is ForbiddenException
                assert "lack the permission" in str(error)

    def test_a_viewer_may_read(self, server: Server) -> None:
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"

    def test_a_password_with_colon_space_and_umlaut(self, server: Server) -> None:
        with ApiClient(configuration(server, *("odd", pushed.USERS["odd"][0]))) as client:
            assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"

    def test_credentials_in_the_host(self, server: Server) -> None:
        host = server.host.replace("://", "://odd:p%3A%C3%A4ss%20w%C3%B6rd@")
        with ApiClient(Configuration(host=host)) as client:
            assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"

    def test_settings_of_a_single_call(self, server: Server, client: ApiClient) -> None:
        with ApiClient(Configuration(host=server.host)) as bare:
            settings = list(client.configuration.auth_settings().values())
            assert XComApi(bare).get_xcom_entry(*KINDS, "str", _request_auths=settings).value == "hello"
        with pytest.raises(ApiException) as caught:
            XComApi(client).get_xcom_entry(*KINDS, "str", _request_auths=[])
        assert caught.value.status == server.refusal


class TestAnyCall:
    PATH = "/dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries"
    IDS: ClassVar = {"dag": "contract", "run": RUN_1, "task": "kinds"}

    def test_version(self, server: Server, client: ApiClient) -> None:
        data, status, headers = client.call_api("/version", "GET")
        assert (data["version"], status, headers["content-type"]) == (server.version, 200, "application/json")

    def test_health(self, client: ApiClient) -> None:
        assert client.call_api("/health", "GET")[0]["metadatabase"] == {"status": "healthy"}

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ({"order_by": "-key"}, "Extra query parameter(s) order_by not in spec"),
            ({"limit": "2.5"}, "Wrong type, expected 'integer' for query parameter 'limit'"),
            ({"limit": ""}, "Wrong type, expected 'integer' for query parameter 'limit'"),
            ({"offset": "abc"}, "Wrong type, expected 'integer' for query parameter 'offset'"),
            ({"map_index": "abc"}, "Wrong type, expected 'integer' for query parameter 'map_index'"),
        ],
    )
    def test_a_query_that_the_server_refuses(self, client: ApiClient, query: dict[str, str], said: str) -> None:
        with pytest.raises(BadRequestException) as caught:
            client.call_api(self.PATH, "GET", self.IDS, query)
        assert said in str(caught.value)

    def test_a_flag_that_is_none(self, client: ApiClient) -> None:
        with pytest.raises(BadRequestException, match="expected 'boolean' for query parameter 'stringify'"):
            client.call_api(self.PATH + "/str", "GET", self.IDS, {"stringify": 1})

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize("path", [PATH, PATH + "/str"])
    def test_airflow_2_writes_no_xcoms(self, client: ApiClient, method: str, path: str) -> None:
        with pytest.raises(ApiException, match="The method is not allowed for the requested URL") as caught:
            client.call_api(path, method, self.IDS, body={"key": "a", "value": 1})
        assert caught.value.status == 405

    @pytest.mark.parametrize("path", [PATH + "/", "/nope", "/dags/contract/nope"])
    def test_a_path_that_does_not_exist(self, client: ApiClient, path: str) -> None:
        with pytest.raises(NotFoundException, match="The requested URL was not found on the server"):
            client.call_api(path, "GET", self.IDS if "{" in path else {})

    @pytest.mark.parametrize("name", ["dag", "run", "task"])
    def test_an_id_with_a_slash_reaches_nothing(self, client: ApiClient, name: str) -> None:
        with pytest.raises(NotFoundException, match="The requested URL was not found on the server"):
            client.call_api(self.PATH, "GET", {**self.IDS, name: "a/b"})

    def test_outside_the_api(self, server: Server) -> None:
        elsewhere = Configuration(host=server.host.replace("/api/v1", "/no-api/here/api/v1"))
        with ApiClient(elsewhere) as client, pytest.raises(NotFoundException) as caught:
            XComApi(client).get_xcom_entries(*KINDS)
        assert caught.value.error is None
        assert "the server has no such path: check Configuration(host=…)" in str(caught.value)
