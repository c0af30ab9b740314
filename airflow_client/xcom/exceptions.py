"""Exceptions and warnings of this library.

::

    OpenApiException
    ├── ApiTypeError (TypeError)            an argument has the wrong type, or a keyword is unknown
    ├── ApiValueError (ValueError)          an argument has an invalid value
    │   └── ApiUnsupportedError             the server's Airflow release lacks the call or the parameter
    ├── HookException                       Configuration.on_request raised an exception
    ├── ApiAttributeError (AttributeError)  a model lacks the attribute, or a Configuration the setting
    ├── ApiKeyError (KeyError)              a model lacks the field
    ├── DagRunFailed                        the DAG run that a call waited for failed
    └── ApiException                        the call failed
        ├── BadRequestException             400
        ├── UnauthorizedException           401
        ├── ForbiddenException              403
        ├── NotFoundException               404
        │   └── XComNotProducedException    wait_for_xcom_entry, history: the XCom will not appear
        ├── ConflictException               409
        ├── UnprocessableEntityException    422
        ├── ServiceException                5xx
        ├── UnexpectedContentException      not a valid Airflow API response
        │   └── ResponseTooLargeException   the body is larger than Configuration.max_response_size
        ├── StoredValueException            the file with the value cannot be read (``status`` is 0)
        └── TransportException              no complete response arrived (``status`` is 0)
            ├── ConnectionException         the connection failed or broke
            ├── TimeoutException (TimeoutError)  a time limit was reached
            │   └── StalledException        a bulk read got no response for ``stall_timeout`` seconds
            ├── TlsException                the TLS handshake or certificate verification failed
            └── ProtocolException           the response is not valid HTTP

Names match those of Airflow's own clients where they have the exception.
"""

from __future__ import annotations

import contextlib
import html
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from airflow_client.xcom.core.bulk_writes import BulkWriteResult
    from airflow_client.xcom.core.xcoms import Counts
    from airflow_client.xcom.headers import ResponseHeaders
    from airflow_client.xcom.model.dag_run import DAGRun, FailedTask
    from airflow_client.xcom.model.error import Error
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem
else:  # these modules import this one; typing.get_type_hints needs the names
    BulkWriteResult = Counts = DAGRun = Error = FailedTask = ResponseHeaders = XComCollectionItem = Any


#: Maximum length of the server's error text in a message.
_MAX_SERVER_TEXT = 2_000


class OpenApiException(Exception):
    """Base class of all exceptions of this library.

    :ivar entry: the row whose XCom could not be read, copied or deleted, if a bulk call raised it; else None.
    :ivar position: the position (int, from 0) of a row that the server cannot load, in the whole list, or in the list
        of its DAG run if the list was read run by run; None for any other error.
    :ivar dag_run: the DAG run that a call of :class:`DAGRunApi` triggered or waited for, as last read. It has only ids
        if the response to its trigger was lost. None for any other error.
    :ivar result: the :class:`BulkWriteResult` so far, if a bulk write raised this; else None.
    """

    entry: XComCollectionItem | None = None
    position: int | None = None
    dag_run: DAGRun | None = None
    result: BulkWriteResult | None = None

    # KeyError would show the repr of the message.
    def __str__(self) -> str:
        return Exception.__str__(self)


class ApiTypeError(OpenApiException, TypeError):
    """An argument has the wrong type, or a keyword is unknown. Raised before anything is sent."""


class ApiValueError(OpenApiException, ValueError):
    """An argument has an invalid value (raised before anything is sent), or a field cannot be converted to its type."""


class ApiUnsupportedError(ApiValueError):
    """The server's Airflow release lacks the call or the parameter. The message names the required release."""


class ApiAttributeError(OpenApiException, AttributeError):
    """A model lacks the attribute or cannot set it, or a :class:`Configuration` lacks the setting."""


class ApiKeyError(OpenApiException, KeyError):
    """A model lacks the field: the server did not send it."""


class DagRunFailed(OpenApiException):
    """The DAG run that a call waited for failed.

    :param str message: the message, default empty.
    :ivar DAGRun dag_run: the run.
    :ivar list failed_tasks: its :class:`FailedTask` tuples, the first to fail first, at most 100; empty if they could
        not be read.
    :ivar str url: page of the run in Airflow's user interface, or of the task in ``log``.
    :ivar log: end of the log of the first task that failed, as a list of lines; empty if it could not be read.
    :ivar list unread: why something could not be read, such as a missing permission, as texts.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.failed_tasks: list[FailedTask] = []
        self.url: str = ""
        self.log: list[str] = []
        self.unread: list[str] = []

    def __str__(self) -> str:
        lines = [super().__str__()]
        for state in dict.fromkeys(task.state for task in self.failed_tasks):
            names = [str(task) for task in self.failed_tasks if task.state == state]
            lines.append(f"Tasks in state {state}: {', '.join(names[:10])}{' …' * (len(names) > 10)}")
        if self.url:
            lines.append(f"See: {self.url}")
        if self.log:
            lines += [f"End of the log of {self.failed_tasks[0]}:", *(f"  {line}" for line in self.log)]
        lines += [f"Could not read {reason}" for reason in self.unread]
        return _printable(lines)


class HookException(OpenApiException):
    """``Configuration.on_request`` raised the exception in ``__cause__``. The request was not sent."""


class ApiException(OpenApiException):
    """The call failed.

    :ivar int status: HTTP status; 0 if no complete response arrived.
    :ivar str reason: HTTP reason phrase, or a description of the failure.
    :ivar body: response body as text, in its declared charset; None if there is none.
    :ivar bytes raw_data: response body as received; None if there is none.
    :ivar last_answer: the last response to an earlier attempt, as an exception, if this attempt got none; else None.
    :ivar headers: case-insensitive mapping of the response headers; None if there is no response.
    :ivar error: body as Airflow's :class:`~airflow_client.xcom.model.error.Error`; None if it has another form.
    :ivar request: method and URL of the request.
    :ivar hint: suggestion for a fix, or None.
    :ivar attempts: how often the failed request was sent, without logins and API detection; 0 if it was not sent, None
        if not counted.
    :ivar elapsed: seconds from the start of the call to its failure; None if not counted.

    ``str(e)`` combines the response, the request and the hint. It never contains a credential.

    :param http_resp: object with ``status``, ``reason``, ``data`` and ``headers``, which replaces these arguments, as
        in the official clients. Default None.
    """

    #: True if the server rejected the credentials themselves, and not the user's permissions.
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
        self.raw_data: bytes | None = None
        self.last_answer: ApiException | None = None
        self.attempts: int | None = None
        self.elapsed: float | None = None

    def __str__(self) -> str:
        lines = [f"({self.status})", f"Reason: {self.reason}"]
        text = self._server_text()
        if text:
            lines.append(f"Server says: {text}")
        if self.request:
            lines.append(f"Request: {self.request}")
        if self.attempts and (self.attempts > 1 or isinstance(self, TransportException)):
            took = "" if self.elapsed is None else f" in {format_seconds(self.elapsed)} s"
            lines.append(f"Gave up after {self.attempts} attempt{'s' * (self.attempts != 1)}{took}")
        if self.last_answer is not None:
            lines.append(f"Last answer: {self.last_answer.status} {self.last_answer.reason}")
        if self.hint:
            lines.append(f"Hint: {self.hint}")
        return _printable(lines)

    def _server_text(self) -> str | None:
        text = self.error.text if self.error is not None else None
        if text is None and self.body:
            text = _readable_text(self.body)
        return text if text is None or len(text) <= _MAX_SERVER_TEXT else f"{text[:_MAX_SERVER_TEXT]}…"

    def __reduce__(self) -> tuple[Any, ...]:
        # The headers may contain a session cookie.
        state = {**self.__dict__, "headers": None}
        return type(self), (self.status, self.reason), state


class BadRequestException(ApiException):
    """400: the server rejects the request, for example a parameter that its release does not support."""


class UnauthorizedException(ApiException):
    """401: credentials are missing or wrong. Airflow 2.11 returns 403 instead, see :class:`ForbiddenException`."""


class ForbiddenException(ApiException):
    """403: the user lacks permission. On Airflow 2.11 also: credentials are missing or wrong."""


class NotFoundException(ApiException):
    """404: the XCom, or the path on this server, does not exist."""


class XComNotProducedException(NotFoundException):
    """:meth:`XComApi.wait_for_xcom_entry` ended early: the XCom will not appear, however long you wait.

    The task or its DAG run finished without the XCom, the run or the task does not exist, or the task is mapped and has
    no such map index; ``reason`` says which. It is not a :class:`TimeoutException`: do not wait again.
    :meth:`XComApi.history` raises it if the task is mapped and ``map_index`` is None.

    :ivar task_state: state of the task, such as ``"failed"``; None if unknown, or if Airflow never scheduled the task.
    :ivar run_state: state of the DAG run; None if it was not read.
    """

    task_state: str | None = None
    run_state: str | None = None


class ConflictException(ApiException):
    """409: the XCom exists already."""


class UnprocessableEntityException(ApiException):
    """422: Airflow 3 rejects a parameter or the body."""


class ServiceException(ApiException):
    """5xx: the server, or a proxy in front of it, failed."""


class UnexpectedContentException(ApiException):
    """The response is not a valid Airflow API response: it is empty, not JSON, or JSON of another form."""


class ResponseTooLargeException(UnexpectedContentException):
    """The decompressed body, or file, exceeds ``Configuration.max_response_size``. It was not read to the end."""


class StoredValueException(ApiException):
    """The file in object storage that holds the value cannot be read. ``__cause__`` is the file system's error.

    :ivar url: URL or path of the file, without the connection id.
    """

    url: str | None = None


class TransportException(ApiException):
    """No complete response arrived. ``__cause__`` is the HTTP library's error."""

    #: True if the request was not sent, because no connection could be made.
    is_unsent = False
    #: True if it was sent on a reused connection, and no response began.
    is_stale = False
    #: True if the server may speak http where https was expected, or the reverse.
    is_scheme_doubtful = False


class ConnectionException(TransportException):
    """The connection to the server or the proxy failed, was refused or broke."""


class TimeoutException(TransportException, TimeoutError):
    """A time limit was reached: to connect, to wait for data, or of the whole call."""


class StalledException(TimeoutException):
    """A bulk read got no response for ``stall_timeout`` seconds. The last failure is the ``__cause__``.

    :ivar float stall_timeout: the limit in seconds.
    :ivar counts: the progress of the read, as in :attr:`XComs.counts`; None for ``iter_xcom_entries``.
    """

    stall_timeout: float | None = None
    counts: Counts | None = None


class TlsException(TransportException):
    """The TLS handshake or the verification of the server's certificate failed."""


class ProtocolException(TransportException):
    """The response is not valid HTTP: a truncated body, or an invalid chunk, status line or compression."""


class PagingWarning(UserWarning):
    """Rows of a list changed while its pages were read, or their order is unreliable."""


class DagRunWarning(UserWarning):
    """A DAG run may not start, or goes on although the call that waited for it was cancelled."""


class LoginWarning(UserWarning):
    """The server accepts no further login for now: calls are made in a slower way, or a login cannot be shared."""


class ValueChangedWarning(UserWarning):
    """The server stored another value than was written, because its database changed it (``1.0`` to ``1``)."""


_BY_STATUS: dict[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    422: UnprocessableEntityException,
}


def for_status(status: int) -> type[ApiException]:
    """Return the exception class of an HTTP status (int)."""
    return _BY_STATUS.get(status) or (ServiceException if 500 <= status <= 599 else ApiException)


def format_seconds(seconds: float) -> str:
    """Return seconds (float) with three significant digits, rounded down: 59.97 s are not 60 s yet."""
    digits = 0 if seconds >= 100 else 1 if seconds >= 10 else 2 if seconds >= 1 else 3
    text = f"{math.floor(seconds * 10**digits + 1e-6) / 10**digits:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


#: Control characters, which a terminal would obey, and lone surrogates, which cannot be encoded.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _printable(lines: Iterable[str]) -> str:
    """Return lines that may hold the server's text as one text, with Python's escapes for what is not printable."""
    return _UNPRINTABLE.sub(lambda found: repr(found[0])[1:-1], "\n".join(lines))


def _readable_text(body: str, limit: int = 300) -> str:
    """Return the text of a body that is not Airflow's JSON, such as HTML, as one line of up to ``limit`` characters."""
    text = re.sub(r"(?is)<(script|style|title)\b.*?</\1>|<[^<>]*>", " ", body[:5_000])
    with contextlib.suppress(ValueError):  # character references with too many digits
        text = html.unescape(text)
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def type_name(value: object) -> str:
    """Return the name of the type of ``value``, with its module unless it is built in: numpy has a ``bool`` too."""
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def parameters(call: Callable[..., Any]) -> list[str]:
    """Return the parameter names of a method, without ``self``."""
    code: Any = getattr(call, "__code__", None)
    return [] if code is None else list(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])


def unknown_keywords(names: Iterable[str], known: Collection[str]) -> str:
    """Return the message for unknown keywords, with suggestions."""
    return f"unknown keyword: {', '.join(name + did_you_mean(name, known) for name in sorted(names))}"


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return ``" (did you mean …?)"`` with the most similar known name, or an empty string."""
    from difflib import get_close_matches  # only errors need it

    bare = {one.strip("_"): one for one in known}  # a missing underscore is a common mistake
    matches = get_close_matches(name.strip("_"), bare, 1)
    return f" (did you mean {bare[matches[0]]}?)" if matches else ""
