"""Login form of Airflow 2 as the embedded server has it; the expected answers were recorded from real servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import Reply, basic, filled, get, request

LIST = "/api/v1/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BASIC = basic("admin", "admin-pw")


@pytest.fixture(params=["2.10.5", "2.11.2"])
def airflow(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    with filled(request.param, auth="session") as running:
        yield running


def cookie(reply: Reply) -> dict[str, str]:
    """Return the header that sends a session cookie back."""
    attributes = r"Expires=\w+, .* GMT; HttpOnly; Path=/; SameSite=Lax"
    matched = re.fullmatch(rf"(session=[^;]+); {attributes}", reply.headers["Set-Cookie"] or "")
    return {"Cookie": matched[1]} if matched else {}


def csrf_token(reply: Reply) -> str:
    matched = re.search(r'<input id="csrf_token" name="csrf_token" type="hidden" value="([^"]+)">', reply.body)
    return matched[1] if matched else ""


def log_in(airflow: EmbeddedAirflow, password: str = "admin-pw") -> Reply:
    page = get(airflow, "/login/", {})
    form = urlencode({"username": "admin", "password": password, "csrf_token": csrf_token(page)})
    return request(airflow, "POST", "/login/", form, {**FORM, **cookie(page)})


def anonymous_status(airflow: EmbeddedAirflow) -> int:
    return 401 if "2.10.5" in get(airflow, "/api/v1/version", {}).body else 403


def test_a_login_starts_a_session_that_lasts_until_it_expires(airflow: EmbeddedAirflow) -> None:
    refused = anonymous_status(airflow)
    page = get(airflow, "/login/", {})
    assert page.headers["Cache-Control"] == "no-store, no-cache, must-revalidate, max-age=0"
    session = cookie(log_in(airflow))
    assert get(airflow, LIST, {"Cookie": f"a=b; {session['Cookie']}; c=d"}).status == 200
    assert "Set-Cookie" not in get(airflow, LIST, session).headers
    for headers in (cookie(page), {"Cookie": "session=dead.beef"}, {"Cookie": session["Cookie"] + "x"}, BASIC):
        assert get(airflow, LIST, headers).status == refused
    assert get(airflow, "/login/", session).headers["Location"] == "/"
    assert get(airflow, "/home", session).status == 200
    airflow.expire_sessions()
    expired = get(airflow, LIST, session)
    assert (expired.status, expired.headers["Content-Type"]) == (refused, "application/problem+json")
    assert get(airflow, LIST, cookie(log_in(airflow))).status == 200


def test_redirects(airflow: EmbeddedAirflow) -> None:
    quoted = anonymous_status(airflow) == 401
    wrong = log_in(airflow, "nope")
    assert (wrong.status, wrong.headers["Location"]) == (302, f"/login/?next={'%2F' if quoted else '/'}home")
    assert get(airflow, LIST, cookie(wrong)).status == anonymous_status(airflow)
    assert log_in(airflow).headers["Location"] == get(airflow, "/", {}).headers["Location"] == "/home"
    assert get(airflow, "/home", {}).headers["Location"].startswith("/login/?next=http")
    slash = get(airflow, "/login", {})
    assert (slash.status, slash.headers["Location"]) == (308, f"{airflow.base_url}/login/")
    assert csrf_token(log_in(airflow, ""))


def test_a_form_needs_its_csrf_token(airflow: EmbeddedAirflow) -> None:
    page, other = get(airflow, "/login/", {}), get(airflow, "/login/", {})
    for headers, token, message in (
        (cookie(page), "", "The CSRF token is missing."),
        ({}, csrf_token(page), "The CSRF session token is missing."),
        (cookie(page), "abc", "The CSRF token is invalid."),
        (cookie(page), csrf_token(other), "The CSRF tokens do not match."),
    ):
        form = urlencode({"username": "admin", "password": "admin-pw", "csrf_token": token})
        reply = request(airflow, "POST", "/login/", form, {**FORM, **headers})
        assert (reply.status, reply.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
        assert f"<p>{message}</p>" in reply.body


@pytest.mark.parametrize(
    ("version", "auth", "with_basic", "with_session"),
    [
        ("2.10.5", "basic", 200, 200),
        ("2.11.2", "basic", 200, 200),
        ("2.10.5", "session", 401, 200),
        ("2.11.2", "session", 403, 200),
        ("2.10.5", "session,basic", 200, 200),
    ],
)
def test_backends(version: str, auth: str, with_basic: int, with_session: int) -> None:
    with filled(version, auth=auth) as airflow:
        assert get(airflow, LIST, BASIC).status == with_basic
        assert get(airflow, LIST, cookie(log_in(airflow))).status == with_session


def test_pages_outside_the_api(airflow: EmbeddedAirflow) -> None:
    for method, path, status in (("GET", "/nope", 404), ("PUT", "/login/", 405), ("POST", "/home", 405)):
        reply = request(airflow, method, path, None, {})
        assert reply.status == status
        assert f"<title>Airflow {status}</title>" in reply.body
