"""Re-export ``DAGRun`` where Airflow's own 2.x client has it; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import DAGRun
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["DAGRun"]

check_distribution()
