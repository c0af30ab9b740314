"""The login of Airflow 2's web interface, as the embedded server has it: what was recorded from real servers."""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from airflow_client.testing import EmbeddedAirflow

LIST = "/api/v1/dags/~/dagRuns/~/taskInstances/~/xcomEntries"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"admin:admin-pw").decode()}


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def cookie(self) -> dict[str, str]:
        """The header that sends the cookie back."""
        matched = re.match(r"(session=[^;]+); Expires=\w+, .* GMT; HttpOnly; Path=/; SameSite=Lax$", self.set_cookie)
        return {"Cookie": matched[1]} if matched else {}

    @property
    def set_cookie(self) -> str:
        return self.headers.get("Set-Cookie") or ""

    @property
    def token(self) -> str:
        """The token of the form, where a real page has it."""
        matched = re.search(r'<input id="csrf_token" name="csrf_token" type="hidden" value="([^"]+)">', self.body)
        return matched[1] if matched else ""


def ask(airflow: EmbeddedAirflow, method: str, target: str, headers: dict[str, str], body: str = "") -> Answer:
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    try:
        connection.request(method, target, body or None, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


def log_in(airflow: EmbeddedAirflow, password: str = "admin-pw", query: str = "") -> Answer:
    page = ask(airflow, "GET", f"/login/{query}", {})
    form = urlencode({"username": "admin", "password": password, "csrf_token": page.token})
    return ask(airflow, "POST", f"/login/{query}", {**FORM, **page.cookie}, form)


def server(version: str, auth: str) -> EmbeddedAirflow:
    airflow = EmbeddedAirflow(version, auth=auth)
    airflow.add_user("admin", "admin-pw")
    airflow.add_user("nobody", "nobody-pw", "Public")
    airflow.add_xcom("lab", "manual__2024-01-01T00:00:00+00:00", "task", "key", 1)
    return airflow


@pytest.fixture(params=["2.10.5", "2.11.2"])
def airflow(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    with server(request.param, "session") as running:
        yield running


def stranger(airflow: EmbeddedAirflow) -> int:
    return 401 if "2.10.5" in ask(airflow, "GET", "/api/v1/version", {}).body else 403


def test_a_login_gives_a_new_session_that_works_until_it_expires(airflow: EmbeddedAirflow) -> None:
    refused = stranger(airflow)
    page = ask(airflow, "GET", "/login/", {})
    assert page.headers["Cache-Control"] == "no-store, no-cache, must-revalidate, max-age=0"
    done = log_in(airflow)
    assert (done.status, done.headers["Location"]) == (302, "/home")
    assert ask(airflow, "GET", LIST, {"Cookie": f"a=b; {done.cookie['Cookie']}; c=d"}).status == 200
    assert ask(airflow, "GET", LIST, done.cookie).set_cookie == ""
    for cookie in (page.cookie, {"Cookie": "session=dead.beef"}, {"Cookie": done.cookie["Cookie"] + "x"}, BASIC):
        assert ask(airflow, "GET", LIST, cookie).status == refused
    assert ask(airflow, "GET", "/login/", done.cookie).headers["Location"] == "/"
    assert ask(airflow, "GET", "/home", done.cookie).status == 200
    airflow.expire_sessions()
    dead = ask(airflow, "GET", LIST, done.cookie)
    assert (dead.status, dead.headers["Content-Type"], dead.set_cookie) == (refused, "application/problem+json", "")
    assert ask(airflow, "GET", LIST, log_in(airflow).cookie).status == 200


def test_a_wrong_password_leads_back_to_the_form(airflow: EmbeddedAirflow) -> None:
    wrong = log_in(airflow, "nope")
    following = "%2Fhome" if stranger(airflow) == 401 else "/home"
    assert (wrong.status, wrong.headers["Location"]) == (302, f"/login/?next={following}")
    assert ask(airflow, "GET", LIST, wrong.cookie).status == stranger(airflow)
    empty = log_in(airflow, "")
    assert empty.status == 200
    assert empty.token


def test_where_a_login_leads(airflow: EmbeddedAirflow) -> None:
    for wanted, location in (("/api/v1/health", f"{airflow.base_url}/api/v1/health"), ("http://evil/x", "/home")):
        assert log_in(airflow, query=f"?next={wanted}").headers["Location"] == location
    assert ask(airflow, "GET", "/", {}).headers["Location"] == "/home"
    assert ask(airflow, "GET", "/home", {}).headers["Location"].startswith("/login/?next=http")
    slash = ask(airflow, "GET", "/login", {})
    assert (slash.status, slash.headers["Location"]) == (308, f"{airflow.base_url}/login/")


def test_forms_without_their_token_are_refused(airflow: EmbeddedAirflow) -> None:
    page, other = ask(airflow, "GET", "/login/", {}), ask(airflow, "GET", "/login/", {})
    for cookie, token, said in (
        (page.cookie, "", "The CSRF token is missing."),
        ({}, page.token, "The CSRF session token is missing."),
        (page.cookie, "abc", "The CSRF token is invalid."),
        (page.cookie, other.token, "The CSRF tokens do not match."),
    ):
        form = urlencode({"username": "admin", "password": "admin-pw", "csrf_token": token})
        answer = ask(airflow, "POST", "/login/", {**FORM, **cookie}, form)
        assert (answer.status, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
        assert answer.body == (
            f"<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n<p>{said}</p>\n"
        )


@pytest.mark.parametrize(
    ("version", "auth", "basic", "session"),
    [
        ("2.10.5", "basic", 200, 401),
        ("2.11.2", "basic", 200, 200),  # strangers have a role there, so the backend is not what lets them in
        ("2.10.5", "session", 401, 200),
        ("2.11.2", "session", 403, 200),
        ("2.10.5", "session,basic", 200, 200),
    ],
)
def test_what_each_backend_takes(version: str, auth: str, basic: int, session: int) -> None:
    with server(version, auth) as airflow:
        assert ask(airflow, "GET", LIST, BASIC).status == basic
        assert ask(airflow, "GET", LIST, log_in(airflow).cookie).status == session
        assert ask(airflow, "PUT", "/login/", {}).status == 405
