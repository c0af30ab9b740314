"""Test the SDK over HTTP, without an Airflow: ``python -m pytest examples/test_warehouse_sdk.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from warehouse_sdk import Load, LoadFailed, LoadUnfinished, Warehouse, WarehouseError

from airflow_client.testing import EmbeddedAirflow
from airflow_client.testing.runs import Run
from airflow_client.xcom import Configuration


def run_load(run: Run) -> None:
    """Play the DAG: the day in the run's conf decides what happens."""
    day = run.conf["day"]
    if day == "2024-01-02":
        return  # stays in the queue
    run.start()
    if day == "2024-01-03":
        run.set_task("load", "failed", log="ERROR - no such file: orders.csv")
    else:
        run.push("load", 1234)
    run.finish()


@pytest.fixture
def airflow() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3") as airflow:
        airflow.add_user("ada", "secret")
        airflow.add_dag("load", {"load": []})
        airflow.on_trigger("load", run_load)
        yield airflow


@pytest.fixture
def warehouse(airflow: EmbeddedAirflow) -> Iterator[Warehouse]:
    with Warehouse(Configuration(host=airflow.base_url, username="ada", password="secret")) as warehouse:
        yield warehouse


def test_a_load_returns_its_rows(airflow: EmbeddedAirflow, warehouse: Warehouse) -> None:
    assert warehouse.load("2024-01-01") == Load("2024-01-01", 1234)
    assert airflow.requests[-1].headers["X-Warehouse-SDK"] == "1.0"


def test_a_failed_load_says_why(warehouse: Warehouse) -> None:
    with pytest.raises(LoadFailed, match=r"no such file: orders\.csv") as caught:
        warehouse.load("2024-01-03")
    assert caught.value.url


def test_a_load_that_takes_too_long_is_unfinished(warehouse: Warehouse) -> None:
    with pytest.raises(LoadUnfinished):
        warehouse.load("2024-01-02", timeout=0.1)


def test_an_outage_is_an_error_of_the_sdk(airflow: EmbeddedAirflow, warehouse: Warehouse) -> None:
    with airflow.fail(status=404), pytest.raises(WarehouseError):
        warehouse.load("2024-01-01")
