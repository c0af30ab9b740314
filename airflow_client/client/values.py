"""Decoding of values, under the shared name; see :mod:`airflow_client.xcom.values`."""

from airflow_client.xcom._shared_name import refuse_mixture
from airflow_client.xcom.values import MAX_DEPTH, MAX_VALUES, SerializedObject, decode, parse_text

__all__ = [
    "MAX_DEPTH",
    "MAX_VALUES",
    "SerializedObject",
    "decode",
    "parse_text",
]

refuse_mixture()
