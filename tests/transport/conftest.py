"""Clients on each transport."""

from __future__ import annotations

import contextlib
import gc
import ssl
import sys
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import trustme

from tests.support.faults import IDS
from tests.support.short_pauses import short_pauses as short_pauses
from tests.support.transports import TRANSPORTS, OpenClient, client_opener

pytest.register_assert_rewrite("tests.transport.checks")

#: Read the value of an XCom from a host with a new client; takes the keywords of ``OpenClient``, and a timeout.
Read = Callable[..., Any]

#: For what all transports share, so that one of them is enough.
one_transport = pytest.mark.parametrize("transport", ["urllib3"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.version_info >= (3, 11):
        return
    for item in items:
        if "tests/transport/" in item.nodeid:  # asyncio ends TLS connections later than they are closed there
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed transport <asyncio.sslproto:ResourceWarning"))


@pytest.fixture(autouse=True, scope="package")
def _quick_collections() -> Iterator[None]:
    """Exempt existing objects from garbage collection, which the tests trigger often."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session reads this variable even if its ``verify`` is set."""
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest) -> str:
    """The name of a transport."""
    return request.param


@pytest.fixture
def open_client(transport: str) -> Iterator[OpenClient]:
    """Open clients on this transport, which are closed after the test."""
    with contextlib.ExitStack() as stack:
        yield client_opener(transport, stack)


@pytest.fixture
def read(open_client: OpenClient) -> Read:
    def value(host: str, *, timeout: Any = 30.0, **settings: Any) -> Any:
        return open_client(host, **settings).call("get_xcom_entry", *IDS, _request_timeout=timeout).value

    return value


@pytest.fixture(scope="session")
def issuer() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def authority(issuer: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file that makes ``issuer`` trusted."""
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    issuer.cert_pem.write_to_path(str(path))
    return str(path)


def certified(issuer: trustme.CA, *names: str, **keywords: Any) -> ssl.SSLContext:
    """Return a server's context with a certificate for ``names``, 127.0.0.1 by default."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(*(names or ("127.0.0.1",)), **keywords).configure_cert(context)
    return context
