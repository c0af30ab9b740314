"""The ways to call as fixtures."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from typing import Any, Callable

import pytest

from tests.support.faults import IDS
from tests.support.transports import WAYS, Open, opening

#: The value of an XCom, read from a host by a client of its own; keywords as of ``Open``, and a time limit.
Read = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if sys.version_info >= (3, 11):
        return
    for item in items:
        if "tests/transport/" in item.nodeid:  # asyncio ends TLS connections later than they are closed there
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed transport <asyncio.sslproto:ResourceWarning"))


@pytest.fixture(autouse=True, scope="package")
def _quick_collections() -> Iterator[None]:
    """What is there already is left out of the collections of garbage that the tests make."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that has ``verify`` set reads these all the same."""
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    """The name of a way to call."""
    return request.param


@pytest.fixture
def client(way: str) -> Iterator[Open]:
    """Makes clients that call in this way, and closes them."""
    with contextlib.ExitStack() as stack:
        yield opening(way, stack)


@pytest.fixture
def read(client: Open) -> Read:
    def value(host: str, *, timeout: Any = 5.0, **settings: Any) -> Any:
        return client(host, **settings).call("get_xcom_entry", *IDS, _request_timeout=timeout).value

    return value
