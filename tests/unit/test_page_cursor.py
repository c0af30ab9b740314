"""Cursor over the pages of a list: offsets, repeated rows, and the warning about a list that changed."""

from __future__ import annotations

from typing import Any

from airflow_client.xcom import ApiException, ServiceException, XComCollection, XComCollectionItem
from airflow_client.xcom.core.page_cursor import DEDUPLICATED_ROWS, PageCursor, RowCounts


def page(keys: Any, total: int) -> XComCollection:
    return XComCollection(xcom_entries=[{"key": key} for key in keys], total_entries=total)


def take(tally: RowCounts, pages: PageCursor, page: XComCollection) -> list[str]:
    tally.count(page)
    return [row.key for row in pages.take([page]) if isinstance(row, XComCollectionItem)]


def test_a_cursor_advances_by_the_rows_received() -> None:
    pages = PageCursor(tally := RowCounts("XComs"))
    assert take(tally, pages, page("abc", 5)) == ["a", "b", "c"]
    assert (pages.offset, pages.has_more) == (3, True)
    assert take(tally, pages, page("de", 5)) == ["d", "e"]
    assert (pages.offset, pages.has_more, tally.warning()) == (5, False, None)


def test_it_ends_with_the_rows() -> None:
    pages = PageCursor(tally := RowCounts("XComs"))
    take(tally, pages, page("abc", 5))
    assert take(tally, pages, page("", 5)) == []
    assert not pages.has_more
    assert "received 3 rows, of 5 at the end" in str(tally.warning())


def test_it_has_a_first_page_and_no_total_yet() -> None:
    pages = PageCursor(tally := RowCounts("XComs"))
    assert (pages.offset, pages.has_more, pages.total, tally.last) == (0, True, None, 0)
    pages.take([ServiceException(500)])
    assert (pages.offset, pages.has_more, pages.total) == (1, False, None)
    take(tally, pages, XComCollection(xcom_entries=[{"key": "a"}]))  # a page of an unknown number of rows
    assert (pages.offset, pages.has_more, pages.total) == (2, False, 0)


def test_it_skips_repeated_rows() -> None:
    pages = PageCursor(tally := RowCounts("XComs"))
    take(tally, pages, page("abc", 5))
    assert take(tally, pages, page("cde", 6)) == ["d", "e"]
    assert "received 5 rows, of 6 at the end and 5 at the beginning; duplicates dropped: 1" in str(tally.warning())


def test_the_number_of_remembered_rows_is_limited() -> None:
    pages = PageCursor(tally := RowCounts("XComs"))
    total = 3 * DEDUPLICATED_ROWS
    for start in range(0, total, 1000):
        assert len(take(tally, pages, page(range(start, start + 1000), total))) == 1000
    assert len(pages._recent) == DEDUPLICATED_ROWS
    assert tally.warning() is None


def test_an_id_may_be_any_json() -> None:
    pages = PageCursor(tally := RowCounts("XComs"))
    keys = [["a"], {"a": 1}, ["b"], None]
    assert take(tally, pages, page([*keys, ["a"]], 5)) == keys
    assert tally.duplicates == 1


def test_rows_that_are_not_wanted_are_passed_without_a_count() -> None:
    pages = PageCursor(tally := RowCounts("XComs"), lambda row: row.key in "bd")
    parts: list[XComCollection | ApiException] = [page("ab", 5), ServiceException(500), page("cd", 5)]
    assert [row.key for row in pages.take(parts)] == ["b", "d"]
    assert (pages.offset, pages.total, pages.has_more, tally.received) == (5, 5, False, 2)


def test_a_row_that_the_server_cannot_load_is_an_error_in_its_place() -> None:
    pages = PageCursor(tally := RowCounts("XComs"))
    error = ServiceException(500)
    assert [getattr(row, "key", row) for row in pages.take([page("a", 4), error, page("b", 4)])] == ["a", error, "b"]
    assert (pages.offset, pages.total, pages.has_more, tally.received, tally.duplicates) == (3, 4, True, 3, 0)


def test_rows_are_the_same_if_all_their_ids_are() -> None:
    row = {"dag_id": "d", "dag_run_id": "r", "task_id": "t", "map_index": 1, "key": "k", "timestamp": "2024"}
    others = [{**row, name: "other"} for name in ("dag_id", "dag_run_id", "task_id", "map_index", "key")]
    by_date = {**{name: row[name] for name in ("dag_id", "task_id", "key")}, "timestamp": "2024"}
    others += [{**by_date, "run_id": run_id} for run_id in ("r", "other")]  # Airflow 3
    others += [{**by_date, "execution_date": date} for date in ("2024", "2025")]  # Airflow 2 has no run id
    others += [{**by_date, "execution_date": "2024", "timestamp": "2025"}]  # before 2.7, another map index
    pages = PageCursor(tally := RowCounts("XComs"))
    again = {**row, "timestamp": "2025", "execution_date": "2025"}
    new = pages.take([XComCollection(xcom_entries=[row, again, *others, row], total_entries=13)])
    assert [dict(one) for one in new if isinstance(one, XComCollectionItem)] == [row, *others]
    assert (pages.offset, tally.duplicates) == (len(others) + 3, 2)


def test_a_change_is_told_with_its_counts() -> None:
    tally = RowCounts("DAG runs")
    for total in (3, 4):
        tally.count(page("", total))
    tally.received, tally.duplicates = 2, 1
    assert tally.warning() == (
        "DAG runs were written or deleted while they were listed: received 2 rows, of 4 at the end and 3 at the "
        "beginning; duplicates dropped: 1. Some may be missing"
    )
    tally.count(page("", 3))
    tally.received = 3
    assert "duplicates dropped: 1" in str(tally.warning())
    tally.duplicates = 0
    assert tally.warning() is None
    tally.count(XComCollection(xcom_entries=[]))
    assert "of 0 at the end" in str(tally.warning())
