"""Fixtures of the contract suite: the server it asks, and the calls made to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import Configuration
from tests.contract import servers, sides
from tests.contract.servers import Server
from tests.contract.sides import ApiClient, XComApi


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "airflow(version): only for servers whose version begins so")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--airflow")
        flavours = [f"real {flavour}" for flavour in asked] or [f"embedded {flavour}" for flavour in servers.FLAVOURS]
        only = metafunc.definition.get_closest_marker("airflow")
        if only:
            flavours = [flavour for flavour in flavours if flavour.split()[1].startswith(only.args[0])]
        metafunc.parametrize("server", flavours, indirect=True, scope="session")
        metafunc.parametrize("side", sides.SIDES, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, the tests of versions of Airflow that are not asked."""
    left_out = [item for item in items if item.get_closest_marker("airflow") and "[NOTSET" in item.name]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    kind, flavour = request.param.split()
    version, _, auth = flavour.partition("-")
    auth = auth or ("basic" if version.startswith("2.") else "simple")
    if kind == "embedded":
        with servers.embedded(version, auth) as server:
            yield server
        return
    from tests.airflow.install import NoSuitablePython

    running = servers.real(version, auth)
    try:
        server = running.__enter__()
    except NoSuitablePython as error:
        pytest.skip(str(error))
    yield server
    running.__exit__(None, None, None)


@pytest.fixture(scope="session", autouse=True)
def side(request: pytest.FixtureRequest) -> Iterator[None]:
    with sides.chosen(getattr(request, "param", "blocking")):
        yield


@pytest.fixture(scope="session")
def client(server: Server, side: None) -> Iterator[Any]:
    with ApiClient(configuration(server)) as client:
        yield client


@pytest.fixture(scope="session")
def api(client: Any) -> Any:
    return XComApi(client)


def configuration(server: Server, username: Any = "admin", password: Any = "admin-pw") -> Configuration:
    """The same for every server: it is found out which Airflow it is, and how to log in there."""
    return Configuration(host=server.url, username=username, password=password)
