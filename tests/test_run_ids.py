"""Run ids by logical date: how many requests they take, and that close runs are told apart."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_client.xcom import ForbiddenException, UnexpectedContentException, XComCollectionItem
from airflow_client.xcom.core.bulk import CACHED_RUNS, RunIdResolver
from airflow_client.xcom.core.operations import Operation

START = datetime(2024, 1, 1, tzinfo=timezone.utc)


class DagRuns:
    """The DAG runs of a server, of which a page holds so many."""

    def __init__(self, runs: dict[tuple[str, datetime], str], page_limit: int = 100) -> None:
        self.runs = runs
        self.page_limit = page_limit
        self.asked: list[dict[str, Any]] = []

    def answer(self, operation: Operation[Any]) -> Any:
        asked = json.loads(operation.body or b"")
        self.asked.append(asked)
        first, last = (datetime.fromisoformat(asked[f"execution_date_{bound}"]) for bound in ("gte", "lte"))
        found = [
            {"dag_id": dag_id, "execution_date": date.isoformat(), "dag_run_id": run_id}
            for (dag_id, date), run_id in sorted(self.runs.items(), key=lambda item: item[0][1])
            if dag_id in asked["dag_ids"] and first <= date <= last
        ]
        return {"dag_runs": found[: min(self.page_limit, asked["page_limit"])], "total_entries": len(found)}
        yield  # a flow of no steps

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
    assert len(server.asked) == 1
    assert server.asked[0]["dag_ids"] == ["a", "b"]


def test_what_is_known_takes_none() -> None:
    server = DagRuns(runs("a", 50))
    ids = RunIdResolver(server.answer)
    server.find(ids, server.runs)
    assert server.find(ids, reversed(server.runs)) == list(reversed(server.runs.values()))
    assert len(server.asked) == 1


def test_runs_a_microsecond_apart_are_told_apart() -> None:
    server = DagRuns(runs("a", 5, timedelta(microseconds=1)))
    assert server.find(RunIdResolver(server.answer), server.runs) == [f"a {i}" for i in range(5)]


def test_the_same_date_of_two_dags() -> None:
    server = DagRuns({**runs("a", 1), **runs("b", 1)})
    assert server.find(RunIdResolver(server.answer), [("b", START), ("a", START), ("b", START)]) == [
        "b 0",
        "a 0",
        "b 0",
    ]


@pytest.mark.parametrize("page_limit", [1, 7, 100])
def test_far_apart_runs_of_many_are_found_in_few_requests(page_limit: int) -> None:
    server = DagRuns({**runs("a", 5000, timedelta(minutes=1)), **runs("b", 3)}, page_limit)
    wanted = [
        ("a", START),
        ("a", START + timedelta(minutes=2500)),
        ("a", START + timedelta(minutes=4999)),
        ("b", START),
    ]
    assert server.find(RunIdResolver(server.answer), wanted) == ["a 0", "a 2500", "a 4999", "b 0"]
    assert len(server.asked) <= 2 * len(wanted)


def test_each_row_of_a_page_far_from_the_next() -> None:
    server = DagRuns(runs("a", 20_000, timedelta(minutes=1)))
    wanted = [("a", START + timedelta(minutes=200 * i)) for i in range(100)]
    assert server.find(RunIdResolver(server.answer), wanted) == [f"a {200 * i}" for i in range(100)]
    assert len(server.asked) < 200


def test_a_run_that_was_deleted_meanwhile() -> None:
    server = DagRuns(runs("a", 2))
    assert server.find(
        RunIdResolver(server.answer), [("a", START), ("a", START - timedelta(days=1)), ("z", START)]
    ) == [
        "a 0",
        None,
        None,
    ]
    assert len(server.asked) == 1


def test_so_many_are_remembered_and_no_more() -> None:
    server = DagRuns(runs("a", CACHED_RUNS + 500, timedelta(minutes=1)), page_limit=1000)
    ids, wanted = RunIdResolver(server.answer), list(server.runs)
    for start in range(0, len(wanted), 100):
        server.find(ids, wanted[start : start + 100])
    assert len(ids._cache) == CACHED_RUNS
    assert server.find(ids, wanted[-100:]) == [f"a {i}" for i in range(CACHED_RUNS + 400, CACHED_RUNS + 500)]


def test_a_user_who_may_not_read_dag_runs_is_told_so() -> None:
    def refuse(operation: Operation[Any]) -> Any:
        raise ForbiddenException(403, "FORBIDDEN", hint="check the password")
        yield

    with pytest.raises(ForbiddenException, match="this user may not read"):
        DagRuns({}).find(RunIdResolver(refuse), [("a", START)])


@pytest.mark.parametrize("answer", [None, [], {"dag_runs": 1}, {"dag_runs": [{}], "total_entries": 1}])
def test_an_answer_that_is_none(answer: Any) -> None:
    def say(operation: Operation[Any]) -> Any:
        return answer
        yield

    with pytest.raises(UnexpectedContentException, match="not a list of DAG runs"):
        next(RunIdResolver(say).find([XComCollectionItem(dag_id="a", execution_date=START)]))
