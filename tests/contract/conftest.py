"""Fixtures of the contract suite: the server it asks, and the calls made to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.client import ApiClient, Configuration, XComApi
from tests.contract import servers
from tests.contract.servers import Server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        airflow = metafunc.config.getoption("--airflow")
        versions = [f"embedded {v}" for v in servers.EMBEDDED] if airflow == "embedded" else [f"real {airflow}"]
        metafunc.parametrize("server", versions, indirect=True, scope="session")


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    kind, version = request.param.split()
    if kind == "embedded":
        context = servers.embedded(version)
    else:
        from tests.airflow.install import NoSuitablePython

        context = servers.real(version)
        try:
            running = context.__enter__()
        except NoSuitablePython as error:
            pytest.skip(str(error))
        yield running
        context.__exit__(None, None, None)
        return
    with context as running:
        yield running


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[ApiClient]:
    with ApiClient(configuration(server)) as client:
        yield client


@pytest.fixture(scope="session")
def api(client: ApiClient) -> XComApi:
    return XComApi(client)


def configuration(server: Server, username: Any = "admin", password: Any = "admin-pw") -> Configuration:
    return Configuration(host=server.host, username=username, password=password)
