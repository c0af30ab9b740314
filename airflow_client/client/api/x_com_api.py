"""Re-export ``XComApi`` where Airflow's own 2.x client has it; see :mod:`airflow_client.xcom.api.x_com_api`."""

from airflow_client.xcom import XComApi
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["XComApi"]

check_distribution()
