"""Re-export ``AsyncDAGRunApi`` from :mod:`airflow_client.xcom`."""

from airflow_client.xcom import AsyncDAGRunApi
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["AsyncDAGRunApi"]

check_distribution()
