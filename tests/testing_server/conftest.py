"""Embedded servers that run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import filled


@pytest.fixture
def airflow_2() -> Iterator[EmbeddedAirflow]:
    with filled("2.11.2") as airflow:
        yield airflow


@pytest.fixture
def airflow_3() -> Iterator[EmbeddedAirflow]:
    with filled("3.3.2") as airflow:
        yield airflow


@pytest.fixture(params=["2.11.2", "3.3.2"])
def airflow(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    """A server of each API."""
    with filled(request.param) as server:
        yield server
