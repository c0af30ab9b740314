"""Cursor over the pages of a list: offsets, repeated rows, and the warning about a list that changed."""

from __future__ import annotations

from typing import Any

from airflow_client.xcom import XComCollection, XComCollectionItem
from airflow_client.xcom.core.listing import REMEMBERED, PageCursor, RowCounts


def page(keys: Any, total: int) -> XComCollection:
    return XComCollection(xcom_entries=[{"key": key} for key in keys], total_entries=total)


def take(tally: RowCounts, pages: PageCursor, page: XComCollection) -> list[str]:
    tally.count(page)
    return [row.key for row in pages.take([page]) if isinstance(row, XComCollectionItem)]


def test_a_cursor_advances_by_the_rows_received() -> None:
    pages = PageCursor(tally := RowCounts())
    assert take(tally, pages, page("abc", 5)) == ["a", "b", "c"]
    assert (pages.offset, pages.more) == (3, True)
    assert take(tally, pages, page("de", 5)) == ["d", "e"]
    assert (pages.offset, pages.more, tally.warning()) == (5, False, None)


def test_it_ends_with_the_rows() -> None:
    pages = PageCursor(tally := RowCounts())
    take(tally, pages, page("abc", 5))
    assert take(tally, pages, page("", 5)) == []
    assert not pages.more
    assert "3 rows came, of 5 at the end" in str(tally.warning())


def test_it_skips_repeated_rows() -> None:
    pages = PageCursor(tally := RowCounts())
    take(tally, pages, page("abc", 5))
    assert take(tally, pages, page("cde", 6)) == ["d", "e"]
    assert "5 rows came, of 6 at the end and 5 at the beginning; 1 came again" in str(tally.warning())


def test_the_number_of_remembered_rows_is_limited() -> None:
    pages = PageCursor(tally := RowCounts())
    total = 3 * REMEMBERED
    for start in range(0, total, 1000):
        assert len(take(tally, pages, page(range(start, start + 1000), total))) == 1000
    assert len(pages._known) == len(pages._recent) == REMEMBERED
    assert tally.warning() is None
