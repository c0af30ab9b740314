"""Fixtures of the tests of the command line: an embedded server, and the program with its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.support import program
from tests.support.program import Result

Program = Callable[..., Result]
#: The formats of exports, without the one of a library that is not installed here; tox installs it for one Python.
FORMATS = ("jsonl", "csv", "sqlite", *(["parquet"] if find_spec("pyarrow") else []))


@pytest.fixture
def airflow() -> Iterator[EmbeddedAirflow]:
    """An empty Airflow 3 with the user that the program logs in as."""
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("admin", "admin-pw")
        yield server


@pytest.fixture
def airflow_2() -> Iterator[EmbeddedAirflow]:
    """An empty Airflow 2; pass ``at=airflow_2`` to the program."""
    with EmbeddedAirflow("2.11.2") as server:
        server.add_user("admin", "admin-pw")
        yield server


@pytest.fixture
def environment(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[..., dict[str, str]]:
    """Return the environment of the program; ``at`` is the server that it says, by default ``airflow``."""

    def environment(at: Any = None, **variables: str | None) -> dict[str, str]:
        if at is None and "airflow" in request.fixturenames:
            at = request.getfixturevalue("airflow")
        settings = {} if at is None else {"AIRFLOW_XCOM_HOST": at if isinstance(at, str) else at.base_url}
        user = {"AIRFLOW_XCOM_USERNAME": "admin", "AIRFLOW_XCOM_PASSWORD": "admin-pw"}
        return program.environment(tmp_path, {**settings, **(user if at is not None else {}), **variables})

    return environment


@pytest.fixture
def airflow_xcom(environment: Callable[..., dict[str, str]]) -> Program:
    """Run ``airflow-xcom`` in a process of its own: ``airflow_xcom("list", "etl", tty=True, columns=60)``.

    ``at`` is the server (default: the fixture ``airflow``), ``env`` more variables; see ``run_process`` for the rest.
    """

    def run(*arguments: str, at: Any = None, env: dict[str, str | None] | None = None, **settings: Any) -> Result:
        return program.run_process(arguments, environment(at, **env or {}), **settings)

    return run


@pytest.fixture
def run_here(environment: Callable[..., dict[str, str]]) -> Program:
    """Run the program in this process, for what needs no process of its own; the arguments are the same."""

    def run(*arguments: str, at: Any = None, env: dict[str, str | None] | None = None, **settings: Any) -> Result:
        return program.run_here(arguments, environment(at, **env or {}), **settings)

    return run
