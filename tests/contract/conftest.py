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
        "real_servers(*flavours): run only for these flavours of real servers",
        "every_login: run for each way to log in to a release; other tests run once for each release",
        "every_release: run for each release as which the embedded server answers; other tests run for some of them",
        "every_client: run with the asyncio client too; other tests run with the blocking client alone",
    ):
        config.addinivalue_line("markers", marker)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    fixture = next((name for name in ("server", "scheduled_server") if name in metafunc.fixturenames), None)
    if fixture:
        requested = metafunc.config.getoption("--airflow")
        kind = "real" if requested else "embedded"
        every_release = metafunc.definition.get_closest_marker("every_release")
        available = (*servers.FLAVOURS, *servers.OTHER_RELEASES) if every_release else servers.FLAVOURS
        flavours = list(dict.fromkeys(requested or available))
        real_servers = metafunc.definition.get_closest_marker("real_servers")
        if real_servers:
            flavours = [flavour for flavour in flavours if requested and flavour in real_servers.args]
        elif not metafunc.definition.get_closest_marker("every_login"):
            first = {servers.parse_flavour(flavour)[::2]: flavour for flavour in reversed(flavours)}
            flavours = list(first.values())[::-1]
        only = metafunc.definition.get_closest_marker("airflow")
        if only:
            flavours = [flavour for flavour in flavours if flavour.startswith(only.args)]
        if fixture == "scheduled_server":
            flavours = [flavour for flavour in flavours if flavour.startswith(servers.SCHEDULED)]
        every_client = metafunc.definition.get_closest_marker("every_client")
        client_kinds = clients.CLIENTS if every_client else ("blocking",)
        metafunc.parametrize(fixture, [f"{kind} {flavour}" for flavour in flavours], indirect=True, scope="session")
        metafunc.parametrize("client_kind", client_kinds, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, rather than skip, the tests of servers that were not requested, or that have no scheduler."""
    left_out = [
        item
        for item in items
        if "[NOTSET" in item.name
        and (
            item.get_closest_marker("airflow")
            or item.get_closest_marker("real_servers")
            or {"scheduled_server", "real_server"}.intersection(getattr(item, "fixturenames", ()))
        )
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from _running(request.param)


@pytest.fixture(scope="session")
def scheduled_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that runs what is triggered."""
    yield from _running(request.param, scheduler=True)


def _running(param: str, *, scheduler: bool = False) -> Iterator[Server]:
    kind, flavour = param.split()
    version, auth, database = servers.parse_flavour(flavour)
    if kind == "embedded":
        with servers.embedded(version, auth) as server:
            yield server
        return
    from tests.support.airflow.errors import NoSuitablePython
    from tests.support.debian import NotInstalled

    running = servers.real(version, auth, database, scheduler=scheduler)
    try:
        server = running.__enter__()
    except (NoSuitablePython, NotInstalled) as error:
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
def scheduled_client(scheduled_server: Server, client_kind: None) -> Iterator[Any]:
    with ApiClient(configuration(scheduled_server)) as client:
        yield client


@pytest.fixture(scope="session")
def api(client: Any) -> Any:
    return XComApi(client)


def configuration(server: Server, username: Any = "admin", password: Any = "admin-pw") -> Configuration:
    """Return the same settings for every server: the client finds the release and the way to log in."""
    return Configuration(host=server.url, username=username, password=password)
