"""Responses of Airflow 2, with the bodies that it writes."""

from __future__ import annotations

import datetime as dt
import html
import json
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

from airflow_client.testing.application import Headers, Response, ServerProfile

_HTML = "text/html; charset=utf-8"
_HEADERS: Headers = [("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex, nofollow")]
_UNCACHED_HEADERS: Headers = [
    ("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0"),
    ("Pragma", "no-cache"),
    ("Expires", "0"),
    ("X-Robots-Tag", "noindex, nofollow"),
]
_COOKIE_LIFETIME = dt.timedelta(days=30)
_ERROR_PAGE = """
<!DOCTYPE html>
<html lang="en">
  <head><title>Airflow {status}</title></head>
  <body><h1>Airflow {status}</h1><p>{message}</p><a href="/">Return to the main page</a></body>
</html>
"""


class Problem(Exception):
    """Error that Airflow 2 answers as ``application/problem+json``.

    :param error_type: end of the URL in its ``type``; None for "about:blank".
    """

    def __init__(self, status: int, title: str | None, detail: str | None, error_type: str | None) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.error_type = error_type


class Crash(Exception):
    """Failure that Airflow answers with a page of its own."""


class TooLarge(Exception):
    """Body that is larger than the server accepts."""


def bad_request(detail: str | None, title: str | None = "Bad Request") -> Problem:
    """Return the problem of an invalid request."""
    return Problem(400, title, detail, "BadRequest")


def routing_problem(status: int, detail: str) -> Problem:
    """Return the problem of a path or a method that does not exist."""
    return Problem(status, HTTPStatus(status).phrase, detail, None)


def json_object(value: dict[str, Any]) -> Response:
    """Return a JSON object."""
    return _response(200, "application/json", _json(value))


def text_or_object(accepted: str, text: str, value: dict[str, Any]) -> Response:
    """Return plain text if the header ``Accept`` asks for it, else a JSON object."""
    if accepted.startswith("text/plain") or accepted == "*/*":
        return _response(200, "text/plain", text)
    return json_object(value)


def problem(error: Problem, version: str, cookies: Headers | None = None) -> Response:
    """Return a problem, with the documentation of a release in its ``type``."""
    reference = f"https://airflow.apache.org/docs/apache-airflow/{version}/stable-rest-api-ref.html#section/Errors"
    error_type = f"{reference}/{error.error_type}" if error.error_type else "about:blank"
    body = _json({"detail": error.detail, "status": error.status, "title": error.title, "type": error_type})
    return _response(error.status, "application/problem+json", body, cookies)


def redirect(status: int, url: str, cookies: Headers, *, cached: bool = True) -> Response:
    """Return a redirect."""
    link = html.escape(url).replace("&#x27;", "&#39;")
    text = (
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
        "<p>You should be redirected automatically to the target URL: "
        f'<a href="{link}">{link}</a>. If not, click the link.\n'
    )
    return _response(status, _HTML, text, [("Location", url), *cookies], cached=cached)


def error_page(status: int, message: str, cookies: Headers) -> Response:
    """Return the web interface's page about an error."""
    return _response(status, _HTML, _ERROR_PAGE.format(status=status, message=message), cookies)


def csrf_error_page(message: str, cookies: Headers) -> Response:
    """Return the page about a form whose CSRF token is wrong."""
    return _plain_page(400, "Bad Request", message, cookies)


def too_large() -> Response:
    """Return the page about a body that is too large."""
    return _plain_page(413, "Request Entity Too Large", "The data value transmitted exceeds the capacity limit.", [])


def no_permission(cookies: Headers) -> Response:
    """Return the page for users who may not see any."""
    text = "<!DOCTYPE html>\n<html>\n  <head><title>Airflow</title></head>\n  <body></body>\n</html>\n"
    return _response(403, _HTML, text, cookies)


def _plain_page(status: int, name: str, message: str, cookies: Headers) -> Response:
    text = f"<!doctype html>\n<html lang=en>\n<title>{status} {name}</title>\n<h1>{name}</h1>\n<p>{message}</p>\n"
    return _response(status, _HTML, text, cookies)


def crash() -> Response:
    """Return Airflow's page about a failure of its own."""
    return _response(500, _HTML, "<!DOCTYPE html>\n<html>\n  <body><h1>Ooops!</h1></body>\n</html>\n")


def web_page(text: str, cookies: Headers, *, cached: bool = True) -> Response:
    """Return a page of the web interface."""
    return _response(200, _HTML, text, cookies, cached=cached)


def options(*methods: str, headers: Headers | None = None) -> Response:
    """Return the methods of a path."""
    return _response(200, _HTML, "", [("Allow", ", ".join([*methods, "GET", "HEAD", "OPTIONS"])), *(headers or [])])


def set_cookie(value: str) -> tuple[str, str]:
    """Return the header that sets a session cookie."""
    expires = format_datetime(dt.datetime.now(dt.timezone.utc) + _COOKIE_LIFETIME, usegmt=True)
    return "Set-Cookie", f"session={value}; Expires={expires}; HttpOnly; Path=/; SameSite=Lax"


def _gunicorn_page(status: int, detail: str) -> Response:
    status = status if status in (431, 500) else 400
    reason = HTTPStatus(status).phrase
    body = (
        f"<html>\n  <head>\n    <title>{reason}</title>\n  </head>\n  <body>\n"
        f"    <h1><p>{reason}</p></h1>\n    {html.escape(detail)}\n  </body>\n</html>\n"
    )
    return Response(status, [("Content-Type", "text/html")], body.encode(), reason, is_bare=True)


GUNICORN = ServerProfile("gunicorn", _gunicorn_page, max_request_line=4094, max_header_line=8190)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def _response(
    status: int, content_type: str, text: str, headers: Headers | None = None, *, cached: bool = True
) -> Response:
    common = _HEADERS if cached else _UNCACHED_HEADERS
    all_headers = [("Content-Type", content_type), *common, *(headers or [])]
    return Response(status, all_headers, text.encode(), HTTPStatus(status).phrase.upper())
