"""The argument of ``on_attempt`` callbacks, under the shared name; see :mod:`airflow_client.xcom.observation`."""

from airflow_client.xcom._shared_name import refuse_mixture
from airflow_client.xcom.observation import Attempt, observe

__all__ = ["Attempt", "observe"]

refuse_mixture()
