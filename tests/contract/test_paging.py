"""Iterating over whole lists, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom.core import listing
from tests.contract.clients import XComApi
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS, MANY
from tests.contract.servers import Server

pytestmark = [
    pytest.mark.every_client,
    pytest.mark.filterwarnings("ignore:Airflow 2.[4-8].* lists XComs in no stable order"),
]


@pytest.mark.parametrize("page_size", [100, 99, 250, 1000])
def test_each_row_is_yielded_once_and_in_order(api: XComApi, page_size: int) -> None:
    rows = list(api.iter_xcom_entries(*MANY, page_size=page_size))
    assert [row.key for row in rows] == [f"k{i:04d}" for i in range(250)]


def test_rows_in_the_order_of_the_database_are_yielded_once(server: Server, api: XComApi) -> None:
    found = [row.key for row in api.iter_xcom_entries("contract", RUN_1, "odd_keys", page_size=5)]
    assert sorted(found) == sorted(server.odd_keys)
    # That of PostgreSQL is its locale's.
    assert (found == sorted(server.odd_keys)) == (server.database != "postgresql")


def test_all_rows_are_as_many_as_the_server_counts(api: XComApi) -> None:
    rows = list(api.iter_xcom_entries())
    total = api.get_xcom_entries("~", "~", "~", limit=1).total_entries
    identities = {(row.dag_id, row.run_id or row.logical_date, row.task_id, index(row), row.key) for row in rows}
    assert len(rows) == len(identities) == total


def index(row: Any) -> Any:
    """Return what tells the instances of a mapped task apart: up to 2.6, only the timestamp does."""
    return row.get("map_index", row.timestamp)


def test_filters_select_rows(server: Server, api: XComApi) -> None:
    assert sorted(row.key for row in api.iter_xcom_entries(*KINDS)) == sorted(server.kinds)
    if server.knows_map_index:
        squares = api.iter_xcom_entries("contract", RUN_1, "mapped", xcom_key="square")
        assert sorted(row.map_index for row in squares) == list(range(5))
    assert list(api.iter_xcom_entries("nope")) == []


def test_reading_run_by_run_yields_the_same_rows(api: XComApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lists are read run by run where that is faster; this test reads a short one so."""

    def identities() -> list[tuple[Any, ...]]:
        rows = api.iter_xcom_entries()
        return [(row.dag_id, row.logical_date or row.run_id, row.task_id, index(row), row.key) for row in rows]

    page_by_page = identities()
    monkeypatch.setattr(listing, "RUN_BY_RUN_MIN", 1)
    monkeypatch.setattr(listing, "RUN_BY_RUN_COST", 1)
    run_by_run = identities()
    assert len(run_by_run) == len(page_by_page)
    assert set(run_by_run) == set(page_by_page)
    assert run_by_run != page_by_page
    runs = [row[:2] for row in run_by_run]
    assert sum(a != b for a, b in zip(runs, runs[1:])) == len(set(runs)) - 1  # the rows of a run are together
