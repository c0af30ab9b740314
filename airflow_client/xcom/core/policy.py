"""Steps of a flow, and the deadline and retries of a call.

A flow is a generator that yields steps: :class:`Send`, :class:`Sleep`, :class:`Exclusive`, :class:`OpenStorage` and
:class:`ReadFile`. A driver performs each step and sends back its result, or throws its :class:`ApiException`. Flows do
no I/O, so the blocking and the asyncio driver share them.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from airflow_client.xcom.configuration import RETRY_BUDGET
from airflow_client.xcom.core import decoding
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.core.validation import plain
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    HookException,
    TimeoutException,
    TlsException,
    TransportException,
    format_seconds,
    type_name,
)
from airflow_client.xcom.hooks import OutgoingRequest, observe

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Mapping

    from typing_extensions import TypeAlias, TypeVar

    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Response
    from airflow_client.xcom.core.options import Timeouts
    from airflow_client.xcom.headers import ResponseHeaders
    from airflow_client.xcom.hooks import Attempt
    from airflow_client.xcom.storage_roots import StoredFile

    T = TypeVar("T")
    Step: TypeAlias = "Union[Send, Sleep, Exclusive, OpenStorage, ReadFile]"
    Flow: TypeAlias = Generator[Step, Any, T]
    AuthFor: TypeAlias = Callable[[Optional[ApiVersion]], Auth]


#: Default of Configuration.retries.
RETRIES = 2
#: The pause before retry n is a random part of BACKOFF * 2**n seconds, at most BACKOFF_MAX ("full jitter").
BACKOFF, BACKOFF_MAX = 0.5, 20.0
#: Statuses to retry: too many requests, and a proxy without a server. A 500 is Airflow's own, and would repeat.
STATUSES = frozenset({429, 502, 503, 504})
#: Retries that each call adds to the budget.
PER_CALL = 0.1
#: Maximum seconds of the first handshake with a server, until it is known to speak TLS.
FIRST_CONNECT = 2.0
#: Methods that may be sent twice by default.
METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Budget:
    """Retries that all calls of a client share, so that its threads do not make an outage worse.

    Each call adds :data:`PER_CALL`, up to ``size``; each retry takes 1. Races between threads are harmless.

    :param size: retries at once, None for any number.
    """

    __slots__ = ("remaining", "size")

    def __init__(self, size: float | None = RETRY_BUDGET) -> None:
        self.size: float = float("inf") if size is None else size
        self.remaining: float = self.size

    def deposit(self) -> None:
        """Add the share of a call."""
        if self.remaining < self.size:
            self.remaining = min(self.remaining + PER_CALL, self.size)

    def try_spend(self) -> bool:
        """Take a retry; return False if none is left."""
        if self.remaining < 1:
            return False
        self.remaining -= 1
        return True


class RetryPolicy:
    """Parsed ``Configuration.retries``: a number, False for none, None for the default, or an ``urllib3.Retry``.

    Of an ``urllib3.Retry``, only ``total`` applies, and ``allowed_methods`` if it differs from urllib3's default: that
    way, a caller allows retries of writes.

    :ivar int count: maximum number of retries.
    """

    __slots__ = ("_methods", "count")

    def __init__(self, retries: object) -> None:
        self._methods: Collection[str] | None = METHODS
        total = plain(getattr(retries, "total", retries))
        if total is None or total is False:
            self.count = RETRIES if total is None else 0
        elif isinstance(total, bool) or not isinstance(total, int):
            raise ApiTypeError(f"retries must be an int, False, None or an urllib3.Retry, not {type_name(retries)}")
        elif total < 0:
            raise ApiValueError(f"retries must not be negative, got {total}")
        else:
            self.count = total
        methods = getattr(retries, "allowed_methods", METHODS)
        if methods != getattr(retries, "DEFAULT_ALLOWED_METHODS", METHODS):
            self._methods = methods

    def allows(self, method: str) -> bool:
        """Return True if a request with this method may be sent twice."""
        return not self._methods or method in self._methods


def is_retryable(outcome: Response | ApiException) -> bool:
    """Return True if the same request may succeed a moment later."""
    if isinstance(outcome, TransportException):
        return not isinstance(outcome, TlsException)
    return outcome.status in STATUSES


def backoff_delay(outcome: Response | TransportException, retry: int) -> float:
    """Return the seconds to wait before retry number ``retry`` (from 0): the server's Retry-After, or backoff."""
    if not isinstance(outcome, TransportException):
        delay = retry_after(outcome.headers)
        if delay is not None:
            return delay
    return random.uniform(0, min(BACKOFF * 2 ** min(retry, 10), BACKOFF_MAX))


def retry_after(headers: Mapping[str, str] | ResponseHeaders) -> float | None:
    """Return the seconds of a Retry-After header: a number or an HTTP date (RFC 9110, 10.2.3).

    A date counts from the server's own Date header, as its clock may differ.
    """
    value, date = headers.get("Retry-After"), headers.get("Date")
    if not value:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    until = _http_date(value)
    if until is None:
        return None
    return max(0.0, (until - (_http_date(date) or datetime.now(timezone.utc))).total_seconds())


def _http_date(text: str | None) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text or "")
        return parsed.replace(tzinfo=parsed.tzinfo or timezone.utc)  # -0000 has no time zone
    except (TypeError, ValueError, OverflowError):  # TypeError: Python 3.9
        return None


if hasattr(time, "clock_gettime"):
    #: Clock that freezegun and time-machine do not freeze, unlike time.monotonic().
    monotonic: Callable[[], float] = functools.partial(time.clock_gettime, time.CLOCK_MONOTONIC)
else:  # pragma: no cover; Windows; freezegun does not replace a function in a partial
    monotonic = functools.partial(time.perf_counter)


class Send(NamedTuple):
    """Ask the driver to send a request within ``timeouts``; with ``stream``, to leave the body unread."""

    request: Request
    timeouts: Timeouts
    stream: bool


class Sleep(NamedTuple):
    """Ask the driver to wait for a number of seconds."""

    seconds: float


#: Message of a timeout while waiting for a lock.
LOCK_TIMEOUT_MESSAGE = "another call's login or discovery did not finish in time"


class Exclusive(NamedTuple):
    """Ask the driver to run ``steps`` with the reentrant, client-wide lock ``name``; wait ``seconds`` for it."""

    name: str
    steps: Flow[Any]
    seconds: float


class OpenStorage(NamedTuple):
    """Ask the driver to check that it can read files of these ``protocols`` of fsspec."""

    protocols: Collection[str]


class ReadFile(NamedTuple):
    """Ask the driver to read and decompress ``file``, within ``seconds`` and up to ``limit`` bytes."""

    file: StoredFile
    limit: int
    seconds: float


class CallContext:
    """Deadline and retries of one call; sends its requests.

    :param clock: returns monotonic seconds.
    :param hook: receives each attempt.
    :param on_request: called before each attempt; can add headers to it.

    :ivar latest: the request that was sent last, and how often.
    :ivar is_out_of_budget: True if a request was not retried because the budget was used up.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        retries: RetryPolicy,
        budget: Budget,
        clock: Callable[[], float],
        hook: Callable[[Attempt], object] | None = None,
        *,
        on_request: Callable[[OutgoingRequest], object] | None = None,
    ) -> None:
        self.timeouts: Timeouts = timeouts
        self.retries: RetryPolicy = retries
        self.hook: Callable[[Attempt], object] | None = hook
        self.on_request: Callable[[OutgoingRequest], object] | None = on_request
        self.budget: Budget = budget
        self.clock: Callable[[], float] = clock
        #: Looks into a failure of the first attempt; it may raise one that is better known.
        self.on_unreached: Callable[[TransportException, CallContext], Flow[None]] | None = None
        self.latest: tuple[Request, int] | None = None
        self.is_out_of_budget: bool = False
        self.start: float = clock()
        budget.deposit()

    def with_half_time(self) -> CallContext:
        """Return a child context with half the remaining time, for an optional step."""
        return self._child(self.remaining() / 2, self.retries)

    def aside(self, seconds: float) -> CallContext:
        """Return a child context without retries, for a request that finds the cause of a failure.

        :param seconds: maximum time.
        """
        return self._child(min(self.remaining(), seconds), RetryPolicy(0))

    def _child(self, seconds: float, retries: RetryPolicy) -> CallContext:
        timeouts = self.timeouts.within(seconds)
        return CallContext(timeouts, retries, self.budget, self.clock, self.hook, on_request=self.on_request)

    def remaining(self) -> float:
        """Return the seconds until the deadline, never 0, so that the last attempt times out by itself."""
        return max(self.start + self.timeouts.total - self.clock(), 0.001)

    def send(self, request: Request, *, stream: bool = False, repeatable: bool = False) -> Flow[Response]:
        """Send ``request``, with retries, until it gets a final response.

        :param repeatable: allow retries of a method that is not safe.
        :returns: the response, whatever its status.
        :raises TransportException: there was no complete response.
        """
        repeatable = repeatable or self.retries.allows(request.method)
        attempts = retries = 0
        original = request
        answered: Response | None = None
        while True:
            attempts += 1
            if self.on_request is not None:
                request = with_added_headers(self.on_request, original)
            self.latest = request, attempts
            start = self.clock()
            outcome: Response | TransportException
            failure: TransportException | None = None
            try:
                response: Response = yield Send(request, self._limits(request, attempts), stream)
            except TransportException as error:
                outcome = failure = error
            else:
                outcome = answered = response
            observe(self.hook, request, outcome, self.clock() - start, attempts)
            if failure is not None and attempts == 1:
                if failure.is_stale and repeatable:
                    continue  # the server closed an idle connection, which is not a failure
                if self.on_unreached is not None:
                    yield from self.on_unreached(failure, self)
                    is_limited = isinstance(failure, TimeoutException) and failure.is_unsent
                    if is_limited and self.remaining() > FIRST_CONNECT:
                        continue  # it had less time than the limits say
            may_retry = repeatable or (failure is not None and failure.is_unsent)
            if not may_retry or retries >= self.retries.count or not is_retryable(outcome):
                break
            wait = backoff_delay(outcome, retries)
            if wait >= self.remaining():
                break
            if not self.budget.try_spend():
                self.is_out_of_budget = True
                break
            yield Sleep(wait)
            retries += 1
        if isinstance(outcome, TransportException):
            if answered is not None:
                outcome.last_answer = _last_answer(request, answered)
            raise outcome
        return outcome

    def _limits(self, request: Request, attempt: int) -> Timeouts:
        limits = self.timeouts.within(self.remaining())
        if self.on_unreached is not None and attempt == 1 and request.origin.startswith("https:"):
            return limits._replace(connect=min(limits.connect, FIRST_CONNECT))
        return limits

    def annotate(self, error: ApiException, request: str) -> None:
        """Add the attempts, elapsed time, request and timeouts of this call to ``error``."""
        error.elapsed = self.clock() - self.start
        error.request = error.request or request
        error.attempts = 0 if self.latest is None else None
        if self.latest is not None and error.request == repr(self.latest[0]):
            error.attempts = self.latest[1]
        if isinstance(error, TimeoutException):
            reached = "connect" if error.is_unsent else "read"
            if error.elapsed >= self.timeouts.total * 0.99:
                reached = "call"
            connect, read, total = map(format_seconds, (self.timeouts.connect, self.timeouts.read, self.timeouts.total))
            limits = f"connect {connect} s, read {read} s, call {total} s"
            error.hint = f"the limit of {reached} was reached; limits: {limits}; set others with _request_timeout=…"
        if self.is_out_of_budget:
            spent = (
                f"not retried, as the client's calls used up their {self.budget.size:g} retries together "
                "(Configuration.retry_budget)"
            )
            error.hint = f"{spent}; {error.hint}" if error.hint else spent


def _last_answer(request: Request, response: Response) -> ApiException:
    error = decoding.error_of(request, response)
    if request.body is not None:  # the answer to a login can repeat what was sent
        error.body = error.raw_data = error.error = None
    return error


def with_added_headers(hook: Callable[[OutgoingRequest], object], request: Request) -> Request:
    """Return ``request`` with the headers that ``hook`` adds.

    :raises HookException: the hook raised an exception, or is a coroutine function.
    """
    outgoing = OutgoingRequest(request)
    try:
        result = hook(outgoing)
    except Exception as error:
        raise HookException(f"Configuration.on_request raised {error!r:.300} before {request!r:.500}") from error
    if isinstance(result, Coroutine):
        result.close()
        raise HookException(
            "Configuration.on_request must be a plain function, not a coroutine function, even with asyncio"
        )
    if not outgoing.headers:
        return request
    headers = request.headers.copy()
    headers.update(outgoing.headers)
    return Request(request.method, request.origin, request.target, headers, request.body, request.path_template)
