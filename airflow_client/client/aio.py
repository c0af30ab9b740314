"""Re-export ``AsyncApiClient`` from :mod:`airflow_client.xcom`."""

from airflow_client.xcom import AsyncApiClient
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["AsyncApiClient"]

check_distribution()
