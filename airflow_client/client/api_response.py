"""Re-export ``ApiResponse`` where Airflow's own client has it; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import ApiResponse
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["ApiResponse"]

check_distribution()
