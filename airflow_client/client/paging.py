"""Reading a list page by page: which page is next, which rows are new, and what to tell at the end."""

from __future__ import annotations

from collections import deque
from typing import Any

from airflow_client.client import operations
from airflow_client.client.arguments import integer
from airflow_client.client.exceptions import ApiTypeError, ApiValueError
from airflow_client.client.model.x_com_collection_item import XComCollectionItem
from airflow_client.client.options import Options
from airflow_client.client.reading import Job, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.client.base_client import BaseClient
    from airflow_client.client.flow import Flow
    from airflow_client.client.model.x_com_collection import XComCollection
    from airflow_client.client.operations import Operation

#: Rows per page when nothing is said: what servers give at most, but for Airflow 3.0 and 3.1.
PAGE_SIZE = 100
#: How many of the rows that came last are remembered, to tell one that comes twice.
REMEMBERED = 10_000


class Pages:
    """What is known of a list while it is read. It advances by the rows received: servers cap pages silently.

    :ivar int offset: where the next page begins.
    :ivar bool more: whether there is a next page.
    :ivar int total: how many rows there are, as the server counted last.
    """

    def __init__(self) -> None:
        self.offset = 0
        self.more = True
        self._recent: deque[tuple[Any, ...]] = deque(maxlen=REMEMBERED)
        self._known: set[tuple[Any, ...]] = set()
        self._new = self._repeated = 0
        self.total = 0
        self._first_total: int | None = None

    def take(self, page: XComCollection) -> list[XComCollectionItem]:
        """The rows of the next page that did not come before."""
        rows = page.xcom_entries
        self.offset += len(rows)
        self.total = page.total_entries or 0
        if self._first_total is None:
            self._first_total = self.total
        self.more = bool(rows) and self.offset < self.total
        new = [row for row in rows if self._is_new(row)]
        self._new += len(new)
        self._repeated += len(rows) - len(new)
        return new

    def told(self) -> str | None:
        """What has to be told of the whole list, None when it did not change while it was read."""
        first, last = self._first_total, self.total
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


class Listing(Reading[XComCollectionItem]):
    """Reads the rows of all pages. The next page is fetched while the caller works on one, and no more than that.

    :param fetch: fetches the page that begins at an offset.
    :param unstable: finds out why the order of the rows cannot be relied on, None when it can.
    """

    workers = 1

    def __init__(self, fetch: Callable[[int], Flow[XComCollection]], unstable: Callable[[], Flow[str | None]]) -> None:
        self.ready: deque[XComCollectionItem] = deque()
        self.pages = Pages()
        self._fetch = fetch
        self._unstable = unstable
        self._fetching = False
        self._size = 0
        self._error: BaseException | None = None

    def begin(self) -> Job | None:
        if self._fetching or self._error or not self.pages.more or len(self.ready) > self._size:
            return None
        self._fetching = True
        return Job(self._steps())

    def end(self, job: Job) -> str | None:
        self._fetching, self._error = False, job.error
        if job.error is not None:
            return None
        told: str | None
        page, told = job.result
        self._size = len(page.xcom_entries)
        self.ready.extend(self.pages.take(page))
        return told

    def take(self) -> XComCollectionItem | None:
        if self.ready:
            return self.ready.popleft()
        if self._error is not None:
            raise self._error
        return None

    def finish(self) -> str | None:
        return self.pages.told()

    def _steps(self) -> Flow[tuple[XComCollection, str | None]]:
        page, told = (yield from self._fetch(self.pages.offset)), None
        if self.pages.offset == 0 and 0 < len(page.xcom_entries) < (page.total_entries or 0):
            told = yield from self._unstable()
        return page, told


def listing(
    client: BaseClient, dag_id: str, dag_run_id: str, task_id: str, page_size: int, keywords: dict[str, Any]
) -> Listing:
    """The reading of :meth:`XComApi.iter_xcom_entries`."""
    fetch = list_pages(client, "iter_xcom_entries", dag_id, dag_run_id, task_id, page_size, keywords)
    return Listing(fetch, client._unstable_steps)


def list_pages(
    client: BaseClient,
    call: str,
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    page_size: int,
    keywords: dict[str, Any],
) -> Callable[[int], Flow[XComCollection]]:
    """What fetches the page that begins at an offset, for the ids and filters of a ``call`` of that name."""
    for name in ("limit", "offset", "async_req", "_return_http_data_only", "_preload_content"):
        if name in keywords:
            raise ApiTypeError(f"{call} does not take {name}")
    integer("page_size", page_size)
    if page_size < 1:
        raise ApiValueError(f"page_size must be at least 1, got {page_size}")

    def operation(offset: int, keywords: dict[str, Any]) -> Operation[XComCollection]:
        keywords["limit"] = page_size
        if offset:
            keywords["offset"] = offset
        return operations.get_xcom_entries(dag_id, dag_run_id, task_id, keywords)

    left = dict(keywords)
    operation(0, left)  # refuses what cannot be sent
    options = Options(left)
    return lambda offset: client._steps(operation(offset, dict(keywords)), options)
