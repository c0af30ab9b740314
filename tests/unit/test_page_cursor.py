"""Cursor over the pages of a list: offsets, repeated rows, and the warning about a list that changed."""

from __future__ import annotations

from typing import Any

from airflow_client.xcom import XComCollection, XComCollectionItem
from airflow_client.xcom.core.page_cursor import DEDUPLICATED_ROWS, PageCursor, RowCounts


def page(keys: Any, total: int) -> XComCollection:
    return XComCollection(xcom_entries=[{"key": key} for key in keys], total_entries=total)


def take(tally: RowCounts, pages: PageCursor, page: XComCollection) -> list[str]:
    tally.count(page)
    return [row.key for row in pages.take([page]) if isinstance(row, XComCollectionItem)]


def test_a_cursor_advances_by_the_rows_received() -> None:
    pages = PageCursor(tally := RowCounts())
    assert take(tally, pages, page("abc", 5)) == ["a", "b", "c"]
    assert (pages.offset, pages.has_more) == (3, True)
    assert take(tally, pages, page("de", 5)) == ["d", "e"]
    assert (pages.offset, pages.has_more, tally.warning()) == (5, False, None)


def test_it_ends_with_the_rows() -> None:
    pages = PageCursor(tally := RowCounts())
    take(tally, pages, page("abc", 5))
    assert take(tally, pages, page("", 5)) == []
    assert not pages.has_more
    assert "received 3 rows, of 5 at the end" in str(tally.warning())


def test_it_skips_repeated_rows() -> None:
    pages = PageCursor(tally := RowCounts())
    take(tally, pages, page("abc", 5))
    assert take(tally, pages, page("cde", 6)) == ["d", "e"]
    assert "received 5 rows, of 6 at the end and 5 at the beginning; duplicates dropped: 1" in str(tally.warning())


def test_the_number_of_remembered_rows_is_limited() -> None:
    pages = PageCursor(tally := RowCounts())
    total = 3 * DEDUPLICATED_ROWS
    for start in range(0, total, 1000):
        assert len(take(tally, pages, page(range(start, start + 1000), total))) == 1000
    assert len(pages._recent) == DEDUPLICATED_ROWS
    assert tally.warning() is None
