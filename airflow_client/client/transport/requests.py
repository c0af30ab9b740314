"""A transport that makes its requests by a ``requests.Session`` of the user's (the extra ``requests``).

The session's own authentication, adapters, proxies, certificates, hooks and cookies apply; of the configuration none of
these do. It keeps every promise of the default transport: no redirect, no retry, the limits of time, our exceptions.
"""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import Any, cast

import requests
import urllib3.exceptions
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_netrc_auth

from airflow_client.client.exceptions import (
    ConnectionException,
    ProtocolException,
    ResponseTooLargeException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.client.secret import without_tracebacks
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event

    from airflow_client.client.timeouts import Timeouts
    from airflow_client.client.wire import Request

#: Bytes read between two looks at the clock.
_CHUNK = 1 << 20


class RequestsTransport:
    """Sends requests by ``session``, which stays the user's: it is not closed, and nothing of it is changed, but that
    its jar keeps the cookies that servers set, as always.

    A session that serves several threads at once has to bear it, as ``requests`` documents of its own.
    """

    def __init__(self, session: requests.Session, max_size: int) -> None:
        self._session = session
        self._max_size = max_size

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        deadline = time.monotonic() + timeouts.total
        url = request.origin + request.target
        try:
            answer = self._session.request(
                request.method,
                url,
                data=request.body,
                headers=request.headers,
                auth=_Exactly(request, url, self._session),
                timeout=(timeouts.connect, timeouts.read),
                allow_redirects=False,
                stream=True,
            )
            if stream and 200 <= answer.status_code <= 299:
                return Response(answer.status_code, answer.reason, answer.headers, None, answer)
            data = self._read(answer, deadline, stop)
            if len(data) > self._max_size:
                raise ResponseTooLargeException.of(answer.status_code, request, self._max_size)
        except ResponseTooLargeException:
            raise
        except Exception as error:  # whatever the user's session, its adapters and its authentication raise
            raise _translated(error, request) from without_tracebacks(error)
        return Response(answer.status_code, answer.reason, answer.headers, data)

    def close(self) -> None:
        pass

    def _read(self, answer: requests.Response, deadline: float, stop: Event | None) -> bytes:
        """The body, up to a chunk more than it may have; a server that goes on sending past the deadline is cut off."""
        chunks, size = [], 0
        # That a body ends before its Content-Length is an error; urllib3 before release 2 has to be told so.
        answer.raw.enforce_content_length = True
        with answer:
            for chunk in answer.iter_content(_CHUNK):
                chunks.append(chunk)
                size += len(chunk)
                if size > self._max_size:
                    break
                if time.monotonic() > deadline or (stop is not None and stop.is_set()):
                    raise requests.exceptions.ReadTimeout("the deadline of the call was reached")
        return b"".join(chunks)


class _Exactly(AuthBase):
    """The last word on a request: its URL goes out as it was built, and our credentials are not replaced by others.

    ``requests`` decodes ``%2E%2E``, which a server or a proxy then folds into another path; and it replaces an
    Authorization header by what it finds in ``.netrc``.
    """

    def __init__(self, request: Request, url: str, session: requests.Session) -> None:
        self._url = url
        self._signed = any(name.lower() == "authorization" for name in request.headers)
        self._session = session

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.url = self._url
        if not self._signed:
            theirs: Any = self._session.auth
            if not theirs and self._session.trust_env:
                theirs = get_netrc_auth(self._url)
            if isinstance(theirs, tuple):
                theirs = HTTPBasicAuth(*cast("tuple[str, str]", theirs))
            if theirs:
                return cast(requests.PreparedRequest, theirs(prepared))
        return prepared


def _translated(error: Exception, request: Request) -> TransportException:
    """Our exception for one of the session's."""
    kind: type[TransportException] = ProtocolException
    hint = None
    if isinstance(error, requests.exceptions.Timeout):
        kind = TimeoutException
    elif isinstance(error, requests.exceptions.SSLError):
        kind, hint = TlsException, "certificates are the session's affair: see its verify and cert"
    elif isinstance(error, requests.exceptions.ProxyError):
        kind, hint = ConnectionException, "proxies are the session's affair: see its proxies and trust_env"
    elif isinstance(_inner(error), OSError) or (
        isinstance(error, requests.exceptions.ConnectionError) and not isinstance(_inner(error), HTTPException)
    ):
        kind, hint = ConnectionException, "is Configuration(host=…) right, and the server up?"
    translated = kind(0, f"{type(error).__name__}: {error}", request=repr(request), hint=hint)
    inner = _inner(error)
    translated._unsent = isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(
        getattr(inner, "reason", None), urllib3.exceptions.NewConnectionError
    )
    # Whether the connection was a kept-alive one cannot be told: a GET is tried once more in any case.
    translated._stale = kind is ConnectionException and isinstance(inner, ConnectionError)
    return translated


def _inner(error: Exception) -> object:
    """What http.client or the socket raised, inside of what urllib3 and requests made of it."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, urllib3.exceptions.ProtocolError) and len(cause.args) > 1:
        return cause.args[1]
    return cause
