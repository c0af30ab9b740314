"""Re-export ``Error`` where Airflow's own 2.x client has it; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import Error
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["Error"]

check_distribution()
