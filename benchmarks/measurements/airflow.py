"""Reading values from real Airflow servers, compared with Airflow's own clients calling one value at a time.

The servers run on the same machine, with SQLite and one process unless noted. They hash passwords like any Airflow:
on Airflow 2, each request with Basic costs the server a hash. This library switches to a session.
"""

from __future__ import annotations

from typing import Any

from tests.contract.dataset import RUN_1, RUN_WITHOUT_DATE, RUNS
from tests.support.airflow.server import AirflowServer

from ..environments import OFFICIAL_2_AIRFLOW, OFFICIAL_3_AIRFLOW, OURS_AIRFLOW, Contender
from ..real_airflow import PASSWORD, STOCK_WORKERS, USERNAME, serving_airflow
from ..results import Result, Table, table
from ..runner import Bench, Variant, interleaved

MANY = ("many", RUN_1, "many")


def measure(bench: Bench) -> Result:
    with serving_airflow("2.11.2", stock=True) as (airflow, _):
        tables = [_one_task(bench, airflow, f"with Airflow's default of {STOCK_WORKERS} workers")]
    with serving_airflow("2.11.2") as (airflow, _):
        tables.append(_one_task(bench, airflow, "with one worker of 8 threads"))
        tables.append(_everything(bench, airflow, "official 2.10.0, call by call", OFFICIAL_2_AIRFLOW))
    with serving_airflow("3.3.2") as (airflow, _):
        tables.append(_everything(bench, airflow, "official 3.3.2, call by call", OFFICIAL_3_AIRFLOW))
    return Result("airflow", tables)


def _one_task(bench: Bench, airflow: AirflowServer, workers: str) -> Table:
    arguments = {**_login(airflow), "ids": MANY}
    official = "official 2.10.0, call by call"
    variants = [
        Variant("ours, iter_xcoms", OURS_AIRFLOW, "task_values", arguments),
        Variant("ours, iter_xcoms, max_workers=8", OURS_AIRFLOW, "task_values", {**arguments, "max_workers": 8}),
        Variant("ours, call by call", OURS_AIRFLOW, "task_values_one_by_one", arguments),
        Variant(official, OFFICIAL_2_AIRFLOW, "task_values", arguments),
    ]
    samples = interleaved(bench, variants, rounds=3, expected=[250, 0], fresh=True)
    title = f"250 values of one task on 2.11.2 {workers}; only username and password set"
    return table(title, "s", samples, official)


def _everything(bench: Bench, airflow: AirflowServer, official: str, contender: Contender) -> Table:
    runs = [(dag_id, run_id) for dag_id, run_ids in RUNS.items() for run_id in run_ids]
    if airflow.version.startswith("3."):
        runs.append(("other", RUN_WITHOUT_DATE))
    arguments = {**_login(airflow), "runs": runs}
    variants = [
        Variant("ours, iter_xcoms", OURS_AIRFLOW, "all_values", arguments),
        Variant(official, contender, "all_values", arguments),
    ]
    # Once: the 2.10.0 client needs minutes.
    samples = interleaved(bench, variants, rounds=1, fresh=True)
    everything = table(f"all values of all DAG runs on {airflow.version}", "s", samples, official)
    for row, sample in zip(everything.rows, samples):
        if sample.result:
            row.note = f"{sample.result[0]} values read, {sample.result[1]} failed"
    return everything


def _login(airflow: AirflowServer) -> dict[str, Any]:
    return {"host": airflow.base_url, "username": USERNAME, "password": PASSWORD}
