"""Airflow 3: ``/api/v2``, and the tokens of its auth managers."""
