"""Report a metric of the last runs of a DAG, and alert if its latest value jumps.

A jump is a value that differs from the median of the runs before by more than ``--tolerance``. Exit codes: 0 normal,
1 a jump, or no value in the latest run.

    AIRFLOW_XCOM_HOST=https://airflow.example.com AIRFLOW_XCOM_TOKEN=… \\
        python examples/metric_report.py etl extract --key rows --tolerance 0.2
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence

from airflow_client.xcom import ApiClient, Configuration, DAGRunApi, XComApi, XComHistory


def print_report(history: XComHistory) -> None:
    longest = max((abs(xcom.value) for xcom in history), default=0) or 1
    for xcom in history:
        print(f"{xcom.run_id:45.45}  {xcom.value:>10,}  {'#' * round(30 * abs(xcom.value) / longest)}")
    for run in history.missing:
        print(f"{run.dag_run_id:45.45}  {'missing':>10}")


def find_problem(history: XComHistory, latest_run: str, tolerance: float) -> str | None:
    if not history or history[-1].run_id != latest_run:
        return f"no value in the latest run, {latest_run}"
    *before, latest = [xcom.value for xcom in history]
    usual = statistics.median(before or [latest])
    if abs(latest - usual) <= tolerance * abs(usual):
        return None
    return f"{latest:,} in the latest run, usually {usual:,}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Report a metric, and alert if it jumps.")
    parser.add_argument("dag_id")
    parser.add_argument("task_id")
    parser.add_argument("--key", default="return_value", help="key of the XCom that has the number")
    parser.add_argument("--last", type=int, default=14, help="number of runs")
    parser.add_argument("--tolerance", type=float, default=0.5, help="accepted difference, as a part of the median")
    options = parser.parse_args(arguments)

    with ApiClient(Configuration.from_env()) as client:
        latest = DAGRunApi(client).latest_dag_run(options.dag_id)
        history = XComApi(client).history(
            options.dag_id, options.task_id, options.key, last=options.last, state="success"
        )
    if latest is None:
        parser.error(f"the DAG {options.dag_id} has no successful run")
    print_report(history)
    problem = find_problem(history, latest.dag_run_id, options.tolerance)
    print(f"ALERT: {problem}" if problem else "OK")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
