"""XCom calls for asyncio.

Generated from x_com_api.py by scripts/async_api.py; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from airflow_client.xcom.annotations import AsyncRawResponse, Never
from airflow_client.xcom.api.async_x_com_bulk_api import AsyncXComBulkApi
from airflow_client.xcom.async_api_client import AsyncApiClient
from airflow_client.xcom.core import operations
from airflow_client.xcom.core.messages import ApiResponse
from airflow_client.xcom.core.operations import pick, refuse_positional
from airflow_client.xcom.core.options import KEYWORDS, Options, Polling, hide
from airflow_client.xcom.exceptions import ApiTypeError
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection import XComCollection

if TYPE_CHECKING:
    from airflow_client.xcom.annotations import Unpack
    from airflow_client.xcom.api.keywords import (
        CallOptions,
        EntryKeywords,
        ListKeywords,
        ValueKeywords,
    )
    from airflow_client.xcom.headers import ResponseHeaders


class AsyncXComApi(AsyncXComBulkApi):
    """XCom calls of Airflow's REST API for asyncio, the same for Airflow 2 and Airflow 3.

    :param AsyncApiClient api_client: client that sends the requests. Default None: a new one with the default
        configuration.

    Methods take the arguments and keywords of the :class:`XComApi` methods of the same names, and raise the same
    exceptions. Await the calls, and use ``async for`` with the iterators. ``async_req=True`` is refused,
    ``max_workers`` counts tasks, and ``_preload_content=False`` returns aiohttp's response.
    """

    def __init__(self, api_client: AsyncApiClient | None = None) -> None:
        if api_client is not None and not isinstance(api_client, AsyncApiClient):
            raise ApiTypeError(
                f"AsyncXComApi takes an AsyncApiClient, not {type(api_client).__name__}; for ApiClient use XComApi"
            )
        self.api_client: AsyncApiClient = AsyncApiClient() if api_client is None else api_client

    @overload
    async def get_xcom_entries(
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
    async def get_xcom_entries(
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
    async def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        _preload_content: Literal[False],
        async_req: Literal[False] = False,
        _return_http_data_only: bool = True,
        **keywords: Unpack[ListKeywords],
    ) -> AsyncRawResponse: ...
    async def get_xcom_entries(
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
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XComCollection`: this page's rows, and ``total_entries``, the number of rows on all pages.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, locals())
        options = Options(AsyncXComApi.get_xcom_entries, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload  # type: ignore[misc]
    async def get_xcom_entries_with_http_info(  # pyright: ignore[reportInconsistentOverload]
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
    async def get_xcom_entries_with_http_info(
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
            AsyncXComApi.get_xcom_entries_with_http_info, secrets, **pick(KEYWORDS, locals()), with_http_info=True
        )
        return await self.api_client.execute(operation, options)

    @overload  # type: ignore[misc]
    async def get_xcom_entries_without_preload_content(  # pyright: ignore[reportInconsistentOverload]
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
    ) -> AsyncRawResponse: ...
    async def get_xcom_entries_without_preload_content(
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
    ) -> AsyncRawResponse | Any:
        """Call :meth:`get_xcom_entries` and return the HTTP library's response with its body unread.

        The parameters are those of :meth:`get_xcom_entries`. ``_return_http_data_only`` and ``_preload_content`` are
        ignored.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, locals())
        _preload_content = False  # the argument is ignored
        options = Options(AsyncXComApi.get_xcom_entries_without_preload_content, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload
    async def get_xcom_entry(
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
    async def get_xcom_entry(
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
    async def get_xcom_entry(
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
    ) -> AsyncRawResponse: ...
    async def get_xcom_entry(
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
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom`, its ``value`` exactly as the server sent it, or with ``resolve`` the file's content.
        :raises StoredValueException: the file with the value cannot be read.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        parameters = {"map_index": map_index, "deserialize": deserialize, "stringify": stringify}
        operation = operations.get_xcom_entry(
            dag_id, dag_run_id, task_id, xcom_key, parameters, is_checked=_preload_content
        )
        options = Options(  # not from locals(), which takes 2% of the call
            AsyncXComApi.get_xcom_entry,
            secrets,
            async_req=async_req,
            _return_http_data_only=_return_http_data_only,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
            resolve=resolve,
        )
        return await self.api_client.execute(operation, options)

    @overload  # type: ignore[misc]
    async def get_xcom_entry_with_http_info(  # pyright: ignore[reportInconsistentOverload]
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
    async def get_xcom_entry_with_http_info(
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
            AsyncXComApi.get_xcom_entry_with_http_info, secrets, **pick(KEYWORDS, locals()), with_http_info=True
        )
        return await self.api_client.execute(operation, options)

    @overload  # type: ignore[misc]
    async def get_xcom_entry_without_preload_content(  # pyright: ignore[reportInconsistentOverload]
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
    ) -> AsyncRawResponse: ...
    async def get_xcom_entry_without_preload_content(
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
    ) -> AsyncRawResponse | Any:
        """Call :meth:`get_xcom_entry` and return the HTTP library's response with its body unread.

        The parameters are those of :meth:`get_xcom_entry`. ``_return_http_data_only`` and ``_preload_content`` are
        ignored.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, locals(), is_checked=False)
        _preload_content = False  # the argument is ignored
        options = Options(AsyncXComApi.get_xcom_entry_without_preload_content, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload
    async def wait_for_xcom_entry(
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
    async def wait_for_xcom_entry(
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
    async def wait_for_xcom_entry(
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
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
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

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, locals())
        polling = Polling.parse(timeout, poll_interval, missing_run_timeout)
        keywords = pick(KEYWORDS, locals())
        options = Options(AsyncXComApi.wait_for_xcom_entry, secrets, **keywords, polling=polling, resolve=None)
        return await self.api_client.execute(operation, options)

    @overload
    async def create_xcom_entry(
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
    async def create_xcom_entry(
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
    async def create_xcom_entry(
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
    ) -> AsyncRawResponse: ...
    async def create_xcom_entry(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
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
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom` as stored. A :class:`ValueChangedWarning` reports a value that the database changed:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises ConflictException: the XCom exists already.
        :raises NotFoundException: the DAG, run or task does not exist.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("create_xcom_entry", ids)
        operation = operations.create_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        options = Options(AsyncXComApi.create_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload
    async def put_xcom_entry(
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
    async def put_xcom_entry(
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
    async def put_xcom_entry(
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
    ) -> AsyncRawResponse: ...
    async def put_xcom_entry(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
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
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or a pair ``(connect, read)``; see :class:`AsyncXComApi`.
            Default None: 5 to connect, 60 to wait for data, 120 in total.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom` as stored. A :class:`ValueChangedWarning` reports a value that the database changed:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises ConflictException: other clients kept creating and deleting the XCom meanwhile.
        :raises NotFoundException: the DAG, run or task does not exist.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("put_xcom_entry", ids)
        operation = operations.put_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        options = Options(AsyncXComApi.put_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload
    async def update_xcom_entry(
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
    async def update_xcom_entry(
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
    async def update_xcom_entry(
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
    ) -> AsyncRawResponse: ...
    async def update_xcom_entry(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
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
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :returns: :class:`XCom` as stored. A :class:`ValueChangedWarning` reports a value that the database changed:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises NotFoundException: the XCom does not exist.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("update_xcom_entry", ids)
        operation = operations.update_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        options = Options(AsyncXComApi.update_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)

    @overload
    async def delete_xcom_entry(
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
    async def delete_xcom_entry(
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
    async def delete_xcom_entry(
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
    ) -> AsyncRawResponse: ...
    async def delete_xcom_entry(
        self,
        *ids: Never,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        map_index: int = -1,
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
    ) -> Any:
        """Delete an XCom. Since Airflow 3.2.

        Ids are keyword-only, since other clients order them differently. A request is retried only if the server
        certainly did not process it.

        :param str dag_id: DAG id.
        :param str dag_run_id: DAG run id.
        :param str task_id: task id.
        :param str xcom_key: XCom key.
        :param int map_index: index of the mapped task instance. Default -1, for unmapped tasks.
        :param bool async_req: must be False. Use ``asyncio.create_task()`` instead.
        :param bool _return_http_data_only: False returns ``(model, status, headers)``. Default True: the model.
        :param bool _preload_content: False returns the HTTP library's response with its body unread. Default True.
        :param _request_timeout: seconds for the whole call, or ``(connect, read)``. Default None: 120 s, see the class.
        :param list _request_auths: credentials to send instead of the configuration's. Default None.
        :param dict _headers: extra headers, such as ``X-Request-ID``. Default None.
        :raises NotFoundException: the XCom does not exist.

        See :class:`AsyncXComApi` for the other keywords and the exceptions.
        """
        secrets, _request_auths, _headers, unknown = hide(_request_auths, _headers, unknown)
        refuse_positional("delete_xcom_entry", ids)
        operation = operations.delete_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, map_index)
        options = Options(AsyncXComApi.delete_xcom_entry, secrets, **pick(KEYWORDS, locals()))
        return await self.api_client.execute(operation, options)
