"""Location of ``XCom`` in Airflow's own 2.x client; see :mod:`airflow_client.xcom`."""

from airflow_client.xcom import XCom
from airflow_client.xcom._shared_name import refuse_mixture

__all__ = ["XCom"]

refuse_mixture()
