"""A transport that makes its requests by the user's ``requests.Session`` (the extra ``requests``).

The session's own authentication, adapters, proxies, certificates, hooks and cookies apply; the configuration's do not.
It keeps every promise of the default transport: no redirect, no retry, the limits of time, our exceptions.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_netrc_auth, select_proxy

from airflow_client.xcom.core.messages import Response
from airflow_client.xcom.exceptions import (
    ConnectionException,
    ProtocolException,
    ResponseTooLargeException,
    TimeoutException,
    TransportException,
)
from airflow_client.xcom.headers import ResponseHeaders, Secret
from airflow_client.xcom.transport import (
    BROKEN,
    NOT_HTTP,
    NOT_HTTPS,
    NOT_REACHED,
    Body,
    content_length,
    failure,
    is_upload,
    strip_secrets,
    tls_failure,
)
from airflow_client.xcom.transport.deadline import Deadline, current, keep_deadlines
from airflow_client.xcom.transport.proxies import proxy_failed, through_proxy
from airflow_client.xcom.transport.urllib3 import CHUNK, PACKED_CHUNK

if TYPE_CHECKING:
    from threading import Event

    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.messages import Request
    from airflow_client.xcom.core.options import Timeouts

_CERTIFICATES = f"the session's verify and cert apply, not the configuration's; {NOT_HTTPS}"


_PROXY_FAILED = "the proxy, which is the session's, could not be used: see its proxies"
#: What names a proxy that is the session's own.
_SESSION = "the session"


class RequestsTransport:
    """Sends requests by ``session``, which stays the user's.

    It is not closed. Its jar retains the cookies that servers set, as always, and its pools end our requests at their
    deadline; nothing else of it changes. ``requests`` does not promise that a session can serve several threads.
    """

    def __init__(self, session: requests.Session, configuration: Configuration) -> None:
        self._own = Secret(session)
        self._configuration = configuration

    @property
    def _session(self) -> requests.Session:
        return self._own.value

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        deadline = Deadline(timeouts.total, timeouts.read, stop, is_upload(request))
        proxied: str | None = None
        try:
            proxied = self._keep_deadline(request.origin + request.target)
            current.deadline = deadline
            return self._send(request, timeouts, stream, deadline)
        except ResponseTooLargeException as error:
            raise error.with_traceback(None)  # noqa: B904  # the frames below hold the session's request
        except Exception as error:  # whatever the user's session, its adapters and its authentication raise
            failed, cause = _map_error(error, request, deadline, proxied), strip_secrets(error)
            if isinstance(error, requests.exceptions.InvalidURL):
                cause = requests.exceptions.InvalidURL("it is not shown: it may hold the proxy's password")
        finally:
            current.deadline = None
        raise failed from cause  # out here, where the error itself is not its context

    def _send(self, request: Request, timeouts: Timeouts, stream: bool, deadline: Deadline) -> Response:
        url, location = request.origin + request.target, list[str]()

        def hide_redirect(answer: requests.Response, **_options: Any) -> None:
            # requests reads the body of a redirect that it does not follow, of any size.
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
        headers = ResponseHeaders(answer.headers.items())
        if stream and 200 <= answer.status_code <= 299:
            deadline.lift()
            return Response(answer.status_code, answer.reason, headers, None, answer)
        connection = getattr(answer.raw, "connection", None)
        data = self._read(answer, request, deadline)
        return Response(answer.status_code, answer.reason, headers, data, discard=connection and connection.close)

    def close(self) -> None:
        pass

    def _keep_deadline(self, url: str) -> str | None:
        """Have the session's pools end our requests at their deadline; they do nothing else than before.

        :returns: the setting that names the proxy, None where none is used.
        """
        adapter = self._session.get_adapter(url)
        settings = self._session.merge_environment_settings(url, {}, True, None, None)
        proxy = select_proxy(url, settings["proxies"])
        if proxy and isinstance(adapter, HTTPAdapter):
            with contextlib.suppress(Exception):  # the request itself tells what is wrong with it
                adapter.proxy_manager_for(proxy if "://" in proxy else f"http://{proxy}")
        for manager in (getattr(adapter, "poolmanager", None), *getattr(adapter, "proxy_manager", {}).values()):
            if isinstance(manager, urllib3.PoolManager):
                keep_deadlines(manager)
        if not proxy:
            return None
        ours = select_proxy(url, self._session.proxies)
        variables = [name for name, value in os.environ.items() if name.lower().endswith("_proxy") and value == proxy]
        return _SESSION if ours or not variables else variables[0]

    def _read(self, answer: requests.Response, request: Request, deadline: Deadline) -> bytes:
        """Read the whole body, if it is no larger than it may be."""
        # A body that ends before its Content-Length is an error; urllib3 before release 2 has to be told so.
        answer.raw.enforce_content_length = True
        with answer:
            length = content_length(answer.headers.get("Content-Length"))
            body = Body(request, self._configuration.max_response_size)
            body.begin(answer.status_code, length)
            for chunk in answer.iter_content(PACKED_CHUNK if answer.headers.get("Content-Encoding") else CHUNK):
                body.add(chunk)
                deadline.check()
        return body.whole()


class _Exactly(AuthBase):
    """Has the last word on a request: its URL goes out as it was built, and our credentials stay.

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


def _map_error(error: Exception, request: Request, deadline: Deadline, proxied: str | None) -> TransportException:
    """Return our exception for an error of the session."""
    kind: type[TransportException] = ProtocolException
    hint: str | None = NOT_HTTP
    cause = _inner(error)
    reason = f"{type(cause).__name__}: {cause}"
    if isinstance(error, (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)):
        reason = type(error).__name__  # its text is the URL of the proxy, with the password
    if isinstance(error, requests.exceptions.Timeout) or isinstance(cause, _TIMEOUTS):
        kind, hint = TimeoutException, None
    elif isinstance(error, requests.exceptions.SSLError) or isinstance(cause, ssl.SSLError):
        kind, _ = tls_failure(cause)
        hint = (BROKEN if kind is ConnectionException else _CERTIFICATES) + through_proxy(proxied)
    elif isinstance(error, requests.exceptions.ProxyError) or (proxied is not None and deadline.unsent):
        kind, hint = ConnectionException, _PROXY_FAILED
        if proxied is not None and proxied != _SESSION:
            hint = proxy_failed(proxied)
    elif isinstance(cause, OSError) and not isinstance(cause, requests.exceptions.RequestException):
        kind, hint = ConnectionException, NOT_REACHED if deadline.unsent else BROKEN
    elif isinstance(error, requests.exceptions.ConnectionError) and not isinstance(cause, HTTPException):
        kind, hint = ConnectionException, NOT_REACHED
    failed = failure(kind, reason, hint, request, deadline)
    # An adapter that has pools of its own says so.
    reported = getattr(error.args[0], "reason", None) if error.args else None
    failed.is_unsent |= isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reported, _UNREACHED)
    failed.is_stale = deadline.stale and isinstance(cause, ConnectionError)
    return failed


_UNREACHED = urllib3.exceptions.NewConnectionError
_TIMEOUTS = (socket.timeout, urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.ConnectTimeoutError)


def _inner(error: BaseException) -> BaseException:
    """Return what http.client or the socket raised, inside of what urllib3 and requests made of it."""
    inner: Any = None
    if isinstance(error, (urllib3.exceptions.ProtocolError, urllib3.exceptions.ProxyError)):
        inner = error.args[1] if len(error.args) > 1 else None
    elif isinstance(error, urllib3.exceptions.NewConnectionError):
        inner = error.__cause__ or error.__context__
    elif isinstance(error, urllib3.exceptions.MaxRetryError):
        inner = error.reason
    elif isinstance(error, (urllib3.exceptions.SSLError, requests.exceptions.RequestException)):
        inner = error.args[0] if error.args else None
    return _inner(inner) if isinstance(inner, Exception) else error
