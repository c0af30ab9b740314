"""Responses of Airflow 3, with the bodies that it writes."""

from __future__ import annotations

import gzip
import json
import secrets
from http import HTTPStatus
from typing import Any

from airflow_client.testing.application import Headers, Request, Response, ServerProfile

_HTML: Headers = [("content-type", "text/html; charset=utf-8")]
_GZIP_LEVEL = 5
_HIDDEN = {"statement": "hidden", "orig_error": "hidden"}
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
_FAB_NOT_FOUND = """<!DOCTYPE html>
<html lang="en">
  <head><title>Airflow 404</title></head>
  <body><h1>Airflow 404</h1><p>Page cannot be found.</p><a href="/">Return to the main page</a></body>
</html>
"""
_FAB_REDIRECT = """<!doctype html>
<html lang=en>
<title>Redirecting...</title>
<h1>Redirecting...</h1>
<p>You should be redirected automatically to the target URL: <a href="{url}">{url}</a>. If not, click the link.
"""


class HttpError(Exception):
    """Error response with a ``detail``."""

    def __init__(self, status: int, detail: Any, *headers: tuple[str, str]) -> None:
        super().__init__(detail)
        self.response: Response = json_response({"detail": detail}, status, *headers)


def json_response(value: Any, status: int = 200, *headers: tuple[str, str]) -> Response:
    """Return a JSON value."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, [*headers, ("content-type", "application/json")], body, _reason(status))


def json_lines(values: list[dict[str, Any]], *headers: tuple[str, str]) -> Response:
    """Return JSON objects, one in a line."""
    body = "".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n" for value in values)
    return Response(200, [*headers, ("content-type", "application/x-ndjson")], body.encode())


def no_content() -> Response:
    """Return the response to a successful DELETE."""
    return Response(204, [("content-type", "application/json")])


def not_found(message: str) -> Response:
    """Return the error of a path that does not exist."""
    return json_response({"error": message}, 404)


def method_not_allowed(allowed: str = "GET") -> Response:
    """Return the error of a method that a path lacks."""
    return json_response({"detail": "Method Not Allowed"}, 405, ("allow", allowed))


def database_error() -> HttpError:
    """Return the error of a query on which the database fails."""
    return HttpError(500, {"reason": "Database error", **_HIDDEN, "message": _see_logs()})


def not_unique(columns: str | None) -> HttpError:
    """Return the error of a row that exists already; ``columns`` shows them, as Airflow 3.0 does."""
    shown = {"statement": "INSERT INTO dag_run", "orig_error": f"UNIQUE constraint failed: {columns}"}
    details = _HIDDEN if columns is None else shown
    return HttpError(409, {"reason": "Unique constraint violation", **details, "message": _see_logs()})


def _see_logs() -> str:
    return (
        "Serious error when handling your request. Check logs for more details - you will find it in api server"
        f" when you look for ID {secrets.token_hex(4)}"
    )


def interface() -> Response:
    """Return the page of the web interface, which answers every path outside the API."""
    return Response(200, _HTML, _INTERFACE.encode())


def fab_page(path: str, origin: str) -> Response:
    """Return the page of the FAB auth manager's own web application: a redirect, or that a path does not exist."""
    headers = [*_HTML, ("vary", "Cookie")]
    location, status = {"/auth/": ("/", 302), "/auth/login": (f"{origin}/auth/login/", 308)}.get(path, ("", 404))
    if not location:
        return Response(404, headers, _FAB_NOT_FOUND.encode())
    text = _FAB_REDIRECT.format(url=location)
    return Response(status, [*headers, ("location", location)], text.encode())


def crash() -> Response:
    """Return the response to a login on which a real server fails."""
    return _uvicorn_page(500, "")


def compress(response: Response, request: Request) -> Response:
    """Return a response compressed by gzip, in chunks, if the client accepts that."""
    if response.status == 204:
        return response
    varies = [value for name, value in response.headers if name == "vary"]
    if varies and request.method == "HEAD":
        return response
    headers = [(name, value) for name, value in response.headers if name != "vary"]
    headers.append(("vary", ", ".join([*varies, "Accept-Encoding"])))
    if response.parts is not None:
        return Response(response.status, headers, parts=response.parts)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(response.status, headers, response.body, response.reason)
    headers.append(("content-encoding", "gzip"))
    body = gzip.compress(response.body, _GZIP_LEVEL)
    return Response(response.status, headers, body, response.reason, chunked=True)


def _uvicorn_page(status: int, _detail: str) -> Response:
    text = "Internal Server Error" if status == 500 else "Invalid HTTP request received."
    return Response(500 if status == 500 else 400, [("content-type", "text/plain; charset=utf-8")], text.encode())


UVICORN = ServerProfile("uvicorn", _uvicorn_page, announces_crash=False)


def _reason(status: int) -> str:
    # Python 3.13 renames this one.
    return "Unprocessable Entity" if status == 422 else HTTPStatus(status).phrase
