"""The embedded server in ``async with``."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.support.wait import wait_until
from tests.testing_server.client import credentials, filled, get, request


def test_it_starts_and_stops() -> None:
    async def run() -> str:
        async with filled() as airflow:
            assert get(airflow, "/api/v1/health").status == 200
            return airflow.base_url

    base_url = asyncio.run(run())
    with EmbeddedAirflow(port=int(base_url.rpartition(":")[2])):  # the port is free again
        pass


def test_stopping_does_not_block_the_event_loop() -> None:
    """A callback that waits for the event loop would otherwise never end."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        called, answers = threading.Event(), []

        def callback(run: object) -> None:
            called.set()
            wait_until(lambda: airflow._settings.stopped.is_set())
            answers.append(asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "done"), loop).result(30))

        async with filled("3.3.2") as airflow:
            airflow.add_dag("d")
            airflow.on_trigger("d", callback)
            call = threading.Thread(target=trigger, args=(airflow, credentials(airflow)))
            call.start()
            await asyncio.to_thread(called.wait)
        assert answers == ["done"]
        call.join()

    asyncio.run(run())


def trigger(airflow: EmbeddedAirflow, headers: dict[str, str]) -> None:
    with pytest.raises(OSError):  # the server stops before it has answered
        request(airflow, "POST", "/api/v2/dags/d/dagRuns", {"logical_date": None}, headers)


def test_a_cancelled_start_leaves_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    airflow = filled()
    begun, cancelled = threading.Event(), threading.Event()
    start = airflow.start

    def announced() -> EmbeddedAirflow:
        begun.set()
        cancelled.wait(60)
        return start()

    monkeypatch.setattr(airflow, "start", announced)

    async def run() -> None:
        task = asyncio.ensure_future(airflow.__aenter__())
        await asyncio.to_thread(begun.wait)
        task.cancel()
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    with pytest.raises(RuntimeError, match="does not run"):
        _ = airflow.base_url


def test_a_failing_start_raises_its_error() -> None:
    async def run(port: int) -> None:
        async with EmbeddedAirflow(port=port):
            pass

    with EmbeddedAirflow() as airflow, pytest.raises(OSError, match="in use"):
        asyncio.run(run(int(airflow.base_url.rpartition(":")[2])))


def test_trio_can_run_it_too() -> None:
    trio: Any = pytest.importorskip("trio")

    async def run() -> int:
        async with filled() as airflow:
            return (await trio.to_thread.run_sync(get, airflow, "/api/v1/health")).status

    assert trio.run(run) == 200
