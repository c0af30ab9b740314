"""What comes in place of a login, or of an answer to the question which Airflow it is."""

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
from tests.faults.answers import FAULTS
from tests.faults.checks import fails
from tests.faults.conftest import Read
from tests.faults.faults import ENTRY, write
from tests.faults.ways import Open
from tests.wire_server import WireServer, answer


class TestLogins:
    """What comes instead of a login, or of an answer to the question which Airflow it is."""

    @staticmethod
    def token(**claims: Any) -> str:
        part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        return f"x.{part}.x"

    @pytest.mark.parametrize(
        "fault", ["a login page", "lists nested 100,000 deep", "reset in the body", "invalid gzip"]
    )
    def test_a_token_answer_that_fails(self, read: Read, wire: WireServer, fault: str) -> None:
        said, kind = FAULTS[fault]
        wire.answers = [said]
        with fails(kind, f"POST {wire.url}/auth/token"):
            read(f"{wire.url}/api/v2", username="u", password="p")

    @pytest.mark.parametrize(
        "token",
        [5, None, [], "", "a\r\nb", "\ud800", "\u65e5\u672c", "." * 10_000],
        ids=["int", "null", "list", "empty", "lines", "surrogate", "unicode", "dots"],
    )
    def test_a_token_that_is_none(self, read: Read, wire: WireServer, token: Any) -> None:
        wire.answers = [answer(json.dumps({"access_token": token}), "201 Created"), answer("{}", "401 Unauthorized")]
        with fails((UnexpectedContentException, UnauthorizedException), ""):
            read(f"{wire.url}/api/v2", username="u", password="p")

    @pytest.mark.parametrize(
        "claims",
        [{"exp": 10**400, "iat": 0}, {"exp": "1", "iat": 0}, {"exp": [], "iat": {}}, {"exp": float("nan"), "iat": 0}],
        ids=["huge", "text", "lists", "nan"],
    )
    def test_a_token_of_odd_claims(self, read: Read, wire: WireServer, claims: dict[str, Any]) -> None:
        wire.answers = [answer(json.dumps({"access_token": self.token(**claims)}), "201 Created"), ENTRY]
        assert read(f"{wire.url}/api/v2", username="u", password="p") == 1

    @pytest.mark.parametrize(
        "location",
        ["http://[", "//[::1", "", "\xff", "/" * 10_000],
        ids=["bracket", "bracket without scheme", "empty", "latin", "long"],
    )
    def test_a_form_that_leads_nowhere(self, read: Read, wire: WireServer, location: str) -> None:
        form = answer('<form><input name="csrf_token" value="t"><input name="password"></form>')
        wire.answers = [form, answer("", "302 Found", Location=location), answer("{}", "401 Unauthorized")]
        with fails((ApiException, ProtocolException, UnexpectedContentException, UnauthorizedException), ""):
            read(wire.host, username="u", password="p", login="session")

    @pytest.mark.parametrize("page", ["<input ", '<input name="csrf_token" value="', "<form><input name=csrf_token "])
    def test_a_form_that_is_endless(self, read: Read, wire: WireServer, page: str) -> None:
        wire.answers = [answer(page * (200_000 // len(page)))]
        start = time.process_time()
        with fails(UnexpectedContentException, f"GET {wire.url}/login/"):
            read(wire.host, username="u", password="p", login="session")
        assert time.process_time() - start < 1  # that is not the square of the page's length

    @pytest.mark.parametrize(
        "version",
        ["9" * 5000, "", "three", "3." * 5000, "3.\u0663.2", "-1"],
        ids=["huge", "empty", "words", "long", "arabic", "negative"],
    )
    def test_a_release_that_is_none(self, client: Open, wire: WireServer, version: str) -> None:
        wire.answers = [answer(json.dumps({"version": version}))]
        with pytest.raises(OpenApiException):
            write(client(f"{wire.url}/api/v2"), "create_xcom_entry")

    @pytest.mark.parametrize(
        "fault", ["a login page", "a value nested 100,000 deep", "the JSON null", "reset in the body"]
    )
    def test_a_search_that_fails(self, read: Read, wire: WireServer, fault: str) -> None:
        said, kind = FAULTS[fault]
        wire.answers = [said]
        with fails(kind, f"GET {wire.url}"):
            read(wire.url)
