"""Transport with the user's ``requests.Session`` (the extra ``requests``).

The session's own authentication, adapters, proxies, certificates, hooks and cookies apply; the configuration's do not.
Like the default transport, it follows no redirects, does not retry, enforces timeouts, and raises our exceptions.
"""

from __future__ import annotations

import contextlib
import os
from functools import partial
from http.client import HTTPException, responses
from typing import TYPE_CHECKING, Any, cast

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_netrc_auth, select_proxy

from airflow_client.xcom import transport
from airflow_client.xcom.core.messages import Response
from airflow_client.xcom.exceptions import (
    ConnectionException,
    ProtocolException,
    ResponseTooLargeException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.xcom.headers import ResponseHeaders, Secret
from airflow_client.xcom.transport.deadline import Deadline, current, discard, keep_deadlines
from airflow_client.xcom.transport.urllib3 import CHUNK, COMPRESSED_CHUNK, map_error, unwrap

if TYPE_CHECKING:
    from threading import Event

    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.messages import Request
    from airflow_client.xcom.core.options import Timeouts

_CERTIFICATES = f"the session's verify and cert apply, not the configuration's; {transport.NOT_HTTPS}"
_OF_SESSION = "the session's own code raised this, such as its authentication: see the exception's __cause__"
#: What a connection raises, unlike the code of a session.
_OF_CONNECTION = (OSError, HTTPException, urllib3.exceptions.HTTPError, ValueError)
#: Source of a proxy that is the session's own.
_SESSION = "session.proxies"


class RequestsTransport:
    """Send requests with the user's ``session``.

    The session is not closed. Its cookie jar stores cookies as usual, and its pools enforce our deadlines; nothing else
    changes. ``requests`` does not guarantee that a session is thread-safe.
    """

    def __init__(self, session: requests.Session, configuration: Configuration) -> None:
        self._hidden_session = Secret(session)
        self._configuration = configuration

    @property
    def _session(self) -> requests.Session:
        return self._hidden_session.value

    def send(self, request: Request, timeouts: Timeouts, stream: bool, stop: Event | None = None) -> Response:
        deadline = Deadline(timeouts.total, timeouts.read, stop, transport.is_upload(request))
        proxied: str | None = None
        try:
            proxied = self._keep_deadlines(request.origin + request.target)
            current.deadline = deadline
            return self._send(request, timeouts, stream, deadline)
        except ResponseTooLargeException as error:
            raise error.with_traceback(None)  # noqa: B904  # the frames below hold the session's request
        except Exception as error:  # adapters and authentication may raise anything
            failed, cause = _map_error(error, request, deadline, proxied), transport.strip_secrets(error)
            if isinstance(error, requests.exceptions.InvalidURL):
                cause = requests.exceptions.InvalidURL("hidden: it may contain the proxy's password")
        finally:
            current.deadline = None
        raise failed from cause  # outside the except block, so that the error is not its context

    def _send(self, request: Request, timeouts: Timeouts, stream: bool, deadline: Deadline) -> Response:
        url, location = request.origin + request.target, list[str]()

        def hide_redirect(response: requests.Response, **_options: Any) -> None:
            # requests reads the body of a redirect even if it does not follow it, whatever its size.
            if "Location" in response.headers:
                location.append(response.headers.pop("Location"))

        response = self._session.request(
            request.method,
            url,
            data=request.body,
            headers=request.headers.to_dict(),
            auth=_FinalAuth(request, url, self._session, self._configuration.has_credentials),
            timeout=(timeouts.connect, timeouts.read),
            allow_redirects=False,
            stream=True,
            hooks={"response": [*self._session.hooks.get("response", []), hide_redirect]},
        )
        if location:
            response.headers["Location"] = location[-1]
        headers = ResponseHeaders(response.headers.items())
        reason = response.reason or responses.get(response.status_code, "")  # adapters of others may set none
        if stream and 200 <= response.status_code <= 299:
            deadline.lift()
            return Response(response.status_code, reason, headers, None, response)
        connection = getattr(response.raw, "connection", None)
        data = self._read(response, request, deadline)
        return Response(response.status_code, reason, headers, data, discard=partial(discard, connection))

    def close(self) -> None:
        pass

    def _keep_deadlines(self, url: str) -> str | None:
        """Make the session's pools enforce our requests' deadlines.

        :returns: the setting that names the proxy, None if none is used.
        """
        adapter = self._session.get_adapter(url)
        settings = self._session.merge_environment_settings(url, {}, True, None, None)
        proxy = select_proxy(url, settings["proxies"])
        if proxy and isinstance(adapter, HTTPAdapter):
            with contextlib.suppress(Exception):  # the request itself reports the problem
                adapter.proxy_manager_for(proxy if "://" in proxy else f"http://{proxy}")
        for manager in (getattr(adapter, "poolmanager", None), *getattr(adapter, "proxy_manager", {}).values()):
            if isinstance(manager, urllib3.PoolManager):
                keep_deadlines(manager)
        if not proxy:
            return None
        ours = select_proxy(url, self._session.proxies)
        variables = [name for name, value in os.environ.items() if name.lower().endswith("_proxy") and value == proxy]
        return _SESSION if ours or not variables else variables[0]

    def _read(self, response: requests.Response, request: Request, deadline: Deadline) -> bytes:
        """Read the whole body, up to the size limit."""
        # Not the default before urllib3 2.
        response.raw.enforce_content_length = True
        with response:
            length = transport.content_length(response.headers.get("Content-Length"))
            body = transport.Body(request, self._configuration.max_response_size, response.status_code, length)
            for chunk in response.iter_content(COMPRESSED_CHUNK if response.headers.get("Content-Encoding") else CHUNK):
                body.add(chunk)
                deadline.check()
        return body.getvalue()


class _FinalAuth(AuthBase):
    """Finish a request: keep its URL as built, and our credentials.

    ``requests`` decodes ``%2E%2E``, which proxies resolve to another path, and replaces an Authorization header with
    credentials from ``.netrc``, which apply only if the configuration has none.
    """

    def __init__(self, request: Request, url: str, session: requests.Session, is_configured: bool) -> None:
        self._url = url
        self._signed = "Authorization" in request.headers
        self._session = Secret(session)
        self._reads_netrc = session.trust_env and not is_configured

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.url = self._url
        if not self._signed:
            auth: Any = self._session.value.auth
            if not auth and self._reads_netrc:
                auth = get_netrc_auth(self._url)
            if isinstance(auth, tuple):
                auth = HTTPBasicAuth(*cast("tuple[str, str]", auth))
            if auth:
                return cast(requests.PreparedRequest, auth(prepared))
        return prepared


#: Exceptions of the session's own adapters, which wrap no error of urllib3.
_KINDS: list[tuple[type[Exception], type[TransportException], str | None]] = [
    (requests.exceptions.Timeout, TimeoutException, None),
    (requests.exceptions.SSLError, TlsException, _CERTIFICATES),
    (requests.exceptions.ProxyError, ConnectionException, transport.proxy_failed(_SESSION)),
    (requests.exceptions.ConnectionError, ConnectionException, transport.NOT_REACHED),
    (requests.exceptions.HTTPError, ProtocolException, _OF_SESSION),
    (Exception, ProtocolException, transport.NOT_HTTP),
]


def _map_error(error: Exception, request: Request, deadline: Deadline, proxied: str | None) -> TransportException:
    """Return our exception for an error of the session."""
    chain = unwrap(error)
    cause = chain[-1]
    about_url = (requests.exceptions.InvalidURL, urllib3.exceptions.LocationValueError)
    if isinstance(cause, (requests.exceptions.RequestException, *about_url)):
        kind, hint = next((kind, hint) for of, kind, hint in _KINDS if isinstance(cause, of))
        # The text of an error about a URL may hold the proxy's password.
        reason = type(cause).__name__ if isinstance(cause, about_url) else f"{type(cause).__name__}: {cause}"
        failed = transport.failure(kind, reason, hint, request, deadline)
    else:
        otherwise = transport.NOT_HTTP if isinstance(cause, _OF_CONNECTION) else _OF_SESSION
        failed = map_error(error, request, deadline, proxied, otherwise)
    if isinstance(failed, TlsException):
        failed.hint = _CERTIFICATES + transport.through_proxy(proxied)
        failed.is_scheme_doubtful = False  # the session's settings are the likelier cause
    # Custom adapters have their own pools, without a trace.
    failed.is_unsent |= any(isinstance(one, _UNREACHED) for one in chain)
    failed.is_stale = failed.is_stale and isinstance(cause, ConnectionError)
    return failed


_UNREACHED = (requests.exceptions.ConnectTimeout, urllib3.exceptions.NewConnectionError)
