"""Run ids by logical date: how many requests they take, and which run belongs to which row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_client.xcom import ForbiddenException, UnexpectedContentException, XComCollectionItem
from airflow_client.xcom.core.bulk import CACHED_RUNS, RunIdResolver
from airflow_client.xcom.core.operations import Operation
from tests.support.cases import check_each

START = datetime(2024, 1, 1, tzinfo=timezone.utc)


class DagRuns:
    """The DAG runs of a server, with at most ``page_limit`` of them on a page."""

    def __init__(self, runs: dict[tuple[str, datetime], str], page_limit: int = 100) -> None:
        self.runs = runs
        self._by_date = sorted(runs.items(), key=lambda item: item[0][1])
        self.page_limit = page_limit
        self.queries: list[dict[str, Any]] = []

    def answer(self, operation: Operation[Any]) -> Any:
        query = json.loads(operation.body or b"")
        self.queries.append(query)
        first, last = (datetime.fromisoformat(query[f"execution_date_{bound}"]) for bound in ("gte", "lte"))
        found = [
            {"dag_id": dag_id, "execution_date": date.isoformat(), "dag_run_id": run_id}
            for (dag_id, date), run_id in self._by_date
            if dag_id in query["dag_ids"] and first <= date <= last
        ]
        return {"dag_runs": found[: min(self.page_limit, query["page_limit"])], "total_entries": len(found)}
        yield  # a flow without steps

    def find(self, ids: RunIdResolver, rows: Iterable[tuple[str, datetime]]) -> list[str | None]:
        flow = ids.find([XComCollectionItem(dag_id=dag_id, execution_date=date) for dag_id, date in rows])
        with pytest.raises(StopIteration) as end:
            next(flow)
        found: list[str | None] = end.value.value
        return found


def runs(dag_id: str, count: int, step: timedelta = timedelta(days=1)) -> dict[tuple[str, datetime], str]:
    return {(dag_id, START + i * step): f"{dag_id} {i}" for i in range(count)}


def test_a_page_of_rows_takes_one_request() -> None:
    server = DagRuns({**runs("a", 50), **runs("b", 50)})
    ids = RunIdResolver(server.answer)
    assert server.find(ids, server.runs) == list(server.runs.values())
    assert len(server.queries) == 1
    assert server.queries[0]["dag_ids"] == ["a", "b"]


def test_known_runs_take_no_request() -> None:
    server = DagRuns(runs("a", 50))
    ids = RunIdResolver(server.answer)
    server.find(ids, server.runs)
    assert server.find(ids, reversed(server.runs)) == list(reversed(server.runs.values()))
    assert len(server.queries) == 1


def test_runs_a_microsecond_apart_are_distinguished() -> None:
    server = DagRuns(runs("a", 5, timedelta(microseconds=1)))
    assert server.find(RunIdResolver(server.answer), server.runs) == [f"a {i}" for i in range(5)]


def test_two_dags_may_have_a_run_of_the_same_date() -> None:
    server = DagRuns({**runs("a", 1), **runs("b", 1)})
    assert server.find(RunIdResolver(server.answer), [("b", START), ("a", START), ("b", START)]) == [
        "b 0",
        "a 0",
        "b 0",
    ]


def test_a_few_of_many_runs_take_few_requests() -> None:
    many = {**runs("a", 5000, timedelta(minutes=1)), **runs("b", 3)}
    wanted = [
        ("a", START),
        ("a", START + timedelta(minutes=2500)),
        ("a", START + timedelta(minutes=4999)),
        ("b", START),
    ]
    for page_limit in (1, 7, 100):
        server = DagRuns(many, page_limit)
        assert server.find(RunIdResolver(server.answer), wanted) == ["a 0", "a 2500", "a 4999", "b 0"]
        assert len(server.queries) <= 2 * len(wanted)


def test_rows_far_apart_take_less_than_two_requests_each() -> None:
    server = DagRuns(runs("a", 3_000, timedelta(minutes=1)), page_limit=20)
    wanted = [("a", START + timedelta(minutes=60 * i)) for i in range(50)]
    assert server.find(RunIdResolver(server.answer), wanted) == [f"a {60 * i}" for i in range(50)]
    assert len(server.queries) < 100


def test_a_deleted_run_has_no_id() -> None:
    server = DagRuns(runs("a", 2))
    assert server.find(
        RunIdResolver(server.answer), [("a", START), ("a", START - timedelta(days=1)), ("z", START)]
    ) == [
        "a 0",
        None,
        None,
    ]
    assert len(server.queries) == 1


def test_the_number_of_remembered_ids_is_limited() -> None:
    server = DagRuns(runs("a", CACHED_RUNS + 500, timedelta(minutes=1)), page_limit=1000)
    ids, wanted = RunIdResolver(server.answer), list(server.runs)
    for start in range(0, len(wanted), 100):
        server.find(ids, wanted[start : start + 100])
    assert len(ids._cache) == CACHED_RUNS
    assert server.find(ids, wanted[-100:]) == [f"a {i}" for i in range(CACHED_RUNS + 400, CACHED_RUNS + 500)]


def test_the_error_says_that_the_user_may_not_read_dag_runs() -> None:
    def refuse(operation: Operation[Any]) -> Any:
        raise ForbiddenException(403, "FORBIDDEN", hint="check the password")
        yield

    with pytest.raises(ForbiddenException, match="this user may not read"):
        DagRuns({}).find(RunIdResolver(refuse), [("a", START)])


def test_an_unusable_response_is_unexpected_content() -> None:
    def check(response: Any) -> None:
        def respond(operation: Operation[Any]) -> Any:
            return response
            yield

        with pytest.raises(UnexpectedContentException, match="not a list of DAG runs"):
            next(RunIdResolver(respond).find([XComCollectionItem(dag_id="a", execution_date=START)]))

    check_each([None, [], {"dag_runs": 1}, {"dag_runs": [{}], "total_entries": 1}], check)
