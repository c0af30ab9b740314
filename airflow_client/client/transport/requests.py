"""A transport that makes its requests by a ``requests.Session`` of the user's (the extra ``requests``).

The session's own authentication, adapters, proxies, certificates, hooks and cookies apply; of the configuration none of
these do. It keeps every promise of the default transport: no redirect, no retry, the limits of time, our exceptions.
"""

from __future__ import annotations

import contextlib
import socket
import time
from http.client import HTTPException
from typing import Any, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_netrc_auth, select_proxy

from airflow_client.client.exceptions import (
    ConnectionException,
    ProtocolException,
    ResponseTooLargeException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.client.headers import ResponseHeaders, Secret
from airflow_client.client.transport import (
    NOT_HTTP,
    NOT_HTTPS,
    THROUGH_PROXY,
    Body,
    content_length,
    without_secrets,
)
from airflow_client.client.transport.sockets import Limits
from airflow_client.client.transport.timed import current, observe_limits
from airflow_client.client.wire import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from threading import Event

    from airflow_client.client.configuration import Configuration
    from airflow_client.client.options import Timeouts
    from airflow_client.client.wire import Request

#: Bytes read between two looks at the clock.
_CHUNK = 1 << 20
_CERTIFICATES = "certificates are the session's affair: see its verify and cert"


class RequestsTransport:
    """Sends requests by ``session``, which stays the user's: it is not closed, and nothing of it is changed, but that
    its jar keeps the cookies that servers set, as always, and that its connections end our requests at their deadline.

    A session that serves several threads at once has to bear it, as ``requests`` documents of its own.
    """

    def __init__(self, session: requests.Session, configuration: Configuration) -> None:
        self._own = Secret(session)
        self._configuration = configuration

    @property
    def _session(self) -> requests.Session:
        return self._own.value

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        limits = Limits(time.monotonic() + timeouts.total, timeouts.read, stop)
        proxied = False
        try:
            proxied = self._observe_limits(request.origin + request.target)
            current.limits = limits
            return self._send(request, timeouts, stream, limits)
        except ResponseTooLargeException as error:
            raise error.with_traceback(None)  # noqa: B904  # the frames below hold the session's request
        except Exception as error:  # whatever the user's session, its adapters and its authentication raise
            failure, cause = _translated(error, request, limits, proxied), without_secrets(error)
            if isinstance(error, requests.exceptions.InvalidURL):
                cause = requests.exceptions.InvalidURL("it is not shown: it may hold the proxy's password")
        finally:
            current.limits = None
        raise failure from cause  # out here, where the error itself is not its context

    def _send(self, request: Request, timeouts: Timeouts, stream: bool, limits: Limits) -> Response:
        url, location = request.origin + request.target, list[str]()

        def hide_redirect(answer: requests.Response, **_options: Any) -> None:
            # Of a redirect that is not followed, requests reads the body all the same, of any size.
            if "Location" in answer.headers:
                location.append(answer.headers.pop("Location"))

        answer = self._session.request(
            request.method,
            url,
            data=request.body,
            headers=request.headers.to_dict(),
            auth=_Exactly(request, url, self._session, self._configuration.has_credentials),
            timeout=(timeouts.connect, timeouts.read),
            allow_redirects=False,
            stream=True,
            hooks={"response": [*self._session.hooks.get("response", []), hide_redirect]},
        )
        if location:
            answer.headers["Location"] = location[-1]
        fields = ResponseHeaders(answer.headers.items())
        if stream and 200 <= answer.status_code <= 299:
            limits.lift()
            return Response(answer.status_code, answer.reason, fields, None, answer)
        connection = getattr(answer.raw, "connection", None)
        data = self._read(answer, request, limits)
        return Response(answer.status_code, answer.reason, fields, data, discard=connection and connection.close)

    def close(self) -> None:
        pass

    def _observe_limits(self, url: str) -> bool:
        """Have the session's connections end our requests at their deadline; they do nothing else than before.

        :returns: whether the way leads through a proxy.
        """
        adapter = self._session.get_adapter(url)
        settings = self._session.merge_environment_settings(url, {}, True, None, None)
        proxy = select_proxy(url, settings["proxies"])
        if proxy and isinstance(adapter, HTTPAdapter):
            with contextlib.suppress(Exception):  # what is wrong with it, the request itself tells
                adapter.proxy_manager_for(proxy if "://" in proxy else f"http://{proxy}")
        for manager in (getattr(adapter, "poolmanager", None), *getattr(adapter, "proxy_manager", {}).values()):
            if isinstance(manager, urllib3.PoolManager):
                observe_limits(manager)
        return bool(proxy)

    def _read(self, answer: requests.Response, request: Request, limits: Limits) -> bytes:
        """The whole body, if it is no larger than it may be; a server that goes on past the deadline is cut off."""
        # That a body ends before its Content-Length is an error; urllib3 before release 2 has to be told so.
        answer.raw.enforce_content_length = True
        with answer:
            length = content_length(answer.headers.get("Content-Length"))
            body = Body(request, self._configuration.max_response_size)
            body.begin(answer.status_code, length)
            for chunk in answer.iter_content(_CHUNK):
                body.add(chunk)
                if time.monotonic() > limits.deadline or (limits.stop is not None and limits.stop.is_set()):
                    raise requests.exceptions.ReadTimeout("the deadline of the call was reached")
        return body.whole()


class _Exactly(AuthBase):
    """The last word on a request: its URL goes out as it was built, and our credentials are not replaced by others.

    ``requests`` decodes ``%2E%2E``, which a server or a proxy then folds into another path; and it replaces an
    Authorization header by what it finds in ``.netrc``, which is read only where the configuration has no credentials.
    """

    def __init__(self, request: Request, url: str, session: requests.Session, is_configured: bool) -> None:
        self._url = url
        self._signed = "Authorization" in request.headers
        self._session = Secret(session)
        self._reads_netrc = session.trust_env and not is_configured

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.url = self._url
        if not self._signed:
            theirs: Any = self._session.value.auth
            if not theirs and self._reads_netrc:
                theirs = get_netrc_auth(self._url)
            if isinstance(theirs, tuple):
                theirs = HTTPBasicAuth(*cast("tuple[str, str]", theirs))
            if theirs:
                return cast(requests.PreparedRequest, theirs(prepared))
        return prepared


def _translated(error: Exception, request: Request, limits: Limits, proxied: bool) -> TransportException:
    """Our exception for one of the session's."""
    kind: type[TransportException] = ProtocolException
    hint: str | None = NOT_HTTP
    reason = f"{type(error).__name__}: {error}"
    if isinstance(error, (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)):
        reason = type(error).__name__  # its text is the URL of the proxy, with the password
    reached = (socket.timeout, urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.ConnectTimeoutError)
    if isinstance(error, requests.exceptions.Timeout) or (
        isinstance(_inner(error), reached) and not isinstance(_inner(error), urllib3.exceptions.NewConnectionError)
    ):
        kind, hint = TimeoutException, None
    elif isinstance(error, requests.exceptions.SSLError):
        kind, hint = TlsException, f"{_CERTIFICATES}; {NOT_HTTPS}{THROUGH_PROXY if proxied else ''}"
    elif isinstance(error, requests.exceptions.ProxyError) or (proxied and limits.unsent):
        kind, hint = (
            ConnectionException,
            "the proxy, which is the session's, could not be used: see its proxies",
        )
    elif isinstance(_inner(error), OSError) or (
        isinstance(error, requests.exceptions.ConnectionError) and not isinstance(_inner(error), HTTPException)
    ):
        kind, hint = ConnectionException, "is Configuration(host=…) right, and the server up?"
    translated = kind(0, reason, request=repr(request), hint=hint)
    inner = _inner(error)
    translated._unsent = (
        limits.unsent
        or isinstance(error, requests.exceptions.ConnectTimeout)
        or isinstance(getattr(inner, "reason", None), urllib3.exceptions.NewConnectionError)
    )
    translated._stale = limits.stale and isinstance(inner, ConnectionError)
    return translated


def _inner(error: Exception) -> object:
    """What http.client or the socket raised, inside of what urllib3 and requests made of it."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, urllib3.exceptions.MaxRetryError) and isinstance(cause.reason, urllib3.exceptions.ProxyError):
        cause = cause.reason
    if isinstance(cause, (urllib3.exceptions.ProtocolError, urllib3.exceptions.ProxyError)) and len(cause.args) > 1:
        return cause.args[1]
    return cause
