"""Answers in the form in which a real Airflow 3 writes them."""

from __future__ import annotations

import json
import secrets
from typing import Any

from airflow_client.testing.http1 import Response

_REASONS = {
    200: "OK",
    201: "Created",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
}
_HTML = ("content-type", "text/html; charset=utf-8")
_INTERFACE = """<!doctype html>
<html lang="en" style="height: 100%">
  <head>
    <meta charset="UTF-8" />
    <base href="/" />
    <title>Airflow</title>
  </head>
  <body style="height: 100%">
    <div id="root" style="height: 100%"></div>
  </body>
</html>
"""


class Refusal(Exception):
    """An answer other than what was asked for.

    Args:
        status: The status.
        detail: What stands behind ``detail`` in the body.
        headers: More headers.
    """

    def __init__(self, status: int, detail: Any, *headers: tuple[str, str]) -> None:
        super().__init__(detail)
        self.response: Response = _respond(status, {"detail": detail}, *headers)


def ok(value: Any, status: int = 200) -> Response:
    """Give a JSON value."""
    return _respond(status, value)


def no_content() -> Response:
    """Tell that it is done, and nothing else."""
    return Response("204 No Content", [("content-type", "application/json")])


def not_found(message: str) -> Response:
    """Give the error of a path that is nothing."""
    return _respond(404, {"error": message})


def method_not_allowed(allowed: str = "GET") -> Response:
    """Give the error of a method that a path does not take."""
    return _respond(405, {"detail": "Method Not Allowed"}, ("allow", allowed))


def database_error() -> Refusal:
    """Make the refusal of what the database fails on."""
    message = (
        "Serious error when handling your request. Check logs for more details - you will find it in api server"
        f" when you look for ID {secrets.token_hex(4)}"
    )
    hidden = {"statement": "hidden", "orig_error": "hidden"}
    return Refusal(500, {"reason": "Database error", **hidden, "message": message})


def interface() -> Response:
    """Give the HTML of the web interface, which is the answer to any path outside the API."""
    body = _INTERFACE.encode()
    return Response("200 OK", [("content-length", str(len(body))), _HTML], body)


def page_not_found() -> Response:
    """Give the HTML of the FAB auth manager for a path below /auth that is nothing."""
    body = b'<!DOCTYPE html>\n<html lang="en">\n  <head>\n    <title>Airflow 404</title>\n  </head>\n</html>\n'
    return Response("404 Not Found", [_HTML, ("content-length", str(len(body)))], body, varies_by=("Cookie",))


def _respond(status: int, value: Any, *headers: tuple[str, str]) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    about = [("content-length", str(len(body))), ("content-type", "application/json")]
    return Response(f"{status} {_REASONS[status]}", [*headers, *about], body)
