"""What every Airflow answers about DAG runs: it is there that run ids are to be had."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

import pytest

from airflow_client.xcom import (
    ApiClient,
    ApiException,
    BadRequestException,
    Configuration,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnprocessableEntityException,
    XComApi,
)
from tests.contract import pushed
from tests.contract.conftest import configuration
from tests.contract.pushed import CLOSE_1, CLOSE_2, RUN_1, RUN_2, RUN_WITHOUT_DATE
from tests.contract.servers import Server

PATH = "/dags/{dag_id}/dagRuns"
#: The runs of Airflow 2 in the order in which they were made.
EVERY = [(dag_id, run_id) for dag_id, run_ids in pushed.RUNS.items() for run_id in run_ids]
UNDATED = ("other", RUN_WITHOUT_DATE)
CLOSE = [("close", CLOSE_1), ("close", CLOSE_2)]


def every(server: Server) -> list[tuple[str, str]]:
    return [*EVERY[:3], *([UNDATED] if server.major == 3 else []), *EVERY[3:]]


def get(client: ApiClient, dag_id: str = "~", **query: Any) -> Any:
    return client.call_api(PATH, "GET", {"dag_id": dag_id}, query, _return_http_data_only=True)


def post(client: ApiClient, body: Any) -> Any:
    return client.call_api("/dags/~/dagRuns/list", "POST", body=body, _return_http_data_only=True)


def names(answer: Any) -> list[tuple[str, str]]:
    return [(run["dag_id"], run["dag_run_id"]) for run in answer["dag_runs"]]


def dated(server: Server, bound: str) -> str:
    return f"{'execution_date' if server.major == 2 else 'logical_date'}_{bound}"


class TestRows:
    def test_have_every_field(self, server: Server, client: ApiClient) -> None:
        row = get(client, "contract")["dag_runs"][1]
        dates = {
            name: datetime.fromisoformat(row.pop(name).replace("Z", "+00:00")) for name in list(row) if _dates(name)
        }
        assert {dates.pop(name) for name in ("start_date", "end_date", "last_scheduling_decision")}
        date = datetime.fromisoformat(pushed.EXECUTION_DATES[RUN_2])
        api = "execution_date" if server.major == 2 else "run_after"
        assert dates == dict.fromkeys(("logical_date", "data_interval_start", "data_interval_end", api), date)
        known = {"conf": {}, "dag_id": "contract", "dag_run_id": RUN_2, "note": None, "run_type": "manual"}
        assert known.items() <= {"state": "success", **known}.items() <= row.items()
        others = {"external_trigger"}
        if server.major == 3:
            others = {"queued_at", "triggered_by", "dag_versions", "bundle_version"}
        if server.version == "3.3.2":
            others |= {"duration", "triggering_user_name", "dag_display_name", "partition_key", "partition_date"}
        assert row.keys() - known.keys() - {"state"} == others

    def test_may_be_of_some_fields_alone(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            answer = get(client, "close", fields="dag_run_id,execution_date", limit=1)
            assert answer["dag_runs"] == [
                {"dag_run_id": CLOSE_1, "execution_date": pushed.EXECUTION_DATES[CLOSE_1]},
            ]
            with pytest.raises(BadRequestException, match=r"DAGRunCollectionSchema error.*: nope not in DAGRunSchema"):
                get(client, "close", fields="dag_run_id,nope")

    def test_of_a_run_without_a_logical_date(self, server: Server, client: ApiClient) -> None:
        if server.major == 3:
            row = get(client, "other")["dag_runs"][1]
            assert (row["dag_run_id"], row["run_type"]) == (RUN_WITHOUT_DATE, "manual")
            assert (row["logical_date"], row["data_interval_start"], row["data_interval_end"]) == (None, None, None)
            assert row["run_after"] == pushed.RUN_AFTER.replace("+00:00", "Z")


def _dates(name: str) -> bool:
    return name.endswith(("_date", "_decision", "_start", "_end", "_after")) and name != "partition_date"


class TestLists:
    def test_of_all_dags(self, server: Server, client: ApiClient) -> None:
        answer = get(client)
        assert names(answer) == every(server)
        assert answer["total_entries"] == len(every(server))

    def test_of_a_dag(self, client: ApiClient) -> None:
        answer = get(client, "close")
        assert (names(answer), answer["total_entries"]) == (CLOSE, 2)

    def test_of_a_dag_that_does_not_exist(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            assert get(client, "nope") == {"dag_runs": [], "total_entries": 0}
        else:
            with pytest.raises(NotFoundException, match=r"The D(ag|AG) with (ID|dag_id): `nope` was not found"):
                get(client, "nope")

    @pytest.mark.parametrize(
        ("query", "came"),
        [
            ({"limit": 2}, slice(2)),
            ({"limit": 2, "offset": 1}, slice(1, 3)),
            ({"offset": 3}, slice(3, None)),
            ({"offset": 99}, slice(0)),
            ({"limit": 10000}, slice(None)),
        ],
    )
    def test_page_by_page(self, server: Server, client: ApiClient, query: Any, came: slice) -> None:
        answer = get(client, **query)
        assert (names(answer), answer["total_entries"]) == (every(server)[came], len(every(server)))

    def test_a_limit_of_none_at_all(self, server: Server, client: ApiClient) -> None:
        assert names(get(client, limit=0)) == (every(server) if server.major == 2 else [])

    @pytest.mark.parametrize(
        ("order", "dag_id", "came"),
        [
            ("id", "~", EVERY),
            ("-id", "~", EVERY[::-1]),
            ("dag_run_id", "contract", EVERY[:2]),
            ("-dag_run_id", "contract", EVERY[1::-1]),
            ("start_date", "contract", EVERY[:2]),
            ("-dag_id", "other", EVERY[2:3]),
        ],
    )
    def test_in_an_order(self, server: Server, client: ApiClient, order: str, dag_id: str, came: Any) -> None:
        found = names(get(client, dag_id, order_by=order))
        assert [run for run in found if run != UNDATED] == came

    @pytest.mark.parametrize("descending", ["", "-"])
    def test_in_the_order_of_dates(self, server: Server, client: ApiClient, descending: str) -> None:
        step = -1 if descending else 1
        columns = ("execution_date",) if server.major == 2 else ("logical_date", "run_after", "run_id")
        for column in columns:
            assert names(get(client, "close", order_by=descending + column)) == CLOSE[::step]
        if server.major == 3:
            found = names(get(client, "other", order_by=f"{descending}logical_date"))
            last = bool(descending) or server.version == "3.0.6"
            assert found == [("other", RUN_1), UNDATED][:: 1 if last else -1]
            same = [run for run in EVERY if run[1] == RUN_1]
            assert (
                names(get(client, run_after_lte="2024-01-01T00:00:00Z", order_by=f"{descending}run_after"))
                == same[::step]
            )

    def test_in_the_order_of_two_columns(self, server: Server, client: ApiClient) -> None:
        if server.major == 3:
            query = [("order_by", "dag_id"), ("order_by", "-run_after")]
            answer = client.call_api(PATH, "GET", {"dag_id": "~"}, query, _return_http_data_only=True)
            if server.version == "3.0.6":  # the last one alone counts
                assert names(answer)[:4] == [*CLOSE[::-1], UNDATED, EVERY[1]]
            else:
                assert names(answer)[:5] == [*CLOSE[::-1], *EVERY[1::-1], ("many", RUN_1)]


class TestBounds:
    """The dates are exact to the microsecond."""

    @pytest.mark.parametrize(
        ("start", "end", "came"),
        [
            ("2024-04-05T06:07:08.123456+00:00", "2024-04-05T06:07:08.123456+00:00", CLOSE[:1]),
            ("2024-04-05T06:07:08.123457Z", "2024-04-05T06:07:08.123457Z", CLOSE[1:]),
            ("2024-04-05T08:07:08.123457+02:00", "2024-04-05T04:07:08.123457-02:00", CLOSE[1:]),
            ("2024-04-05T06:07:08.123456Z", "2024-04-05T06:07:08.123457Z", CLOSE),
            ("2024-04-05T06:07:08.1234569Z", "2024-04-05T06:07:08.1234569Z", CLOSE[:1]),
            ("2024-04-05T06:07:08.123Z", "2024-04-05T06:07:08.123Z", []),
            ("2024-04-05T06:07:08.123457Z", "2024-04-05T06:07:08.123456Z", []),
            ("2024-01-01T00:00:00+00:00", "2024-01-01T00:00:00+00:00", [EVERY[0], EVERY[2], EVERY[3]]),
            (None, "2024-02-03T04:05:06.789Z", EVERY[:4]),
            ("2024-02-03T04:05:06.789Z", None, [EVERY[1], *CLOSE]),
        ],
    )
    def test_logical_dates(
        self, server: Server, client: ApiClient, start: Optional[str], end: Optional[str], came: Any
    ) -> None:
        bounds = {dated(server, "gte"): start, dated(server, "lte"): end}
        answer = get(client, **bounds)
        assert (names(answer), answer["total_entries"]) == (came, len(came))
        if server.major == 2:
            assert names(post(client, {name: date for name, date in bounds.items() if date})) == came

    def test_more_digits_than_a_date_has(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            date = "2024-04-05T06:07:08.123456999999Z"
            bounds = {"execution_date_gte": date, "execution_date_lte": date}
            assert names(get(client, **bounds)) == names(post(client, bounds)) == CLOSE[:1]

    def test_run_after(self, server: Server, client: ApiClient) -> None:
        if server.major == 3:
            at = {"run_after_gte": pushed.RUN_AFTER, "run_after_lte": pushed.RUN_AFTER}
            assert names(get(client, **at)) == [UNDATED]
            assert names(get(client, run_after_gte=pushed.EXECUTION_DATES[CLOSE_2])) == CLOSE[1:]
            assert get(client, "other", logical_date_gte="0001-01-01T00:00:00Z")["total_entries"] == 1

    @pytest.mark.parametrize(("bound", "came"), [("gt", CLOSE[1:]), ("lt", EVERY[:4])])
    def test_open_bounds(self, server: Server, client: ApiClient, bound: str, came: Any) -> None:
        query = {dated(server, bound): pushed.EXECUTION_DATES[CLOSE_1]}
        if server.major == 2:
            with pytest.raises(BadRequestException, match=f"parameter.s. execution_date_{bound} not in spec"):
                get(client, **query)
        else:
            assert names(get(client, **query)) == (came if server.version == "3.3.2" else every(server))

    def test_patterns(self, server: Server, client: ApiClient) -> None:
        patterns = {
            "run_id_pattern": "_contract|04-05",
            "run_id_prefix_pattern": "manual__2024-04",
            "dag_id_pattern": "CLO_E",
            "dag_id_prefix_pattern": "clos",
        }
        if server.major == 3:
            for name, pattern in patterns.items():
                found = names(get(client, **{name: pattern}))
                came = [UNDATED, *CLOSE] if "|" in pattern else CLOSE
                assert found == (came if server.version == "3.3.2" else every(server))

    @pytest.mark.parametrize(
        ("name", "value", "said_by_2", "said_by_3"),
        [
            ("limit", "-1", "Page limit must be a positive integer", "greater than or equal to 0"),
            ("offset", "-1", "-1 is less than the minimum of 0", "greater than or equal to 0"),
            ("limit", "x", "Wrong type, expected 'integer' for query parameter 'limit'", "a valid integer"),
            ("order_by", "nope", "Ordering with 'nope' is disallowed or the attribute does not", None),
            ("order_by", "-", "Ordering with '' is disallowed or the attribute does not", None),
            ("date", "abc", "'abc' is not a 'date-time'", "valid datetime or date, input is too short"),
            ("date", "2024-04-05 06:07:08.123456 00:00", "is not a 'date-time'", "unexpected extra characters"),
        ],
    )
    def test_a_wrong_value(
        self, server: Server, client: ApiClient, name: str, value: str, said_by_2: str, said_by_3: Optional[str]
    ) -> None:
        said = said_by_2 if server.major == 2 or said_by_3 is None else said_by_3
        refusal = BadRequestException if said == said_by_2 else UnprocessableEntityException
        with pytest.raises(refusal) as caught:
            get(client, **{dated(server, "gte") if name == "date" else name: value})
        assert said in str(caught.value)

    def test_a_naive_date(self, server: Server, client: ApiClient) -> None:
        with pytest.raises(BadRequestException if server.major == 2 else ServiceException):
            get(client, **{dated(server, "gte"): "2024-04-05T06:07:08"})

    def test_a_parameter_that_does_not_exist(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            with pytest.raises(BadRequestException, match=r"Extra query parameter\(s\) foo not in spec"):
                get(client, foo=1)
        else:
            assert names(get(client, foo=1)) == every(server)


@pytest.mark.airflow("2.")
class TestPosted:
    """``POST /dags/~/dagRuns/list``: for more names of DAGs than an address can hold."""

    @pytest.mark.parametrize(
        ("body", "came"),
        [
            ({}, EVERY),
            ({"dag_ids": []}, EVERY),
            ({"dag_ids": ["close", "other", "nope"]}, [EVERY[2], *CLOSE]),
            ({"dag_ids": ["nope"]}, []),
            ({"dag_ids": ["~"]}, []),
            ({"page_limit": 2}, EVERY[:2]),
            ({"page_limit": 10000, "page_offset": 4}, CLOSE),
            ({"dag_ids": ["close"], "order_by": "-execution_date"}, CLOSE[::-1]),
            ({"dag_ids": ["close"], "execution_date_lte": pushed.EXECUTION_DATES[CLOSE_1]}, CLOSE[:1]),
        ],
    )
    def test_runs(self, client: ApiClient, body: Any, came: Any) -> None:
        answer = post(client, body)
        assert names(answer) == came
        assert answer["total_entries"] == (len(EVERY) if "page_limit" in body else len(came))

    def test_rows_are_the_same(self, client: ApiClient) -> None:
        assert post(client, {"dag_ids": ["contract"]}) == get(client, "contract")

    def test_more_dags_than_an_address_can_hold(self, client: ApiClient) -> None:
        assert names(post(client, {"dag_ids": [*(f"nope_{i}" for i in range(900)), "close"]})) == CLOSE

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ([], "[] is not of type 'object'"),
            ({"dag_ids": "close"}, "'close' is not of type 'array' - 'dag_ids'"),
            ({"dag_ids": ["close", 1]}, "1 is not of type 'string' - 'dag_ids.1'"),
            ({"page_limit": "2"}, "'2' is not of type 'integer' - 'page_limit'"),
            ({"page_limit": True}, "True is not of type 'integer' - 'page_limit'"),
            ({"page_limit": 0}, "0 is less than the minimum of 1 - 'page_limit'"),
            ({"page_limit": 0, "page_offset": -1}, "-1 is less than the minimum of 0 - 'page_offset'"),
            ({"order_by": None}, "None is not of type 'string' - 'order_by'"),
            ({"order_by": "nope"}, "Ordering with 'nope' is disallowed or the attribute does not exist on the model"),
            ({"execution_date_gte": "2024-04-05"}, "'2024-04-05' is not a 'date-time' - 'execution_date_gte'"),
            ({"limit": 2, "order_by": "nope"}, "{'limit': ['Unknown field.']}"),
        ],
    )
    def test_a_wrong_body(self, client: ApiClient, body: Any, said: str) -> None:
        with pytest.raises(BadRequestException) as caught:
            post(client, body)
        assert caught.value.error["detail"] == said

    def test_no_body(self, client: ApiClient) -> None:
        with pytest.raises(BadRequestException, match="Request body must not be empty"):
            post(client, None)


class TestWhoMayRead:
    def asked(self, server: Server, client: ApiClient) -> list[ApiException]:
        refusals = []
        for dag_id in ("close", "~", "nope"):
            with pytest.raises(ApiException) as caught:
                get(client, dag_id)
            refusals.append(caught.value)
        if server.major == 2:
            with pytest.raises(ApiException) as caught:
                post(client, {"dag_ids": ["close"]})
            refusals.append(caught.value)
        return refusals

    def test_a_viewer(self, server: Server) -> None:
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            assert names(get(client, "close")) == CLOSE
            if server.major == 2:
                assert names(post(client, {"dag_ids": ["close"]})) == CLOSE

    def test_a_user_who_may_read_xcoms_alone(self, server: Server) -> None:
        if server.knows_roles:
            password, _ = pushed.USERS_OF_FAB["xcoms-only"]
            with ApiClient(configuration(server, "xcoms-only", password)) as client:
                assert XComApi(client).get_xcom_entry("close", CLOSE_1, "one", "run").value == CLOSE_1
                runs = [run for run in every(server) if run[0] in ("other", "close")]
                assert XComApi(client).get_xcom_entries("~", "~", "one").total_entries == len(runs)
                for refusal in self.asked(server, client):
                    assert type(refusal) is ForbiddenException

    def test_a_user_who_may_do_nothing(self, server: Server) -> None:
        with ApiClient(configuration(server, "nobody", "nobody-pw")) as client:
            for refusal in self.asked(server, client):
                assert refusal.status == (403 if server.takes_basic or server.major == 3 else server.refusal)

    def test_a_stranger(self, server: Server) -> None:
        with ApiClient(Configuration(host=server.url)) as client:
            for refusal in self.asked(server, client):
                assert refusal.status == server.refusal


def test_runs_a_microsecond_apart_are_told_apart(server: Server, client: ApiClient, api: XComApi) -> None:
    """A row of Airflow 2 has no run id, but a date that only one run of its DAG has."""
    rows = api.get_xcom_entries("close", "~", "~").xcom_entries
    assert [row.logical_date.microsecond for row in rows] == [123456, 123457]
    for row, run_id in zip(rows, (CLOSE_1, CLOSE_2)):
        assert api.get_xcom_entry("close", run_id, row.task_id, row.key).value == run_id
        date = row.logical_date.isoformat()
        found = names(get(client, row.dag_id, **{dated(server, "gte"): date, dated(server, "lte"): date}))
        assert found == [("close", run_id)]
