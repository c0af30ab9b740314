"""An import place of the documented surface; the models are in :mod:`airflow_client.client.model`."""

from airflow_client.client.model.error import Error
from airflow_client.client.model.x_com import XCom
from airflow_client.client.model.x_com_collection import XComCollection
from airflow_client.client.model.x_com_collection_item import XComCollectionItem

__all__ = ["Error", "XCom", "XComCollection", "XComCollectionItem"]
