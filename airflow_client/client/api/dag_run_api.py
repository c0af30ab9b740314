"""Re-export ``DAGRunApi`` where Airflow's own 2.x client has it; see :mod:`airflow_client.xcom.api.dag_run_api`."""

from airflow_client.xcom import DAGRunApi
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["DAGRunApi"]

check_distribution()
