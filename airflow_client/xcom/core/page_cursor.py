"""Position in a list that is read page by page, and its counts of rows."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Union

from airflow_client.xcom.exceptions import ApiException

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import TypeAlias

    from airflow_client.xcom.model import Record
    from airflow_client.xcom.model.page import Page

    #: A row, or the error of one that the server cannot load.
    Entry: TypeAlias = Union[Any, ApiException]


#: Recent rows to remember for the detection of duplicates.
DEDUPLICATED_ROWS = 2_000


class RowCounts:
    """Counts of the expected and the received rows of a list of ``noun``."""

    def __init__(self, noun: str) -> None:
        self.noun: str = noun
        self.first: int | None = None
        self.last: int = 0
        self.received = self.duplicates = 0

    def count(self, page: Page[Any]) -> None:
        """Record the server's current number of rows."""
        self.last = page.total_entries or 0
        if self.first is None:
            self.first = self.last

    def warning(self) -> str | None:
        """Return a warning if the list changed while it was read, else None."""
        if not self.duplicates and self.first == self.last == self.received:
            return None
        return (
            f"{self.noun} were written or deleted while they were listed: received {self.received} rows, of "
            f"{self.last} at the end and {self.first} at the beginning; duplicates dropped: {self.duplicates}. Some "
            "may be missing"
        )


class PageCursor:
    """Position in a list. It advances by the rows received, since servers cap pages silently.

    :param is_wanted: selects rows, default None: all.
    :ivar int offset: offset of the next page.
    :ivar bool has_more: True if there is a next page.
    :ivar total: number of rows, None before the first page.
    """

    def __init__(self, row_counts: RowCounts, is_wanted: Callable[[Any], bool] | None = None) -> None:
        self.offset: int = 0
        self.has_more: bool = True
        self.total: int | None = None
        self._row_counts = row_counts
        self._is_wanted = is_wanted
        #: Hashes of the recent rows, and the same from the oldest on.
        self._recent: set[int] = set()
        self._by_age: deque[int] = deque()

    def take(self, parts: Sequence[Page[Any] | ApiException]) -> list[Entry]:
        """Advance past the parts of a page; return their rows without duplicates, and the errors of unreadable rows."""
        new: list[Entry] = []
        start = self.offset
        for part in parts:
            if isinstance(part, ApiException):
                self.offset += 1
                if self._is_wanted is None:
                    self._row_counts.received += 1
                    new.append(part)
                continue
            self.offset += len(part)
            self.total = part.total_entries or 0
            wanted = [row for row in part if self._is_wanted is None or self._is_wanted(row)]
            received = [row for row in wanted if self._is_new(row)]
            self._row_counts.received += len(received)
            self._row_counts.duplicates += len(wanted) - len(received)
            new += received
        self.has_more = start < self.offset < (self.total or 0)
        return new

    def _is_new(self, row: Record) -> bool:
        row_hash = _row_hash(row)
        if row_hash in self._recent:
            return False
        self._recent.add(row_hash)
        self._by_age.append(row_hash)
        if len(self._by_age) > DEDUPLICATED_ROWS:
            self._recent.remove(self._by_age.popleft())
        return True


def _row_hash(row: Record) -> int:
    """Return a hash of the fields that identify a row."""
    fields = row.to_dict()
    run = fields.get("dag_run_id") or fields.get("run_id") or fields.get("execution_date")
    # Airflow 2.6 and earlier list an XCom of each instance of a mapped task, without its map index.
    index = fields.get("map_index", fields.get("timestamp"))
    names = (fields.get("dag_id"), run, fields.get("task_id"), index, fields.get("key"))
    try:
        return hash(names)
    except TypeError:  # an id that is an array or an object
        return hash(repr(names))
