"""Answers in the form in which a real Airflow 2 writes them, byte for byte."""

from __future__ import annotations

import datetime as dt
import html
import json
from email.utils import format_datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from airflow_client.testing.http1 import Response
from airflow_client.testing.store import Entry

Headers = list[tuple[str, str]]

_HTML = "text/html; charset=utf-8"
_NO_STORE: Headers = [("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex, nofollow")]
_FRESH: Headers = [
    ("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0"),
    ("Pragma", "no-cache"),
    ("Expires", "0"),
    ("X-Robots-Tag", "noindex, nofollow"),
]
_COOKIE_LIFETIME = dt.timedelta(days=30)
_ERROR_PAGE = """

<!DOCTYPE html>
<html lang="en">
  <head>
    <title>Airflow {status}</title>
    <link rel="icon" type="image/png" href="/static/pin_32.png">
  </head>
  <body>
    <div style="font-family: verdana; text-align: center; margin-top: 200px;">
      <img src="/static/pin_100.png" width="50px" alt="pin-logo" />
      <h1>Airflow {status}</h1>
      <p>{message}</p>
      <a href="/">Return to the main page</a>
      <p></p>
    </div>
  </body>
</html>"""


def ok(value: dict[str, Any]) -> Response:
    """Give a JSON object."""
    return _respond("200 OK", "application/json", _json(value))


def entry(found: Entry, value: Any) -> Response:
    """Give one XCom with its value."""
    return ok(
        {
            "dag_id": found.dag_id,
            "execution_date": found.logical_date,
            "key": found.key,
            "map_index": found.map_index,
            "task_id": found.task_id,
            "timestamp": found.timestamp,
            "value": value,
        }
    )


def page(total: int, entries: list[Entry]) -> Response:
    """Give a list; as :func:`ok` would, but faster: an indenting ``json.dumps`` is slow."""
    rows = ",\n".join(
        f'    {{\n      "dag_id": {quoted(row.dag_id)},\n'
        f'      "execution_date": {_moment(row)},\n'
        f'      "key": {quoted(row.key)},\n      "map_index": {row.map_index},\n'
        f'      "task_id": {quoted(row.task_id)},\n'
        f'      "timestamp": {quoted(row.timestamp)}\n    }}'
        for row in entries
    )
    body = f"[\n{rows}\n  ]" if entries else "[]"
    text = f'{{\n  "total_entries": {total},\n  "xcom_entries": {body}\n}}\n'
    return _respond("200 OK", "application/json", text)


def problem(status: str, title: str | None, detail: str | None, kind: str, session: Headers | None = None) -> Response:
    """Give an error; ``kind`` is its ``type``, ``session`` the headers about a session, if any."""
    body = _json({"detail": detail, "status": int(status[:3]), "title": title, "type": kind})
    return _respond(status, "application/problem+json", body, more=session)


def redirect(status: str, url: str, session: Headers, *, fresh: bool = False) -> Response:
    """Send to another URL; ``fresh`` is for pages that nobody may keep a copy of."""
    link = html.escape(url).replace("&#x27;", "&#39;")
    text = (
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
        "<p>You should be redirected automatically to the target URL: "
        f'<a href="{link}">{link}</a>. If not, click the link.\n'
    )
    return _respond(status, _HTML, text, before=[("Location", url)], more=session, fresh=fresh)


def page_not_found(session: Headers) -> Response:
    """Give the HTML page of the web interface for a path that is nothing."""
    text = _ERROR_PAGE.format(status=404, message="Page cannot be found.")
    return _respond("404 NOT FOUND", _HTML, text, more=session)


def method_not_allowed(session: Headers) -> Response:
    """Give the HTML page of the web interface for a method that a page does not take."""
    text = _ERROR_PAGE.format(status=405, message="Received an invalid request.")
    return _respond("405 METHOD NOT ALLOWED", _HTML, text, more=session)


def bad_request_page(why: str, session: Headers) -> Response:
    """Give the HTML page of the web interface for a form that is refused."""
    text = f"<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<h1>Bad Request</h1>\n<p>{why}</p>\n"
    return _respond("400 BAD REQUEST", _HTML, text, more=session)


def web_page(text: str, session: Headers, *, fresh: bool = False) -> Response:
    """Give an HTML page of the web interface; ``fresh`` if nobody may keep a copy of it."""
    return _respond("200 OK", _HTML, text, more=session, fresh=fresh)


def options(allowed: str = "GET, HEAD, OPTIONS", session: Headers | None = None) -> Response:
    """Tell the methods of a path."""
    about = [("Content-Type", _HTML), ("Allow", allowed)]
    return Response("200 OK", [*about, *_NO_STORE, *(session or []), ("Content-Length", "0")])


def cookie(value: str) -> tuple[str, str]:
    """Give the header that sets the cookie of a session."""
    expires = format_datetime(dt.datetime.now(dt.timezone.utc) + _COOKIE_LIFETIME, usegmt=True)
    return "Set-Cookie", f"session={value}; Expires={expires}; HttpOnly; Path=/; SameSite=Lax"


def _moment(row: Entry) -> str:
    return "null" if row.logical_date is None else quoted(row.logical_date)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def _respond(
    status: str,
    content_type: str,
    text: str,
    *,
    before: Headers | None = None,
    more: Headers | None = None,
    fresh: bool = False,
) -> Response:
    body = text.encode()
    about = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    return Response(status, [*about, *(before or []), *(_FRESH if fresh else _NO_STORE), *(more or [])], body)
