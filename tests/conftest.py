"""Options and fixtures that all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest

from airflow_client.xcom import ApiClient, Configuration, XComApi
from tests.support.wire_server import WireServer

#: Nothing of the machine that runs the tests may decide how the client reaches a server.
_ENVIRONMENT = (
    *(f"{scheme}_proxy" for scheme in ("http", "https", "all", "no")),
    *(f"{scheme}_PROXY" for scheme in ("HTTP", "HTTPS", "ALL", "NO")),
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)


# A machine that is busy is no failure; and CI tries the same examples each time, so that it fails for a change alone.
hypothesis.settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--airflow",
        action="append",
        default=[],
        help="a real Airflow for the contract suite to ask, in place of the embedded server; it is installed and "
        "started: 2.10.5, 2.11.2, 2.11.2-session, 2.11.2-basic,session, 3.0.6, 3.3.2, 3.3.2-fab …, or with another "
        "database than SQLite: 2.11.2-postgresql, 3.3.2-postgresql; may be repeated",
    )


def pytest_configure() -> None:
    # A shell without job control lets programs in the background ignore Ctrl-C; those of tests inherit that, and
    # ddtrace's plugin then ends the process.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def wire() -> Iterator[WireServer]:
    """A server that says what a test puts in its ``answers``."""
    with WireServer() as server:
        yield server


@pytest.fixture
def api(wire: WireServer) -> Iterator[XComApi]:
    """The calls, made to ``wire``, without retries."""
    configuration = Configuration(host=wire.host, username="admin", password="pass-word")
    configuration.retries = 0
    configuration.login = "basic"  # nothing but what a test asks for is to be sent
    with ApiClient(configuration) as client:
        yield XComApi(client)
