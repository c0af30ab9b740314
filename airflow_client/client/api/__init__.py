"""Re-export the calls where Airflow's own client has them; see :mod:`airflow_client.xcom`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from airflow_client.xcom._shared_name import check_distribution

if TYPE_CHECKING:
    from types import ModuleType

    from airflow_client.client.api import async_dag_run_api as async_dag_run_api
    from airflow_client.client.api import async_x_com_api as async_x_com_api
    from airflow_client.client.api import dag_run_api as dag_run_api
    from airflow_client.client.api import x_com_api as x_com_api
    from airflow_client.client.api import x_coms as x_coms

check_distribution()

_SUBMODULES = ("async_dag_run_api", "async_x_com_api", "dag_run_api", "x_com_api", "x_coms")


def __getattr__(name: str) -> ModuleType:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES})
