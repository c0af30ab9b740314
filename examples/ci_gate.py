"""Fail a CI job if the number of rows that a DAG run wrote is out of bounds.

The gate waits until the task has pushed the number. Exit codes: 0 in bounds, 1 out of bounds, 2 no number.

    AIRFLOW_XCOM_HOST=https://airflow.example.com AIRFLOW_XCOM_TOKEN=… \\
        python examples/ci_gate.py etl scheduled__2024-01-01T00:00:00+00:00 extract --key rows --min 1000 --max 5000
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from airflow_client.xcom import ApiClient, Configuration, OpenApiException, XComApi


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fail if a DAG run's row count is out of bounds.")
    parser.add_argument("dag_id")
    parser.add_argument("run_id")
    parser.add_argument("task_id")
    parser.add_argument("--key", default="return_value", help="key of the XCom that has the number")
    parser.add_argument("--min", type=int, default=1, dest="minimum")
    parser.add_argument("--max", type=int, default=sys.maxsize, dest="maximum")
    parser.add_argument("--timeout", type=float, default=1800, help="seconds to wait for the XCom")
    options = parser.parse_args(arguments)

    ids = options.dag_id, options.run_id, options.task_id, options.key
    try:
        with ApiClient(Configuration.from_env()) as client:
            value = XComApi(client).wait_for_xcom_entry(*ids, timeout=options.timeout).value
    except OpenApiException as error:  # the task failed, the time is up, no access, …
        print(f"No row count: {error}", file=sys.stderr)
        return 2
    if not isinstance(value, int):
        print(f"No row count: {'/'.join(ids)} is {value!r}", file=sys.stderr)
        return 2
    is_good = options.minimum <= value <= options.maximum
    print(f"{value:,} rows: {'in bounds' if is_good else 'OUT OF BOUNDS'}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
