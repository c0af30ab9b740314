"""History of an XCom: requests, paging, errors, and the result in a terminal, a notebook and pandas."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    Configuration,
    OpenApiException,
    XCom,
    XComApi,
    XComHistory,
    XComNotProducedException,
)
from airflow_client.xcom.model.dag_run import DAGRun
from airflow_client.xcom.model.rendering import HEIGHT, MAX_ROWS
from airflow_client.xcom.model.x_com import add_dag_run
from tests.support.cases import check_each

FIRST = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


def run_id(day: int) -> str:
    return f"scheduled__{(FIRST + dt.timedelta(days=day)).isoformat()}"


def add_day(server: EmbeddedAirflow, day: int, *, value: Any = None, dag_id: str = "daily", **run: Any) -> None:
    """Add the run of a day, and its XCom unless the value is None."""
    date = FIRST + dt.timedelta(days=day)
    server.add_run(dag_id, run_id(day), logical_date=date, **run)
    server.add_task(dag_id, run_id(day), "count")
    if value is not None:
        server.push_xcom(dag_id, run_id(day), "count", "rows", value)


@pytest.fixture(scope="module", params=["2.11.2", "3.3.2"])
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow(request.param) as server:
        server.add_user("admin", "pw")
        for day in range(250):
            add_day(server, day, value=day)
        yield server


@pytest.fixture(scope="module")
def api(server: EmbeddedAirflow) -> Iterator[XComApi]:
    with ApiClient(Configuration(host=server.base_url, username="admin", password="pw")) as client:
        client.get_server_version()
        XComApi(client).history("daily", "count", "rows", last=1)  # logs in
        yield XComApi(client)


def requests_of(server: EmbeddedAirflow, start: int) -> tuple[list[str], list[str]]:
    """Return the lists of runs and the other requests since ``start``."""
    targets = [request.target for request in server.requests[start:]]
    return (
        [target for target in targets if "/dagRuns?" in target],
        [target for target in targets if "/dagRuns?" not in target],
    )


def test_one_list_of_runs_and_one_request_for_each_run(server: EmbeddedAirflow, api: XComApi) -> None:
    start = len(server.requests)
    history = api.history("daily", "count", "rows")
    lists, reads = requests_of(server, start)
    assert (len(lists), len(reads)) == (1, 30)
    assert "limit=30" in lists[0]
    assert [xcom.value for xcom in history] == list(range(220, 250))
    assert [xcom.dag_run.dag_run_id for xcom in history if xcom.dag_run] == [run_id(day) for day in range(220, 250)]


def test_more_than_a_page_of_runs(server: EmbeddedAirflow, api: XComApi) -> None:
    start = len(server.requests)
    history = api.history("daily", "count", "rows", last=220)
    lists, reads = requests_of(server, start)
    assert (len(lists), len(reads)) == (3, 220)
    assert [xcom.value for xcom in history] == list(range(30, 250))
    assert len(api.history("daily", "count", "rows", last=1_000)) == 250


def test_missing_xcoms_cost_three_more_requests_at_most(server: EmbeddedAirflow, api: XComApi) -> None:
    start = len(server.requests)
    history = api.history("daily", "count", "nope", last=10)
    lists, reads = requests_of(server, start)
    assert (len(lists), len(reads), len(history.missing)) == (1, 13, 10)
    assert [run.dag_run_id for run in history.missing] == [run_id(day) for day in range(240, 250)]
    start = len(server.requests)
    assert len(api.history("daily", "count", "nope", last=10, map_index=-1).missing) == 10
    assert len(server.requests) - start == 11


def test_a_task_that_is_mapped_in_some_runs_says_so(server: EmbeddedAirflow, api: XComApi) -> None:
    """The task failed in the latest run, so that only the one before shows that it is mapped."""
    for day in range(3):
        add_day(
            server, day, dag_id="changed", value=None if day else "unmapped", state="failed" if day == 2 else "success"
        )
    server.push_xcom("changed", run_id(1), "count", "rows", "mapped", map_index=0)
    with pytest.raises(
        XComNotProducedException, match=f"task 'count' is mapped in DAG run '{run_id(1)}'".replace("+", r"\+")
    ):
        api.history("changed", "count", "rows")
    assert [xcom.value for xcom in api.history("changed", "count", "rows", map_index=-1)] == ["unmapped"]
    assert [xcom.value for xcom in api.history("changed", "count", "rows", map_index=0)] == ["mapped"]
    with server.fail("*/xcomEntries", times=1), pytest.raises(XComNotProducedException):
        api.history("changed", "count", "rows")
    with server.fail("*/xcomEntries", status=400):  # Airflow before 2.7 has no filter for a key
        assert [xcom.value for xcom in api.history("changed", "count", "rows")] == ["unmapped"]


def test_runs_that_no_path_reaches_are_errors(server: EmbeddedAirflow, api: XComApi) -> None:
    for day, each in enumerate(("a", "b/c")):
        server.add_run("odd", each, logical_date=FIRST + dt.timedelta(days=day))
        server.push_xcom("odd", each, "count", "rows", each)
    with pytest.raises(ApiValueError, match="must not contain '/'"):
        api.history("odd", "count", "rows")
    history = api.history("odd", "count", "rows", on_error="skip")
    assert ([xcom.value for xcom in history], history.missing) == (["a"], [])
    (error,) = history.errors
    assert error.entry is not None
    assert error.entry.run_id == "b/c"
    assert repr(history).startswith("<XComHistory odd.count 'rows': 1 XCom of 2 runs, 1 unreadable>")


def test_bad_arguments_are_refused_before_anything_is_sent(server: EmbeddedAirflow, api: XComApi) -> None:
    start = len(server.requests)
    history: Any = api.history
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"dag_id": "~"}, ApiValueError, "dag_id must be one id"),
        ({"task_id": "~"}, ApiValueError, "task_id must be one id"),
        ({"task_id": 1}, ApiTypeError, "task_id must be a str, not int"),
        ({"xcom_key": ""}, ApiValueError, "xcom_key must not be empty"),
        ({"last": 0}, ApiValueError, "last must be at least 1, got 0"),
        ({"last": "30"}, ApiTypeError, "last must be an int, not str"),
        ({"state": "succes"}, ApiValueError, r"state must be one of .* \(did you mean success\?\)"),
        ({"map_index": "1"}, ApiTypeError, "map_index must be an int, not str"),
        ({"on_error": "yield"}, ApiValueError, "on_error must be 'raise' or 'skip', not 'yield'"),
        ({"stringify": "no"}, ApiTypeError, "stringify must be a bool, not str"),
        ({"max_workers": 0}, ApiValueError, "max_workers must be at least 1"),
        ({"lst": 3}, ApiTypeError, r"unknown keyword: lst \(did you mean last\?\)"),
    ]

    def check(case: tuple[dict[str, Any], type[Exception], str]) -> None:
        keywords, kind, message = case
        with pytest.raises(kind, match=message):
            history(**{"dag_id": "daily", "task_id": "count", **keywords})

    check_each(cases, check)
    assert len(server.requests) == start


def test_xcoms_keep_their_run_in_copies() -> None:
    xcom = XCom(key="k", value=1)
    assert xcom.dag_run is None
    add_dag_run(xcom, DAGRun(dag_run_id="r", state="success"))
    for twin in (copy.copy(xcom), copy.deepcopy(xcom), pickle.loads(pickle.dumps(xcom))):
        assert twin == xcom
        assert twin.dag_run == xcom.dag_run
        assert "dag_run" not in twin.to_dict()


def make_history(count: int, missing: int = 0) -> XComHistory:
    xcoms = []
    for day in range(count):
        xcom = XCom(dag_id="d", task_id="t", key="k", value={"rows": day, "text": "\x1b<b>" * 20})
        run = DAGRun(dag_run_id=run_id(day), state="success", run_after=FIRST + dt.timedelta(days=day))
        add_dag_run(xcom, run)
        xcoms.append(xcom)
    return XComHistory("d.\x1bt 'k'", xcoms, [DAGRun(dag_run_id="m")] * missing, [OpenApiException("x")])


def test_a_history_is_a_sequence_that_shows_its_latest_values() -> None:
    history = make_history(100, missing=2)
    assert (len(history), history[-1].value["rows"], len(history[:3])) == (100, 99, 3)
    lines = repr(history).split("\n")
    assert lines[:2] == ["<XComHistory d.\\x1bt 'k': 100 XComs of 103 runs, 2 missing, 1 unreadable>", "… 90 earlier"]
    assert lines[-1].startswith("2024-04-09 00:00:00+00:00  {'rows': 99, 'text': '\\x1b<b>")
    assert (len(lines), max(map(len, lines)) <= 110, len(lines) <= HEIGHT) == (MAX_ROWS + 2, True, True)
    html = history._repr_html_()
    assert "90 earlier" in html
    assert "&lt;b&gt;" in html
    assert all(line.isprintable() for line in (*lines, *html.split("\n")))
    assert dict(history.__rich_repr__()) == {"xcoms": 100, "missing": 2, "errors": 1}
    assert repr(make_history(0)) == "<XComHistory d.\\x1bt 'k': 0 XComs of 1 run, 1 unreadable>"
    assert "<tr>" not in make_history(0)._repr_html_().partition("<tbody>")[2]


def test_a_history_becomes_tables_with_the_dates_of_the_runs(api: XComApi) -> None:
    pytest.importorskip("pandas", reason="needs pandas")
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    history = api.history("daily", "count", "rows", last=3)
    frame = history.to_pandas()
    assert list(frame)[-4:] == ["run_state", "run_start_date", "run_end_date", "value"]
    assert frame["value"].tolist() == [247, 248, 249]
    assert frame["run_id"].tolist() == [run_id(day) for day in (247, 248, 249)]
    assert str(frame["run_start_date"].dtype) == "datetime64[us, UTC]"
    assert history.to_arrow().column_names == list(frame)
    exploded = make_history(2).to_pandas(explode=True)
    assert exploded["value.rows"].tolist() == [0, 1]
    assert exploded["run_after"][1].to_pydatetime() == FIRST + dt.timedelta(days=1)
