"""DAG runs, where the client finds the run ids that rows of Airflow 2 do not have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
from tests.contract import dataset
from tests.contract.conftest import configuration
from tests.contract.dataset import CLOSE_1, CLOSE_2, RUN_1, RUN_2, RUN_WITHOUT_DATE
from tests.contract.servers import SINCE_2_5, Server
from tests.support.cases import all_cases

PATH = "/dags/{dag_id}/dagRuns"
#: The runs of Airflow 2 in the order of their creation.
EVERY = [(dag_id, run_id) for dag_id, run_ids in dataset.RUNS.items() for run_id in run_ids]
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


def date_filter(server: Server, bound: str) -> str:
    return f"{'execution_date' if server.major == 2 else 'logical_date'}_{bound}"


def is_date(name: str) -> bool:
    return name.endswith(("_date", "_decision", "_start", "_end", "_after")) and name != "partition_date"


@pytest.mark.every_release
class TestRows:
    def test_rows_have_every_field(self, server: Server, client: ApiClient) -> None:
        row = get(client, "contract")["dag_runs"][1]
        dates = {
            name: datetime.fromisoformat(row.pop(name).replace("Z", "+00:00")) for name in list(row) if is_date(name)
        }
        assert {dates.pop(name) for name in ("start_date", "end_date", "last_scheduling_decision")}
        date = datetime.fromisoformat(dataset.EXECUTION_DATES[RUN_2])
        api = "execution_date" if server.major == 2 else "run_after"
        assert dates == dict.fromkeys(("logical_date", "data_interval_start", "data_interval_end", api), date)
        known = {"conf": {}, "dag_id": "contract", "dag_run_id": RUN_2, "run_type": "manual"}
        if server.release >= (2, 5):
            known["note"] = None
        assert known.items() <= {"state": "success", **known}.items() <= row.items()
        others = {"external_trigger"}
        if server.major == 3:
            others = {"queued_at", "triggered_by", "dag_versions", "bundle_version"}
        if server.release >= (3, 1):
            others |= {"duration", "triggering_user_name", "dag_display_name"}
        if server.release >= (3, 2):
            others.add("partition_key")
        if server.release >= (3, 3):
            others.add("partition_date")
        assert row.keys() - known.keys() - {"state"} == others

    @pytest.mark.airflow("2.")
    def test_fields_selects_fields(self, server: Server, client: ApiClient) -> None:
        if server.release < (2, 9):
            with pytest.raises(BadRequestException, match=r"fields needs Airflow 2\.9 or later: omit it"):
                get(client, "close", fields="dag_run_id")
            return
        answer = get(client, "close", fields="dag_run_id,execution_date", limit=1)
        assert answer["dag_runs"] == [{"dag_run_id": CLOSE_1, "execution_date": dataset.EXECUTION_DATES[CLOSE_1]}]
        with pytest.raises(BadRequestException, match=r"DAGRunCollectionSchema error.*: nope not in DAGRunSchema"):
            get(client, "close", fields="dag_run_id,nope")

    @pytest.mark.airflow("3.")
    def test_runs_may_have_no_logical_date(self, client: ApiClient) -> None:
        row = get(client, "other")["dag_runs"][1]
        assert (row["dag_run_id"], row["run_type"]) == (RUN_WITHOUT_DATE, "manual")
        assert (row["logical_date"], row["data_interval_start"], row["data_interval_end"]) == (None, None, None)
        assert row["run_after"] == dataset.RUN_AFTER.replace("+00:00", "Z")


class TestLists:
    def test_lists_are_of_all_dags_or_of_one(self, server: Server, client: ApiClient) -> None:
        answer = get(client)
        assert names(answer) == every(server)
        assert answer["total_entries"] == len(every(server))
        answer = get(client, "close")
        assert (names(answer), answer["total_entries"]) == (CLOSE, 2)

    def test_a_missing_dag_has_no_runs(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            assert get(client, "nope") == {"dag_runs": [], "total_entries": 0}
        else:
            with pytest.raises(NotFoundException, match=r"The D(ag|AG) with (ID|dag_id): `nope` was not found"):
                get(client, "nope")

    def test_limit_and_offset_select_a_page(self, server: Server, client: ApiClient) -> None:
        pages: list[tuple[dict[str, int], slice]] = [
            ({"limit": 2}, slice(2)),
            ({"limit": 2, "offset": 1}, slice(1, 3)),
            ({"offset": 3}, slice(3, None)),
            ({"offset": 99}, slice(0)),
            ({"limit": 10000}, slice(None)),
            ({"limit": 0}, slice(None) if server.major == 2 else slice(0)),
        ]
        with all_cases() as case:
            for query, page in pages:
                with case(query):
                    answer = get(client, **query)
                    assert (names(answer), answer["total_entries"]) == (every(server)[page], len(every(server)))

    def test_order_by_orders_runs(self, server: Server, client: ApiClient) -> None:
        orders = [
            ("id", "~", EVERY),
            ("-id", "~", EVERY[::-1]),
            ("dag_run_id", "contract", EVERY[:2]),
            ("-dag_run_id", "contract", EVERY[1::-1]),
            ("start_date", "contract", EVERY[:2]),
            ("-dag_id", "other", EVERY[2:3]),
        ]
        dates = ("execution_date",) if server.major == 2 else ("logical_date", "run_after", "run_id")
        orders += [order for date in dates for order in ((date, "close", CLOSE), (f"-{date}", "close", CLOSE[::-1]))]
        with all_cases() as case:
            for order, dag_id, expected in orders:
                with case((order, dag_id)):
                    found = names(get(client, dag_id, order_by=order))
                    assert [run for run in found if run != UNDATED] == expected

    @pytest.mark.airflow("3.")
    def test_order_by_orders_missing_and_equal_dates(self, server: Server, client: ApiClient) -> None:
        dated_first = [("other", RUN_1), UNDATED]
        is_last = server.release[:2] == (3, 0) or server.database == "postgresql"
        ascending = dated_first if is_last else dated_first[::-1]
        assert names(get(client, "other", order_by="logical_date")) == ascending
        # PostgreSQL has missing dates after all others.
        descending = ascending[::-1] if server.database == "postgresql" else dated_first
        assert names(get(client, "other", order_by="-logical_date")) == descending
        same = [run for run in EVERY if run[1] == RUN_1]
        for order, expected in (("run_after", same), ("-run_after", same[::-1])):
            assert names(get(client, run_after_lte="2024-01-01T00:00:00Z", order_by=order)) == expected

    @pytest.mark.airflow("3.")
    def test_order_by_takes_two_columns(self, server: Server, client: ApiClient) -> None:
        query = [("order_by", "dag_id"), ("order_by", "-run_after")]
        answer = client.call_api(PATH, "GET", {"dag_id": "~"}, query, _return_http_data_only=True)
        if server.release[:2] == (3, 0):  # only the last one counts
            assert names(answer)[:4] == [*CLOSE[::-1], UNDATED, EVERY[1]]
        else:
            assert names(answer)[:5] == [*CLOSE[::-1], *EVERY[1::-1], ("many", RUN_1)]


class TestFilters:
    def test_date_filters_are_exact_to_the_microsecond(self, server: Server, client: ApiClient) -> None:
        bounds = [
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
        ]
        if server.major == 2:
            digits = "2024-04-05T06:07:08.123456999999Z"
            bounds.append((digits, digits, CLOSE[:1]))
        with all_cases() as case:
            for start, end, expected in bounds:
                filters = {date_filter(server, "gte"): start, date_filter(server, "lte"): end}
                with case(filters):
                    answer = get(client, **filters)
                    assert (names(answer), answer["total_entries"]) == (expected, len(expected))
                    if server.major == 2:
                        assert names(post(client, {name: date for name, date in filters.items() if date})) == expected

    @pytest.mark.airflow("3.")
    def test_run_after_filters_runs_without_logical_date(self, client: ApiClient) -> None:
        at = {"run_after_gte": dataset.RUN_AFTER, "run_after_lte": dataset.RUN_AFTER}
        assert names(get(client, **at)) == [UNDATED]
        assert names(get(client, run_after_gte=dataset.EXECUTION_DATES[CLOSE_2])) == CLOSE[1:]
        assert get(client, "other", logical_date_gte="0001-01-01T00:00:00Z")["total_entries"] == 1

    def test_open_bounds_need_airflow_3_1(self, server: Server, client: ApiClient) -> None:
        for bound, expected in (("gt", CLOSE[1:]), ("lt", EVERY[:4])):
            query = {date_filter(server, bound): dataset.EXECUTION_DATES[CLOSE_1]}
            if server.major == 2:
                with pytest.raises(BadRequestException, match=f"parameter.s. execution_date_{bound} not in spec"):
                    get(client, **query)
            else:  # 3.0 ignores the filter
                assert names(get(client, **query)) == (expected if server.release >= (3, 1) else every(server))

    @pytest.mark.airflow("3.")
    def test_patterns_need_airflow_3_1(self, server: Server, client: ApiClient) -> None:
        patterns = [
            ("run_id_pattern", "_contract", (3, 1), [UNDATED]),
            ("run_id_pattern", "_contract|04-05", (3, 2), [UNDATED, *CLOSE]),
            ("run_id_prefix_pattern", "manual__2024-04", (3, 2), CLOSE),
            ("dag_id_pattern", "CLO_E", (3, 2), CLOSE),
            ("dag_id_prefix_pattern", "clos", (3, 2), CLOSE),
        ]
        for name, pattern, since, expected in patterns:
            if server.release < since:  # the server ignores the parameter, or takes "|" for a letter
                expected = [] if "|" in pattern and server.release >= (3, 1) else every(server)
            assert names(get(client, **{name: pattern})) == expected, (name, pattern)

    def test_wrong_values_are_refused_with_the_reason(self, server: Server, client: ApiClient) -> None:
        #: (name, value, reason of Airflow 2, reason of Airflow 3: None if it is the same and a 400 too)
        wrong = [
            ("limit", "-1", "Page limit must be a positive integer", "greater than or equal to 0"),
            ("offset", "-1", "-1 is less than the minimum of 0", "greater than or equal to 0"),
            ("limit", "x", "Wrong type, expected 'integer' for query parameter 'limit'", "a valid integer"),
            ("order_by", "nope", "Ordering with 'nope' is disallowed or the attribute does not", None),
            ("order_by", "-", "Ordering with '' is disallowed or the attribute does not", None),
            ("date", "abc", "'abc' is not a 'date-time'", "valid datetime or date, input is too short"),
            ("date", "2024-04-05 06:07:08.123456 00:00", "is not a 'date-time'", "unexpected extra characters"),
        ]
        if server.release < (2, 5):  # which has another message for dates
            wrong = [case for case in wrong if case[0] != "date"]
        with all_cases() as case:
            for name, value, reason_2, reason_3 in wrong:
                reason = reason_2 if server.major == 2 or reason_3 is None else reason_3
                refusal = BadRequestException if reason == reason_2 else UnprocessableEntityException
                with case(f"{name}={value}"):
                    with pytest.raises(refusal) as caught:
                        get(client, **{date_filter(server, "gte") if name == "date" else name: value})
                    assert reason in str(caught.value)

    @pytest.mark.airflow(*SINCE_2_5)  # 2.4 takes them for UTC
    def test_naive_dates_are_an_error(self, server: Server, client: ApiClient) -> None:
        with pytest.raises(BadRequestException if server.major == 2 else ServiceException):
            get(client, **{date_filter(server, "gte"): "2024-04-05T06:07:08"})

    def test_unknown_parameters_are_refused_by_airflow_2(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            with pytest.raises(BadRequestException, match=r"Extra query parameter\(s\) foo not in spec"):
                get(client, foo=1)
        else:
            assert names(get(client, foo=1)) == every(server)


@pytest.mark.airflow("2.")
class TestPosted:
    """``POST /dags/~/dagRuns/list``: for more names of DAGs than a URL can hold."""

    def test_the_body_selects_runs(self, client: ApiClient) -> None:
        bodies: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
            ({}, EVERY),
            ({"dag_ids": []}, EVERY),
            ({"dag_ids": ["close", "other", "nope"]}, [EVERY[2], *CLOSE]),
            ({"dag_ids": ["nope"]}, []),
            ({"dag_ids": ["~"]}, []),
            ({"page_limit": 2}, EVERY[:2]),
            ({"page_limit": 10000, "page_offset": 4}, CLOSE),
            ({"dag_ids": ["close"], "order_by": "-execution_date"}, CLOSE[::-1]),
            ({"dag_ids": ["close"], "execution_date_lte": dataset.EXECUTION_DATES[CLOSE_1]}, CLOSE[:1]),
        ]
        with all_cases() as case:
            for body, expected in bodies:
                with case(body):
                    answer = post(client, body)
                    assert names(answer) == expected
                    assert answer["total_entries"] == (len(EVERY) if "page_limit" in body else len(expected))

    def test_rows_are_those_of_a_get(self, client: ApiClient) -> None:
        assert post(client, {"dag_ids": ["contract"]}) == get(client, "contract")

    def test_the_body_holds_more_dags_than_a_url(self, client: ApiClient) -> None:
        assert names(post(client, {"dag_ids": [*(f"nope_{i}" for i in range(900)), "close"]})) == CLOSE

    @pytest.mark.airflow("2.6", "2.7", "2.8", "2.9", "2.1")  # 2.4 has other messages for dates and for no body
    def test_wrong_bodies_are_refused_with_the_reason(self, client: ApiClient) -> None:
        bodies: list[tuple[Any, str]] = [
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
        ]
        with all_cases() as case:
            for body, reason in bodies:
                with case(body):
                    with pytest.raises(BadRequestException) as caught:
                        post(client, body)
                    assert caught.value.error is not None
                    assert caught.value.error["detail"] == reason
            with case("no body"), pytest.raises(BadRequestException, match="Request body must not be empty"):
                post(client, None)


@pytest.mark.every_login
class TestPermissions:
    def refusals(self, server: Server, client: ApiClient) -> list[ApiException]:
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

    def test_viewers_may_read(self, server: Server) -> None:
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            assert names(get(client, "close")) == CLOSE
            if server.major == 2:
                assert names(post(client, {"dag_ids": ["close"]})) == CLOSE

    def test_permission_for_xcoms_is_none_for_runs(self, server: Server) -> None:
        if not server.knows_roles:
            pytest.skip("no role of this server may read XComs alone")
        password, _ = dataset.USERS_OF_FAB["xcoms-only"]
        with ApiClient(configuration(server, "xcoms-only", password)) as client:
            assert XComApi(client).get_xcom_entry("close", CLOSE_1, "one", "run").value == CLOSE_1
            runs = [run for run in every(server) if run[0] in ("other", "close")]
            assert XComApi(client).get_xcom_entries("~", "~", "one").total_entries == len(runs)
            for refusal in self.refusals(server, client):
                assert type(refusal) is ForbiddenException

    def test_users_without_permission_are_refused(self, server: Server) -> None:
        with ApiClient(configuration(server, "nobody", "nobody-pw")) as client:
            for refusal in self.refusals(server, client):
                assert refusal.status == (403 if server.takes_basic or server.major == 3 else server.refusal)

    def test_anonymous_users_are_refused(self, server: Server) -> None:
        with ApiClient(Configuration(host=server.url)) as client:
            for refusal in self.refusals(server, client):
                assert refusal.status == server.refusal


def test_the_date_of_a_row_identifies_its_run(server: Server, client: ApiClient, api: XComApi) -> None:
    """A row of Airflow 2 has no run id, but a date that only one run of its DAG has."""
    rows = api.get_xcom_entries("close", "~", "~").xcom_entries
    assert [row.logical_date.microsecond for row in rows] == [123456, 123457]
    for row, run_id in zip(rows, (CLOSE_1, CLOSE_2)):
        assert api.get_xcom_entry("close", run_id, row.task_id, row.key).value == run_id
        date = row.logical_date.isoformat()
        found = names(get(client, row.dag_id, **{date_filter(server, "gte"): date, date_filter(server, "lte"): date}))
        assert found == [("close", run_id)]
