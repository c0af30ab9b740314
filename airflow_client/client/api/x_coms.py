"""Re-export the results of ``iter_xcoms`` from :mod:`airflow_client.xcom`."""

from airflow_client.xcom import AsyncXComs, XComs
from airflow_client.xcom._shared_name import check_distribution

__all__ = ["AsyncXComs", "XComs"]

check_distribution()
