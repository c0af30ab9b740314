"""What a flow may ask its driver to do, and the time and the attempts of one call.

A flow is a generator that yields :class:`Send`, :class:`Sleep` or :class:`Exclusive`. A driver carries these out and
sends back the result, or throws the :class:`ApiException` in. A flow knows nothing of sockets, threads or event loops;
the blocking and the asyncio driver share every decision that is made here and in the flows that this one consists of.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Optional, Union

from airflow_client.xcom.core import retry
from airflow_client.xcom.core.hooks import OutgoingRequest, observe
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.exceptions import (
    ApiException,
    HookException,
    TimeoutException,
    TransportException,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from typing_extensions import TypeAlias, TypeVar

    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.hooks import Attempt
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.options import Timeouts

    T = TypeVar("T")
    Step: TypeAlias = "Union[Send, Sleep, Exclusive]"
    Flow: TypeAlias = Generator[Step, Any, T]
    AuthFor: TypeAlias = Callable[[Optional[ApiVersion]], Auth]


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


#: What a flow is told that could not be alone in time.
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
    :param hook: is told each attempt.
    :param on_request: is called before each attempt, and can add headers to it.

    :ivar attempts: how many requests were sent.
    """

    __slots__ = ("attempts", "budget", "clock", "hook", "on_request", "retries", "start", "timeouts")

    def __init__(
        self,
        timeouts: Timeouts,
        retries: retry.RetryPolicy,
        budget: retry.Budget,
        clock: Callable[[], float],
        hook: Callable[[Attempt], object] | None = None,
        *,
        on_request: Callable[[OutgoingRequest], object] | None = None,
    ) -> None:
        self.timeouts: Timeouts = timeouts
        self.retries: retry.RetryPolicy = retries
        self.hook: Callable[[Attempt], object] | None = hook
        self.on_request: Callable[[OutgoingRequest], object] | None = on_request
        self.budget: retry.Budget = budget
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
            if not again or retries >= self.retries.count or not retry.is_retryable(outcome):
                break
            wait = retry.backoff_delay(outcome, retries)
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
            told = f"limits: connect {limits.connect:g} s, read {limits.read:g} s, call {limits.total:g} s;"
            error.hint = f"{told} _request_timeout=… sets others"


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
