"""Calls that read, delete or copy many XComs, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from airflow_client.xcom.annotations import Never
from airflow_client.xcom.api_client import ApiClient, read_by_threads, write_by_threads
from airflow_client.xcom.core import operations
from airflow_client.xcom.core.bulk import Bulk
from airflow_client.xcom.core.bulk_writes import BulkWriteResult, Copying, Deletion
from airflow_client.xcom.core.history import HistoryRead
from airflow_client.xcom.core.listing import Listing, PageFetcher, new_pace
from airflow_client.xcom.core.operations import pick, refuse_positional
from airflow_client.xcom.core.options import MAX_WORKERS, MAX_WRITERS, PAGE_SIZE, Options, hide
from airflow_client.xcom.core.pace import STALL_TIMEOUT
from airflow_client.xcom.core.xcoms import XComHistory, XComs
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

if TYPE_CHECKING:
    from airflow_client.xcom.annotations import Unpack
    from airflow_client.xcom.api.keywords import (
        BulkKeywords,
        FilterKeywords,
    )
    from airflow_client.xcom.exceptions import OpenApiException


class XComBulkApi:
    """Calls of :class:`XComApi` for many XComs: they send one request for each page, or for each XCom."""

    api_client: ApiClient

    @overload
    def iter_xcom_entries(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        on_error: Literal["raise", "skip"] = "raise",
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        dag_display_name_pattern: str | None = None,
        run_id_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        dag_display_name_prefix_pattern: str | None = None,
        run_id_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        map_index_filter: int | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_gt: datetime | None = None,
        logical_date_lte: datetime | None = None,
        logical_date_lt: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_gt: datetime | None = None,
        run_after_lte: datetime | None = None,
        run_after_lt: datetime | None = None,
        order_by: str | list[str] | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> Iterator[XComCollectionItem]: ...
    @overload
    def iter_xcom_entries(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        on_error: Literal["yield"],
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        **keywords: Unpack[FilterKeywords],
    ) -> Iterator[XComCollectionItem | OpenApiException]: ...
    def iter_xcom_entries(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        on_error: Literal["raise", "skip", "yield"] = "raise",
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        dag_display_name_pattern: str | None = None,
        run_id_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        dag_display_name_prefix_pattern: str | None = None,
        run_id_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        map_index_filter: int | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_gt: datetime | None = None,
        logical_date_lte: datetime | None = None,
        logical_date_lt: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_gt: datetime | None = None,
        run_after_lte: datetime | None = None,
        run_after_lt: datetime | None = None,
        order_by: str | list[str] | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> Iterator[Any]:
        """Iterate over all XComs that match the filters, across pages, without their values. Since Airflow 2.0.

        Fetches the next page in another thread while you process one, and keeps only the two in memory. Drops repeated
        rows. A :class:`PagingWarning` reports rows written or deleted meanwhile (at the end), or a server whose row
        order is unreliable (Airflow before 2.9, after the first page). Stopping early cancels the pending page. Long
        lists of all runs are read run by run, in order of creation, if the server is faster that way.

        :param str dag_id: DAG id. Default ``"~"``: all DAGs.
        :param str dag_run_id: DAG run id. Default ``"~"``: all runs.
        :param str task_id: task id. Default ``"~"``: all tasks.
        :param str on_error: how to handle a row that the server cannot load: ``"raise"`` (the default) ends the
            iteration with the exception, which has the row's ``position``; ``"skip"`` omits the row; ``"yield"`` yields
            the exception.
        :param int page_size: rows to request per page. Default 100; most servers return no more.
        :param float stall_timeout: seconds without any response after which the iteration ends with
            :class:`StalledException`. Default 120. Until then, requests that fail because the server is down or
            overloaded are repeated, unless ``Configuration.retries`` is 0.
        :param int map_index: mapped task index, -1 for unmapped tasks. Default None: all. Since Airflow 2.7.
        :param str xcom_key: exact XCom key. Default None: all. Since Airflow 2.7.
        :param str xcom_key_pattern: pattern in the key, as in :meth:`get_xcom_entries`. Default None: all. Since
            Airflow 3.1, like the next three.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run id.
        :param str task_id_pattern: the same for the task id.
        :param str xcom_key_prefix_pattern: its prefix. Default None: all. Since Airflow 3.2.2, like the next three.
        :param str dag_display_name_prefix_pattern: the same for the DAG's display name.
        :param str run_id_prefix_pattern: the same for the run id.
        :param str task_id_prefix_pattern: the same for the task id.
        :param int map_index_filter: the same as ``map_index``. Since Airflow 3.1.
        :param datetime logical_date_gte: only runs whose logical date is at or after this. Default None: all. Since
            Airflow 3.1, like the next seven.
        :param datetime logical_date_gt: only runs whose logical date is after this.
        :param datetime logical_date_lte: only runs whose logical date is at or before this.
        :param datetime logical_date_lt: only runs whose logical date is before this.
        :param datetime run_after_gte: only runs whose earliest start time is at or after this.
        :param datetime run_after_gt: only runs whose earliest start time is after this.
        :param datetime run_after_lte: only runs whose earliest start time is at or before this.
        :param datetime run_after_lt: only runs whose earliest start time is before this.
        :param order_by: field to sort by (str) or a list of them, as in :meth:`get_xcom_entries`. Default None: by DAG,
            task, run, map index and key. Since Airflow 3.2.2.
        :param _request_timeout: seconds for each page, or a pair ``(connect, read)``. Default None: 5 to connect, 60 to
            wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: iterator of :class:`XComCollectionItem`.

        Exceptions are raised during the iteration; see :class:`XComApi`.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(operations.FILTERS, locals())
        options = Options(XComBulkApi.iter_xcom_entries, secrets, _request_timeout=_request_timeout)
        lists = PageFetcher(self.api_client, dag_id, dag_run_id, task_id, page_size, filters, options)
        pace = new_pace(self.api_client, 1, stall_timeout)
        return read_by_threads(self.api_client, Listing(lists, pace, on_error))

    @overload
    def iter_xcoms(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        max_workers: int = MAX_WORKERS,
        ordered: bool = True,
        on_error: Literal["raise", "skip"] = "raise",
        progress: Callable[[int, int], object] | None = None,
        where: Callable[[XComCollectionItem], object] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        dag_display_name_pattern: str | None = None,
        run_id_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        dag_display_name_prefix_pattern: str | None = None,
        run_id_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        map_index_filter: int | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_gt: datetime | None = None,
        logical_date_lte: datetime | None = None,
        logical_date_lt: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_gt: datetime | None = None,
        run_after_lte: datetime | None = None,
        run_after_lt: datetime | None = None,
        order_by: str | list[str] | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> XComs[XCom]: ...
    @overload
    def iter_xcoms(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        on_error: Literal["yield"],
        max_workers: int = MAX_WORKERS,
        ordered: bool = True,
        progress: Callable[[int, int], object] | None = None,
        where: Callable[[XComCollectionItem], object] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        **keywords: Unpack[BulkKeywords],
    ) -> XComs[XCom | OpenApiException]: ...
    def iter_xcoms(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        max_workers: int = MAX_WORKERS,
        ordered: bool = True,
        on_error: Literal["raise", "skip", "yield"] = "raise",
        progress: Callable[[int, int], object] | None = None,
        where: Callable[[XComCollectionItem], object] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        dag_display_name_pattern: str | None = None,
        run_id_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        dag_display_name_prefix_pattern: str | None = None,
        run_id_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        map_index_filter: int | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_gt: datetime | None = None,
        logical_date_lte: datetime | None = None,
        logical_date_lt: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_gt: datetime | None = None,
        run_after_lte: datetime | None = None,
        run_after_lt: datetime | None = None,
        order_by: str | list[str] | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> XComs[Any]:
        """Read all XComs that match the filters, with their values, using concurrent requests. Since Airflow 2.0.

        Holds at most two pages of rows and two values per worker in memory. XComs deleted after they were listed are
        skipped and counted. Values are JSON if the server supports it (since Airflow 2.10), else text;
        ``counts.stringified`` is True for text. A value that is the URL of a file below one of the folders in
        ``Configuration.xcom_storage`` is read from there. Every :class:`XCom` has its ``run_id``. Airflow 2 rows don't
        include it: with ``"~"`` as the run, it is looked up among the DAG runs, which the user must be allowed to read.

        :param str dag_id: DAG id. Default ``"~"``: all DAGs.
        :param str dag_run_id: DAG run id. Default ``"~"``: all runs.
        :param str task_id: task id. Default ``"~"``: all tasks.
        :param int max_workers: largest number of concurrent requests, each in its own thread. Default 4. The read
            starts with 2, adds more while that makes it faster, and slows down if the server is overloaded.
        :param bool ordered: yield the XComs in the order of the list; False yields them as they arrive. Default True.
        :param str on_error: action for an XCom that cannot be read: ``"raise"`` the exception, ``"skip"`` the XCom, or
            ``"yield"`` the exception, whose ``entry`` is the row. Default ``"raise"``.
        :param progress: function called with ``(done, total)``, two ints, as XComs arrive, in the caller's thread.
            Default None.
        :param where: function called with each row (:class:`XComCollectionItem`), in the caller's thread. An XCom for
            which it returns False is not read, and is counted in ``counts.skipped``. Default None: read all.
        :param int page_size: rows to request per page. Default 100; most servers return no more.
        :param float stall_timeout: seconds without any response after which the iteration ends with
            :class:`StalledException`. Default 120. Until then, requests that fail because the server is down or
            overloaded are repeated, unless ``Configuration.retries`` is 0.
        :param bool deserialize: load the full value of a custom XCom backend. Default None: the server's default,
            False. Since Airflow 2.4; on Airflow 2.7 to 3.0, True requires ``[api] enable_xcom_deserialize_support``.
        :param bool stringify: return values as text instead of JSON. Default None: ``Configuration.stringify``, or else
            JSON if the server supports it. Airflow 2 with ``[core] enable_xcom_pickling`` always sends text.
        :param int map_index: mapped task index, -1 for unmapped tasks. Default None: all. Since Airflow 2.7.
        :param str xcom_key: exact XCom key. Default None: all. Since Airflow 2.7.
        :param str xcom_key_pattern: pattern in the key, as in :meth:`get_xcom_entries`. Default None: all. Since
            Airflow 3.1, like the next three.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run id.
        :param str task_id_pattern: the same for the task id.
        :param str xcom_key_prefix_pattern: its prefix. Default None: all. Since Airflow 3.2.2, like the next three.
        :param str dag_display_name_prefix_pattern: the same for the DAG's display name.
        :param str run_id_prefix_pattern: the same for the run id.
        :param str task_id_prefix_pattern: the same for the task id.
        :param int map_index_filter: the same as ``map_index``. Since Airflow 3.1.
        :param datetime logical_date_gte: only runs whose logical date is at or after this. Default None: all. Since
            Airflow 3.1, like the next seven.
        :param datetime logical_date_gt: only runs whose logical date is after this.
        :param datetime logical_date_lte: only runs whose logical date is at or before this.
        :param datetime logical_date_lt: only runs whose logical date is before this.
        :param datetime run_after_gte: only runs whose earliest start time is at or after this.
        :param datetime run_after_gt: only runs whose earliest start time is after this.
        :param datetime run_after_lte: only runs whose earliest start time is at or before this.
        :param datetime run_after_lt: only runs whose earliest start time is before this.
        :param order_by: field to sort by (str) or a list of them, as in :meth:`get_xcom_entries`. Default None: by DAG,
            task, run, map index and key. Since Airflow 3.2.2.
        :param _request_timeout: seconds for each request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: :class:`XComs`, an iterator of :class:`XCom`. Leaving the loop early stops the requests.

        Exceptions are raised during the iteration; see :class:`XComApi`.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(operations.FILTERS, locals())
        options = Options(XComBulkApi.iter_xcoms, secrets, _request_timeout=_request_timeout, resolve=None)
        bulk: Bulk[Any] = Bulk(
            PageFetcher(self.api_client, dag_id, dag_run_id, task_id, page_size, filters, options),
            {"deserialize": deserialize, "stringify": stringify},
            max_workers=max_workers,
            stall_timeout=stall_timeout,
            on_error=on_error,
            ordered=ordered,
            progress=progress,
            where=where,
        )
        return XComs(read_by_threads(self.api_client, bulk, stacklevel=3), bulk.counts, bulk.stop)

    def history(
        self,
        dag_id: str,
        task_id: str,
        xcom_key: str = "return_value",
        *,
        last: int = 30,
        state: str | list[str] | None = None,
        map_index: int | None = None,
        max_workers: int = MAX_WORKERS,
        on_error: Literal["raise", "skip"] = "raise",
        stall_timeout: float = STALL_TIMEOUT,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        **unknown: Never,
    ) -> XComHistory:
        """Return the values of an XCom in the last runs of a DAG, oldest run first. Since Airflow 2.1.

        The last runs are those with the latest ``run_after`` on Airflow 3, and the latest ``execution_date`` on Airflow
        2. Lists the runs (one request for 100 runs), then reads each XCom with one request, several at once. If some
        are missing, up to three more requests find out if the task is mapped. Needs permission to read XComs and DAG
        runs. Values are JSON if the server supports it (since Airflow 2.10), else text. A value that is the URL of a
        file below one of the folders in ``Configuration.xcom_storage`` is read from there.

        :param str dag_id: DAG id.
        :param str task_id: task id.
        :param str xcom_key: XCom key. Default ``"return_value"``, a task's return value.
        :param int last: number of runs. Default 30.
        :param state: state of the runs (str), or a list of accepted ones: ``queued``, ``running``, ``success``,
            ``failed``. Default None: any.
        :param int map_index: index of the mapped task instance. Default None: the task is not mapped. -1 also reads the
            runs before or after the task was mapped.
        :param int max_workers: largest number of concurrent requests, each in its own thread. Default 4. The read
            starts with 2, adds more while that makes it faster, and slows down if the server is overloaded.
        :param str on_error: action for an XCom that cannot be read: ``"raise"`` the exception, or ``"skip"`` the XCom.
            Default ``"raise"``.
        :param float stall_timeout: seconds without any response after which it raises :class:`StalledException`.
            Default 120. Until then, requests that fail because the server is down or overloaded are repeated, unless
            ``Configuration.retries`` is 0.
        :param bool deserialize: load the full value of a custom XCom backend. Default None: the server's default,
            False. Since Airflow 2.4; on Airflow 2.7 to 3.0, True requires ``[api] enable_xcom_deserialize_support``.
        :param bool stringify: return values as text instead of JSON. Default None: ``Configuration.stringify``, or else
            JSON if the server supports it. Airflow 2 with ``[core] enable_xcom_pickling`` always sends text.
        :param _request_timeout: seconds for each request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: :class:`XComHistory`, a sequence of :class:`XCom`. The ``dag_run`` of each is its run. Runs without
            the XCom are in ``missing``.
        :raises XComNotProducedException: the task is mapped, and ``map_index`` is None.
        :raises NotFoundException: the DAG does not exist (Airflow 3; Airflow 2 lists no runs).

        See :class:`XComApi` for the other exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        read = HistoryRead(
            self.api_client,
            dag_id,
            task_id,
            xcom_key,
            last=last,
            state=state,
            map_index=map_index,
            max_workers=max_workers,
            on_error=on_error,
            stall_timeout=stall_timeout,
            parameters={"deserialize": deserialize, "stringify": stringify},
            options=Options(XComBulkApi.history, secrets, _request_timeout=_request_timeout, resolve=None),
        )
        return read.history(list(read_by_threads(self.api_client, read, stacklevel=3)))

    @overload  # type: ignore[misc]
    def delete_xcom_entries(  # pyright: ignore[reportInconsistentOverload]
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        dry_run: bool = False,
        max_workers: int = MAX_WRITERS,
        on_error: Literal["raise", "skip"] = "raise",
        progress: Callable[[int, int], object] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        dag_display_name_pattern: str | None = None,
        run_id_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        dag_display_name_prefix_pattern: str | None = None,
        run_id_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        map_index_filter: int | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_gt: datetime | None = None,
        logical_date_lte: datetime | None = None,
        logical_date_lt: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_gt: datetime | None = None,
        run_after_lte: datetime | None = None,
        run_after_lt: datetime | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> BulkWriteResult: ...
    def delete_xcom_entries(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        dry_run: bool = False,
        max_workers: int = MAX_WRITERS,
        on_error: Literal["raise", "skip"] = "raise",
        progress: Callable[[int, int], object] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        dag_display_name_pattern: str | None = None,
        run_id_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        dag_display_name_prefix_pattern: str | None = None,
        run_id_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        map_index_filter: int | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_gt: datetime | None = None,
        logical_date_lte: datetime | None = None,
        logical_date_lt: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_gt: datetime | None = None,
        run_after_lte: datetime | None = None,
        run_after_lt: datetime | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> BulkWriteResult:
        """Delete all XComs that match the filters. Since Airflow 3.2.

        Lists the XComs first, then deletes each with one request. An XCom that is gone already is skipped, so you can
        repeat the call after a failure. ``dry_run=True`` shows what the filters match.

        Ids are keyword-only, since other clients order them differently. All three are required.

        :param str dag_id: id of one DAG.
        :param str dag_run_id: DAG run id, or ``"~"`` for all runs.
        :param str task_id: task id, or ``"~"`` for all tasks.
        :param bool dry_run: list the XComs, and delete none. Default False.
        :param int max_workers: maximum number of writes at once, each in its own thread. Default 1: SQLite makes
            concurrent writes wait for 5 s and fail. More can be faster with PostgreSQL and MySQL.
        :param str on_error: how to handle an XCom that cannot be deleted: ``"raise"`` (the default) starts no more
            requests and raises the exception, whose ``result`` says what was deleted; ``"skip"`` continues, and adds
            the exception to the result's ``errors``.
        :param progress: function that receives ``(done, total)`` after each XCom. Default None.
        :param int page_size: rows to request per page. Default 100; most servers return no more.
        :param float stall_timeout: seconds without any response after which the call ends with
            :class:`StalledException`. Default 120. Until then, requests that fail because the server is down or
            overloaded are repeated, unless ``Configuration.retries`` is 0.
        :param int map_index: mapped task index, -1 for unmapped tasks. Default None: all. Since Airflow 2.7.
        :param str xcom_key: exact XCom key. Default None: all. Since Airflow 2.7.
        :param str xcom_key_pattern: case-insensitive pattern that occurs in the key: ``%`` matches any text, ``_`` any
            character, ``a|b`` either (since Airflow 3.2). Default None: all. Since Airflow 3.1, like the next three.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run id.
        :param str task_id_pattern: the same for the task id.
        :param str xcom_key_prefix_pattern: literal, case-sensitive prefix of the key; ``a|b`` matches either. Fast
            where the database has an index. Default None: all. Since Airflow 3.2.2, like the next three.
        :param str dag_display_name_prefix_pattern: the same for the DAG's display name.
        :param str run_id_prefix_pattern: the same for the run id.
        :param str task_id_prefix_pattern: the same for the task id.
        :param int map_index_filter: the same as ``map_index``. Since Airflow 3.1.
        :param datetime logical_date_gte: only runs whose logical date is at or after this. Default None: all. Since
            Airflow 3.1, like the next seven.
        :param datetime logical_date_gt: only runs whose logical date is after this.
        :param datetime logical_date_lte: only runs whose logical date is at or before this.
        :param datetime logical_date_lt: only runs whose logical date is before this.
        :param datetime run_after_gte: only runs whose earliest start time is at or after this.
        :param datetime run_after_gt: only runs whose earliest start time is after this.
        :param datetime run_after_lte: only runs whose earliest start time is at or before this.
        :param datetime run_after_lt: only runs whose earliest start time is before this.
        :param _request_timeout: seconds for each request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: :class:`BulkWriteResult`: ``entries`` are the rows of what was deleted.
        :raises ApiUnsupportedError: the server's Airflow release cannot delete XComs. Nothing was listed or deleted.

        Leaving the call early (Ctrl-C) cancels its pending requests; the server may have processed some of them. See
        :class:`XComApi` for the other exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("delete_xcom_entries", ids)
        writer = Deletion(
            "delete_xcom_entries",
            self.api_client,
            dag_id,
            dag_run_id,
            task_id,
            max_workers=max_workers,
            on_error=on_error,
            progress=progress,
            dry_run=dry_run,
            page_size=page_size,
            stall_timeout=stall_timeout,
            filters=pick(operations.FILTERS, locals()),
            options=Options(XComBulkApi.delete_xcom_entries, secrets, _request_timeout=_request_timeout),
        )
        return write_by_threads(self.api_client, writer)

    @overload  # type: ignore[misc]
    def copy_xcom_entries(  # pyright: ignore[reportInconsistentOverload]
        self,
        *,
        dag_id: str,
        from_run: str,
        to_run: str,
        task_id: str = "~",
        overwrite: bool = False,
        dry_run: bool = False,
        max_workers: int = MAX_WRITERS,
        on_error: Literal["raise", "skip"] = "raise",
        progress: Callable[[int, int], object] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> BulkWriteResult: ...
    def copy_xcom_entries(
        self,
        *ids: Never,
        dag_id: str,
        from_run: str,
        to_run: str,
        task_id: str = "~",
        overwrite: bool = False,
        dry_run: bool = False,
        max_workers: int = MAX_WRITERS,
        on_error: Literal["raise", "skip"] = "raise",
        progress: Callable[[int, int], object] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        map_index: int | None = None,
        xcom_key: str | None = None,
        xcom_key_pattern: str | None = None,
        task_id_pattern: str | None = None,
        xcom_key_prefix_pattern: str | None = None,
        task_id_prefix_pattern: str | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> BulkWriteResult:
        """Copy the XComs of a DAG run to another run of the same DAG. Since Airflow 3.2.

        For tasks that you mark as successful by hand. Lists the XComs of both runs first, then reads and writes each
        with one request. The copies have the same map indexes. An existing XCom is skipped, so you can repeat the call
        after a failure.

        Values are written exactly as they are stored. A value that Airflow's REST API does not accept, such as a
        datetime or a tuple in Airflow's envelope, is an error. With a custom XCom backend, the reference is copied, not
        the object that it refers to.

        Ids are keyword-only, since other clients order them differently.

        :param str dag_id: id of one DAG.
        :param str from_run: id of the DAG run to copy from.
        :param str to_run: id of the DAG run to copy to. It must have the task instances.
        :param str task_id: task id. Default ``"~"``: all tasks.
        :param bool overwrite: replace XComs that exist in ``to_run``. Default False: skip them.
        :param bool dry_run: list the XComs, and copy none. It does not read their values. Default False.
        :param int max_workers: maximum number of writes at once, each in its own thread. Default 1: SQLite makes
            concurrent writes wait for 5 s and fail. More can be faster with PostgreSQL and MySQL.
        :param str on_error: how to handle an XCom that cannot be copied: ``"raise"`` (the default) starts no more
            requests and raises the exception, whose ``result`` says what was copied; ``"skip"`` continues, and adds the
            exception to the result's ``errors``.
        :param progress: function that receives ``(done, total)`` after each XCom. Default None.
        :param int page_size: rows to request per page. Default 100; most servers return no more.
        :param float stall_timeout: seconds without any response after which the call ends with
            :class:`StalledException`. Default 120. Until then, requests that fail because the server is down or
            overloaded are repeated, unless ``Configuration.retries`` is 0.
        :param int map_index: mapped task index, -1 for unmapped tasks. Default None: all. Since Airflow 2.7.
        :param str xcom_key: exact XCom key. Default None: all. Since Airflow 2.7.
        :param str xcom_key_pattern: case-insensitive pattern that occurs in the key: ``%`` matches any text, ``_`` any
            character, ``a|b`` either (since Airflow 3.2). Default None: all. Since Airflow 3.1, like the next three.
        :param str task_id_pattern: the same for the task id.
        :param str xcom_key_prefix_pattern: literal, case-sensitive prefix of the key; ``a|b`` matches either. Fast
            where the database has an index. Default None: all. Since Airflow 3.2.2, like the next three.
        :param str task_id_prefix_pattern: the same for the task id.
        :param _request_timeout: seconds for each request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: :class:`BulkWriteResult`: ``entries`` are the rows, as listed in ``from_run``, of what was copied.
        :raises ApiUnsupportedError: the server's Airflow release cannot write XComs. Nothing was listed or copied.

        Leaving the call early (Ctrl-C) cancels its pending requests; the server may have processed some of them. See
        :class:`XComApi` for the other exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("copy_xcom_entries", ids)
        writer = Copying(
            "copy_xcom_entries",
            self.api_client,
            dag_id,
            from_run,
            to_run,
            task_id,
            overwrite=overwrite,
            max_workers=max_workers,
            on_error=on_error,
            progress=progress,
            dry_run=dry_run,
            page_size=page_size,
            stall_timeout=stall_timeout,
            filters=pick(operations.FILTERS, locals()),
            options=Options(XComBulkApi.copy_xcom_entries, secrets, _request_timeout=_request_timeout),
        )
        return write_by_threads(self.api_client, writer)
