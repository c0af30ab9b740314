"""An import place of the documented surface; the models are in :mod:`airflow_client.xcom.model`."""

from airflow_client.xcom.model.error import Error
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection import XComCollection
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

__all__ = ["Error", "XCom", "XComCollection", "XComCollectionItem"]
