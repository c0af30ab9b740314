"""The results of ``iter_xcoms``, under the shared name; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import AsyncXComs, XComs
from airflow_client.xcom._shared_name import refuse_mixture

__all__ = ["AsyncXComs", "XComs"]

refuse_mixture()
