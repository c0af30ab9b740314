"""The argument of ``on_attempt`` callbacks, under the shared name; see :mod:`airflow_client.xcom.hooks`."""

from airflow_client.xcom._shared_name import refuse_mixture
from airflow_client.xcom.hooks import Attempt, observe

__all__ = ["Attempt", "observe"]

refuse_mixture()
