"""What happens between a call and its answer, as generators: discovery, signing, deadline, retries, a new login.

A flow yields :class:`Send`, :class:`Sleep` or :class:`Alone` and is carried out by a driver, which sends back the
result, or throws the :class:`ApiException` in. A flow knows nothing of sockets, threads or event loops; the
blocking and the asyncio driver share every decision that is made here and in the flows that this one consists of.
"""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Optional, Union

from airflow_client.xcom import retry, wire
from airflow_client.xcom.exceptions import (
    ApiException,
    HookException,
    TimeoutException,
    TransportException,
    UnexpectedContentException,
)
from airflow_client.xcom.headers import Headers, Secret, header_name, sendable
from airflow_client.xcom.observation import OutgoingRequest, observe
from airflow_client.xcom.wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from typing_extensions import TypeAlias, TypeVar

    from airflow_client.xcom.auth import Auth
    from airflow_client.xcom.dialect import Dialect
    from airflow_client.xcom.observation import Attempt
    from airflow_client.xcom.operations import Operation
    from airflow_client.xcom.options import Timeouts
    from airflow_client.xcom.server import Server
    from airflow_client.xcom.wire import Response

    T = TypeVar("T")
    Step: TypeAlias = "Union[Send, Sleep, Alone]"
    Flow: TypeAlias = Generator[Step, Any, T]
    AuthFor: TypeAlias = Callable[[Optional[Dialect]], Auth]


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
NOT_ALONE = "another call's login, or look for the server, did not end in time"


class Alone:
    """Asks the driver to carry ``steps`` out while no other flow that is ``Alone`` under the same name runs, except for
    the one that this one is a part of.

    :ivar seconds: how long to wait for that.
    """

    __slots__ = ("name", "seconds", "steps")

    def __init__(self, name: str, steps: Flow[Any], seconds: float) -> None:
        self.name: str = name
        self.steps: Flow[Any] = steps
        self.seconds: float = seconds


class Exchange:
    """The time of one call, and how it is spent: every request that the call needs is sent by it.

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
        retries: retry.Allowed,
        budget: retry.Budget,
        clock: Callable[[], float],
        hook: Callable[[Attempt], object] | None = None,
        *,
        on_request: Callable[[OutgoingRequest], object] | None = None,
    ) -> None:
        self.timeouts: Timeouts = timeouts
        self.retries: retry.Allowed = retries
        self.hook: Callable[[Attempt], object] | None = hook
        self.on_request: Callable[[OutgoingRequest], object] | None = on_request
        self.budget: retry.Budget = budget
        self.clock: Callable[[], float] = clock
        self.attempts: int = 0
        self.start: float = clock()
        budget.call()

    def half(self) -> Exchange:
        """A part of the time that is left, for something that the call can do without."""
        limits = self.timeouts.within(self.left() / 2)
        return Exchange(limits, self.retries, self.budget, self.clock, self.hook, on_request=self.on_request)

    def left(self) -> float:
        """Seconds until the deadline; never quite none, as the last attempt is to fail by its own limit."""
        return max(self.start + self.timeouts.total - self.clock(), 0.001)

    def send(self, request: Request, *, stream: bool = False, repeatable: bool = False) -> Flow[Response]:
        """Send ``request`` until it is answered, or no attempt is left, or no time.

        :param repeatable: whether it may be sent twice though its method is none that only reads.
        :returns: the answer, whatever its status.
        :raises TransportException: no complete answer came.
        """
        repeatable = repeatable or self.retries.of(request.method)
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
            if self.hook is not None or "logging" in sys.modules:  # or else nobody can have asked for it
                observe(self.hook, request, outcome, self.clock() - start, attempts)
            if isinstance(outcome, TransportException) and outcome._stale and repeatable and attempts == 1:
                continue  # the server closed an idle connection, as it may: that is no failure
            again = repeatable or (isinstance(outcome, TransportException) and outcome._unsent)
            if not again or retries >= self.retries.count or not retry.worthwhile(outcome):
                break
            wait = retry.pause(outcome, retries)
            if wait >= self.left() or not self.budget.retry():
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

    :raises HookException: the hook raised an exception, or is a coroutine function.
    :raises ApiTypeError: it added a name or a value that is no str.
    :raises ApiValueError: it added a name or a value that cannot be sent.
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
    for name in outgoing.headers:
        value = Secret(outgoing.headers[name])
        headers[header_name("a name that on_request added", name)] = sendable(f"on_request: {name}", value)
    return Request(request.method, request.origin, request.target, headers, request.body, request.path_template)


def call(
    operation: Operation[T],
    server: Server,
    auth_for: AuthFor,
    headers: Headers,
    exchange: Exchange,
    *,
    stream: bool,
    keep: bool,
    seen: Callable[[Response], None],
) -> Flow[tuple[T | None, Response]]:
    """Make a call: find out which API the server has, sign the request, send it, and once more after a new login.

    :param auth_for: gives the way to authenticate at a server of a dialect; for None, while that is not known.
    :param headers: what to send with the request.
    :param keep: keep the body besides the model.
    :param seen: is told the answer, whatever its status.
    :returns: the model and the answer; with ``stream`` no model, and the body unread.
    :raises ApiException: the call failed.
    """
    dialect = server.dialect or (yield from server.discover(auth_for, exchange))
    required = dialect.required(operation)
    if required is not None:
        dialect.check(required, server.version or (yield from server.find_version(auth_for, exchange)))
    auth = auth_for(dialect)

    def attempt() -> Flow[tuple[Request, Response]]:
        yield from auth.prepare(server, exchange)
        request = _signed(operation, server, dialect, auth, headers)
        response = yield from exchange.send(request, stream=stream, repeatable=operation.repeatable)
        if response.status in (401, 403) and (yield from auth.renew(request, response, server, exchange)):
            request, first = _signed(operation, server, dialect, auth, headers), response
            response = yield from exchange.send(request, stream=stream, repeatable=operation.repeatable)
            if (first.status, response.status) == (403, 401):
                response = first  # the first credentials were good, and not enough; the others are not even good
        # Airflow 2 answers 400, 404 and 405 before it looks at credentials, and some calls without looking at all.
        if 200 <= response.status <= 299 and operation.name is not None:
            auth.accepted(request)
        return request, response

    request, response = yield from _alone_until_proven(auth, attempt, exchange)
    seen(response)
    if response.raw is not None:
        return None, response
    try:
        return wire.interpret(operation, request, response, dialect, auth.name, keep), response
    except UnexpectedContentException:
        response.discard()
        raise


def _alone_until_proven(auth: Auth, attempt: Callable[[], Flow[T]], exchange: Exchange) -> Flow[T]:
    """Carry an attempt out; alone until the server has accepted the credentials, so that a wrong password is sent once,
    and not by each thread."""
    while not auth.is_proven:
        outcome = yield Alone("login", _unless_proven(auth, attempt), exchange.left())
        if outcome is not None:
            return outcome  # type: ignore[no-any-return]  # a driver sends back what the steps return
    return (yield from attempt())


def _unless_proven(auth: Auth, attempt: Callable[[], Flow[T]]) -> Flow[T | None]:
    return None if auth.is_proven else (yield from attempt())


def counted(steps: Flow[T], exchange: Exchange, request: str) -> Flow[T]:
    """Carry ``steps`` out; their failure tells what ``exchange`` counted, and was asked for by ``request``."""
    try:
        return (yield from steps)
    except ApiException as error:
        exchange.failed(error, request)
        raise


def _signed(operation: Operation[Any], server: Server, dialect: Dialect, auth: Auth, headers: Headers) -> Request:
    request = wire.build(operation, server.origin, server.root + dialect.prefix, Headers(headers))
    auth.sign(request.headers)
    return request
