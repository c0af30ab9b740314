"""What a flow may ask its driver to do, and the time and the attempts of one call.

A flow is a generator that yields :class:`Send`, :class:`Sleep` or :class:`Exclusive`. A driver carries these out and
sends back the result, or throws the :class:`ApiException` in. A flow knows nothing of sockets, threads or event loops;
the blocking and the asyncio driver share every decision that is made here and in the flows that this one consists of.
"""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Optional, Union

from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiTypeError,
    ApiValueError,
    HookException,
    TimeoutException,
    TlsException,
    TransportException,
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

    T = TypeVar("T")
    Step: TypeAlias = "Union[Send, Sleep, Exclusive]"
    Flow: TypeAlias = Generator[Step, Any, T]
    AuthFor: TypeAlias = Callable[[Optional[ApiVersion]], Auth]


#: How often a call is tried again when Configuration.retries says nothing.
RETRIES = 2
#: The pause before retry n is a random part of BACKOFF * 2**n seconds, at most BACKOFF_MAX ("full jitter").
BACKOFF, BACKOFF_MAX = 0.5, 20.0
#: Too many requests, and what proxies say of a server that is away; a 500 is Airflow's own and would come again.
STATUSES = frozenset({429, 502, 503, 504})
#: Retries that an outage gets at once, and for each further call, of a client whose calls fail.
BURST, PER_CALL = 10.0, 0.1
METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Budget:
    """How many retries the calls of a client have left together: an outage is not to be made worse by each thread.

    Each call adds :data:`PER_CALL`, up to :data:`BURST`; each retry takes one. It is not exact between threads.
    """

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left: float = BURST

    def deposit(self) -> None:
        """Count a call."""
        if self.left < BURST:
            self.left = min(self.left + PER_CALL, BURST)

    def try_spend(self) -> bool:
        """Take a retry, if there is one."""
        if self.left < 1:
            return False
        self.left -= 1
        return True


class RetryPolicy:
    """Which retries ``Configuration.retries`` allows: a number, False for none, None for the default.

    An ``urllib3.Retry`` is taken by its ``total``, and by its ``allowed_methods`` where these are not urllib3's own: so
    a caller says that a write may be sent twice. The rest is decided here.

    :ivar int count: how many further attempts a failure that may pass is worth.
    """

    __slots__ = ("_methods", "count")

    def __init__(self, retries: object) -> None:
        self._methods: Collection[str] | None = METHODS
        total = getattr(retries, "total", retries)
        if total is None or total is False:
            self.count = RETRIES if total is None else 0
        elif isinstance(total, bool) or not isinstance(total, int):
            raise ApiTypeError(f"retries must be an int, False, None or an urllib3.Retry, not {type(retries).__name__}")
        elif total < 0:
            raise ApiValueError(f"retries must not be negative, got {total}")
        else:
            self.count = total
        methods = getattr(retries, "allowed_methods", METHODS)
        if methods != getattr(retries, "DEFAULT_ALLOWED_METHODS", METHODS):
            self._methods = methods

    def allows(self, method: str) -> bool:
        """Whether a request with this method may be sent twice."""
        return not self._methods or method in self._methods


def is_retryable(outcome: Response | TransportException) -> bool:
    """Whether another attempt may fare better; a certificate that is not accepted will not be the next time."""
    if isinstance(outcome, TransportException):
        return not isinstance(outcome, TlsException)
    return outcome.status in STATUSES


def backoff_delay(outcome: Response | TransportException, retry: int) -> float:
    """Seconds to wait before retry number ``retry`` (from 0): what the server's Retry-After asks for, or backoff."""
    if not isinstance(outcome, TransportException):
        asked = retry_after(outcome.headers)
        if asked is not None:
            return asked
    return random.uniform(0, min(BACKOFF * 2 ** min(retry, 10), BACKOFF_MAX))


def retry_after(headers: Mapping[str, str] | ResponseHeaders) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110, 10.2.3).

    The date counts from the server's Date header, as its clock may differ from ours.
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
        moment = parsedate_to_datetime(text or "")
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):
        return None


if hasattr(time, "clock_gettime"):
    #: Seconds that always pass: freezegun and time-machine leave this clock alone, and freeze time.monotonic().
    monotonic: Callable[[], float] = functools.partial(time.clock_gettime, time.CLOCK_MONOTONIC)
else:  # Windows. freezegun replaces attributes of modules, and does not look into a partial
    monotonic = functools.partial(time.perf_counter)


class Send:
    """Asks the driver to send a request, within ``timeouts``; with ``stream``, the body is left unread."""

    __slots__ = ("request", "stream", "timeouts")

    def __init__(self, request: Request, timeouts: Timeouts, stream: bool) -> None:
        self.request: Request = request
        self.timeouts: Timeouts = timeouts
        self.stream: bool = stream


class Sleep:
    """Asks the driver to wait for a number of seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds: float = seconds


#: Message of the timeout of a flow that waited too long for a lock.
LOCK_TIMEOUT_MESSAGE = "another call's login, or look for the server, did not end in time"


class Exclusive:
    """Ask the driver to run ``steps`` while holding the client-wide lock ``name``; a flow can take it again within.

    :ivar seconds: how long to wait for that.
    """

    __slots__ = ("name", "seconds", "steps")

    def __init__(self, name: str, steps: Flow[Any], seconds: float) -> None:
        self.name: str = name
        self.steps: Flow[Any] = steps
        self.seconds: float = seconds


class CallContext:
    """Deadline, retries and attempt counter of one call; sends its requests.

    :param timeouts: the limits of the call.
    :param retries: which retries the caller allows.
    :param budget: how many retries are left to this call and others together.
    :param clock: tells the seconds, always forward.
    :param hook: receives each attempt.
    :param on_request: is called before each attempt, and can add headers to it.

    :ivar attempts: how many requests were sent.
    """

    __slots__ = ("attempts", "budget", "clock", "hook", "on_request", "retries", "start", "timeouts")

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
        self.attempts: int = 0
        self.start: float = clock()
        budget.deposit()

    def with_half_time(self) -> CallContext:
        """Return a child context with half the remaining time, for an optional step."""
        limits = self.timeouts.within(self.left() / 2)
        return CallContext(limits, self.retries, self.budget, self.clock, self.hook, on_request=self.on_request)

    def left(self) -> float:
        """Seconds until the deadline; never quite none, as the last attempt is to fail by its own limit."""
        return max(self.start + self.timeouts.total - self.clock(), 0.001)

    def send(self, request: Request, *, stream: bool = False, repeatable: bool = False) -> Flow[Response]:
        """Send ``request`` until it is answered, or no attempt is left, or no time.

        :param repeatable: whether it may be sent twice though its method is none that only reads.
        :returns: the answer, whatever its status.
        :raises TransportException: no complete answer came.
        """
        repeatable = repeatable or self.retries.allows(request.method)
        attempts = retries = 0
        bare = request
        while True:
            outcome: Response | TransportException
            attempts += 1
            if self.on_request is not None:
                request = with_added_headers(self.on_request, bare)
            self.attempts += 1
            start = self.clock()
            try:
                outcome = yield Send(request, self.timeouts.within(self.left()), stream)
            except TransportException as error:
                outcome = error
            observe(self.hook, request, outcome, self.clock() - start, attempts)
            if isinstance(outcome, TransportException) and outcome.is_stale and repeatable and attempts == 1:
                continue  # the server closed an idle connection, as it may: that is no failure
            again = repeatable or (isinstance(outcome, TransportException) and outcome.is_unsent)
            if not again or retries >= self.retries.count or not is_retryable(outcome):
                break
            wait = backoff_delay(outcome, retries)
            if wait >= self.left() or not self.budget.try_spend():
                break
            yield Sleep(wait)
            retries += 1
        if isinstance(outcome, TransportException):
            raise outcome
        return outcome

    def failed(self, error: ApiException, request: str) -> None:
        """Note in ``error`` what the call did that failed by it, and which limits it had."""
        error.attempts, error.elapsed = self.attempts, self.clock() - self.start
        error.request = error.request or request
        if isinstance(error, TimeoutException):
            limits = self.timeouts
            limits_text = f"limits: connect {limits.connect:g} s, read {limits.read:g} s, call {limits.total:g} s;"
            error.hint = f"{limits_text} _request_timeout=… sets others"


def with_added_headers(hook: Callable[[OutgoingRequest], object], request: Request) -> Request:
    """Return ``request`` with the headers that ``hook`` adds.

    :raises HookException: the hook raised an exception, such as for a header that cannot be sent, or is a coroutine
        function.
    """
    outgoing = OutgoingRequest(request)
    try:
        result = hook(outgoing)
    except Exception as error:
        raise HookException(f"Configuration.on_request raised {error!r:.300} before {request!r:.500}") from error
    if isinstance(result, Coroutine):
        result.close()
        raise HookException(
            "Configuration.on_request is a coroutine function: it must be a plain one, with asyncio too"
        )
    if not outgoing.headers:
        return request
    headers = request.headers.copy()
    headers.update(outgoing.headers)
    return Request(request.method, request.origin, request.target, headers, request.body, request.path_template)
