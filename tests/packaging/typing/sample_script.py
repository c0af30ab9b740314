"""A user's script, checked by mypy --strict and pyright: what their editors will say of theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from airflow_client import client
from airflow_client.client import ApiClient, Configuration, XCom, XComApi, XComCollection
from airflow_client.client.api import x_com_api


def read_all(host: str) -> dict[str, Any]:
    configuration = Configuration(host=host, username="admin", password="admin")
    configuration.verify_ssl = True
    configuration.retries = 3
    values: dict[str, Any] = {}
    with ApiClient(configuration) as api_client:
        api = XComApi(api_client)
        page: XComCollection = api.get_xcom_entries("dag", "run", "~", limit=100, _request_timeout=(3, 30))
        total: int = page.total_entries
        print(total)
        for row in page.xcom_entries:
            written: datetime = row.timestamp
            index: Optional[int] = row.map_index
            xcom: XCom = api.get_xcom_entry(row.dag_id, "run", row.task_id, row.key, map_index=index, stringify=False)
            values[xcom.key] = (written, xcom.value, xcom["value"])
        later = api.get_xcom_entry("dag", "run", "task", "key", async_req=True)
        print(later.get(timeout=10))
        answer = api.get_xcom_entry_with_http_info("dag", "run", "task", "key")
        print(answer.status_code, answer.headers["Content-Type"], answer.data.execution_date, len(answer.raw_data))
        data, status, headers = api.get_xcom_entry("dag", "run", "task", "key", _return_http_data_only=False)
        print(data, status, headers)
    return values


def read_one() -> Optional[str]:
    try:
        return x_com_api.XComApi().get_xcom_entry("dag", "run", "task", "key").key
    except client.NotFoundException as error:
        problem = error.error
        print(error.status, error.reason, error.body, problem.title if problem else None)
    except client.TimeoutException as error:
        print(error.hint)
    except client.ApiException as error:
        print(error)
    return None
