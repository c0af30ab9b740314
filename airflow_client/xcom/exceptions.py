"""Every exception this library raises, and the warnings.

::

    OpenApiException
    ├── ApiTypeError (TypeError)            an argument is of the wrong type, or an unknown keyword
    ├── ApiValueError (ValueError)          an argument has an unusable value
    │   └── ApiUnsupportedError             the server's Airflow release does not have what is asked for
    ├── HookException                       Configuration.on_request raised an exception
    ├── ApiAttributeError (AttributeError)  a model has no such attribute, or a Configuration no such setting
    ├── ApiKeyError (KeyError)              a model has no such field
    └── ApiException                        the call was made and failed
        ├── BadRequestException             400
        ├── UnauthorizedException           401
        ├── ForbiddenException              403
        ├── NotFoundException               404
        ├── ConflictException               409
        ├── UnprocessableEntityException    422
        ├── ServiceException                5xx
        ├── UnexpectedContentException      an answer came that is not what Airflow's API sends
        │   └── ResponseTooLargeException   it is larger than Configuration.max_response_size
        └── TransportException              no complete answer came (``status`` is 0)
            ├── ConnectionException         not reached, refused, or the connection broke
            ├── TimeoutException (TimeoutError)  a time limit was reached
            │   └── StalledException        a bulk reading got no response for ``stall_timeout`` seconds
            ├── TlsException                the TLS handshake or certificate check failed
            └── ProtocolException           what came is not well-formed HTTP

The names are those of Airflow's own clients where these have such an exception.
"""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from airflow_client.xcom.core.bulk import Counts
    from airflow_client.xcom.headers import ResponseHeaders
    from airflow_client.xcom.model.error import Error
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem
else:  # these modules import this one; typing.get_type_hints needs the names
    Counts = Error = ResponseHeaders = XComCollectionItem = Any


#: Characters of a server's words that a message shows.
_LONGEST = 2_000


class OpenApiException(Exception):
    """The base of every exception of this library.

    :ivar entry: the row of the list whose XCom could not be read, where it is of :meth:`XComApi.iter_xcoms`; else None.
    :ivar position: the position (int, from 0) of a row that the server cannot load, in the list of its run where the
        list was read run by run; None for any other error.
    """

    entry: XComCollectionItem | None = None
    position: int | None = None

    # KeyError shows the repr of its argument; a message is to be read.
    def __str__(self) -> str:
        return Exception.__str__(self)


class ApiTypeError(OpenApiException, TypeError):
    """An argument is of the wrong type, or a keyword is unknown. Raised before anything is sent."""


class ApiValueError(OpenApiException, ValueError):
    """An argument has an unusable value (raised before anything is sent), or a field cannot be read as its type."""


class ApiUnsupportedError(ApiValueError):
    """The server's Airflow release does not have the call or the parameter; the message names the release it needs."""


class ApiAttributeError(OpenApiException, AttributeError):
    """A model has no attribute of this name, or the attribute cannot be set; or a :class:`Configuration` has no such
    setting."""


class ApiKeyError(OpenApiException, KeyError):
    """A model's ``m["name"]`` was asked for a field that the server did not send."""


class HookException(OpenApiException):
    """``Configuration.on_request`` raised an exception, which is the ``__cause__``; the request was not sent."""


class ApiException(OpenApiException):
    """A call was made and failed.

    :ivar int status: the HTTP status; 0 when no complete answer came.
    :ivar str reason: the HTTP reason phrase, or what went wrong on the way.
    :ivar body: the body of the answer as text, None when there is none.
    :ivar headers: the headers of the answer, a mapping that ignores case; None when there is no answer.
    :ivar error: the body as Airflow's :class:`~airflow_client.xcom.model.error.Error`, None when it does not look
        like one.
    :ivar request: what was asked: method and URL.
    :ivar hint: what to try, None when nothing is known to help.
    :ivar attempts: how many requests were sent, those of a login included; None where nobody counted.
    :ivar elapsed: seconds from the beginning of the call to its failure; None where nobody counted.

    ``str(e)`` says what came back, what was asked and what to try; it never contains a credential.

    :param http_resp: any object with ``status``, ``reason``, ``data`` and ``headers``; an alternative to naming them
        one by one, as the official clients have it.
    """

    #: Whether the server refused the credentials themselves, and not what the user may do.
    is_login_refusal = False

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: Any = None,
        *,
        body: str | None = None,
        headers: Mapping[str, str] | ResponseHeaders | None = None,
        error: Error | None = None,
        request: str | None = None,
        hint: str | None = None,
    ) -> None:
        if http_resp is not None:
            status, reason, headers = http_resp.status, http_resp.reason, http_resp.headers
            data = http_resp.data
            body = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        super().__init__(status, reason)
        self.status: int = 0 if status is None else status
        self.reason = reason
        self.body = body
        self.headers = headers
        self.error = error
        self.request = request
        self.hint = hint
        self.attempts: int | None = None
        self.elapsed: float | None = None

    def __str__(self) -> str:
        lines = [f"({self.status})", f"Reason: {self.reason}"]
        says = self._server_says()
        if says:
            lines.append(f"Server says: {says}")
        if self.request:
            lines.append(f"Request: {self.request}")
        if self.attempts:
            lines.append(f"Gave up after {self.attempts} attempt{'s' * (self.attempts != 1)} in {self.elapsed:.3g} s")
        if self.hint:
            lines.append(f"Hint: {self.hint}")
        # What a server says may hold lone surrogates, which no file takes, and go on for megabytes.
        return "\n".join(lines).encode("utf-8", "backslashreplace").decode()

    def _server_says(self) -> str | None:
        said = self.error.text if self.error is not None else None
        if said is None and self.body:
            said = _readable_text(self.body)
        return said if said is None or len(said) <= _LONGEST else f"{said[:_LONGEST]}…"

    def __reduce__(self) -> tuple[Any, ...]:
        # The headers may be a class of the transport's and may hold a session cookie: they stay here.
        state = {**self.__dict__, "headers": None}
        return type(self), (self.status, self.reason), state


class BadRequestException(ApiException):
    """400: the server does not understand the request, for instance a parameter that its release does not know."""


class UnauthorizedException(ApiException):
    """401: credentials are missing or wrong. Airflow 2.11 answers 403 instead, see :class:`ForbiddenException`."""


class ForbiddenException(ApiException):
    """403: the user may not read this; on Airflow 2.11 also: credentials are missing or wrong."""


class NotFoundException(ApiException):
    """404: no such XCom, or no such path on this server."""


class ConflictException(ApiException):
    """409: what was to be created exists already."""


class UnprocessableEntityException(ApiException):
    """422: Airflow 3 refuses a parameter or a body."""


class ServiceException(ApiException):
    """5xx: the server, or a proxy in front of it, failed."""


class UnexpectedContentException(ApiException):
    """An answer came that is not what Airflow's API sends: not JSON, empty, or JSON of another shape."""


class ResponseTooLargeException(UnexpectedContentException):
    """The body of an answer, unpacked, is larger than ``Configuration.max_response_size``: its reading was given up."""


class TransportException(ApiException):
    """No complete answer came. The cause (``__cause__``) is the HTTP library's own error."""

    #: Whether the request certainly never left, as no connection was to be had.
    is_unsent = False
    #: Whether it was sent on a kept-alive connection on which nothing came any more.
    is_stale = False


class ConnectionException(TransportException):
    """The server or the proxy was not reached, refused the connection, or the connection broke."""


class TimeoutException(TransportException, TimeoutError):
    """A time limit was reached: connecting, waiting for bytes, or the deadline of the whole call."""


class StalledException(TimeoutException):
    """A bulk reading got no response for ``stall_timeout`` seconds. The last failure is the ``__cause__``.

    :ivar float stall_timeout: the limit in seconds.
    :ivar counts: how far the reading got, as :attr:`XComs.counts` says it; None where rows alone were read.
    """

    def __init__(self, stall_timeout: float, reason: str, *, request: str | None = None) -> None:
        super().__init__(
            0,
            reason,
            request=request,
            hint="check that the server is up; a larger stall_timeout waits longer",
        )
        self.stall_timeout: float = stall_timeout
        self.counts: Counts | None = None


class TlsException(TransportException):
    """The TLS handshake failed, or the server's certificate was not accepted."""


class ProtocolException(TransportException):
    """What came is not well-formed HTTP: a body cut short, broken chunks, a garbled status line, bad compression."""


class PagingWarning(UserWarning):
    """The rows of a list changed while its pages were read, or their order cannot be relied on."""


class ValueChangedWarning(UserWarning):
    """The server stored another value than was written: its database changed it, ``1.0`` to ``1`` for instance."""


_BY_STATUS: dict[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    422: UnprocessableEntityException,
}


def for_status(status: int) -> type[ApiException]:
    """The class of exception that an HTTP status (int) is raised as."""
    return _BY_STATUS.get(status) or (ServiceException if 500 <= status <= 599 else ApiException)


def _readable_text(body: str, limit: int = 300) -> str:
    """The words of a body that is not Airflow's JSON, such as a proxy's HTML page: one line, at most ``limit`` long."""
    text = re.sub(r"(?is)<(script|style|title)\b.*?</\1>|<[^<>]*>", " ", body[:5_000])
    with contextlib.suppress(ValueError):  # for a character whose number has more digits than Python converts
        text = html.unescape(text)
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def parameters(call: Callable[..., Any]) -> list[str]:
    """Return the names of the keywords that a function takes."""
    code: Any = getattr(call, "__code__", None)
    return [] if code is None else list(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])


def unknown_keywords(names: Iterable[str], known: Collection[str]) -> str:
    """Return the message for keywords that do not exist; it suggests the known ones that are alike."""
    return f"unknown keyword: {', '.join(name + did_you_mean(name, known) for name in sorted(names))}"


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return ``" (did you mean …?)"`` with the known name that is most alike, or nothing."""
    from difflib import get_close_matches  # only an error needs it

    # An underscore at the front is easily forgotten, and weighs little.
    bare = {one.strip("_"): one for one in known}
    alike = get_close_matches(name.strip("_"), bare, 1)
    return f" (did you mean {bare[alike[0]]}?)" if alike else ""
