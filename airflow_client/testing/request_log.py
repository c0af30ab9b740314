"""Record of each request that an embedded server received."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from airflow_client.testing.application import Request
from airflow_client.testing.cassettes import CREDENTIALS, is_login

_HIDDEN = "<hidden>"


class _Headers(Mapping[str, str]):
    """Headers of a request; names are case-insensitive, and iterated in lower case."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._headers[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers)

    def __len__(self) -> int:
        return len(self._headers)

    def __repr__(self) -> str:
        return repr(self._headers)


@dataclass(eq=False, repr=False)
class RecordedRequest:
    """Request that the server received, and the status with which it answered.

    :ivar method: method, such as ``"GET"``.
    :ivar target: path and query as sent, such as ``"/api/v1/version?a=%20"``.
    :ivar path: path, decoded and without the query.
    :ivar query: query as sent, without the question mark.
    :ivar headers: headers with case-insensitive names. Credentials are ``"<hidden>"`` unless the server was made with
        ``record_credentials=True``.
    :ivar body: body; ``b"<hidden>"`` for a login, unless the server was made with ``record_credentials=True``.
    :ivar status: status of the response; None until the server begins to send it, and if none is sent.
    :ivar started_at: time at which the request had arrived, in UTC.
    :ivar duration: seconds until the server began to send the response; None until then.
    """

    method: str
    target: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    started_at: dt.datetime
    status: int | None = None
    duration: float | None = None

    def __repr__(self) -> str:
        return f"<{self.method} {self.target}: {self.status or 'no response yet'}>"

    @property
    def params(self) -> dict[str, list[str]]:
        """Query parameters, decoded, each with its values in the order in which they were sent."""
        return parse_qs(self.query, keep_blank_values=True)

    def json(self) -> Any:
        """Return the body, decoded from JSON.

        :raises ValueError: the body is not JSON.
        """
        return json.loads(self.body)


def record(request: Request, *, with_credentials: bool) -> RecordedRequest:
    """Return the record of a request that has just arrived."""
    headers, body = request.headers, request.body
    if not with_credentials:
        headers = _masked(headers)
        body = _HIDDEN.encode() if is_login(request.method, request.path) else body
    now = dt.datetime.now(dt.timezone.utc)
    return RecordedRequest(request.method, request.target, request.path, request.query, _Headers(headers), body, now)


def _masked(headers: Mapping[str, str]) -> dict[str, str]:
    masked = dict(headers)
    for name in CREDENTIALS:
        if name in masked:
            scheme, space, _ = masked[name].partition(" ") if name.endswith("authorization") else ("", "", "")
            masked[name] = f"{scheme}{space}{_HIDDEN}" if space else _HIDDEN
    return masked
