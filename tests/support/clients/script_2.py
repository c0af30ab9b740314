"""A user's script with apache-airflow-client 2.10: ``script_2.py URL``."""

# mypy: ignore-errors
from __future__ import annotations

import sys
from datetime import datetime, timezone

from airflow_client.client.model.list_dag_runs_form import ListDagRunsForm
from printing import KEYS, show

from airflow_client import client
from airflow_client.client.api import (
    dag_api,
    dag_run_api,
    import_error_api,
    monitoring_api,
    task_instance_api,
    x_com_api,
)
from airflow_client.client.model.dag_run import DAGRun

RUN = "manual__2024-01-01T00:00:00+00:00"
#: A run to which no other test writes.
RUN_2 = "manual__2024-02-03T04:05:06.789000+00:00"
KINDS = ("contract", RUN, "kinds")


def convert(result):
    return result.to_dict() if hasattr(result, "to_dict") else result


def main(url: str) -> None:
    for user, password in (("admin", "admin-pw"), ("nobody", "nobody-pw"), ("admin", "wrong")):
        configuration = client.Configuration(host=f"{url}/api/v1", username=user, password=password)
        with client.ApiClient(configuration) as api_client:
            if password == "admin-pw":
                read(api_client)
                trigger(api_client)
            else:
                xcoms = x_com_api.XComApi(api_client)
                show(f"get_xcom_entry as {user}", lambda: xcoms.get_xcom_entry(*KINDS, "str"), convert)


def read(api_client) -> None:
    monitoring = monitoring_api.MonitoringApi(api_client)
    show("get_version", monitoring.get_version, convert)
    show("get_health", monitoring.get_health, convert)
    xcoms = x_com_api.XComApi(api_client)
    for key in KEYS:
        show(f"get_xcom_entry {key}", lambda: xcoms.get_xcom_entry(*KINDS, key), convert)
        show(
            f"get_xcom_entry {key} stringify=False",
            lambda: xcoms.get_xcom_entry(*KINDS, key, stringify=False),
            convert,
        )
    show("deserialize", lambda: xcoms.get_xcom_entry(*KINDS, "dict", deserialize=True), convert)
    mapped = ("contract", RUN, "mapped")
    show("mapped", lambda: xcoms.get_xcom_entry(*mapped, "return_value"), convert)
    show("map_index", lambda: xcoms.get_xcom_entry(*mapped, "return_value", map_index=3), convert)
    show("get_xcom_entries", lambda: xcoms.get_xcom_entries(*mapped), convert)
    show("filters", lambda: xcoms.get_xcom_entries(*mapped, map_index=1, xcom_key="square"), convert)
    show("page", lambda: xcoms.get_xcom_entries("contract", RUN_2, "~", limit=2, offset=3), convert)
    show("bad page", lambda: xcoms.get_xcom_entries("~", "~", "~", limit=-1), convert)
    show("no dag", lambda: xcoms.get_xcom_entries("nope", RUN, "kinds"), convert)
    for key in ("with/slash", "with?question", "\u043a\u043b\u044e\u0447", ".."):
        show(f"odd key {key}", lambda: xcoms.get_xcom_entry("contract", RUN, "odd_keys", key), convert)
    dags = dag_api.DAGApi(api_client)
    for dag_id in ("contract", "nope"):
        show(f"get_dag {dag_id}", lambda: dags.get_dag(dag_id), convert)
        show(f"get_tasks {dag_id}", lambda: dags.get_tasks(dag_id), convert)
    show("get_task", lambda: dags.get_task("contract", "kinds"), convert)
    tasks = task_instance_api.TaskInstanceApi(api_client)
    show("get_task_instances", lambda: tasks.get_task_instances("contract", RUN, limit=3), convert)
    show("get_task_instance", lambda: tasks.get_task_instance(*KINDS), convert)
    show("get_mapped", lambda: tasks.get_mapped_task_instance("contract", RUN, "mapped", 2), convert)
    show("list mapped", lambda: tasks.get_mapped_task_instances("contract", RUN, "mapped", limit=2), convert)
    show("get_log", lambda: tasks.get_log(*KINDS, 1), convert)
    show("import errors", lambda: import_error_api.ImportErrorApi(api_client).get_import_errors(), convert)


def trigger(api_client) -> None:
    runs = dag_run_api.DAGRunApi(api_client)
    date = datetime(2024, 8, 1, tzinfo=timezone.utc)
    body = DAGRun(dag_run_id="official", logical_date=date, conf={"a": 1})
    show("post_dag_run", lambda: runs.post_dag_run("triggered_paused", body), convert)
    show("post_dag_run again", lambda: runs.post_dag_run("triggered_paused", body), convert)
    show("post_dag_run nope", lambda: runs.post_dag_run("nope", body), convert)
    show("get_dag_run", lambda: runs.get_dag_run("triggered_paused", "official"), convert)
    show("get_dag_run nope", lambda: runs.get_dag_run("triggered_paused", "nope"), convert)
    show("get_dag_runs", lambda: runs.get_dag_runs("contract", order_by="-id"), convert)
    form = ListDagRunsForm(dag_ids=["close"], page_limit=1)
    show("get_dag_runs_batch", lambda: runs.get_dag_runs_batch(form), convert)


if __name__ == "__main__":
    main(sys.argv[1])
