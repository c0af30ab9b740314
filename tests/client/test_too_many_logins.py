"""Airflow 2 takes 5 logins in 40 s from one address: what a client says and does about the 429 of the form.

A real 2.11.2 with that limit on: ``tests/contract/test_real_sites.py``.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import pytest

from airflow_client.xcom import ApiClient, ApiException, Configuration, LoginWarning, XComApi
from airflow_client.xcom.core import auth
from tests.client.test_login import FORM
from tests.support.wire_server import WireServer, answer

IDS = ("d", "r", "t", "k")
ENTRY = answer('{"key": "k", "value": 1}')
PAGE = answer(FORM, Content_Type="text/html")
TOO_MANY = answer("5 per 40 second", "429 TOO MANY REQUESTS", Content_Type="text/html")
FORBIDDEN = answer('{"detail": null, "status": 403, "title": "Forbidden"}', "403 FORBIDDEN")


def client(wire: WireServer, api: str = "/api/v1", login: Any = None) -> ApiClient:
    return ApiClient(Configuration(host=wire.url + api, username="u", password="p", retries=0, login=login))


def refused(api_client: ApiClient) -> ApiException:
    with pytest.raises(ApiException) as caught:
        XComApi(api_client).get_xcom_entry(*IDS)
    return caught.value


def test_where_basic_is_off_the_429_is_raised_as_that(wire: WireServer) -> None:
    wire.answers = [FORBIDDEN, PAGE, TOO_MANY]
    with client(wire) as api_client:
        error = refused(api_client)
        assert error.status == 429
        assert "5 logins per 40 s from one address" in str(error)
        assert "Configuration.session_file" in str(error)
        assert "password" not in str(error)
        assert "is tried again after 40 s" in str(refused(api_client))
    assert len(wire.requests) == 3


def test_where_basic_is_on_it_is_used_and_a_warning_says_so_once(
    wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr("airflow_client.xcom.core.base_client.monotonic", lambda: now)
    wire.answers = [ENTRY, PAGE, TOO_MANY, ENTRY]
    with client(wire) as api_client, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(4):
            assert XComApi(api_client).get_xcom_entry(*IDS).value == 1
        assert [type(warning.message) for warning in caught] == [LoginWarning]
        assert "calls go by Basic" in str(caught[0].message)
        assert len(wire.requests) == 6  # four calls and one look at the form
        now += auth.TOO_MANY_SECONDS + 1
        wire.answers = [PAGE, answer("", "302 Found", Location="/home", Set_Cookie="session=s"), ENTRY]
        XComApi(api_client).get_xcom_entry(*IDS)
        assert wire.header("Cookie") == "session=s"


def test_a_session_that_ends_is_replaced_by_basic(wire: WireServer) -> None:
    moved = answer("", "302 Found", Location="/home", Set_Cookie="session=s")
    wire.answers = [ENTRY, PAGE, moved, ENTRY]
    with client(wire) as api_client:
        for _ in range(2):
            XComApi(api_client).get_xcom_entry(*IDS)
        assert wire.header("Cookie") == "session=s"
        wire.answers = [FORBIDDEN, PAGE, PAGE, TOO_MANY, ENTRY]
        assert XComApi(api_client).get_xcom_entry(*IDS).value == 1
        assert (wire.header("Cookie"), len(wire.requests)) == (None, 9)
        assert (wire.header("Authorization") or "").startswith("Basic ")


@pytest.mark.parametrize(("api", "login"), [("/api/v2", "token"), ("/api/v1", "session")])
def test_a_front_that_limits_the_login(wire: WireServer, api: str, login: str) -> None:
    wire.answers = [TOO_MANY]
    with client(wire, api, login) as api_client:
        error = refused(api_client)
    assert (error.status, error.hint) == (429, auth.TOO_MANY_LOGINS)
