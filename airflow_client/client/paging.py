"""Reading a list page by page: which page is next, which rows are new, and what to tell at the end."""

from __future__ import annotations

import warnings
from collections import deque
from typing import Any

from airflow_client.client.exceptions import PagingWarning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_client.client.model.x_com_collection import XComCollection
    from airflow_client.client.model.x_com_collection_item import XComCollectionItem

#: Rows per page when nothing is said: what servers give at most, but for Airflow 3.0 and 3.1.
PAGE_SIZE = 100
#: How many of the rows that came last are remembered, to tell one that comes twice.
REMEMBERED = 10_000


class Pages:
    """What is known of a list while it is read. It advances by the rows received: servers cap pages silently.

    :ivar int offset: where the next page begins.
    :ivar bool more: whether there is a next page.
    """

    def __init__(self) -> None:
        self.offset = 0
        self.more = True
        self._recent: deque[tuple[Any, ...]] = deque(maxlen=REMEMBERED)
        self._known: set[tuple[Any, ...]] = set()
        self._new = self._repeated = 0
        self._totals: list[int] = []

    def take(self, page: XComCollection) -> list[XComCollectionItem]:
        """The rows of the next page that did not come before."""
        rows = page.xcom_entries
        self.offset += len(rows)
        self._totals.append(page.total_entries)
        self.more = bool(rows) and self.offset < page.total_entries
        new = [row for row in rows if self._is_new(row)]
        self._new += len(new)
        self._repeated += len(rows) - len(new)
        return new

    def told(self) -> str | None:
        """What has to be told of the whole list, None when it did not change while it was read."""
        first, last = self._totals[0], self._totals[-1]
        if not self._repeated and first == last == self._new:
            return None
        return (
            f"XComs were written or deleted while they were listed: {self._new} rows came, of {last} at the end and "
            f"{first} at the beginning; {self._repeated} came again and were left out. Some may be missing"
        )

    def _is_new(self, row: XComCollectionItem) -> bool:
        run = row.get("run_id") or row.get("execution_date")
        identity = (row.get("dag_id"), run, row.get("task_id"), row.get("map_index"), row.get("key"))
        if identity in self._known:
            return False
        if len(self._recent) == REMEMBERED:
            self._known.discard(self._recent[0])
        self._recent.append(identity)
        self._known.add(identity)
        return True


def rows(fetch: Callable[[int], XComCollection], unstable: Callable[[], str | None]) -> Iterator[XComCollectionItem]:
    """The rows of all pages, the next page being fetched in a thread while the caller works on one.

    :param fetch: fetches the page that begins at an offset.
    :param unstable: tells, when there is more than one page, why their order cannot be relied on; None when it can.
    """
    from concurrent.futures import ThreadPoolExecutor

    pages, page = Pages(), fetch(0)
    with ThreadPoolExecutor(1, "airflow-xcom-pages") as pool:
        while True:
            new = pages.take(page)
            upcoming = pool.submit(fetch, pages.offset) if pages.more else None
            if upcoming is not None and pages.offset == len(page.xcom_entries):
                reason = unstable()
                if reason is not None:
                    warnings.warn(reason, PagingWarning, stacklevel=2)
            yield from new
            if upcoming is None:
                break
            page = upcoming.result()
    told = pages.told()
    if told is not None:
        warnings.warn(told, PagingWarning, stacklevel=2)
