"""``airflow-xcom wait``."""

from __future__ import annotations

import threading
import time

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support.wait import wait_until

RUN = "manual__2024-01-01T00:00:00+00:00"


def test_the_value_is_printed_as_soon_as_the_task_pushes_it(airflow: EmbeddedAirflow, run_here: Program) -> None:
    run = airflow.add_run("etl", RUN)
    run.start()
    run.set_task("extract", "running")

    def push() -> None:
        wait_until(lambda: any("/xcomEntries/" in request.path for request in airflow.requests))
        run.push("extract", {"rows": 1.0})

    thread = threading.Thread(target=push)
    thread.start()
    result = run_here("wait", "etl", "latest:running", "extract", "--timeout", "30s")
    thread.join()
    assert (result.status, result.stdout) == (0, '{"rows": 1.0}\n')


def test_it_ends_at_once_when_the_xcom_cannot_appear(airflow: EmbeddedAirflow, run_here: Program) -> None:
    run = airflow.add_run("etl", RUN)
    run.start()
    run.set_task("extract", "failed")
    start = time.monotonic()
    result = run_here("wait", "etl", RUN, "extract", "--timeout", "10m")
    assert (result.status, result.stdout) == (4, "")
    assert "failed" in result.stderr
    assert time.monotonic() - start < 30


def test_it_is_status_4_when_the_time_is_over(airflow: EmbeddedAirflow, run_here: Program) -> None:
    run = airflow.add_run("etl", RUN)
    run.start()
    run.set_task("extract", "running")
    result = run_here("wait", "etl", RUN, "extract", "rows", "--timeout", "0.3")
    assert result.status == 4
    assert "'rows'" in result.stderr
    result = run_here("wait", "etl", "manual__2", "extract", "--timeout", "0.3")
    assert result.status == 4
    assert f"The last one is:\n  {RUN}" in result.stderr
