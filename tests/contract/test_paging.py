"""Reading a whole list, page by page, of every Airflow."""

from __future__ import annotations

import pytest

from tests.contract.expected import KINDS, MANY
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server
from tests.contract.sides import XComApi


@pytest.mark.parametrize("page_size", [100, 99, 250, 1000])
def test_every_row_of_every_page_comes_once_and_in_order(api: XComApi, page_size: int) -> None:
    rows = list(api.iter_xcom_entries(*MANY, page_size=page_size))
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
