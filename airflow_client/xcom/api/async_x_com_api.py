"""The calls about XComs, for asyncio: those of :class:`XComApi`, to be awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, overload

from airflow_client.xcom.api.x_com_api import XComApi, refuse_positional
from airflow_client.xcom.api.x_coms import AsyncXComs
from airflow_client.xcom.async_api_client import AsyncApiClient
from airflow_client.xcom.core import operations
from airflow_client.xcom.core.bulk import Bulk
from airflow_client.xcom.core.listing import Listing, Lists
from airflow_client.xcom.core.options import MAX_WORKERS, PAGE_SIZE, seconds
from airflow_client.xcom.core.task_runner import read
from airflow_client.xcom.exceptions import ApiTypeError
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection import XComCollection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Literal

    from typing_extensions import Unpack

    from airflow_client.xcom.api.keywords import (
        BulkKeywords,
        CallOptions,
        EntryKeywords,
        FilterKeywords,
        ListKeywords,
    )
    from airflow_client.xcom.api_response import ApiResponse
    from airflow_client.xcom.exceptions import OpenApiException
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem


def _documented(cls: type[AsyncXComApi]) -> type[AsyncXComApi]:
    """Give each method the documentation of its blocking twin."""
    for name, member in vars(cls).items():
        if not name.startswith("_"):
            member.__doc__ = getattr(XComApi, name).__doc__
    return cls


@_documented
class AsyncXComApi:
    """The calls about XComs for asyncio, the same at Airflow 2 and Airflow 3.

    :param AsyncApiClient api_client: what makes the calls, default None: a new client with the default configuration.

    Each method does what the method of :class:`XComApi` of the same name does, takes the same arguments and keywords,
    and raises the same exceptions; it is to be awaited, and those that iterate are for ``async for``. ``async_req``,
    which is for threads, is refused, and ``max_workers`` counts tasks. ``_preload_content=False`` gives aiohttp's
    response.
    """

    def __init__(self, api_client: AsyncApiClient | None = None) -> None:
        if api_client is not None and not isinstance(api_client, AsyncApiClient):
            raise ApiTypeError(
                f"AsyncXComApi takes an AsyncApiClient, not {type(api_client).__name__}; for ApiClient use XComApi"
            )
        self.api_client = AsyncApiClient() if api_client is None else api_client

    @overload
    async def get_xcom_entries(
        self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Unpack[ListKeywords]
    ) -> XComCollection: ...
    @overload
    async def get_xcom_entries(self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Any) -> Any: ...
    async def get_xcom_entries(self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Any) -> Any:
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, keywords)
        return await self.api_client.execute(operation, keywords)

    async def get_xcom_entries_with_http_info(
        self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Unpack[ListKeywords]
    ) -> ApiResponse[XComCollection]:
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, options)
        return await self.api_client.execute_with_http_info(operation, options)

    async def get_xcom_entries_without_preload_content(
        self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Unpack[ListKeywords]
    ) -> Any:
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        options["_preload_content"] = False
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, options)
        return await self.api_client.execute(operation, options)

    def iter_xcom_entries(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        page_size: int = PAGE_SIZE,
        **keywords: Unpack[FilterKeywords],
    ) -> AsyncIterator[XComCollectionItem]:
        lists = Lists(self.api_client, "iter_xcom_entries", dag_id, dag_run_id, task_id, page_size, {**keywords})
        return read(self.api_client, Listing(lists))

    @overload
    def iter_xcoms(
        self,
        dag_id: str = ...,
        dag_run_id: str = ...,
        task_id: str = ...,
        *,
        max_workers: int = ...,
        ordered: bool = ...,
        on_error: Literal["raise", "skip"] = ...,
        progress: Callable[[int, int], object] | None = ...,
        page_size: int = ...,
        **keywords: Unpack[BulkKeywords],
    ) -> AsyncXComs[XCom]: ...
    @overload
    def iter_xcoms(
        self,
        dag_id: str = ...,
        dag_run_id: str = ...,
        task_id: str = ...,
        *,
        max_workers: int = ...,
        ordered: bool = ...,
        on_error: Literal["yield"],
        progress: Callable[[int, int], object] | None = ...,
        page_size: int = ...,
        **keywords: Unpack[BulkKeywords],
    ) -> AsyncXComs[XCom | OpenApiException]: ...
    def iter_xcoms(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        max_workers: int = MAX_WORKERS,
        ordered: bool = True,
        on_error: str = "raise",
        progress: Callable[[int, int], object] | None = None,
        page_size: int = PAGE_SIZE,
        **keywords: Any,
    ) -> AsyncXComs[Any]:
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
            keywords=keywords,
        )
        return AsyncXComs(read(self.api_client, bulk, stacklevel=3), bulk.counts)

    @overload
    async def get_xcom_entry(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Unpack[EntryKeywords]
    ) -> XCom: ...
    @overload
    async def get_xcom_entry(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Any
    ) -> Any: ...
    async def get_xcom_entry(self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Any) -> Any:
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, keywords)
        return await self.api_client.execute(operation, keywords)

    async def get_xcom_entry_with_http_info(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Unpack[EntryKeywords]
    ) -> ApiResponse[XCom]:
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, options)
        return await self.api_client.execute_with_http_info(operation, options)

    async def get_xcom_entry_without_preload_content(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Unpack[EntryKeywords]
    ) -> Any:
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        options["_preload_content"] = False
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, options)
        return await self.api_client.execute(operation, options)

    async def wait_for_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        timeout: float,
        poll_interval: float = 1.0,
        **keywords: Unpack[EntryKeywords],
    ) -> XCom:
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, options)
        wait = seconds("timeout", timeout), seconds("poll_interval", poll_interval)
        return await self.api_client.execute(operation, options, wait)

    async def create_xcom_entry(
        self,
        *ids: str,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
        **options: Unpack[CallOptions],
    ) -> XCom:
        refuse_positional("create_xcom_entry", ids)
        operation = operations.create_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        return await self.api_client.execute(operation, cast("dict[str, Any]", options))

    async def update_xcom_entry(
        self,
        *ids: str,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
        **options: Unpack[CallOptions],
    ) -> XCom:
        refuse_positional("update_xcom_entry", ids)
        operation = operations.update_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        return await self.api_client.execute(operation, cast("dict[str, Any]", options))

    async def delete_xcom_entry(
        self,
        *ids: str,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        map_index: int = -1,
        **options: Unpack[CallOptions],
    ) -> None:
        refuse_positional("delete_xcom_entry", ids)
        operation = operations.delete_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, map_index)
        return await self.api_client.execute(operation, cast("dict[str, Any]", options))
