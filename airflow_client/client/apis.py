"""An import place of the documented surface; the calls are in :mod:`airflow_client.xcom.api`."""

from airflow_client.xcom.api.x_com_api import XComApi

__all__ = ["XComApi"]
