"""Re-export the models where Airflow's own 2.x client has them; see :mod:`airflow_client.xcom`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from airflow_client.xcom._shared_name import check_distribution

if TYPE_CHECKING:
    from types import ModuleType

    from airflow_client.client.model import dag_run as dag_run
    from airflow_client.client.model import dag_run_collection as dag_run_collection
    from airflow_client.client.model import error as error
    from airflow_client.client.model import view as view
    from airflow_client.client.model import x_com as x_com
    from airflow_client.client.model import x_com_collection as x_com_collection
    from airflow_client.client.model import x_com_collection_item as x_com_collection_item

check_distribution()

_SUBMODULES = ("dag_run", "dag_run_collection", "error", "view", "x_com", "x_com_collection", "x_com_collection_item")


def __getattr__(name: str) -> ModuleType:
    if name in _SUBMODULES:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_SUBMODULES})
