"""Wrap the client in an SDK of your own: its names, its exceptions, one object to create.

    from warehouse_sdk import Warehouse

    with Warehouse() as warehouse:  # AIRFLOW_XCOM_HOST and AIRFLOW_XCOM_TOKEN say which Airflow
        print(warehouse.load("2024-01-01").rows)

``test_warehouse_sdk.py`` tests it: ``python -m pytest examples/test_warehouse_sdk.py``. As a program, it loads a day:
``python examples/warehouse_sdk.py 2024-01-01``.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from airflow_client.xcom import ApiClient, Configuration, DAGRunApi, DagRunFailed, OpenApiException, TimeoutException


class WarehouseError(Exception):
    """Base of all exceptions of this SDK; the client's own is the ``__cause__``."""


class LoadFailed(WarehouseError):
    """The load ran and failed. ``url`` is its page in Airflow."""

    def __init__(self, message: str, url: str | None) -> None:
        super().__init__(message)
        self.url = url


class LoadUnfinished(WarehouseError):
    """The load is still running."""


@dataclasses.dataclass(frozen=True)
class Load:
    day: str
    rows: int


class Warehouse:
    """Loads of the data warehouse, which run as a DAG.

    :param configuration: Airflow to use. Default None: that of the environment.
    """

    def __init__(self, configuration: Configuration | None = None, dag_id: str = "load", task_id: str = "load") -> None:
        self._client = ApiClient(configuration or Configuration.from_env(), "X-Warehouse-SDK", "1.0")
        self._dag_id, self._task_id = dag_id, task_id

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._client.close()

    def load(self, day: str, *, timeout: float = 3600, **conf: Any) -> Load:
        """Load a day, and wait for the result.

        :raises LoadFailed: the load failed.
        :raises LoadUnfinished: it takes longer than ``timeout`` seconds.
        :raises WarehouseError: anything else went wrong.
        """
        conf["day"] = day
        try:
            rows = DAGRunApi(self._client).call_dag(self._dag_id, conf, task_id=self._task_id, timeout=timeout)
        except DagRunFailed as error:
            raise LoadFailed(f"the load of {day} failed: {' '.join(error.log[-1:])}", error.url) from error
        except TimeoutException as error:
            raise LoadUnfinished(f"the load of {day} still runs") from error
        except OpenApiException as error:
            raise WarehouseError(f"the load of {day} cannot be run: {error}") from error
        if not isinstance(rows, int):
            raise WarehouseError(f"the load of {day} returned {rows!r} instead of a number")
        return Load(day, rows)


if __name__ == "__main__":
    with Warehouse() as warehouse:
        print(warehouse.load(sys.argv[1]))
