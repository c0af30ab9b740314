"""Auth managers of Airflow 3: authorization of ``/api/v2``, and the logins of ``POST /auth/token``."""

from __future__ import annotations

import json
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from airflow_client.testing.airflow3.params import (
    Error,
    ValidationError,
    error,
    missing,
    read_fields,
    read_json,
    read_json_text,
)
from airflow_client.testing.airflow3.responses import (
    HttpError,
    fab_page,
    interface,
    json_response,
    method_not_allowed,
)
from airflow_client.testing.airflow3.tokens import ExpiredToken, InvalidToken, Tokens
from airflow_client.testing.application import InternalServerError, Request, Response
from airflow_client.testing.users import User, Users

_FIELDS = {"username": read_json_text, "password": read_json_text}
_COOKIE = "_token"
_FORM = "application/x-www-form-urlencoded"
_PYDANTIC_DOCS = "https://errors.pydantic.dev/2.13/v"
_NOT_ALL_ADMINS = "This method is only allowed if ``[core] simple_auth_manager_all_admins`` is True"


class AuthManager:
    """Auth manager of a server: the FAB auth manager or the simple one."""

    def __init__(self, users: Users, tokens: Tokens, *, fab: bool, is_3_0: bool) -> None:
        self._users = users
        self._tokens = tokens
        self._fab = fab
        self._is_3_0 = is_3_0

    def authorize(self, request: Request, role: str | None) -> User:
        """Return the user; raise :class:`HttpError` without the role, by default that of writing XComs."""
        user = self._user(request)
        if not user.has(role or ("Op" if self._fab else "User")):
            raise HttpError(403, "Forbidden")
        return user

    def _user(self, request: Request) -> User:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        cookie = cookie_token(request)
        if scheme.lower() != "bearer" and cookie and not self._is_3_0:
            token = cookie
        elif scheme.lower() != "bearer" or not (token or self._is_3_0):
            challenge = [("www-authenticate", "Bearer")] if self._is_3_0 else []
            raise HttpError(401, "Not authenticated", *challenge)
        try:
            return self._tokens.user(token if self._is_3_0 else token.strip())
        except ExpiredToken:
            raise HttpError(401, "Token Expired") from None
        except InvalidToken:
            raise HttpError(403, "Invalid JWT token") from None

    def end_invalid_cookie(self, request: Request, response: Response) -> Response:
        """Return a response, which removes the cookie of a request whose token is invalid."""
        cookie = cookie_token(request)
        try:
            if cookie and not self._is_3_0:
                self._tokens.user(cookie)
        except (ExpiredToken, InvalidToken):
            headers = [*response.headers, ("set-cookie", f'{_COOKIE}=""; HttpOnly; Max-Age=0; Path=/; SameSite=lax')]
            return replace(response, headers=headers)
        return response

    def respond(self, request: Request, path: str) -> Response:
        """Answer a request for a path below ``/auth``."""
        is_token_path = path in ("/auth/token", "/auth/token/cli")
        if is_token_path and request.method == "POST":
            username, password = self._credentials(request, path)
            if not (username and password):
                raise HttpError(400, "Username and password must be provided")
            user = self._users.authenticate(username, password)
            if user is None:
                raise HttpError(401, "Invalid credentials")
            return json_response({"access_token": self._tokens.issue(user, cli=path.endswith("/cli"))}, 201)
        if self._fab:
            return fab_page(path, request.origin)
        if request.method != "GET":
            return method_not_allowed("POST" if is_token_path else "GET")
        if path == "/auth/token":
            raise HttpError(403, _NOT_ALL_ADMINS)
        return interface()

    def _credentials(self, request: Request, path: str) -> tuple[str, str]:
        if self._fab:
            return self._fab_credentials(request)
        if path == "/auth/token" and not self._is_3_0:
            try:
                fields = read_fields(_read_json_or_form(request), _FIELDS, {})
            except ValidationError as invalid:
                raise HttpError(422, _as_text(invalid.errors)) from None
        else:
            fields = read_fields(read_json(request, lenient=self._is_3_0), _FIELDS, {})
        return fields["username"], fields["password"]

    def _fab_credentials(self, request: Request) -> tuple[str, str]:
        body = read_json(request, lenient=self._is_3_0)
        if body is None:
            raise ValidationError(missing(("body",), None))
        if not isinstance(body, dict):
            raise ValidationError(error("dict_type", ("body",), "Input should be a valid dictionary", body))
        username, password = body.get("username"), body.get("password")
        if isinstance(username, str) and self._users.find(username) and password and not isinstance(password, str):
            raise InternalServerError("a password that is no str")
        return str(username or ""), str(password or "")


def cookie_token(request: Request) -> str:
    """Return the token in the cookie of the web interface; empty if there is none."""
    try:
        cookie = SimpleCookie(request.headers.get("cookie", "")).get(_COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _read_json_or_form(request: Request) -> dict[str, Any]:
    kind = request.media_type("application/json")
    if kind == _FORM:
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: form[name][0] if name in form else None for name in _FIELDS}
    if kind != "application/json":
        raise HttpError(415, f"Only application/json or {_FORM} is supported")
    try:
        body = json.loads(request.body)
    except ValueError as wrong:
        raise InternalServerError("a body that is no JSON") from wrong
    if not isinstance(body, dict):
        raise InternalServerError("a body that is no object")
    return body


def _as_text(errors: list[Error]) -> str:
    lines = [f"{len(errors)} validation error{'s' if len(errors) > 1 else ''} for LoginBody"]
    for item in errors:
        value = f"input_value={item['input']!r}, input_type={type(item['input']).__name__}"
        lines.append(f"{item['loc'][-1]}\n  {item['msg']} [type={item['type']}, {value}]")
        lines.append(f"    For further information visit {_PYDANTIC_DOCS}/{item['type']}")
    return "\n".join(lines)
