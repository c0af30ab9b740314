"""An import place of the documented surface; the calls are in :mod:`airflow_client.client.api`."""

from airflow_client.client.api.x_com_api import XComApi

__all__ = ["XComApi"]
