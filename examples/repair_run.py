"""Fill the gaps in the results of a DAG run from another run, and set some by hand. Needs Airflow 3.2.

Without ``--apply``, it only says what it would write. You can repeat it: what exists stays, except what ``--set``
names.

    AIRFLOW_XCOM_HOST=https://airflow.example.com AIRFLOW_XCOM_TOKEN=… \\
        python examples/repair_run.py etl GOOD_RUN BROKEN_RUN --set extract:rows=1234 --apply
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from airflow_client.xcom import ApiClient, Configuration, OpenApiException, XComApi


def parse_setting(text: str) -> tuple[str, str, Any]:
    """Return the task, the key and the value of ``task:key=json``."""
    name, equals, value = text.partition("=")
    task_id, colon, key = name.partition(":")
    if not (task_id and colon and key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not task:key=value")
    try:
        return task_id, key, json.loads(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{value!r} is not JSON: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fill the gaps in a run's results.")
    parser.add_argument("dag_id")
    parser.add_argument("from_run")
    parser.add_argument("to_run")
    parser.add_argument(
        "--set", type=parse_setting, action="append", default=[], metavar="TASK:KEY=JSON", dest="values"
    )
    parser.add_argument("--apply", action="store_true", help="write")
    options = parser.parse_args(arguments)

    runs = {"dag_id": options.dag_id, "from_run": options.from_run, "to_run": options.to_run}
    try:
        with ApiClient(Configuration.from_env()) as client:
            api = XComApi(client)
            for task_id, key, value in options.values:
                print(f"set {task_id} {key} = {json.dumps(value)}")
                ids = {"dag_id": options.dag_id, "dag_run_id": options.to_run, "task_id": task_id, "xcom_key": key}
                if options.apply:
                    api.put_xcom_entry(**ids, value=value)
            copied = api.copy_xcom_entries(**runs, dry_run=not options.apply, on_error="skip")
    except OpenApiException as error:
        print(error, file=sys.stderr)
        return 2
    for row in copied.entries:
        print(f"copy {row.task_id} {row.key}" + (f" [{row.map_index}]" if row.map_index != -1 else ""))
    for problem in copied.errors:
        print(problem, file=sys.stderr)
    print(f"{len(copied.entries)} copied, {len(copied.skipped)} exist" + ("" if options.apply else "; nothing written"))
    return 1 if copied.errors else 0


if __name__ == "__main__":
    sys.exit(main())
