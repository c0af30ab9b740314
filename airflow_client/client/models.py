"""Re-export all models where Airflow's own 2.x client has them; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import DAGRun, DAGRunCollection, Error, XCom, XComCollection, XComCollectionItem
from airflow_client.xcom._shared_name import check_distribution

__all__ = [
    "DAGRun",
    "DAGRunCollection",
    "Error",
    "XCom",
    "XComCollection",
    "XComCollectionItem",
]

check_distribution()
