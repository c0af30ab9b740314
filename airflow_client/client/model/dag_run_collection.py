"""Re-export ``DAGRunCollection`` where Airflow's own 2.x client has it; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import DAGRunCollection
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["DAGRunCollection"]

check_distribution()
