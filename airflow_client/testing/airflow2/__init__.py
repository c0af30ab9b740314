"""Airflow 2: ``/api/v1``, and the login form of its web interface."""
