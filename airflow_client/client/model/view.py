"""Base of the models, under the shared name; see :mod:`airflow_client.xcom.model`."""

from airflow_client.xcom._shared_name import refuse_mixture
from airflow_client.xcom.model import Field, Model

__all__ = ["Field", "Model"]

refuse_mixture()
