"""A user's new script, which imports ``airflow_client.xcom``, checked by mypy --strict and pyright."""

from __future__ import annotations

from typing import Any, Optional

import airflow_client.xcom
from airflow_client import xcom
from airflow_client.xcom import (
    ApiClient,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    XCom,
    XComApi,
    XComCollectionItem,
)
from airflow_client.xcom.api.x_com_api import XComApi as SameXComApi


def read_all(configuration: Configuration) -> dict[str, Any]:
    values: dict[str, Any] = {}
    with ApiClient(configuration) as api_client:
        api: SameXComApi = XComApi(api_client)
        row: XComCollectionItem
        for row in api.iter_xcom_entries("dag", "run"):
            entry: XCom = api.get_xcom_entry(row.dag_id, "run", row.task_id, row.key)
            values[entry.key] = entry.value
    return values


async def read_some(configuration: Configuration) -> list[Optional[str]]:
    async with AsyncApiClient(configuration) as api_client:
        entry: XCom = await AsyncXComApi(api_client).get_xcom_entry("dag", "run", "task", "key")
        return [entry.key, *[other.key async for other in AsyncXComApi(api_client).iter_xcoms("dag", "run")]]


def read_one() -> Optional[XCom]:
    try:
        return airflow_client.xcom.XComApi().get_xcom_entry("dag", "run", "task", "key")
    except xcom.NotFoundException as error:
        print(error.status, error.hint, xcom.__version__)
    return None
