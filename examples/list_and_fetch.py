"""List the XComs of a DAG run, and print them with their values.

Without arguments, it starts an embedded server with sample data. To use a real Airflow, run:

    AIRFLOW_PASSWORD=… .venv/bin/python examples/list_and_fetch.py https://airflow.example.com USER DAG_ID RUN_ID
"""

import os
import sys

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, ApiException, Configuration, XComApi


def print_xcoms(configuration: Configuration, dag_id: str, run_id: str) -> None:
    with ApiClient(configuration) as client:
        api = XComApi(client)
        page = api.get_xcom_entries(dag_id, run_id, "~", limit=100)
        print(f"{configuration.host} has {page.total_entries} XComs of the run {run_id} of {dag_id}:\n")
        for row in page.xcom_entries:
            xcom = api.get_xcom_entry(
                row.dag_id, run_id, row.task_id, row.key, map_index=row.map_index, stringify=False
            )
            task = row.task_id if row.map_index == -1 else f"{row.task_id}[{row.map_index}]"
            print(f"  {task:16} {row.key:14} {row.timestamp:%Y-%m-%d %H:%M}  {xcom.value!r:.80}")


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
        print(f"\n{__doc__.partition('.')[2].strip()}")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except ApiException as error:
        sys.exit(f"{type(error).__name__}: {error}")
