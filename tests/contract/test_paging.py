"""Reading a whole list, page by page, of every Airflow."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom.core import listing
from tests.contract.expected import KINDS, RUN_BY_RUN_MIN
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server
from tests.contract.sides import XComApi


@pytest.mark.parametrize("page_size", [100, 99, 250, 1000])
def test_every_row_of_every_page_comes_once_and_in_order(api: XComApi, page_size: int) -> None:
    rows = list(api.iter_xcom_entries(*RUN_BY_RUN_MIN, page_size=page_size))
    assert [row.key for row in rows] == [f"k{i:04d}" for i in range(250)]


def test_everything_is_what_the_server_counts(api: XComApi) -> None:
    rows = list(api.iter_xcom_entries())
    total = api.get_xcom_entries("~", "~", "~", limit=1).total_entries
    identities = {(row.dag_id, row.run_id or row.logical_date, row.task_id, row.map_index, row.key) for row in rows}
    assert len(rows) == len(identities) == total


def test_filters_and_a_single_page(server: Server, api: XComApi) -> None:
    assert sorted(row.key for row in api.iter_xcom_entries(*KINDS)) == sorted(server.kinds)
    assert [row.map_index for row in api.iter_xcom_entries("contract", RUN_1, "mapped", xcom_key="square")] == list(
        range(5)
    )
    assert list(api.iter_xcom_entries("nope")) == []


def test_run_by_run_gives_the_same_rows(api: XComApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long lists are read so where that is quicker; here, whatever it costs."""

    def identities() -> list[tuple[Any, ...]]:
        rows = api.iter_xcom_entries()
        return [(row.dag_id, row.logical_date or row.run_id, row.task_id, row.map_index, row.key) for row in rows]

    as_a_whole = identities()
    monkeypatch.setattr(listing, "RUN_BY_RUN_MIN", 1)
    monkeypatch.setattr(listing, "RUN_BY_RUN_COST", 1)
    run_by_run = identities()
    assert len(run_by_run) == len(as_a_whole)
    assert set(run_by_run) == set(as_a_whole)
    assert run_by_run != as_a_whole
    runs = [row[:2] for row in run_by_run]
    assert sum(a != b for a, b in zip(runs, runs[1:])) == len(set(runs)) - 1  # the rows of a run come together
