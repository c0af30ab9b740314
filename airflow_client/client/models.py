"""Location of all models in Airflow's own 2.x client; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import Error, XCom, XComCollection, XComCollectionItem
from airflow_client.xcom._shared_name import refuse_mixture

__all__ = [
    "Error",
    "XCom",
    "XComCollection",
    "XComCollectionItem",
]

refuse_mixture()
