"""Our exceptions for what sockets, ssl and http.client raise, also inside of what urllib3 makes of it."""

from __future__ import annotations

import socket
import sys

from airflow_client.client.exceptions import (
    ConnectionException,
    ProtocolException,
    TimeoutException,
    TlsException,
    TransportException,
)
from airflow_client.client.transport import BROKEN, NOT_HTTP, failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.transport import Course
    from airflow_client.client.wire import Request


def closed(request: Request) -> ConnectionException:
    """The exception of a request that a transport is asked for which is closed."""
    hint = "the client was closed before the call was made"
    return ConnectionException(0, "the transport is closed", request=repr(request), hint=hint)


def is_known(error: BaseException) -> bool:
    """Whether it says that a request failed; else it is somebody else's, such as an interrupt."""
    return isinstance(error, (OSError, ValueError)) or type(error).__module__ in ("http.client", "urllib3.exceptions")


def translated(error: BaseException, request: Request, course: Course) -> TransportException:
    """Our exception for such an error of a ``request`` that got as far as ``course`` tells."""
    kind: type[TransportException] = ProtocolException
    hint: str | None = NOT_HTTP
    cause = error
    if type(error).__module__ == "urllib3.exceptions":
        cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, socket.timeout):
        kind, hint = TimeoutException, None
    elif _is_ssl_error(cause):
        from airflow_client.client.transport import tls

        kind, hint = TlsException, tls.hint(cause)
    elif course.unsent:
        kind, hint = ConnectionException, "is Configuration(host=…) right, and the server up?"
    elif isinstance(cause, OSError):  # reset, broken pipe, closed before an answer (http.client.RemoteDisconnected)
        kind, hint = ConnectionException, BROKEN
    return failure(kind, f"{type(cause).__name__}: {cause}", hint, request, course)


def _is_ssl_error(error: BaseException) -> bool:
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(error, ssl.SSLError)
