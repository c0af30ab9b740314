"""Fixtures of the contract suite: the server and the client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import Configuration
from tests.contract import clients, servers
from tests.contract.clients import ApiClient, XComApi
from tests.contract.servers import Server


def pytest_configure(config: pytest.Config) -> None:
    for marker in (
        "airflow(*versions): run only for servers whose version starts with one of these",
        "every_login: run for each way to log in to a release; other tests run once for each release",
        "every_client: run with the asyncio client too; other tests run with the blocking client alone",
    ):
        config.addinivalue_line("markers", marker)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "server" in metafunc.fixturenames:
        requested = metafunc.config.getoption("--airflow")
        kind = "real" if requested else "embedded"
        flavours = list(dict.fromkeys(requested or servers.FLAVOURS))
        if not metafunc.definition.get_closest_marker("every_login"):
            flavours = list({flavour.partition("-")[0]: flavour for flavour in reversed(flavours)}.values())[::-1]
        only = metafunc.definition.get_closest_marker("airflow")
        if only:
            flavours = [flavour for flavour in flavours if flavour.startswith(only.args)]
        every_client = metafunc.definition.get_closest_marker("every_client")
        client_kinds = clients.CLIENTS if every_client else ("blocking",)
        metafunc.parametrize("server", [f"{kind} {flavour}" for flavour in flavours], indirect=True, scope="session")
        metafunc.parametrize("client_kind", client_kinds, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, the tests of releases that were not requested."""
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
    from tests.support.airflow.install import NoSuitablePython

    running = servers.real(version, auth)
    try:
        server = running.__enter__()
    except NoSuitablePython as error:
        pytest.skip(str(error))
    yield server
    running.__exit__(None, None, None)


@pytest.fixture(scope="session", autouse=True)
def client_kind(request: pytest.FixtureRequest) -> Iterator[None]:
    with clients.in_use(getattr(request, "param", "blocking")):
        yield


@pytest.fixture(scope="session")
def client(server: Server, client_kind: None) -> Iterator[Any]:
    with ApiClient(configuration(server)) as client:
        yield client


@pytest.fixture(scope="session")
def api(client: Any) -> Any:
    return XComApi(client)


def configuration(server: Server, username: Any = "admin", password: Any = "admin-pw") -> Configuration:
    """Return the same settings for every server: the client finds the release and the way to log in."""
    return Configuration(host=server.url, username=username, password=password)
