"""Answers in the form in which a real Airflow 2 writes them, byte for byte."""

from __future__ import annotations

import html
import json
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from airflow_client.testing.http1 import Response
from airflow_client.testing.store import Entry

Headers = list[tuple[str, str]]

_HTML = "text/html; charset=utf-8"
_NO_STORE: Headers = [("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex, nofollow")]
_PAGE_404 = """

<!DOCTYPE html>
<html lang="en">
  <head>
    <title>Airflow 404</title>
    <link rel="icon" type="image/png" href="/static/pin_32.png">
  </head>
  <body>
    <div style="font-family: verdana; text-align: center; margin-top: 200px;">
      <img src="/static/pin_100.png" width="50px" alt="pin-logo" />
      <h1>Airflow 404</h1>
      <p>Page cannot be found.</p>
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
            "execution_date": found.execution_date,
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
        f'      "execution_date": {quoted(row.execution_date)},\n'
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


def redirect(url: str, session: Headers) -> Response:
    """Send to another URL."""
    link = html.escape(url).replace("&#x27;", "&#39;")
    text = (
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
        "<p>You should be redirected automatically to the target URL: "
        f'<a href="{link}">{link}</a>. If not, click the link.\n'
    )
    return _respond("308 PERMANENT REDIRECT", _HTML, text, before=[("Location", url)], more=session)


def page_not_found(session: Headers) -> Response:
    """Give the HTML page of the web interface for a path that is nothing."""
    return _respond("404 NOT FOUND", _HTML, _PAGE_404, more=session)


def options() -> Response:
    """Tell the methods of a path; they are the same for all."""
    about = [("Content-Type", _HTML), ("Allow", "GET, HEAD, OPTIONS")]
    return Response("200 OK", [*about, *_NO_STORE, ("Content-Length", "0")])


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def _respond(
    status: str,
    content_type: str,
    text: str,
    *,
    before: Headers | None = None,
    more: Headers | None = None,
) -> Response:
    body = text.encode()
    about = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    return Response(status, [*about, *(before or []), *_NO_STORE, *(more or [])], body)
