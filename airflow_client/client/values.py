"""Re-export the decoding of values from :mod:`airflow_client.xcom.values`."""

from airflow_client.xcom._shared_name import check_distribution
from airflow_client.xcom.values import MAX_DEPTH, MAX_VALUES, SerializedObject, decode, parse_text

__all__ = [
    "MAX_DEPTH",
    "MAX_VALUES",
    "SerializedObject",
    "decode",
    "parse_text",
]

check_distribution()
