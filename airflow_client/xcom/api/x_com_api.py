"""The calls about XComs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from airflow_client.xcom.annotations import Never, RawResponse
from airflow_client.xcom.api_client import ApiClient
from airflow_client.xcom.core import operations
from airflow_client.xcom.core.bulk import Bulk, XComs
from airflow_client.xcom.core.listing import Listing, PageFetcher, new_pace
from airflow_client.xcom.core.messages import ApiResponse
from airflow_client.xcom.core.operations import pick, refuse_positional
from airflow_client.xcom.core.options import KEYWORDS, MAX_WORKERS, PAGE_SIZE, Options, hide, seconds
from airflow_client.xcom.core.pace import STALL_TIMEOUT
from airflow_client.xcom.core.threads import read_by_threads
from airflow_client.xcom.exceptions import ApiTypeError
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection import XComCollection
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult

    from airflow_client.xcom.annotations import Unpack
    from airflow_client.xcom.api.keywords import BulkKeywords, CallOptions, EntryKeywords, FilterKeywords, ListKeywords
    from airflow_client.xcom.exceptions import OpenApiException
    from airflow_client.xcom.headers import ResponseHeaders


class XComApi:
    """The calls about XComs: the same on Airflow 2 and Airflow 3.

    :param ApiClient api_client: the client that makes the calls, default None: a new one with the default
        configuration.

    Every call that makes one request also takes these keywords:

    :param float _request_timeout: seconds that the whole call may take, retries included; or a pair of seconds,
        ``(connect, read)``, for each connecting and each wait for bytes. Default None: 5 to connect, 60 to wait, 120
        in all.
    :param bool async_req: True makes the call in another thread and returns an ``AsyncResult`` whose ``get()`` returns
        the result, default False.
    :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
    :param bool _preload_content: False returns the HTTP library's own response with its body unread (read it or
        close it, or its connection is lost), default True. A status that is no success raises all the same.
    :param list _request_auths: settings to authenticate by, in the form of ``Configuration.auth_settings()``
        values, instead of the configuration's credentials; ``[]``: send none. Default None.
    :param dict _headers: headers of this call's own requests, such as ``X-Request-ID`` or ``traceparent``. They replace
        the client's ``default_headers`` of the same names. Logins, and the requests that find out the API, do not have
        them. Default None.

    ``_check_input_type``, ``_check_return_type``, ``_content_type``, ``_host_index`` and ``_spec_property_naming`` are
    accepted, without effect. Each call ``f`` that reads has the forms ``f_with_http_info``, which returns an
    :class:`~airflow_client.xcom.core.messages.ApiResponse`, and ``f_without_preload_content``, which is
    ``_preload_content=False``.

    Every call raises

    * :class:`ApiTypeError`, :class:`ApiValueError` before anything is sent: an argument cannot be used;
    * :class:`ApiUnsupportedError`: the server's Airflow release does not have the call or the parameter;
    * :class:`UnauthorizedException` (401), :class:`ForbiddenException` (403), :class:`NotFoundException` (404),
      :class:`BadRequestException` (400), :class:`ConflictException` (409), :class:`UnprocessableEntityException` (422),
      :class:`ServiceException` (5xx), :class:`ApiException` (any other): the server refuses;
    * :class:`UnexpectedContentException`: the response is not what Airflow's API sends;
    * :class:`TransportException`: no complete response arrived;
    * :class:`HookException`: ``Configuration.on_request`` raised an exception.

    They all are in :mod:`airflow_client.xcom.exceptions`.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        if api_client is not None and not isinstance(api_client, ApiClient):
            raise ApiTypeError(
                f"XComApi takes an ApiClient, not {type(api_client).__name__}; for AsyncApiClient use AsyncXComApi"
            )
        self.api_client: ApiClient = ApiClient() if api_client is None else api_client

    @overload
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = None,
        xcom_key: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
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
    ) -> XComCollection: ...
    @overload
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        _return_http_data_only: Literal[False],
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[ListKeywords],
    ) -> tuple[XComCollection, int, ResponseHeaders]: ...
    @overload
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        _preload_content: Literal[False],
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[ListKeywords],
    ) -> RawResponse: ...
    @overload
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[ListKeywords],
    ) -> AsyncResult[XComCollection]: ...
    @overload
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: Literal[False],
        _preload_content: Literal[True] = True,
        **keywords: Unpack[ListKeywords],
    ) -> AsyncResult[tuple[XComCollection, int, ResponseHeaders]]: ...
    @overload
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        _return_http_data_only: bool = True,
        **keywords: Unpack[ListKeywords],
    ) -> AsyncResult[RawResponse]: ...
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = None,
        xcom_key: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
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
        async_req: bool = False,
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
    ) -> XComCollection | Any:
        """List the XComs of a task instance, without their values. Since Airflow 2.0.

        ``"~"`` as ``dag_id``, ``dag_run_id`` or ``task_id`` stands for all of them. For what does not exist the list is
        empty; that is no error. A date and time is an aware ``datetime``; all filters have to match.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param int map_index: only the entries of this index of a mapped task; -1 for tasks that are not mapped. Default
            None: all. Since Airflow 2.7.
        :param str xcom_key: only the entries with this key. Default None: any. Since Airflow 2.7.
        :param int limit: how many rows to return at most. Default None: the server's default, 100 on Airflow 2 and 50
            on Airflow 3. The server silently caps it at its ``[api] maximum_page_limit``, 100 by default (Airflow 3.0
            and 3.1 have no cap): continue from the number of rows received.
        :param int offset: how many rows to skip. Default None: 0.
        :param str xcom_key_pattern: only keys like this: ``%`` stands for any text, ``_`` for any character, case does
            not count, and the pattern may match anywhere in the key; ``a|b`` matches either, since Airflow 3.2. Default
            None. Since Airflow 3.1, as the next three.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run's id.
        :param str task_id_pattern: the same for the task's id.
        :param str xcom_key_prefix_pattern: only keys that begin with exactly this text; ``a|b`` matches either. Fast
            where the database has an index. Default None. Since Airflow 3.2.2, as the next three.
        :param str dag_display_name_prefix_pattern: the same for the DAG's display name.
        :param str run_id_prefix_pattern: the same for the run's id.
        :param str task_id_prefix_pattern: the same for the task's id.
        :param int map_index_filter: the same as ``map_index``. Since Airflow 3.1.
        :param datetime logical_date_gte: only runs whose logical date is this or later. Default None. Since Airflow
            3.1, as the next seven.
        :param datetime logical_date_gt: only runs whose logical date is later.
        :param datetime logical_date_lte: only runs whose logical date is this or earlier.
        :param datetime logical_date_lt: only runs whose logical date is earlier.
        :param datetime run_after_gte: only runs that could start at this time or later.
        :param datetime run_after_gt: only runs that could start later.
        :param datetime run_after_lte: only runs that could start at this time or earlier.
        :param datetime run_after_lt: only runs that could start earlier.
        :param order_by: what to sort by, a str or a list of them, ``-`` before it for descending: ``key``, ``dag_id``,
            ``run_id``, ``task_id``, ``map_index``, ``timestamp``, ``run_after``. Rows that are equal in it come in no
            particular order. Default None: by DAG, task, run, map index and key. Since Airflow 3.2.2.
        :param bool async_req: True makes the call in another thread and returns an ``AsyncResult``, default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread, default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``, see :class:`XComApi`.
            Default None: 5 to connect, 60 to wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of this call, such as ``X-Request-ID``, default None.
        :returns: :class:`XComCollection`: the rows of this page, and ``total_entries``, the number of rows on all
            pages.

        See :class:`XComApi` for all keywords and the exceptions of every call.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(operations.FILTERS, locals())
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, filters)
        options = Options(XComApi.get_xcom_entries, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

    @overload
    def get_xcom_entries_with_http_info(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = None,
        xcom_key: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
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
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        _preload_content: Literal[True] = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> ApiResponse[XComCollection]: ...
    @overload
    def get_xcom_entries_with_http_info(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: bool = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[ListKeywords],
    ) -> AsyncResult[ApiResponse[XComCollection]]: ...
    def get_xcom_entries_with_http_info(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = None,
        xcom_key: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
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
        async_req: bool = False,
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
    ) -> ApiResponse[XComCollection] | Any:
        """Call :meth:`get_xcom_entries` and return an :class:`ApiResponse`, with the model in ``data``.

        The parameters are those of :meth:`get_xcom_entries`; ``_return_http_data_only`` has no effect, and
        ``_preload_content`` must be True.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(operations.FILTERS, locals())
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, filters)
        options = Options(
            XComApi.get_xcom_entries_with_http_info, secrets, **pick(KEYWORDS, locals()), with_http_info=True
        )
        return self.api_client.execute(operation, options)

    @overload
    def get_xcom_entries_without_preload_content(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = None,
        xcom_key: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
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
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        _preload_content: Literal[False] = False,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> RawResponse: ...
    @overload
    def get_xcom_entries_without_preload_content(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: bool = True,
        _preload_content: Literal[False] = False,
        **keywords: Unpack[ListKeywords],
    ) -> AsyncResult[RawResponse]: ...
    def get_xcom_entries_without_preload_content(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = None,
        xcom_key: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
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
        async_req: bool = False,
        _return_http_data_only: bool = True,
        _preload_content: bool = False,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> RawResponse | Any:
        """Call :meth:`get_xcom_entries` and return the HTTP library's own response, with its body unread.

        The parameters are those of :meth:`get_xcom_entries`; ``_return_http_data_only`` and ``_preload_content`` have
        no effect.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(operations.FILTERS, locals())
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, filters)
        _preload_content = False  # whatever the caller said
        options = Options(XComApi.get_xcom_entries_without_preload_content, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

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

        The next page is fetched in another thread while you work on one; no more than that is in memory. No row comes
        twice. A :class:`PagingWarning` at the end says that rows were written or deleted meanwhile; one at the
        beginning, that the server's order of rows is not reliable (Airflow before 2.10). Stopping early cancels the
        pending page. A long list of all runs is read run by run, where the server needs less time for that: in the
        order in which the runs were created.

        :param str dag_id: the DAG's id, default ``"~"``: all DAGs.
        :param str dag_run_id: the DAG run's id, default ``"~"``: all runs.
        :param str task_id: the task's id, default ``"~"``: all tasks.
        :param str on_error: what to do with a row that the server cannot load: ``"raise"`` (the default) ends the
            iteration with the exception, whose ``position`` is the row's, ``"skip"`` leaves the row out, ``"yield"``
            yields the exception instead.
        :param int page_size: how many rows to request at a time, default 100; most servers return no more.
        :param float stall_timeout: seconds without any response after which :class:`StalledException` ends the
            iteration, default 120. Until then, pages that fail because the server is away or overloaded are repeated.
        :param int map_index: only the entries of this index of a mapped task; -1 for tasks that are not mapped. Default
            None: all. Since Airflow 2.7.
        :param str xcom_key: only the entries with this key. Default None: any. Since Airflow 2.7.
        :param str xcom_key_pattern: only keys like this: ``%`` stands for any text, ``_`` for any character, case does
            not count, and the pattern may match anywhere in the key; ``a|b`` matches either, since Airflow 3.2. Default
            None. Since Airflow 3.1, as the next three.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run's id.
        :param str task_id_pattern: the same for the task's id.
        :param str xcom_key_prefix_pattern: only keys that begin with exactly this text; ``a|b`` matches either. Fast
            where the database has an index. Default None. Since Airflow 3.2.2, as the next three.
        :param str dag_display_name_prefix_pattern: the same for the DAG's display name.
        :param str run_id_prefix_pattern: the same for the run's id.
        :param str task_id_prefix_pattern: the same for the task's id.
        :param int map_index_filter: the same as ``map_index``. Since Airflow 3.1.
        :param datetime logical_date_gte: only runs whose logical date is this or later. Default None. Since Airflow
            3.1, as the next seven.
        :param datetime logical_date_gt: only runs whose logical date is later.
        :param datetime logical_date_lte: only runs whose logical date is this or earlier.
        :param datetime logical_date_lt: only runs whose logical date is earlier.
        :param datetime run_after_gte: only runs that could start at this time or later.
        :param datetime run_after_gt: only runs that could start later.
        :param datetime run_after_lte: only runs that could start at this time or earlier.
        :param datetime run_after_lt: only runs that could start earlier.
        :param order_by: what to sort by, a str or a list of them, ``-`` before it for descending: ``key``, ``dag_id``,
            ``run_id``, ``task_id``, ``map_index``, ``timestamp``, ``run_after``. Rows that are equal in it come in no
            particular order. Default None: by DAG, task, run, map index and key. Since Airflow 3.2.2.
        :param _request_timeout: seconds for each page, or a pair ``(connect, read)``. Default None: 5 to connect, 60 to
            wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of each request, such as ``traceparent``, default None.
        :returns: an iterator of :class:`XComCollectionItem`.

        See :class:`XComApi` for the exceptions of every call; they are raised where the page is needed.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        filters = pick(operations.FILTERS, locals())
        options = Options(XComApi.iter_xcom_entries, secrets, _request_timeout=_request_timeout)
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
        """Read all XComs that match the filters, with their values, by several requests at once. Since Airflow 2.0.

        In memory are two pages of rows and two values for each worker, however long the list and however slow the
        caller. An XCom that is deleted after it was listed is left out, and counted. On Airflow 2, values are JSON
        where the server can send it (since Airflow 2.10), and the server's text where it cannot: ``counts.stringified``
        says which. Every :class:`XCom` has its ``run_id``. Airflow 2 does not send it with ``"~"`` as the run: then it
        is looked up among the DAG runs, which the user must be allowed to read.

        :param str dag_id: the DAG's id, default ``"~"``: all DAGs.
        :param str dag_run_id: the DAG run's id, default ``"~"``: all runs.
        :param str task_id: the task's id, default ``"~"``: all tasks.
        :param int max_workers: the largest number of requests at once, default 4, each by a thread of its own. Reading
            begins with 2, adds more while that makes it faster, and slows down where the server is overloaded.
        :param bool ordered: True yields the XComs in the order of the list (the default), False as they arrive.
        :param str on_error: what to do with an XCom that cannot be read: ``"raise"`` (the default) ends the iteration
            with the exception, ``"skip"`` leaves the XCom out, ``"yield"`` yields the exception instead; its ``entry``
            is the row.
        :param progress: a function that is called with ``(done, total)``, two ints, as XComs arrive, in the caller's
            thread; default None.
        :param int page_size: how many rows to request at a time, default 100; most servers return no more.
        :param float stall_timeout: seconds without any response after which :class:`StalledException` ends the
            iteration, default 120. Until then, requests that fail because the server is away or overloaded are
            repeated, and the reading slows down; with ``Configuration.retries = 0`` nothing is repeated.
        :param bool deserialize: load the value of a custom XCom backend in full. Default None: the server's default,
            False. Since Airflow 2.4; Airflow 2.7 to 3.0 refuse True unless ``[api] enable_xcom_deserialize_support`` is
            on.
        :param bool stringify: send values as text rather than as JSON. Default None: as JSON where the server can.
        :param int map_index: only the entries of this index of a mapped task; -1 for tasks that are not mapped. Default
            None: all. Since Airflow 2.7.
        :param str xcom_key: only the entries with this key. Default None: any. Since Airflow 2.7.
        :param str xcom_key_pattern: only keys like this: ``%`` stands for any text, ``_`` for any character, case does
            not count, and the pattern may match anywhere in the key; ``a|b`` matches either, since Airflow 3.2. Default
            None. Since Airflow 3.1, as the next three.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run's id.
        :param str task_id_pattern: the same for the task's id.
        :param str xcom_key_prefix_pattern: only keys that begin with exactly this text; ``a|b`` matches either. Fast
            where the database has an index. Default None. Since Airflow 3.2.2, as the next three.
        :param str dag_display_name_prefix_pattern: the same for the DAG's display name.
        :param str run_id_prefix_pattern: the same for the run's id.
        :param str task_id_prefix_pattern: the same for the task's id.
        :param int map_index_filter: the same as ``map_index``. Since Airflow 3.1.
        :param datetime logical_date_gte: only runs whose logical date is this or later. Default None. Since Airflow
            3.1, as the next seven.
        :param datetime logical_date_gt: only runs whose logical date is later.
        :param datetime logical_date_lte: only runs whose logical date is this or earlier.
        :param datetime logical_date_lt: only runs whose logical date is earlier.
        :param datetime run_after_gte: only runs that could start at this time or later.
        :param datetime run_after_gt: only runs that could start later.
        :param datetime run_after_lte: only runs that could start at this time or earlier.
        :param datetime run_after_lt: only runs that could start earlier.
        :param order_by: what to sort by, a str or a list of them, ``-`` before it for descending: ``key``, ``dag_id``,
            ``run_id``, ``task_id``, ``map_index``, ``timestamp``, ``run_after``. Rows that are equal in it come in no
            particular order. Default None: by DAG, task, run, map index and key. Since Airflow 3.2.2.
        :param _request_timeout: seconds for each request, or a pair ``(connect, read)``. Default None: 5 to connect, 60
            to wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of each request, such as ``traceparent``, default None.
        :returns: :class:`XComs`, an iterator of :class:`XCom`. Leaving the loop early stops the requests.

        See :class:`XComApi` for the exceptions of every call; they are raised where the XCom would come.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        bulk: Bulk[Any] = Bulk(
            self.api_client,
            dag_id,
            dag_run_id,
            task_id,
            max_workers=max_workers,
            ordered=ordered,
            on_error=on_error,
            progress=progress,
            page_size=page_size,
            stall_timeout=stall_timeout,
            parameters={"deserialize": deserialize, "stringify": stringify},
            filters=pick(operations.FILTERS, locals()),
            options=Options(XComApi.iter_xcoms, secrets, _request_timeout=_request_timeout),
        )
        return XComs(read_by_threads(self.api_client, bulk, stacklevel=3), bulk.counts)

    @overload
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
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
    ) -> XCom: ...
    @overload
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        _return_http_data_only: Literal[False],
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[EntryKeywords],
    ) -> tuple[XCom, int, ResponseHeaders]: ...
    @overload
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        _preload_content: Literal[False],
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[EntryKeywords],
    ) -> RawResponse: ...
    @overload
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[EntryKeywords],
    ) -> AsyncResult[XCom]: ...
    @overload
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: Literal[False],
        _preload_content: Literal[True] = True,
        **keywords: Unpack[EntryKeywords],
    ) -> AsyncResult[tuple[XCom, int, ResponseHeaders]]: ...
    @overload
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        _return_http_data_only: bool = True,
        **keywords: Unpack[EntryKeywords],
    ) -> AsyncResult[RawResponse]: ...
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        async_req: bool = False,
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
    ) -> XCom | Any:
        """Read one XCom with its value. Since Airflow 2.0.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key, ``return_value`` for what the task returned. Any text without control
            characters; Airflow 2 refuses a key that begins with ``/``, Airflow 3.0 and 3.1 any key with a ``/`` in it.
        :param int map_index: the index of the mapped task instance. Default None: the server's default, -1, which is
            the instance of a task that is not mapped. Since Airflow 2.7.
        :param bool deserialize: load the value of a custom XCom backend in full. Default None: the server's default,
            False. Since Airflow 2.4; Airflow 2.7 to 3.0 refuse True unless ``[api] enable_xcom_deserialize_support`` is
            on.
        :param bool stringify: send the value as text (Python's ``str()``) rather than as JSON. Default None: the
            server's default, True on Airflow 2 and False on Airflow 3. Since Airflow 2.10; older servers refuse it.
        :param bool async_req: True makes the call in another thread and returns an ``AsyncResult``, default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread, default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``, see :class:`XComApi`.
            Default None: 5 to connect, 60 to wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of this call, such as ``X-Request-ID``, default None.
        :returns: :class:`XCom`, its ``value`` exactly as the server sent it.

        See :class:`XComApi` for all keywords and the exceptions of every call.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        parameters = pick(operations.ENTRY_PARAMETERS, locals())
        operation = operations.get_xcom_entry(
            dag_id, dag_run_id, task_id, xcom_key, parameters, is_checked=_preload_content
        )
        options = Options(XComApi.get_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

    @overload
    def get_xcom_entry_with_http_info(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        _preload_content: Literal[True] = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> ApiResponse[XCom]: ...
    @overload
    def get_xcom_entry_with_http_info(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: bool = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[EntryKeywords],
    ) -> AsyncResult[ApiResponse[XCom]]: ...
    def get_xcom_entry_with_http_info(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        async_req: bool = False,
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
    ) -> ApiResponse[XCom] | Any:
        """Call :meth:`get_xcom_entry` and return an :class:`ApiResponse`, with the model in ``data``.

        The parameters are those of :meth:`get_xcom_entry`; ``_return_http_data_only`` has no effect, and
        ``_preload_content`` must be True.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        parameters = pick(operations.ENTRY_PARAMETERS, locals())
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, parameters)
        options = Options(
            XComApi.get_xcom_entry_with_http_info, secrets, **pick(KEYWORDS, locals()), with_http_info=True
        )
        return self.api_client.execute(operation, options)

    @overload
    def get_xcom_entry_without_preload_content(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        _preload_content: Literal[False] = False,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
    ) -> RawResponse: ...
    @overload
    def get_xcom_entry_without_preload_content(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        async_req: Literal[True],
        _return_http_data_only: bool = True,
        _preload_content: Literal[False] = False,
        **keywords: Unpack[EntryKeywords],
    ) -> AsyncResult[RawResponse]: ...
    def get_xcom_entry_without_preload_content(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        async_req: bool = False,
        _return_http_data_only: bool = True,
        _preload_content: bool = False,
        _request_timeout: float | tuple[float, float] | None = None,
        _request_auths: Iterable[Mapping[str, Any]] | None = None,
        _headers: Mapping[str, str] | None = None,
        _check_input_type: bool = True,
        _check_return_type: bool = True,
        _content_type: str | None = None,
        _host_index: int | None = None,
        _spec_property_naming: bool = False,
        **unknown: Never,
    ) -> RawResponse | Any:
        """Call :meth:`get_xcom_entry` and return the HTTP library's own response, with its body unread.

        The parameters are those of :meth:`get_xcom_entry`; ``_return_http_data_only`` and ``_preload_content`` have no
        effect.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        parameters = pick(operations.ENTRY_PARAMETERS, locals())
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, parameters, is_checked=False)
        _preload_content = False  # whatever the caller said
        options = Options(XComApi.get_xcom_entry_without_preload_content, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

    @overload
    def wait_for_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        timeout: float,
        poll_interval: float = 1.0,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
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
    ) -> XCom: ...
    @overload
    def wait_for_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        timeout: float,
        _return_http_data_only: Literal[False],
        poll_interval: float = 1.0,
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[EntryKeywords],
    ) -> tuple[XCom, int, ResponseHeaders]: ...
    @overload
    def wait_for_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        timeout: float,
        async_req: Literal[True],
        poll_interval: float = 1.0,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[EntryKeywords],
    ) -> AsyncResult[XCom]: ...
    @overload
    def wait_for_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        timeout: float,
        async_req: Literal[True],
        _return_http_data_only: Literal[False],
        poll_interval: float = 1.0,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[EntryKeywords],
    ) -> AsyncResult[tuple[XCom, int, ResponseHeaders]]: ...
    def wait_for_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        timeout: float,
        poll_interval: float = 1.0,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        async_req: bool = False,
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
    ) -> XCom | Any:
        """Wait until an XCom exists, and read it with its value. Since Airflow 2.0.

        It polls with pauses that grow (to ten times the first) and vary a little. A wrong password or address is raised
        at once; once the server has answered, it may be away for a while.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id. A missing run looks the same as a missing XCom.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key.
        :param float timeout: seconds until it gives up; each attempt's own limits apply within it.
        :param float poll_interval: seconds of the first pause, default 1.
        :param int map_index: the index of the mapped task instance. Default None: the server's default, -1, which is
            the instance of a task that is not mapped. Since Airflow 2.7.
        :param bool deserialize: load the value of a custom XCom backend in full. Default None: the server's default,
            False. Since Airflow 2.4; Airflow 2.7 to 3.0 refuse True unless ``[api] enable_xcom_deserialize_support`` is
            on.
        :param bool stringify: send the value as text (Python's ``str()``) rather than as JSON. Default None: the
            server's default, True on Airflow 2 and False on Airflow 3. Since Airflow 2.10; older servers refuse it.
        :param bool async_req: True makes the call in another thread and returns an ``AsyncResult``, default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
        :param bool _preload_content: must be True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``, see :class:`XComApi`.
            Default None: 5 to connect, 60 to wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of this call, such as ``X-Request-ID``, default None.
        :returns: :class:`XCom`, as :meth:`get_xcom_entry`.
        :raises TimeoutException: the XCom does not exist in time; this is also Python's own ``TimeoutError``.

        See :class:`XComApi` for all keywords and the exceptions of every call.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        parameters = pick(operations.ENTRY_PARAMETERS, locals())
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, parameters)
        wait = seconds("timeout", timeout), seconds("poll_interval", poll_interval)
        options = Options(XComApi.wait_for_xcom_entry, secrets, **pick(KEYWORDS, locals()), wait=wait)
        return self.api_client.execute(operation, options)

    @overload
    def create_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
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
    ) -> XCom: ...
    @overload
    def create_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        _return_http_data_only: Literal[False],
        map_index: int = -1,
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> tuple[XCom, int, ResponseHeaders]: ...
    @overload
    def create_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        _preload_content: Literal[False],
        map_index: int = -1,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[CallOptions],
    ) -> RawResponse: ...
    @overload
    def create_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        async_req: Literal[True],
        map_index: int = -1,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[XCom]: ...
    @overload
    def create_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        async_req: Literal[True],
        _return_http_data_only: Literal[False],
        map_index: int = -1,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[tuple[XCom, int, ResponseHeaders]]: ...
    @overload
    def create_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        async_req: Literal[True],
        _preload_content: Literal[False],
        map_index: int = -1,
        _return_http_data_only: bool = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[RawResponse]: ...
    def create_xcom_entry(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
        async_req: bool = False,
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
    ) -> XCom | Any:
        """Write a new XCom. Since Airflow 3.2.

        Earlier releases of Airflow 3 store the value's JSON text instead of the value, so that it would not read back
        as it was. Ids are keyword-only: other clients have them in another order. The call is never sent twice.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key.
        :param value: the value, made of JSON's types: None, bool, int, finite float, str, list, and dict with keys of
            str. The server refuses a dict with Airflow's reserved keys (``__classname__`` and the like).
        :param int map_index: the index of the mapped task instance, default -1: the task is not mapped.
        :param bool async_req: True makes the call in another thread and returns an ``AsyncResult``, default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread, default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``, see :class:`XComApi`.
            Default None: 5 to connect, 60 to wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of this call, such as ``X-Request-ID``, default None.
        :returns: :class:`XCom` as it was stored. A :class:`ValueChangedWarning` says where that is not what was sent:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises ConflictException: the XCom exists already.
        :raises NotFoundException: the DAG, run or task does not exist.

        See :class:`XComApi` for all keywords and the exceptions of every call.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("create_xcom_entry", ids)
        operation = operations.create_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        options = Options(XComApi.create_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

    @overload
    def update_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
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
    ) -> XCom: ...
    @overload
    def update_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        _return_http_data_only: Literal[False],
        map_index: int = -1,
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> tuple[XCom, int, ResponseHeaders]: ...
    @overload
    def update_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        _preload_content: Literal[False],
        map_index: int = -1,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[CallOptions],
    ) -> RawResponse: ...
    @overload
    def update_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        async_req: Literal[True],
        map_index: int = -1,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[XCom]: ...
    @overload
    def update_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        async_req: Literal[True],
        _return_http_data_only: Literal[False],
        map_index: int = -1,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[tuple[XCom, int, ResponseHeaders]]: ...
    @overload
    def update_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        async_req: Literal[True],
        _preload_content: Literal[False],
        map_index: int = -1,
        _return_http_data_only: bool = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[RawResponse]: ...
    def update_xcom_entry(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
        async_req: bool = False,
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
    ) -> XCom | Any:
        """Replace the value of an XCom. Since Airflow 3.2, for the reason given at :meth:`create_xcom_entry`.

        Ids are keyword-only: other clients have them in another order. The call is never sent twice.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key.
        :param value: the value, made of JSON's types: None, bool, int, finite float, str, list, and dict with keys of
            str. The server refuses a dict with Airflow's reserved keys (``__classname__`` and the like).
        :param int map_index: the index of the mapped task instance, default -1: the task is not mapped.
        :param bool async_req: True makes the call in another thread and returns an ``AsyncResult``, default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread, default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``, see :class:`XComApi`.
            Default None: 5 to connect, 60 to wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of this call, such as ``X-Request-ID``, default None.
        :returns: :class:`XCom` as it was stored. A :class:`ValueChangedWarning` says where that is not what was sent:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises NotFoundException: the XCom does not exist.

        See :class:`XComApi` for all keywords and the exceptions of every call.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("update_xcom_entry", ids)
        operation = operations.update_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        options = Options(XComApi.update_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

    @overload
    def delete_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        map_index: int = -1,
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
    ) -> None: ...
    @overload
    def delete_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        _return_http_data_only: Literal[False],
        map_index: int = -1,
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> tuple[None, int, ResponseHeaders]: ...
    @overload
    def delete_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        _preload_content: Literal[False],
        map_index: int = -1,
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[CallOptions],
    ) -> RawResponse: ...
    @overload
    def delete_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        async_req: Literal[True],
        map_index: int = -1,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[None]: ...
    @overload
    def delete_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        async_req: Literal[True],
        _return_http_data_only: Literal[False],
        map_index: int = -1,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[tuple[None, int, ResponseHeaders]]: ...
    @overload
    def delete_xcom_entry(
        self,
        *,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        async_req: Literal[True],
        _preload_content: Literal[False],
        map_index: int = -1,
        _return_http_data_only: bool = True,
        **keywords: Unpack[CallOptions],
    ) -> AsyncResult[RawResponse]: ...
    def delete_xcom_entry(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        map_index: int = -1,
        async_req: bool = False,
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
    ) -> Any:
        """Delete an XCom. Since Airflow 3.2.

        Ids are keyword-only: other clients have them in another order. The call is never sent twice.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key.
        :param int map_index: the index of the mapped task instance, default -1: the task is not mapped.
        :param bool async_req: True makes the call in another thread and returns an ``AsyncResult``, default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread, default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``, see :class:`XComApi`.
            Default None: 5 to connect, 60 to wait for bytes, 120 in all.
        :param _request_auths: settings to authenticate by instead of the configuration's credentials, default None.
        :param dict _headers: headers of this call, such as ``X-Request-ID``, default None.
        :raises NotFoundException: the XCom does not exist.

        See :class:`XComApi` for all keywords and the exceptions of every call.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("delete_xcom_entry", ids)
        operation = operations.delete_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, map_index)
        options = Options(XComApi.delete_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)
