"""The client for asyncio, under the shared name; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import AsyncApiClient
from airflow_client.xcom._shared_name import refuse_mixture

__all__ = ["AsyncApiClient"]

refuse_mixture()
