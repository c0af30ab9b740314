"""DAG run calls for asyncio.

Generated from dag_run_api.py by scripts/async_api.py; do not edit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from airflow_client.xcom.annotations import AsyncRawResponse, Never
from airflow_client.xcom.async_api_client import AsyncApiClient, read_by_tasks
from airflow_client.xcom.core import dag_runs
from airflow_client.xcom.core.dag_call import DagCall
from airflow_client.xcom.core.listing import Listing, new_pace
from airflow_client.xcom.core.operations import pick
from airflow_client.xcom.core.options import KEYWORDS, PAGE_SIZE, Options, Polling, hide
from airflow_client.xcom.core.pace import STALL_TIMEOUT
from airflow_client.xcom.core.run_calls import RunFetcher, Trigger, latest_run
from airflow_client.xcom.core.run_monitor import RunMonitor
from airflow_client.xcom.exceptions import ApiTypeError
from airflow_client.xcom.model.dag_run import DAGRun
from airflow_client.xcom.model.dag_run_collection import DAGRunCollection

if TYPE_CHECKING:
    from airflow_client.xcom.annotations import Unpack
    from airflow_client.xcom.api.keywords import CallOptions, RunKeywords, RunListKeywords
    from airflow_client.xcom.headers import ResponseHeaders


class AsyncDAGRunApi:
    """DAG run calls of Airflow's REST API for asyncio, the same for Airflow 2 and Airflow 3.

    :param AsyncApiClient api_client: client that sends the requests. Default None: a new one with the default
        configuration.

    Methods take the arguments and keywords of the :class:`DAGRunApi` methods of the same names, and raise the same
    exceptions. Await the calls, and use ``async for`` with the iterators. ``async_req=True`` is refused,
    ``max_workers`` counts tasks, and ``_preload_content=False`` returns aiohttp's response.
    """

    def __init__(self, api_client: AsyncApiClient | None = None) -> None:
        if api_client is not None and not isinstance(api_client, AsyncApiClient):
            raise ApiTypeError(
                f"AsyncDAGRunApi takes an AsyncApiClient, not {type(api_client).__name__}; for ApiClient use DAGRunApi"
            )
        self.api_client: AsyncApiClient = AsyncApiClient() if api_client is None else api_client

    @overload
    async def get_dag_runs(
        self,
        dag_id: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        execution_date_gte: datetime | None = None,
        execution_date_lte: datetime | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_lte: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_lte: datetime | None = None,
        start_date_gte: datetime | None = None,
        start_date_lte: datetime | None = None,
        end_date_gte: datetime | None = None,
        end_date_lte: datetime | None = None,
        updated_at_gte: datetime | None = None,
        updated_at_lte: datetime | None = None,
        state: str | list[str] | None = None,
        order_by: str | list[str] | None = None,
        fields: list[str] | None = None,
        async_req: Literal[False] = False,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> DAGRunCollection: ...
    @overload
    async def get_dag_runs(
        self,
        dag_id: str,
        *,
        _return_http_data_only: Literal[False],
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[RunListKeywords],
    ) -> tuple[DAGRunCollection, int, ResponseHeaders]: ...
    @overload
    async def get_dag_runs(
        self,
        dag_id: str,
        *,
        _preload_content: Literal[False],
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[RunListKeywords],
    ) -> AsyncRawResponse: ...
    async def get_dag_runs(
        self,
        dag_id: str,
        *,
        limit: int | None = None,
        offset: int | None = None,
        execution_date_gte: datetime | None = None,
        execution_date_lte: datetime | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_lte: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_lte: datetime | None = None,
        start_date_gte: datetime | None = None,
        start_date_lte: datetime | None = None,
        end_date_gte: datetime | None = None,
        end_date_lte: datetime | None = None,
        updated_at_gte: datetime | None = None,
        updated_at_lte: datetime | None = None,
        state: str | list[str] | None = None,
        order_by: str | list[str] | None = None,
        fields: list[str] | None = None,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        _preload_content: bool = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> DAGRunCollection | Any:
        """List DAG runs. Since Airflow 2.0.

        A run must match all filters. Datetimes must be timezone-aware. Needs permission to read DAG runs.

        :param str dag_id: DAG id, or ``"~"`` for all DAGs. A missing DAG has no runs on Airflow 2, and raises
            :class:`NotFoundException` on Airflow 3.
        :param int limit: maximum number of runs. Default None: the server's default, 100 on Airflow 2 and 50 on Airflow
            3. Servers silently cap it at their ``[api] maximum_page_limit``, 100 by default.
        :param int offset: number of runs to skip. Default None: 0.
        :param datetime execution_date_gte: the same as ``logical_date_gte``, its name on Airflow 2.
        :param datetime execution_date_lte: the same as ``logical_date_lte``.
        :param datetime logical_date_gte: only runs whose logical date is at or after this. Default None: all. Runs
            without a logical date (Airflow 3) never match.
        :param datetime logical_date_lte: only runs whose logical date is at or before this. Default None: all.
        :param datetime run_after_gte: only runs whose earliest start time is at or after this. Default None: all. Since
            Airflow 3.0.
        :param datetime run_after_lte: only runs whose earliest start time is at or before this. Default None: all.
            Since Airflow 3.0.
        :param datetime start_date_gte: only runs that started at or after this. Default None: all.
        :param datetime start_date_lte: only runs that started at or before this. Default None: all.
        :param datetime end_date_gte: only runs that ended at or after this. Default None: all.
        :param datetime end_date_lte: only runs that ended at or before this. Default None: all.
        :param datetime updated_at_gte: only runs that changed at or after this. Default None: all. Since Airflow 2.6.
        :param datetime updated_at_lte: only runs that changed at or before this. Default None: all. Since Airflow 2.6.
        :param state: state (str) or a list of them: ``queued``, ``running``, ``success``, ``failed``. Default None:
            all.
        :param order_by: field to sort by, with an optional ``-`` for descending order: ``id`` (creation),
            ``dag_run_id``, ``dag_id``, ``state``, ``start_date``, ``end_date``, ``updated_at``, ``logical_date`` or
            ``execution_date``, ``run_after`` (since Airflow 3.0). A list of fields since Airflow 3.1. Default None:
            ``id``. Since Airflow 2.1.
        :param list fields: names of the fields to return. Default None: all. Since Airflow 2.9, and not on Airflow 3.
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``; see :class:`AsyncXComApi`.
            Default None: 5 to connect, 60 to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`DAGRunCollection`: this page's runs, and ``total_entries``, the number of runs on all pages.
        :raises ApiUnsupportedError: the server's API lacks a filter.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(dag_runs.FILTERS, locals())
        operation = dag_runs.get_dag_runs(dag_id, filters)
        options = Options(AsyncDAGRunApi.get_dag_runs, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload
    async def get_dag_run(
        self,
        dag_id: str,
        dag_run_id: str,
        *,
        fields: list[str] | None = None,
        async_req: Literal[False] = False,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> DAGRun: ...
    @overload
    async def get_dag_run(
        self,
        dag_id: str,
        dag_run_id: str,
        *,
        _return_http_data_only: Literal[False],
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[RunKeywords],
    ) -> tuple[DAGRun, int, ResponseHeaders]: ...
    @overload
    async def get_dag_run(
        self,
        dag_id: str,
        dag_run_id: str,
        *,
        _preload_content: Literal[False],
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[RunKeywords],
    ) -> AsyncRawResponse: ...
    async def get_dag_run(
        self,
        dag_id: str,
        dag_run_id: str,
        *,
        fields: list[str] | None = None,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        _preload_content: bool = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> DAGRun | Any:
        """Read a DAG run. Since Airflow 2.0. Needs permission to read DAG runs.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param list fields: names of the fields to return. Default None: all. Since Airflow 2.9, and not on Airflow 3.
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``; see :class:`AsyncXComApi`.
            Default None: 5 to connect, 60 to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`DAGRun`.
        :raises NotFoundException: the DAG or the run does not exist.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = dag_runs.get_dag_run(dag_id, dag_run_id, fields)
        options = Options(AsyncDAGRunApi.get_dag_run, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload
    async def post_dag_run(
        self,
        dag_id: str,
        dag_run: DAGRun | Mapping[str, Any],
        *,
        async_req: Literal[False] = False,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> DAGRun: ...
    @overload
    async def post_dag_run(
        self,
        dag_id: str,
        dag_run: DAGRun | Mapping[str, Any],
        *,
        _return_http_data_only: Literal[False],
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> tuple[DAGRun, int, ResponseHeaders]: ...
    @overload
    async def post_dag_run(
        self,
        dag_id: str,
        dag_run: DAGRun | Mapping[str, Any],
        *,
        _preload_content: Literal[False],
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncRawResponse: ...
    async def post_dag_run(
        self,
        dag_id: str,
        dag_run: DAGRun | Mapping[str, Any],
        *,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        _preload_content: bool = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> DAGRun | Any:
        """Trigger a DAG run. Since Airflow 2.0. Needs permission to create DAG runs and to edit the DAG.

        The request is retried only if the server certainly did not process it. :meth:`trigger_dag_run` also finds out
        about a run whose response was lost.

        :param str dag_id: DAG id.
        :param DAGRun dag_run: fields of the run, also as a dict: ``dag_run_id``, ``logical_date`` (or
            ``execution_date``), ``data_interval_start``, ``data_interval_end``, ``conf``, ``note`` (since Airflow 2.5)
            and ``run_after`` (since Airflow 3.0), all optional. Without a logical date, Airflow 2 uses the current
            time, and a run on Airflow 3 has none.
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``; see :class:`AsyncXComApi`.
            Default None: 5 to connect, 60 to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`DAGRun` as created; it is queued.
        :raises BadRequestException: the server refuses ``conf``, or another field.
        :raises NotFoundException: the DAG does not exist.
        :raises ConflictException: a run with this id or logical date exists already.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = dag_runs.post_dag_run(dag_id, dag_run)
        options = Options(AsyncDAGRunApi.post_dag_run, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    def iter_dag_runs(
        self,
        dag_id: str = "~",
        *,
        state: str | list[str] | None = None,
        logical_date_gte: datetime | None = None,
        logical_date_lte: datetime | None = None,
        run_after_gte: datetime | None = None,
        run_after_lte: datetime | None = None,
        order_by: str | list[str] | None = None,
        page_size: int = PAGE_SIZE,
        stall_timeout: float = STALL_TIMEOUT,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        **unknown: Never,
    ) -> AsyncIterator[DAGRun]:
        """Iterate over all DAG runs that match the filters, across pages. Since Airflow 2.0.

        Fetches the next page in another task while you process one. Drops repeated runs. A :class:`PagingWarning` at
        the end reports runs created or deleted meanwhile. Stopping early cancels the pending page. Needs permission to
        read DAG runs.

        :param str dag_id: DAG id. Default ``"~"``: all DAGs.
        :param state: state (str) or a list of them: ``queued``, ``running``, ``success``, ``failed``. Default None:
            all.
        :param datetime logical_date_gte: only runs whose logical date is at or after this. Default None: all. Runs
            without a logical date (Airflow 3) never match.
        :param datetime logical_date_lte: only runs whose logical date is at or before this. Default None: all.
        :param datetime run_after_gte: only runs whose earliest start time is at or after this. Default None: all. Since
            Airflow 3.0.
        :param datetime run_after_lte: only runs whose earliest start time is at or before this. Default None: all.
            Since Airflow 3.0.
        :param order_by: field to sort by, as in :meth:`get_dag_runs`. Default None: by creation, so that new runs do
            not shift the pages.
        :param int page_size: runs to request per page. Default 100; most servers return no more.
        :param float stall_timeout: seconds without any response after which the iteration ends with
            :class:`StalledException`. Default 120. Until then, requests that fail because the server is down or
            overloaded are repeated, unless ``Configuration.retries`` is 0.
        :param _request_timeout: seconds for each request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: iterator of :class:`DAGRun`.

        Exceptions are raised during the iteration; see :class:`AsyncXComApi`.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(dag_runs.FILTERS, locals())
        options = Options(AsyncDAGRunApi.iter_dag_runs, secrets, _request_timeout=_request_timeout)
        fetcher = RunFetcher(self.api_client, dag_id, page_size, filters, options)
        return read_by_tasks(self.api_client, Listing(fetcher, new_pace(self.api_client, 1, stall_timeout)))

    async def latest_dag_run(
        self,
        dag_id: str,
        *,
        state: str | list[str] | None = "success",
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        **unknown: Never,
    ) -> DAGRun | None:
        """Return the latest run of a DAG, with one request. Since Airflow 2.1.

        The latest run is the one with the latest ``run_after`` on Airflow 3, and the latest ``execution_date`` on
        Airflow 2. Needs permission to read DAG runs.

        :param str dag_id: DAG id.
        :param state: state of the run (str), or a list of accepted ones; None for any. Default ``"success"``.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``. Default None: 5 to connect,
            60 to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`DAGRun`, or None if the DAG has no such run.
        :raises NotFoundException: the DAG does not exist (Airflow 3; Airflow 2 returns None).
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        options = Options(AsyncDAGRunApi.latest_dag_run, secrets, _request_timeout=_request_timeout)
        return await self.api_client.run(latest_run(self.api_client, dag_id, state, options))

    async def trigger_dag_run(
        self,
        dag_id: str,
        *,
        conf: Mapping[str, Any] | None = None,
        logical_date: datetime | None = None,
        dag_run_id: str | None = None,
        note: str | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        **unknown: Never,
    ) -> DAGRun:
        """Trigger a DAG run. Since Airflow 2.0.

        The request is never sent twice by itself. If its response is lost (a timeout, a broken connection, a 5xx), the
        client looks for the run by its id, for up to 15 seconds, and returns it if it exists.

        Needs permission to create DAG runs and to edit the DAG; and to read DAG runs, but only if a response is lost.

        :param str dag_id: DAG id.
        :param dict conf: configuration of the run, JSON values by name. Default None: none.
        :param datetime logical_date: logical date, timezone-aware. Default None: the current time on Airflow 2, none on
            Airflow 3.
        :param str dag_run_id: id of the run. Default None: a new one that no other run has. With your own id, a run
            that exists already raises :class:`ConflictException`, so you can repeat the call without a second run.
        :param str note: note on the run. Default None: none. Since Airflow 2.5.
        :param _request_timeout: seconds for the request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`DAGRun` as created, usually queued.
        :raises BadRequestException: the server refuses ``conf``, or the DAG has import errors (Airflow 2).
        :raises NotFoundException: the DAG does not exist.
        :raises ConflictException: the DAG has a run with this id or logical date.
        :raises ApiException: the call failed. If the run may exist in spite of that, ``dag_run`` has its ids.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        options = Options(AsyncDAGRunApi.trigger_dag_run, secrets, _request_timeout=_request_timeout)
        trigger = Trigger(self.api_client, dag_id, conf, logical_date, dag_run_id, note, options)
        return await self.api_client.run(trigger.steps())

    async def wait_for_dag_run(
        self,
        dag_id: str,
        dag_run_id: str,
        *,
        timeout: float,
        poll_interval: float = 1.0,
        progress: Callable[[DAGRun], object] | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        **unknown: Never,
    ) -> DAGRun:
        """Wait until a DAG run has succeeded, and return it. Since Airflow 2.0.

        Polls the run at growing intervals with jitter. While it is queued, a :class:`DagRunWarning` says what may keep
        it from starting: at once if the DAG is paused or has import errors; after 30 seconds also if the scheduler does
        not run, or too many runs of the DAG are running. After the first response, transient failures are retried until
        the deadline.

        Needs permission to read DAG runs. It reads DAGs, import errors, task instances and task logs too, for warnings
        and :class:`DagRunFailed`, and does without those that the user may not read.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param float timeout: seconds until it gives up. The run goes on.
        :param float poll_interval: seconds before the second read. Pauses grow to 1.9 times this, or to 2 % of the time
            that the wait has taken. Default 1.
        :param progress: function that receives the :class:`DAGRun` after each read. Default None.
        :param _request_timeout: seconds for each connection attempt and each wait for data, or a pair ``(connect,
            read)``. Default None: 5 to connect, 60 to wait for data.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: :class:`DAGRun` in the state ``success``.
        :raises DagRunFailed: the run failed. It has the failed tasks, a link, and the end of a log.
        :raises TimeoutException: the run has not finished in time. It is also Python's ``TimeoutError``.
        :raises NotFoundException: the run does not exist.

        The exceptions have the run as last read in ``dag_run``.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        options = Options(AsyncDAGRunApi.wait_for_dag_run, secrets, _request_timeout=_request_timeout)
        polling = Polling.parse(timeout, poll_interval, None)
        run = DAGRun(dag_id=dag_id, dag_run_id=dag_run_id)
        return await self.api_client.run(RunMonitor(self.api_client, run, polling, progress, options).wait())

    async def call_dag(
        self,
        dag_id: str,
        conf: Mapping[str, Any] | None = None,
        *,
        task_id: str | None = None,
        xcom_key: str = "return_value",
        timeout: float = 3600.0,
        poll_interval: float = 1.0,
        progress: Callable[[DAGRun], object] | None = None,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        **unknown: Never,
    ) -> Any:
        """Call a DAG like a function: trigger it, wait for the run, and return its result. Since Airflow 2.3.

        The result is the value that the task ``task_id`` pushed: a list by map index for a mapped task, with None for
        indexes without a value; None without any value. Without ``task_id``, it is a dict of the values of all tasks
        that no other task follows, by task id; tasks without a value are not in it. Values are as the server sends
        them, as JSON (text on Airflow before 2.10); :func:`airflow_client.xcom.values.decode` opens Airflow's
        envelopes. A value that is the URL of a file below one of the folders in ``Configuration.xcom_storage`` is read
        from there.

        A wrong task id, or a missing DAG, is found before the DAG is triggered. If you press Ctrl-C, or cancel the task
        that awaits this, a :class:`DagRunWarning` says which run goes on; the exception has it in ``dag_run``.

        Needs permission to create and read DAG runs, to edit the DAG, and to read XComs; to read task instances if
        ``task_id`` is None. See :meth:`wait_for_dag_run` for what it reads if the user may.

        :param str dag_id: DAG id.
        :param dict conf: configuration of the run, JSON values by name. Default None: none.
        :param str task_id: task id. Default None: all tasks that no other task follows.
        :param str xcom_key: XCom key. Default ``"return_value"``.
        :param float timeout: seconds until it gives up waiting for the run. The run goes on. Default 3600.
        :param float poll_interval: seconds before the second read of the run, see :meth:`wait_for_dag_run`. Default 1.
        :param progress: function that receives the :class:`DAGRun` after each read. Default None.
        :param _request_timeout: seconds for each request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers of each request, such as ``traceparent``. Default None.
        :returns: the value, or the values by task id.
        :raises ApiValueError: the DAG has no such task. Nothing was triggered.
        :raises DagRunFailed: the run failed. It has the failed tasks, a link, and the end of a log.
        :raises TimeoutException: the run has not finished in time. It is also Python's ``TimeoutError``.

        It raises the exceptions of :meth:`trigger_dag_run` too. Once there is a run, exceptions have it in ``dag_run``.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        options = Options(AsyncDAGRunApi.call_dag, secrets, _request_timeout=_request_timeout, resolve=None)
        polling = Polling.parse(timeout, poll_interval, None)
        call = DagCall(self.api_client, dag_id, conf, task_id, xcom_key, polling, progress, options)
        return await self.api_client.run(call.steps())
