"""Re-export the hooks from :mod:`airflow_client.xcom.hooks`."""

from airflow_client.xcom._shared_name import check_distribution
from airflow_client.xcom.hooks import Attempt, observe

__all__ = ["Attempt", "observe"]

check_distribution()
