"""What type checkers know of each call: the result of each form, and that a wrong keyword is an error.

Each ``type: ignore`` stands for an error that mypy and pyright must find: both complain of one that is not needed.
"""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.pool import AsyncResult
from typing import Any, Optional, Union

import aiohttp
import requests
from pandas import DataFrame
from typing_extensions import Unpack, assert_type
from urllib3 import Retry

from airflow_client.xcom import (
    ApiClient,
    ApiResponse,
    AsyncApiClient,
    AsyncDAGRunApi,
    AsyncXComApi,
    AsyncXComs,
    BulkWriteResult,
    Configuration,
    DAGRun,
    DAGRunApi,
    DAGRunCollection,
    OpenApiException,
    XCom,
    XComApi,
    XComCollection,
    XComCollectionItem,
    XComHistory,
    XComs,
)
from airflow_client.xcom.annotations import AsyncRawResponse, RawResponse
from airflow_client.xcom.api.keywords import (
    BulkKeywords,
    CallOptions,
    DeleteKeywords,
    EntryKeywords,
    FilterKeywords,
    ListKeywords,
)
from airflow_client.xcom.headers import ResponseHeaders
from airflow_client.xcom.hooks import Attempt, OutgoingRequest

Http = tuple[XCom, int, ResponseHeaders]


def forms_of_a_read(api: XComApi) -> None:
    ids = ("d", "r", "t", "k")
    assert_type(api.get_xcom_entry(*ids, map_index=1, _headers={"X-Request-ID": "1"}), XCom)
    assert_type(api.get_xcom_entry(*ids, _return_http_data_only=False), Http)
    assert_type(api.get_xcom_entry(*ids, _preload_content=False), RawResponse)
    assert_type(api.get_xcom_entry(*ids, async_req=True), AsyncResult[XCom])
    assert_type(
        api.get_xcom_entry(*ids, async_req=True, _return_http_data_only=False, stringify=True), AsyncResult[Http]
    )
    assert_type(api.get_xcom_entry(*ids, async_req=True, _preload_content=False), AsyncResult[RawResponse])
    assert_type(api.get_xcom_entry_with_http_info(*ids), ApiResponse[XCom])
    assert_type(api.get_xcom_entry_with_http_info(*ids, async_req=True), AsyncResult[ApiResponse[XCom]])
    assert_type(api.get_xcom_entry_without_preload_content(*ids).data, bytes)
    assert_type(api.wait_for_xcom_entry(*ids, timeout=1), XCom)
    assert_type(api.wait_for_xcom_entry(*ids, timeout=1, async_req=True), AsyncResult[XCom])


def forms_of_runs(api: DAGRunApi) -> None:
    assert_type(api.get_dag_runs("d", state=["success"], limit=1), DAGRunCollection)
    assert_type(api.get_dag_runs("d")[0], DAGRun)
    assert_type(api.get_dag_runs("d").dag_runs, list[DAGRun])
    assert_type(api.get_dag_run("d", "r", async_req=True), AsyncResult[DAGRun])
    assert_type(api.post_dag_run("d", DAGRun(conf={})), DAGRun)
    assert_type(api.post_dag_run("d", {"conf": {}}, _preload_content=False), RawResponse)
    assert_type(api.post_dag_run("d", {}, _return_http_data_only=False), tuple[DAGRun, int, ResponseHeaders])
    assert_type(api.iter_dag_runs("d"), Iterator[DAGRun])
    assert_type(api.latest_dag_run("d"), Union[DAGRun, None])
    assert_type(api.trigger_dag_run("d", conf={"a": 1}), DAGRun)
    assert_type(api.wait_for_dag_run("d", "r", timeout=1, progress=print), DAGRun)
    assert_type(api.call_dag("d"), Any)
    api.call_dag("d", task="t")  # type: ignore[arg-type]
    api.latest_dag_run("d", state=1)  # type: ignore[arg-type]


async def forms_of_runs_with_asyncio(api: AsyncDAGRunApi) -> None:
    assert_type(await api.get_dag_runs("d", limit=1), DAGRunCollection)
    assert_type(await api.latest_dag_run("d"), Union[DAGRun, None])
    assert_type([run.state async for run in api.iter_dag_runs()], list[str])
    assert_type(await api.trigger_dag_run("d"), DAGRun)


def forms_of_a_list(api: XComApi) -> None:
    assert_type(api.get_xcom_entries("d", "r", "t", limit=5, order_by=["key"]), XComCollection)
    assert_type(
        api.get_xcom_entries("d", "r", "t", _return_http_data_only=False), tuple[XComCollection, int, ResponseHeaders]
    )
    assert_type(api.get_xcom_entries("d", "r", "t", limit=5, async_req=True).get(), XComCollection)
    assert_type(api.get_xcom_entries_with_http_info("d", "r", "t"), ApiResponse[XComCollection])
    assert_type(api.iter_xcom_entries("d", page_size=5), Iterator[XComCollectionItem])
    assert_type(api.iter_xcoms("d", on_error="skip", deserialize=True), XComs[XCom])
    assert_type(api.iter_xcoms("d", on_error="yield", xcom_key="k"), XComs[Union[XCom, OpenApiException]])


def forms_of_a_write(api: XComApi, value: Any) -> None:
    api.delete_xcom_entry(dag_id="d", dag_run_id="r", task_id="t", xcom_key="k")
    assert_type(api.create_xcom_entry(dag_id="d", dag_run_id="r", task_id="t", xcom_key="k", value=value), XCom)
    assert_type(
        api.update_xcom_entry(dag_id="d", dag_run_id="r", task_id="t", xcom_key="k", value=1, async_req=True),
        AsyncResult[XCom],
    )
    assert_type(api.put_xcom_entry(dag_id="d", dag_run_id="r", task_id="t", xcom_key="k", value=value), XCom)


def forms_of_a_bulk_write(api: XComApi) -> None:
    deleted = api.delete_xcom_entries(dag_id="d", dag_run_id="~", task_id="t", dry_run=True, on_error="skip")
    assert_type(deleted, BulkWriteResult)
    assert_type(deleted.entries, list[XComCollectionItem])
    assert_type(deleted.errors, list[OpenApiException])
    assert_type(api.copy_xcom_entries(dag_id="d", from_run="a", to_run="b", overwrite=True), BulkWriteResult)


async def forms_of_asyncio(api: AsyncXComApi) -> None:
    assert_type(await api.get_xcom_entry("d", "r", "t", "k", stringify=False), XCom)
    assert_type(await api.get_xcom_entry("d", "r", "t", "k", _return_http_data_only=False), Http)
    assert_type(await api.get_xcom_entry("d", "r", "t", "k", _preload_content=False), AsyncRawResponse)
    assert_type(await api.get_xcom_entry_with_http_info("d", "r", "t", "k"), ApiResponse[XCom])
    assert_type(await (await api.get_xcom_entry_without_preload_content("d", "r", "t", "k")).read(), bytes)
    assert_type(api.iter_xcoms("d", on_error="yield"), AsyncXComs[Union[XCom, OpenApiException]])
    assert_type(await api.delete_xcom_entries(dag_id="d", dag_run_id="r", task_id="t"), BulkWriteResult)
    await api.get_xcom_entry("d", "r", "t", "k", async_req=True)  # type: ignore[call-overload]
    await api.get_xcom_entry("d", "r", "t", "k", mapindex=1)  # type: ignore[call-overload]


class Wrapper:
    """Passes the keywords of each call on."""

    def __init__(self, api: XComApi) -> None:
        self.api = api

    def entry(self, key: str, **keywords: Unpack[EntryKeywords]) -> XCom:
        return self.api.get_xcom_entry("d", "r", "t", key, **keywords)

    def entry_later(self, key: str, **keywords: Unpack[EntryKeywords]) -> AsyncResult[XCom]:
        return self.api.get_xcom_entry("d", "r", "t", key, async_req=True, **keywords)

    def page(self, **keywords: Unpack[ListKeywords]) -> XComCollection:
        return self.api.get_xcom_entries("d", "r", "t", **keywords)

    def rows(self, **keywords: Unpack[FilterKeywords]) -> Iterator[XComCollectionItem]:
        return self.api.iter_xcom_entries("d", **keywords)

    def values(self, **keywords: Unpack[BulkKeywords]) -> XComs[XCom]:
        return self.api.iter_xcoms("d", **keywords)

    def write(self, value: Any, **keywords: Unpack[CallOptions]) -> XCom:
        return self.api.create_xcom_entry(
            dag_id="d", dag_run_id="r", task_id="t", xcom_key="k", value=value, **keywords
        )

    def delete(self, **keywords: Unpack[DeleteKeywords]) -> BulkWriteResult:
        return self.api.delete_xcom_entries(dag_id="d", dag_run_id="r", task_id="t", **keywords)


def wrong_keywords(api: XComApi) -> None:
    api.get_xcom_entry("d", "r", "t", "k", mapindex=1)  # type: ignore[call-overload]
    api.get_xcom_entry("d", "r", "t", "k", map_index="1")  # type: ignore[call-overload]
    api.get_xcom_entry("d", "r", "t", "k", async_req=True, mapindex=1)  # type: ignore[call-overload]
    api.get_xcom_entry("d", "r", "t", "k", _headers={"X": 1})  # type: ignore[dict-item]
    api.get_xcom_entry_with_http_info("d", "r", "t", "k", _preload_content=False)  # type: ignore[call-overload]
    api.get_xcom_entries("d", "r", "t", limit="5")  # type: ignore[call-overload]
    api.get_xcom_entries("d", "r", "t", order=["key"])  # type: ignore[call-overload]
    api.iter_xcom_entries("d", limit=5)  # type: ignore[call-overload]
    api.iter_xcoms("d", on_error="ignore")  # type: ignore[call-overload]
    api.wait_for_xcom_entry("d", "r", "t", "k")  # type: ignore[call-overload]
    api.create_xcom_entry("d", "r", "t", "k", value=1)  # type: ignore[call-overload]
    api.delete_xcom_entry(dag_id="d", dag_run_id="r", task_id="t", xcom_key="k", value=1)  # type: ignore[call-overload]
    api.delete_xcom_entries("d", "r", "t")  # type: ignore[call-overload]
    api.delete_xcom_entries(dag_id="d", dag_run_id="r")  # type: ignore[call-overload]
    api.copy_xcom_entries(dag_id="d", from_run="a", to_run="b", on_error="yield")  # type: ignore[call-overload]


def settings(attempt: Attempt) -> None:
    def on_request(request: OutgoingRequest) -> None:
        request.headers["X-Request-ID"] = request.path_template

    configuration = Configuration("http://airflow", retries=Retry(3), on_request=on_request, on_attempt=print)
    configuration.retries = False
    Configuration("http://airflow", None, None, "user")  # type: ignore[call-arg]
    Configuration(reties=3)  # type: ignore[arg-type]
    Configuration(retries="3")  # type: ignore[arg-type]
    configuration.reties = 3  # type: ignore[attr-defined]
    print(attempt.statu)  # type: ignore[attr-defined]


def sessions(configuration: Configuration, mine: aiohttp.ClientSession) -> None:
    ApiClient(configuration, session=requests.Session())
    AsyncApiClient(configuration, session=mine)
    ApiClient(configuration, session=mine)  # type: ignore[arg-type]


def tables(api: XComApi, page: XComCollection) -> None:
    history = api.history("d", "t", last=3, state=["success"], map_index=1, on_error="skip")
    assert_type(history, XComHistory)
    assert_type(history[0], XCom)
    assert_type(history[1:], list[XCom])
    assert_type(history[0].dag_run, Optional[DAGRun])
    assert_type(history.missing, list[DAGRun])
    assert_type(history.to_pandas(explode=True), DataFrame)
    assert_type(api.iter_xcoms("d").to_pandas(), DataFrame)
    assert_type(page.to_pandas(), DataFrame)
    assert_type(page.to_arrow(), Any)
    api.history("d", "t", "k", 3)  # type: ignore[call-arg]
    api.history("d", "t", on_error="yield")  # type: ignore[arg-type]
    history.to_pandas(True)  # type: ignore[call-arg]


async def asynchronous_tables(api: AsyncXComApi) -> None:
    assert_type(await api.history("d", "t"), XComHistory)
    assert_type(await api.iter_xcoms("d").to_pandas(), DataFrame)
    assert_type(await api.iter_xcoms("d").to_arrow(), Any)
