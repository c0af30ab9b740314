"""Re-export all calls where Airflow's own 2.x client has them; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import DAGRunApi, XComApi
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["DAGRunApi", "XComApi"]

check_distribution()
