"""Who asks ``/api/v2``, and ``POST /auth/token``, which gives the tokens to ask with."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from airflow_client.testing import answers_v2 as answers
from airflow_client.testing.answers_v2 import Refusal
from airflow_client.testing.http1 import Crash, Request, Response
from airflow_client.testing.tokens import ExpiredToken, InvalidToken, Tokens
from airflow_client.testing.users import User, Users
from airflow_client.testing.validation import Error, Invalid, error, fields, json_text, read_json

_FIELDS = {"username": json_text, "password": json_text}
_FORM = "application/x-www-form-urlencoded"
_DOCUMENTATION = "https://errors.pydantic.dev/2.13/v"
_NOT_FOR_ALL = "This method is only allowed if ``[core] simple_auth_manager_all_admins`` is True"


class AuthV2:
    """An auth manager.

    Args:
        users: Who may log in.
        tokens: Gives and checks the tokens.
        fab: Whether it is the FAB auth manager, rather than the simple one.
        old: Whether it is that of Airflow 3.0.
    """

    def __init__(self, users: Users, tokens: Tokens, *, fab: bool, old: bool) -> None:
        self._users = users
        self._tokens = tokens
        self._fab = fab
        self._old = old

    def authorize(self, request: Request, readers: str, *, writes: bool) -> None:
        """Check who asks.

        Args:
            request: What is asked.
            readers: The least role that may read this.
            writes: Whether it is to be written instead.

        Raises:
            Refusal: Nobody who may.
        """
        user = self._user(request)
        if not user.has(("Op" if self._fab else "User") if writes else readers):
            raise Refusal(403, "Forbidden")

    def _user(self, request: Request) -> User:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not (token or self._old):
            challenge = [("www-authenticate", "Bearer")] if self._old else []
            raise Refusal(401, "Not authenticated", *challenge)
        try:
            return self._tokens.user(token)
        except ExpiredToken:
            raise Refusal(401, "Token Expired") from None
        except InvalidToken:
            raise Refusal(403, "Invalid JWT token") from None

    # ---------------------------------------------------------------------- /auth/…

    def handle(self, request: Request, path: str) -> Response:
        """Answer a request for a path below ``/auth``.

        Raises:
            Refusal: The answer to a request that is refused.
            Invalid: The body is wrong.
            Crash: A real server fails on this body.
        """
        gives = path in ("/auth/token", "/auth/token/cli")
        if gives and request.method == "POST":
            username, password = self._credentials(request, path)
            if not (username and password):
                raise Refusal(400, "Username and password must be provided")
            user = self._users.check(username, password)
            if user is None:
                raise Refusal(401, "Invalid credentials")
            token = self._tokens.give(user, command_line=path.endswith("/cli"))
            return answers.ok({"access_token": token}, 201)
        if self._fab:
            return answers.page_not_found()
        if request.method != "GET":
            return answers.method_not_allowed("POST" if gives else "GET")
        if path == "/auth/token":
            raise Refusal(403, _NOT_FOR_ALL)
        return answers.interface()

    def _credentials(self, request: Request, path: str) -> tuple[str, str]:
        if self._fab:
            return self._fab_credentials(request)
        if path == "/auth/token" and not self._old:
            try:
                found = fields(_json_or_form(request), _FIELDS, {})
            except Invalid as invalid:
                raise Refusal(422, _as_text(invalid.errors)) from None
        else:
            found = fields(read_json(request.body, content_type(request, lenient=self._old)), _FIELDS, {})
        return found["username"], found["password"]

    def _fab_credentials(self, request: Request) -> tuple[str, str]:
        body = read_json(request.body, content_type(request, lenient=self._old))
        if body is None:
            raise Invalid(error("missing", ("body",), "Field required", None))
        if not isinstance(body, dict):
            raise Invalid(error("dict_type", ("body",), "Input should be a valid dictionary", body))
        username, password = body.get("username"), body.get("password")
        if username and password and not (isinstance(username, str) and isinstance(password, str)):
            raise Crash("a password that is no str")
        return username or "", password or ""


def content_type(request: Request, *, lenient: bool) -> str:
    """Give the content type of a request; a lenient server takes a body without one for JSON."""
    return request.headers.get("content-type", "application/json" if lenient else "")


def _json_or_form(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind == _FORM:
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: form[name][0] if name in form else None for name in _FIELDS}
    if kind != "application/json":
        raise Refusal(415, f"Only application/json or {_FORM} is supported")
    try:
        body = json.loads(request.body)
    except ValueError as wrong:
        raise Crash("a body that is no JSON") from wrong
    if not isinstance(body, dict):
        raise Crash("a body that is no object")
    return body


def _as_text(errors: list[Error]) -> str:
    lines = [f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} for LoginBody"]
    for wrong in errors:
        came = f"input_value={wrong['input']!r}, input_type={type(wrong['input']).__name__}"
        lines.append(f"{wrong['loc'][-1]}\n  {wrong['msg']} [type={wrong['type']}, {came}]")
        lines.append(f"    For further information visit {_DOCUMENTATION}/{wrong['type']}")
    return "\n".join(lines)
