"""A DAG whose task reads XComs of another deployment with this library: by each HTTP library, and by its commands."""

# mypy: ignore-errors
from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import subprocess
import sys

try:
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.python import PythonOperator


def read_another() -> dict:
    import requests

    from airflow_client.xcom import ApiClient, AsyncApiClient, AsyncXComApi, Configuration, XComApi

    configuration = Configuration(host=os.environ["ANOTHER_AIRFLOW"], username="admin", password="admin")
    ids = ("etl", "scheduled__2024-01-01T00:00:00+00:00", "extract", "rows")

    def read(**options) -> object:
        with ApiClient(configuration, **options) as client:
            return XComApi(client).get_xcom_entry(*ids, stringify=False).value

    async def read_async() -> object:
        async with AsyncApiClient(configuration) as client:
            return (await AsyncXComApi(client).get_xcom_entry(*ids, stringify=False)).value

    with requests.Session() as session:
        values = {"urllib3": read(), "requests": read(session=session)}
    command = [sys.executable, "-m", "airflow_client.cli", "get", *ids]
    login = {"AIRFLOW_XCOM_HOST": configuration.host, "AIRFLOW_XCOM_USERNAME": "admin"}
    login["AIRFLOW_XCOM_PASSWORD"] = "admin"
    values["cli"] = json.loads(subprocess.check_output(command, env={**os.environ, **login}))
    if "async" in os.environ["EXTRAS"]:
        values["aiohttp"] = asyncio.run(read_async())
    return values


with DAG("beside", schedule=None, start_date=dt.datetime(2023, 1, 1, tzinfo=dt.timezone.utc), catchup=False) as dag:
    PythonOperator(task_id="read_another", python_callable=read_another)
