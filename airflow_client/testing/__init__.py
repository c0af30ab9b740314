"""Embedded HTTP server that answers as Airflow's XCom REST API does, for tests and demos.

    from airflow_client.testing import EmbeddedAirflow

    with EmbeddedAirflow() as airflow:
        airflow.add_user("admin", "admin")
        airflow.add_xcom("etl", "manual__2024-01-01T00:00:00+00:00", "extract", "rows", [1, 2])
        ...  # point any client at airflow.host

``EmbeddedAirflow("3.3.2")`` answers as Airflow 3. It needs only the standard library.
``python -m airflow_client.testing`` runs a server with sample data.
"""

from __future__ import annotations

from airflow_client.testing.embedded_airflow import EmbeddedAirflow
from airflow_client.testing.faults import Fault
from airflow_client.testing.request_log import RecordedRequest
from airflow_client.testing.stored_xcom import StoredXCom

__all__ = ["EmbeddedAirflow", "Fault", "RecordedRequest", "StoredXCom"]
