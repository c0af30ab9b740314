"""Location of ``ApiResponse`` in Airflow's own client; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import ApiResponse
from airflow_client.xcom._shared_name import refuse_mixture

__all__ = ["ApiResponse"]

refuse_mixture()
