"""XCom calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from airflow_client.xcom.annotations import Never, RawResponse
from airflow_client.xcom.api.x_com_bulk_api import XComBulkApi
from airflow_client.xcom.api_client import ApiClient
from airflow_client.xcom.core import operations
from airflow_client.xcom.core.messages import ApiResponse
from airflow_client.xcom.core.operations import pick, refuse_positional
from airflow_client.xcom.core.options import KEYWORDS, Options, Polling, hide
from airflow_client.xcom.exceptions import ApiTypeError
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection import XComCollection

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult

    from airflow_client.xcom.annotations import Unpack
    from airflow_client.xcom.api.keywords import (
        CallOptions,
        EntryKeywords,
        ListKeywords,
        ValueKeywords,
    )
    from airflow_client.xcom.headers import ResponseHeaders


class XComApi(XComBulkApi):
    """XCom calls of Airflow's REST API, the same for Airflow 2 and Airflow 3.

    :param ApiClient api_client: client that sends the requests. Default None: a new one with the default configuration.

    Every call except the iterators and the bulk writes takes these keywords:

    :param _request_timeout: seconds that the whole call may take, retries included; or a pair ``(connect, read)``: the
        limits of each connection attempt and each wait for data. Default None: 5 to connect, 60 to wait for data, 120
        in total. A pair leaves the total at 120, or raises it to the sum of both.
    :param bool async_req: run the call in another thread and return an ``AsyncResult``, whose ``get()`` returns the
        result. Default False.
    :param bool _return_http_data_only: return only the model; False returns ``(model, status, headers)``. Default True.
    :param bool _preload_content: read the body. False returns the HTTP library's response with its body unread; read or
        close it to release its connection. An error status raises in any case. Default True.
    :param list _request_auths: credentials to send instead of the configuration's, a list of values of
        ``Configuration.auth_settings()``; ``[]`` sends none. Default None.
    :param dict _headers: extra headers of this call, such as ``X-Request-ID`` or ``traceparent``. They replace the
        client's ``default_headers`` of the same names. Logins and API version detection don't send them. The
        credentials replace an ``Authorization`` header. Default None.

    ``_check_input_type``, ``_check_return_type``, ``_content_type``, ``_host_index`` and ``_spec_property_naming`` are
    accepted and ignored. ``get_xcom_entries`` and ``get_xcom_entry`` also exist as ``…_with_http_info``, which returns
    an :class:`~airflow_client.xcom.core.messages.ApiResponse`, and as ``…_without_preload_content``, which is the same
    as ``_preload_content=False``.

    Calls raise these exceptions of :mod:`airflow_client.xcom.exceptions`:

    :raises ApiTypeError: an argument has the wrong type, or a keyword is unknown. Nothing was sent.
    :raises ApiValueError: an argument has an invalid value. Nothing was sent.
    :raises ApiUnsupportedError: the server's Airflow release lacks the call or the parameter.
    :raises ApiException: the server returned an error: :class:`BadRequestException` (400),
        :class:`UnauthorizedException` (401), :class:`ForbiddenException` (403), :class:`NotFoundException` (404),
        :class:`ConflictException` (409), :class:`UnprocessableEntityException` (422), :class:`ServiceException` (5xx),
        :class:`ApiException` itself (any other).
    :raises UnexpectedContentException: the response is not a valid Airflow API response.
    :raises TransportException: no complete response arrived.
    :raises HookException: ``Configuration.on_request`` raised an exception.
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

        Pass ``"~"`` as ``dag_id``, ``dag_run_id`` or ``task_id`` to match all. An XCom must match all filters. If an id
        does not exist, the list is empty. Datetimes must be timezone-aware.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param int map_index: mapped task index, -1 for unmapped tasks. Default None: all. Since Airflow 2.7.
        :param str xcom_key: exact XCom key. Default None: all. Since Airflow 2.7.
        :param int limit: maximum number of rows. Default None: the server's default, 100 on Airflow 2 and 50 on Airflow
            3. Servers silently cap it at their ``[api] maximum_page_limit``, 100 by default (Airflow 3.0 has no
            cap), so advance ``offset`` by the number of rows received.
        :param int offset: number of rows to skip. Default None: 0.
        :param str xcom_key_pattern: case-insensitive pattern that occurs in the key: ``%`` matches any text, ``_`` any
            character, ``a|b`` either (since Airflow 3.2). Default None: all. Since Airflow 3.1, like the next three.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run id.
        :param str task_id_pattern: the same for the task id.
        :param str xcom_key_prefix_pattern: case-sensitive prefix of the key; ``a|b`` matches either. Airflow reads it
            up to its last letter or digit (``debug_`` also lists ``debugger``), and lists what sorts after a final
            ``z``, too. Fast where the database has an index. Default None: all. Since Airflow 3.2.2, like the next
            three.
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
        :param order_by: field to sort by (str) or a list of them, each with an optional ``-`` for descending order:
            ``key``, ``dag_id``, ``run_id``, ``task_id``, ``map_index``, ``timestamp``, ``run_after``. Ties have no
            defined order. Default None: by DAG, task, run, map index and key. Since Airflow 3.2.2.
        :param bool async_req: run the call in another thread and return an ``AsyncResult``. Default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XComCollection`: this page's rows, and ``total_entries``, the number of rows on all pages.

        See :class:`XComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, locals())
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

        The parameters are those of :meth:`get_xcom_entries`. ``_return_http_data_only`` is ignored, and
        ``_preload_content`` must be True.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, locals())
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
        """Call :meth:`get_xcom_entries` and return the HTTP library's response with its body unread.

        The parameters are those of :meth:`get_xcom_entries`. ``_return_http_data_only`` and ``_preload_content`` are
        ignored.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, locals())
        _preload_content = False  # the argument is ignored
        options = Options(XComApi.get_xcom_entries_without_preload_content, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

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
        resolve: bool = False,
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
        resolve: bool = False,
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
        """Return one XCom with its value. Since Airflow 2.0.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param str xcom_key: XCom key; ``return_value`` for a task's return value. Control characters are refused.
            Airflow 2 rejects keys that begin with ``/``, Airflow 3.0 keys that contain it.
        :param int map_index: index of the mapped task instance. Default None: the server's default, -1, for unmapped
            tasks. Since Airflow 2.7.
        :param bool deserialize: load the full value of a custom XCom backend. Default None: the server's default,
            False. Since Airflow 2.4; on Airflow 2.7 to 3.0, True requires ``[api] enable_xcom_deserialize_support``.
        :param bool stringify: return the value as text (Python's ``str()``) instead of JSON. Default None:
            ``Configuration.stringify``, or else the server's default, True on Airflow 2 and False on Airflow 3. Since
            Airflow 2.10; older servers reject it. Airflow 2 with ``[core] enable_xcom_pickling`` always sends text.
        :param bool resolve: read the value from object storage if it is the URL of a file below one of the folders in
            ``Configuration.xcom_storage``, which must be set. Default False. It takes one read of the file.
        :param bool async_req: run the call in another thread and return an ``AsyncResult``. Default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom`, its ``value`` exactly as the server sent it, or with ``resolve`` the file's content.
        :raises StoredValueException: the file with the value cannot be read.

        See :class:`XComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        parameters = {"map_index": map_index, "deserialize": deserialize, "stringify": stringify}
        operation = operations.get_xcom_entry(
            dag_id, dag_run_id, task_id, xcom_key, parameters, is_checked=_preload_content
        )
        options = Options(  # not from locals(), which takes 2% of the call
            XComApi.get_xcom_entry,
            secrets,
            async_req=async_req,
            _return_http_data_only=_return_http_data_only,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
            resolve=resolve,
        )
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
        resolve: bool = False,
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
        resolve: bool = False,
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

        The parameters are those of :meth:`get_xcom_entry`. ``_return_http_data_only`` is ignored, and
        ``_preload_content`` must be True.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, locals())
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
        **keywords: Unpack[ValueKeywords],
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
        """Call :meth:`get_xcom_entry` and return the HTTP library's response with its body unread.

        The parameters are those of :meth:`get_xcom_entry`. ``_return_http_data_only`` and ``_preload_content`` are
        ignored.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, locals(), is_checked=False)
        _preload_content = False  # the argument is ignored
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
        missing_run_timeout: float | None = 30.0,
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
        missing_run_timeout: float | None = 30.0,
        async_req: Literal[False] = False,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[ValueKeywords],
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
        missing_run_timeout: float | None = 30.0,
        _return_http_data_only: Literal[True] = True,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[ValueKeywords],
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
        missing_run_timeout: float | None = 30.0,
        _preload_content: Literal[True] = True,
        **keywords: Unpack[ValueKeywords],
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
        missing_run_timeout: float | None = 30.0,
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
        """Wait until an XCom exists, and return it with its value. Since Airflow 2.0.

        Polls at growing intervals with jitter. Between the reads it checks the task instance or the DAG run, if the
        user may read them, and ends early if the XCom will not appear: the task or the run finished without it, the run
        does not exist, or the task is mapped and ``map_index`` is missing. A task that is up for retry has not
        finished. It reads the XCom once more before it ends early.

        A value that is the URL of a file below one of the folders in ``Configuration.xcom_storage`` is read from there,
        before ``timeout``.

        Wrong credentials or a wrong address raise at once. After the first response, transient failures are retried
        until the deadline.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param str xcom_key: XCom key.
        :param float timeout: seconds until it gives up.
        :param float poll_interval: seconds before the second attempt. Pauses grow to 1.9 times this, so by default the
            XCom is found within 2 seconds. Pauses between checks of the task grow to 5 times this. Default 1.
        :param float missing_run_timeout: seconds that a missing DAG run, or the task in it, may take to appear; 0 if it
            must exist already, None to wait until ``timeout``. Default 30.
        :param int map_index: index of the mapped task instance. Default None: the server's default, -1, for unmapped
            tasks. Since Airflow 2.7.
        :param bool deserialize: load the full value of a custom XCom backend. Default None: the server's default,
            False. Since Airflow 2.4; on Airflow 2.7 to 3.0, True requires ``[api] enable_xcom_deserialize_support``.
        :param bool stringify: return the value as text (Python's ``str()``) instead of JSON. Default None:
            ``Configuration.stringify``, or else JSON if the server supports it (Airflow 2.10). Airflow 2 with ``[core]
            enable_xcom_pickling`` always sends text.
        :param bool async_req: run the call in another thread and return an ``AsyncResult``. Default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: must be True.
        :param _request_timeout: seconds for each connection attempt and each wait for data, or a pair ``(connect,
            read)``. Default None: 5 to connect, 60 to wait for data.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom`, as :meth:`get_xcom_entry` does.
        :raises TimeoutException: the XCom does not exist in time. It is also Python's ``TimeoutError``. Its
            ``__cause__`` is the exception of the last attempt.
        :raises StoredValueException: the file with the value cannot be read.
        :raises XComNotProducedException: the XCom will not appear. It is a :class:`NotFoundException`.

        See :class:`XComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, locals())
        polling = Polling.parse(timeout, poll_interval, missing_run_timeout)
        keywords = pick(KEYWORDS, locals())
        options = Options(XComApi.wait_for_xcom_entry, secrets, **keywords, polling=polling, resolve=None)
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
        """Create an XCom. Since Airflow 3.2.

        Airflow 3.0 and 3.1 have the endpoint, but store the value's JSON text instead of the value. Ids are
        keyword-only, since other clients order them differently. A request is retried only if the server certainly did
        not process it.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param str xcom_key: XCom key.
        :param value: JSON value: None, bool, int, finite float, str, list, or dict with str keys. The server rejects
            dicts with keys that Airflow reserves, such as ``__classname__``.
        :param int map_index: index of the mapped task instance. Default -1, for unmapped tasks.
        :param bool async_req: run the call in another thread and return an ``AsyncResult``. Default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom` as stored. A :class:`ValueChangedWarning` reports a value that the database changed:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises ConflictException: the XCom exists already.
        :raises NotFoundException: the DAG, run or task does not exist.

        See :class:`XComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("create_xcom_entry", ids)
        operation = operations.create_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        options = Options(XComApi.create_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)

    @overload
    def put_xcom_entry(
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
    def put_xcom_entry(
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
    def put_xcom_entry(
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
    def put_xcom_entry(
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
    def put_xcom_entry(
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
    def put_xcom_entry(
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
    def put_xcom_entry(
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
        """Create an XCom, or replace its value if it exists. Since Airflow 3.2, as :meth:`create_xcom_entry`.

        Sends one request for a new XCom (POST), and a second one if it exists (PATCH). The call can be repeated without
        harm, so requests are retried as reads are. If several clients write the same XCom, the last one wins.

        Ids are keyword-only, since other clients order them differently.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param str xcom_key: XCom key.
        :param value: JSON value: None, bool, int, finite float, str, list, or dict with str keys. The server rejects
            dicts with keys that Airflow reserves, such as ``__classname__``.
        :param int map_index: index of the mapped task instance. Default -1, for unmapped tasks.
        :param bool async_req: run the call in another thread and return an ``AsyncResult``. Default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``; see :class:`XComApi`.
            Default None: 5 to connect, 60 to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom` as stored. A :class:`ValueChangedWarning` reports a value that the database changed:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises ConflictException: other clients kept creating and deleting the XCom meanwhile.
        :raises NotFoundException: the DAG, run or task does not exist.

        See :class:`XComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("put_xcom_entry", ids)
        operation = operations.put_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        options = Options(XComApi.put_xcom_entry, secrets, **pick(KEYWORDS, locals()))
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
        """Replace the value of an XCom. Since Airflow 3.2, for the reason given in :meth:`create_xcom_entry`.

        The XCom gets a new ``timestamp``.

        Ids are keyword-only, since other clients order them differently. A request is retried only if the server
        certainly did not process it.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param str xcom_key: XCom key.
        :param value: JSON value: None, bool, int, finite float, str, list, or dict with str keys. The server rejects
            dicts with keys that Airflow reserves, such as ``__classname__``.
        :param int map_index: index of the mapped task instance. Default -1, for unmapped tasks.
        :param bool async_req: run the call in another thread and return an ``AsyncResult``. Default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom` as stored. A :class:`ValueChangedWarning` reports a value that the database changed:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises NotFoundException: the XCom does not exist.

        See :class:`XComApi` for the other keywords and the exceptions.
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

        Ids are keyword-only, since other clients order them differently. A request is retried only if the server
        certainly did not process it.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param str xcom_key: XCom key.
        :param int map_index: index of the mapped task instance. Default -1, for unmapped tasks.
        :param bool async_req: run the call in another thread and return an ``AsyncResult``. Default False.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :raises NotFoundException: the XCom does not exist.

        See :class:`XComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("delete_xcom_entry", ids)
        operation = operations.delete_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, map_index)
        options = Options(XComApi.delete_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return self.api_client.execute(operation, options)
