"""Re-export the base of the models from :mod:`airflow_client.xcom.model`."""

from airflow_client.xcom._shared_name import check_distribution
from airflow_client.xcom.model import Field, Model

__all__ = ["Field", "Model"]

check_distribution()
