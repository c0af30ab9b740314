"""A user's script with apache-airflow-client 3.3: ``script_3.py URL``."""

# mypy: ignore-errors
from __future__ import annotations

import json
import sys
import urllib.request
from datetime import datetime, timezone

from printing import KEYS, show

import airflow_client.client as client
from airflow_client.client.api import (
    dag_api,
    dag_run_api,
    import_error_api,
    monitor_api,
    task_api,
    task_instance_api,
    version_api,
    x_com_api,
)
from airflow_client.client.models import TriggerDAGRunPostBody, XComCreateBody, XComUpdateBody

RUN = "manual__2024-01-01T00:00:00+00:00"
#: A run to which no other test writes.
RUN_2 = "manual__2024-02-03T04:05:06.789000+00:00"


def convert(result):
    return json.loads(result.to_json()) if hasattr(result, "to_json") else result


def token(url: str, username: str, password: str) -> str:
    body = json.dumps({"username": username, "password": password}).encode()
    request = urllib.request.Request(f"{url}/auth/token", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["access_token"]


def main(url: str) -> None:
    for user, access in (
        ("admin", token(url, "admin", "admin-pw")),
        ("nobody", token(url, "nobody", "nobody-pw")),
        ("x", "a.b.c"),
    ):
        configuration = client.Configuration(host=url)
        configuration.access_token = access
        with client.ApiClient(configuration) as api_client:
            if user == "admin":
                read(api_client)
                write(api_client)
                trigger(api_client)
            else:
                xcoms = x_com_api.XComApi(api_client)
                show(
                    f"get_xcom_entry as {user}", lambda: xcoms.get_xcom_entry("contract", "kinds", RUN, "str"), convert
                )


def read(api_client) -> None:
    show("get_version", version_api.VersionApi(api_client).get_version, convert)
    show("get_health", monitor_api.MonitorApi(api_client).get_health, convert)
    xcoms = x_com_api.XComApi(api_client)
    for key in KEYS:
        for flags in ({}, {"stringify": True}, {"deserialize": True}):
            show(
                f"get_xcom_entry {key} {flags}",
                lambda: xcoms.get_xcom_entry("contract", "kinds", RUN, key, **flags),
                convert,
            )
    show("mapped", lambda: xcoms.get_xcom_entry("contract", "mapped", RUN, "return_value"), convert)
    show("map_index", lambda: xcoms.get_xcom_entry("contract", "mapped", RUN, "return_value", map_index=3), convert)
    show("get_xcom_entries", lambda: xcoms.get_xcom_entries("contract", RUN, "mapped", xcom_key="square"), convert)
    show("filters", lambda: xcoms.get_xcom_entries("contract", RUN, "mapped", map_index=1, xcom_key="square"), convert)
    show("page", lambda: xcoms.get_xcom_entries("contract", RUN_2, "~", limit=2, offset=3, order_by=["key"]), convert)
    show("pattern", lambda: xcoms.get_xcom_entries("~", RUN_2, "~", limit=2, xcom_key_pattern="squ|first"), convert)
    show("no dag", lambda: xcoms.get_xcom_entries("nope", RUN, "kinds"), convert)
    for key in ("with/two/slashes", "with?question", "\u043a\u043b\u044e\u0447"):
        show(f"odd key {key}", lambda: xcoms.get_xcom_entry("contract", "odd_keys", RUN, key), convert)
    dags, tasks = dag_api.DAGApi(api_client), task_api.TaskApi(api_client)
    for dag_id in ("contract", "nope"):
        show(f"get_dag {dag_id}", lambda: dags.get_dag(dag_id), convert)
        show(f"get_dag_details {dag_id}", lambda: dags.get_dag_details(dag_id), convert)
        show(f"get_tasks {dag_id}", lambda: tasks.get_tasks(dag_id), convert)
    show("get_task", lambda: tasks.get_task("contract", "kinds"), convert)
    instances = task_instance_api.TaskInstanceApi(api_client)
    show("get_task_instances", lambda: instances.get_task_instances("contract", RUN, limit=3), convert)
    show("get_task_instance", lambda: instances.get_task_instance("contract", RUN, "kinds"), convert)
    show("get_mapped", lambda: instances.get_mapped_task_instance("contract", RUN, "mapped", 2), convert)
    show("list mapped", lambda: instances.get_mapped_task_instances("contract", RUN, "mapped", limit=2), convert)
    show("get_log", lambda: instances.get_log("contract", RUN, "kinds", 1), convert)
    show("import errors", lambda: import_error_api.ImportErrorApi(api_client).get_import_errors(), convert)


def write(api_client) -> None:
    xcoms = x_com_api.XComApi(api_client)
    ids = {"dag_id": "contract", "dag_run_id": RUN, "task_id": "odd_keys"}
    for key, value in (("c1", "text"), ("c2", {"a": [1, None]}), ("c3", None), ("c4", 1.0), ("c1", "again")):
        body = XComCreateBody(key=key, value=value)
        show(f"create {key}", lambda: xcoms.create_xcom_entry(**ids, x_com_create_body=body), convert)
    for key in ("c1", "nope"):
        path, body = {**ids, "xcom_key": key}, XComUpdateBody(value=[1, 2])
        show(f"update {key}", lambda: xcoms.update_xcom_entry(**path, x_com_update_body=body), convert)
        show(f"get {key}", lambda: xcoms.get_xcom_entry(**path), convert)
        show(f"delete {key}", lambda: xcoms.delete_xcom_entry(**path), convert)


def trigger(api_client) -> None:
    runs = dag_run_api.DagRunApi(api_client)
    date = datetime(2024, 8, 1, tzinfo=timezone.utc)
    body = TriggerDAGRunPostBody(dag_run_id="official", logical_date=date, conf={"a": 1})
    for dag_id in ("triggered_paused", "triggered_paused", "nope"):
        show(f"trigger {dag_id}", lambda: runs.trigger_dag_run(dag_id, body), convert)
    show("get_dag_run", lambda: runs.get_dag_run("triggered_paused", "official"), convert)
    show("get_dag_run nope", lambda: runs.get_dag_run("triggered_paused", "nope"), convert)
    show("get_dag_runs", lambda: runs.get_dag_runs("contract", order_by=["-id"]), convert)


if __name__ == "__main__":
    main(sys.argv[1])
