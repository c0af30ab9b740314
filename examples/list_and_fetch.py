"""Print the XComs of a DAG run with their values.

Without arguments, this example starts an embedded server with sample data.

To use your Airflow:

    AIRFLOW_PASSWORD=… .venv/bin/python examples/list_and_fetch.py https://airflow.example.com USER DAG_ID RUN_ID
"""

import os
import sys

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, ApiException, Configuration, XComApi


def print_xcoms(configuration: Configuration, dag_id: str, run_id: str) -> None:
    with ApiClient(configuration) as client:
        print(f"XComs of the run {run_id} of the DAG {dag_id}:\n")
        for xcom in XComApi(client).iter_xcoms(dag_id, run_id):
            task = xcom.task_id if xcom.map_index == -1 else f"{xcom.task_id}[{xcom.map_index}]"
            print(f"  {task:16} {xcom.key:14} {xcom.timestamp:%Y-%m-%d %H:%M}  {xcom.value!r:.80}")


def main() -> None:
    if len(sys.argv) == 5:
        host, username, dag_id, run_id = sys.argv[1:]
        print_xcoms(
            Configuration(host=host, username=username, password=os.environ["AIRFLOW_PASSWORD"]), dag_id, run_id
        )
    elif len(sys.argv) == 1:
        with EmbeddedAirflow() as server:
            server.add_user("admin", "admin")
            server.add_sample_data()
            configuration = Configuration(host=server.host, username="admin", password="admin")
            print_xcoms(configuration, "etl", "scheduled__2024-01-01T00:00:00+00:00")
        print(f"\n{__doc__[__doc__.index('To use') :].strip()}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except ApiException as error:
        sys.exit(f"{type(error).__name__}: {error}")
