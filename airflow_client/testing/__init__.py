"""Embedded HTTP server that answers as Airflow's XCom REST API does, for tests and demos.

    from airflow_client.testing import EmbeddedAirflow

    with EmbeddedAirflow() as airflow:
        airflow.add_user("admin", "admin")
        airflow.push_xcom("etl", "manual__2024-01-01T00:00:00+00:00", "extract", "rows", [1, 2])
        ...  # point any client at airflow.host

``EmbeddedAirflow("3.3.2")`` answers as Airflow 3. It needs only the standard library.
``python -m airflow_client.testing`` runs a server with sample data.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from airflow_client.testing.cassettes import vcr_options
    from airflow_client.testing.embedded_airflow import EmbeddedAirflow
    from airflow_client.testing.faults import Fault
    from airflow_client.testing.request_log import RecordedRequest
    from airflow_client.testing.stored_xcom import StoredXCom

#: Modules by the names that they define. They load on first use, so that pytest can load the plugin of this package at
#: no cost.
_MODULES = {
    "EmbeddedAirflow": "embedded_airflow",
    "Fault": "faults",
    "RecordedRequest": "request_log",
    "StoredXCom": "stored_xcom",
    "vcr_options": "cassettes",
}

__all__ = ["EmbeddedAirflow", "Fault", "RecordedRequest", "StoredXCom", "vcr_options"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
