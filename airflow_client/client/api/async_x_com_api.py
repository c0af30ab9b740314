"""Re-export ``AsyncXComApi`` from :mod:`airflow_client.xcom`."""

from airflow_client.xcom import AsyncXComApi
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["AsyncXComApi"]

check_distribution()
