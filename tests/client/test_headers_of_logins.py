"""Headers that a user sets on a client, in whatever way, go with the search for the API and with logins too.

Those of one call do not: ``tests/client/test_hooks.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_client import xcom
from airflow_client.xcom import Configuration
from airflow_client.xcom.headers import Headers
from tests.client.test_login import FORM
from tests.contract import clients
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
ENTRY = answer('{"key": "k", "value": 1}')
VERSION = answer('{"version": "2.11.2"}')
TOKEN = answer('{"access_token": "a.b.c"}', "201 Created")
LOGINS: dict[str, list[Any]] = {
    "token": [answer('{"version": "3.3.2"}'), TOKEN, ENTRY],
    "session": [answer("", "404 Not Found"), VERSION, answer(FORM), answer("", "302 Found", Location="/home"), ENTRY],
}


def replace(client: Any) -> None:
    client.default_headers = {"X-Key": "front"}


def update(client: Any) -> None:
    client.default_headers.update({"X-Key": "front"})


WAYS: dict[str, Callable[[Any], Any]] = {
    "set_default_header": lambda client: client.set_default_header("X-Key", "front"),
    "an item": lambda client: client.default_headers.__setitem__("X-Key", "front"),
    "update": update,
    "replaced": replace,
}


@pytest.mark.parametrize("side", clients.CLIENTS)
@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("way", WAYS)
def test_they_do_also_after_a_first_call(wire: WireServer, side: str, login: str, way: str) -> None:
    """A login that is made anew has the headers as they are then."""
    wire.answers = [*LOGINS[login], *LOGINS[login]]
    configuration = Configuration(host=wire.url, username="u", password="p", login=login)
    with clients.in_use(side), clients.ApiClient(configuration) as client:
        inner = client if side == "blocking" else client.awaited
        for key in ("first", "front"):
            inner.default_headers["X-Key"] = key
            if key == "front":
                inner.default_headers = {}
                WAYS[way](inner)
                wire.answers = LOGINS[login][-2 - (login == "session") :]
                configuration.password = "other"
            clients.XComApi(client).get_xcom_entry(*IDS)
    sent = [wire.header("X-Key", index) for index in range(len(wire.requests))]
    assert sent == ["first"] * len(LOGINS[login]) + ["front"] * (3 if login == "session" else 2)


class OfASubclass(xcom.ApiClient):
    @property
    def default_headers(self) -> Headers:
        return Headers({"Accept": "application/json", "X-Key": "front"})

    @default_headers.setter
    def default_headers(self, headers: Any) -> None:
        raise AssertionError


def test_those_of_a_subclass_do_too(wire: WireServer) -> None:
    wire.answers = LOGINS["token"][:]
    with OfASubclass(Configuration(host=wire.url, username="u", password="p")) as client:
        xcom.XComApi(client).get_xcom_entry(*IDS)
    assert [wire.header("X-Key", index) for index in range(3)] == ["front"] * 3
