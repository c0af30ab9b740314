"""pytest plugin: an embedded Airflow as a fixture, and clients for it.

pytest loads this module in every run, by its entry point. So it imports nothing else until a test uses a fixture.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import os
import weakref
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from typing import Any, NoReturn

    from airflow_client.testing import EmbeddedAirflow
    from airflow_client.xcom import AsyncXComApi, Configuration, XComApi

_MARKER = (
    "airflow(*, version='2.11', users={'admin': 'Admin'}, xcoms={}, **settings): release, users, XComs and settings of "
    "the server of the fixture airflow_server. A list of versions runs the test once for each of them. The password of "
    "a user is the name. The keys of xcoms are (dag_id, run_id, task_id, key) or (…, map_index); or it is a file of "
    "`airflow-xcom export`, relative to the test's. The settings are arguments of EmbeddedAirflow."
)
#: Arguments of EmbeddedAirflow that would make tests collide.
_FIXED = ("version", "host", "port", "database")
#: Clients to close at the end of a test.
_async_clients: weakref.WeakKeyDictionary[pytest.Item, Any] = weakref.WeakKeyDictionary()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting for the configuration file."""
    text = "releases of Airflow for the fixture airflow_server: each test runs once for each of them"
    parser.addini("airflow_version", text, type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Document the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each of its releases."""
    if _uses_server(metafunc):
        # The fixture refuses a wrong marker: here, that would stop all tests of the file, and name none.
        with contextlib.suppress(pytest.fail.Exception):
            version = _arguments(metafunc.definition)["version"]
            if isinstance(version, list):
                metafunc.parametrize("airflow_server", version, indirect=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Close the asyncio client at the end of the test, in its event loop, whichever plugin runs that."""
    client = _async_clients.pop(item, None)
    if client is None or not isinstance(item, pytest.Function) or not inspect.iscoroutinefunction(item.obj):
        yield
        return
    test = item.obj
    item.obj = _closing(test, client)
    yield
    item.obj = test


@pytest.fixture(scope="session")
def _airflow_servers() -> Iterator[dict[str, EmbeddedAirflow]]:
    """Servers of the session by their releases and settings."""
    servers: dict[str, EmbeddedAirflow] = {}
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture
def airflow_server(request: pytest.FixtureRequest, _airflow_servers: dict[str, EmbeddedAirflow]) -> EmbeddedAirflow:
    """Embedded Airflow with the users and XComs of the marker ``airflow``; see "pytest --markers".

    By default, it has the user "admin" with the password "admin" and no XComs. Tests with the same release and settings
    share a server, which is reset before each test.
    """
    from airflow_client.testing import EmbeddedAirflow
    from airflow_client.testing.releases import newest

    arguments = _arguments(request.node)
    users, xcoms = arguments.pop("users"), arguments.pop("xcoms")
    version = getattr(request, "param", arguments["version"])
    if isinstance(version, list):  # the test gets the fixture by request.getfixturevalue()
        if len(version) > 1:
            _refuse(f"a test has no argument that uses airflow_server, so it cannot run for each of {version}")
        version = version[0]
    with _refusing_errors():
        arguments["version"] = newest(version)
        server = _airflow_servers.get(repr(arguments)) or EmbeddedAirflow(**arguments)
        _airflow_servers[repr(arguments)] = server
        server.reset()
        for username, role in users.items():
            server.add_user(username, username, role)
        if not isinstance(xcoms, dict):
            server.load_xcoms(request.path.parent / xcoms)
        else:
            for (dag_id, run_id, task_id, key, *map_index), value in xcoms.items():
                server.push_xcom(dag_id, run_id, task_id, key, value, map_index=map_index[0] if map_index else -1)
    with contextlib.suppress(RuntimeError):  # it runs, unless a test has stopped it
        server.start()
    return server


@pytest.fixture
def airflow_configuration(request: pytest.FixtureRequest, airflow_server: EmbeddedAirflow) -> Configuration:
    """Configuration for ``airflow_server``, with the first of its users."""
    from airflow_client.xcom import Configuration

    user = next(iter(_arguments(request.node)["users"]), None)
    ca_file = airflow_server.ca_certificate if airflow_server.host.startswith("https:") else None
    # No proxy of the environment can reach this machine.
    return Configuration(host=airflow_server.host, username=user, password=user, ssl_ca_cert=ca_file, no_proxy="*")


@pytest.fixture
def xcom_api(airflow_configuration: Configuration) -> Iterator[XComApi]:
    """``XComApi`` for ``airflow_server``."""
    from airflow_client.xcom import ApiClient, XComApi

    with ApiClient(airflow_configuration) as client:
        yield XComApi(client)


@pytest.fixture
def async_xcom_api(request: pytest.FixtureRequest, airflow_configuration: Configuration) -> AsyncXComApi:
    """``AsyncXComApi`` for ``airflow_server``. Its connections are closed when the test function ends."""
    from airflow_client.xcom import AsyncApiClient, AsyncXComApi

    class Client(AsyncApiClient):
        """Client that closes its connections after each call of a fixture, in the event loop of that."""

        is_in_test = False
        _running = 0

        async def run(self, steps: Any) -> Any:
            """Run a flow."""
            self._running += 1
            try:
                return await super().run(steps)
            finally:
                self._running -= 1
                if not (self._running or self.is_in_test):
                    await self.close()

    client = _async_clients[request.node] = Client(airflow_configuration)
    return AsyncXComApi(client)


def _uses_server(metafunc: pytest.Metafunc) -> bool:
    """Return whether a test uses our fixture ``airflow_server``, or a fixture that overrides and uses it."""
    definitions = metafunc._arg2fixturedefs.get("airflow_server", ())  # pyright: ignore[reportPrivateUsage]
    for definition in reversed(definitions):
        if definition.func.__module__ == __name__:
            return True
        if "airflow_server" not in definition.argnames:
            break
    return False


def _closing(test: Callable[..., Any], client: Any) -> Callable[..., Any]:
    @functools.wraps(test)
    async def run(*args: Any, **keywords: Any) -> Any:
        client.is_in_test = True
        try:
            async with client:
                return await test(*args, **keywords)
        finally:
            client.is_in_test = False

    return run


def _arguments(node: pytest.Item) -> dict[str, Any]:
    """Return the arguments of a test's markers, of which the closest counts, and the defaults of the others."""
    from airflow_client.testing import EmbeddedAirflow

    arguments: dict[str, Any] = {}
    for marker in node.iter_markers("airflow"):
        if marker.args:
            _refuse(f"it takes keyword arguments only, not {marker.args[0]!r}")
        arguments = {**marker.kwargs, **arguments}
    settings = [name for name in inspect.signature(EmbeddedAirflow).parameters if name not in _FIXED]
    names = ("version", "users", "xcoms", *settings)
    for name in arguments:
        if name not in names:
            _refuse(f"it has no argument {name!r}, but {', '.join(names)}")
    versions = node.config.getini("airflow_version")
    arguments = {"version": versions or "2.11", "users": {"admin": "Admin"}, "xcoms": {}, **arguments}
    with _refusing_errors():
        _check_data(arguments["users"], arguments["xcoms"])
        arguments["version"] = _check_version(arguments["version"])
    return arguments


def _check_version(version: Any) -> str | list[str]:
    from airflow_client.testing.releases import RELEASES, newest

    if version in ("all", ["all"]):
        return list(RELEASES)
    versions: list[str] = version if isinstance(version, list) else [version]
    if not versions or not all(isinstance(one, str) for one in versions):
        raise TypeError(f"version must be a str, such as '3.3', or a list of them, not {version!r}")
    for one in versions:
        newest(one)
    return versions if isinstance(version, list) else versions[0]


def _check_data(users: Any, xcoms: Any) -> None:
    if not isinstance(users, dict):
        raise TypeError(f"users must be a dict of user names and roles, not {users!r}")
    if isinstance(xcoms, dict):
        for ids in xcoms:
            if not isinstance(ids, tuple) or len(ids) not in (4, 5):
                raise TypeError(f"keys of xcoms must be (dag_id, run_id, task_id, key) or (…, map_index), not {ids!r}")
    elif not isinstance(xcoms, (str, os.PathLike)):
        raise TypeError(f"xcoms must be a dict or the path of a file, not {xcoms!r}")


@contextlib.contextmanager
def _refusing_errors() -> Generator[None]:
    """Fail without a traceback if an argument of the marker is wrong."""
    try:
        yield
    except (TypeError, ValueError, OSError) as error:
        _refuse(str(error))


def _refuse(problem: str) -> NoReturn:
    raise pytest.fail.Exception(f"@pytest.mark.airflow: {problem}", pytrace=False) from None
