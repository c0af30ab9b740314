"""Faulty responses to a login, or to discovery."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiException,
    OpenApiException,
    ProtocolException,
    UnauthorizedException,
    UnexpectedContentException,
)
from tests.support.cases import check_each
from tests.support.faults import ENTRY, write
from tests.support.faulty_responses import FAULTS
from tests.support.transports import OpenClient
from tests.support.wire_server import WireServer, answer
from tests.transport.checks import fails
from tests.transport.conftest import Read, one_transport


def token(**claims: Any) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"x.{part}.x"


@one_transport
def test_a_token_response_that_fails(read: Read, wire: WireServer) -> None:
    def check(fault: str) -> None:
        response, kind = FAULTS[fault]
        wire.answers = [response]
        with fails(kind, f"POST {wire.url}/auth/token"):
            read(f"{wire.url}/api/v2", username="u", password="p")

    check_each(["a login page", "lists nested 100,000 deep", "reset in the body", "invalid gzip"], check)


@one_transport
def test_an_unusable_token(read: Read, wire: WireServer) -> None:
    def check(unusable: Any) -> None:
        granted = answer(json.dumps({"access_token": unusable}), "201 Created")
        wire.answers = [granted, answer("{}", "401 Unauthorized")]
        with fails((UnexpectedContentException, UnauthorizedException)):
            read(f"{wire.url}/api/v2", username="u", password="p")

    check_each([5, None, [], "", "a\r\nb", "\ud800", "\u65e5\u672c", "." * 10_000], check)


@one_transport
def test_a_token_with_odd_claims_is_used(read: Read, wire: WireServer) -> None:
    def check(claims: dict[str, Any]) -> None:
        wire.answers = [answer(json.dumps({"access_token": token(**claims)}), "201 Created"), ENTRY]
        assert read(f"{wire.url}/api/v2", username="u", password="p") == 1

    odd: list[tuple[Any, Any]] = [(10**400, 0), ("1", 0), ([], {}), (float("nan"), 0)]
    check_each([{"exp": exp, "iat": iat} for exp, iat in odd], check)


def test_a_login_form_that_redirects_to_nowhere(read: Read, wire: WireServer) -> None:
    form = answer('<form><input name="csrf_token" value="t"><input name="password"></form>')

    def check(location: str) -> None:
        wire.answers = [form, answer("", "302 Found", Location=location), answer("{}", "401 Unauthorized")]
        with fails((ApiException, ProtocolException, UnexpectedContentException, UnauthorizedException)):
            read(wire.host, username="u", password="p", login="session")

    check_each(["http://[", "//[::1", "", "\xff", "/" * 10_000], check)


@one_transport
def test_an_endless_login_form(read: Read, wire: WireServer) -> None:
    def check(page: str) -> None:
        wire.answers = [answer(page * (200_000 // len(page)))]
        start = time.process_time()
        with fails(UnexpectedContentException, f"GET {wire.url}/login/"):
            read(wire.host, username="u", password="p", login="session")
        assert time.process_time() - start < 2  # CPU time: quadratic time would be much more

    check_each(["<input ", '<input name="csrf_token" value="', "<form><input name=csrf_token "], check)


@one_transport
def test_an_unusable_version(open_client: OpenClient, wire: WireServer) -> None:
    def check(version: str) -> None:
        wire.answers = [answer(json.dumps({"version": version}))]
        with pytest.raises(OpenApiException):
            write(open_client(f"{wire.url}/api/v2"), "create_xcom_entry")

    check_each(["9" * 5000, "", "three", "3." * 5000, "3.\u0663.2", "-1"], check)


@one_transport
def test_discovery_that_fails(read: Read, wire: WireServer) -> None:
    def check(fault: str) -> None:
        response, kind = FAULTS[fault]
        wire.answers = [response]
        with fails(kind, f"GET {wire.url}"):
            read(wire.url)

    check_each(["a login page", "a value nested 100,000 deep", "the JSON null", "reset in the body"], check)
