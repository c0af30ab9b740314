"""What happens between a request and its answer, as generators: signing, deadline and retries.

A flow yields :class:`Send` or :class:`Sleep` and is carried out by a driver, which sends back the
:class:`~airflow_client.client.wire.Response`, or throws the :class:`TransportException` in. A flow knows nothing of
sockets, threads or event loops; the blocking and the asyncio driver share every decision that is made here.
"""

from __future__ import annotations

from typing import Union

from airflow_client.client import retry
from airflow_client.client.exceptions import TimeoutException, TransportException

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from airflow_client.client.auth import Auth
    from airflow_client.client.timeouts import Timeouts
    from airflow_client.client.wire import Request, Response

    Flow = Generator[Union["Send", "Sleep"], Any, Response]


class Send:
    """Asks the driver to send a request, within ``timeouts``; with ``stream``, the body is left unread."""

    __slots__ = ("request", "stream", "timeouts")

    def __init__(self, request: Request, timeouts: Timeouts, stream: bool) -> None:
        self.request = request
        self.timeouts = timeouts
        self.stream = stream


class Sleep:
    """Asks the driver to wait for a number of seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


def call(
    request: Request,
    auth: Auth,
    timeouts: Timeouts,
    retries: int,
    stream: bool,
    clock: Callable[[], float],
) -> Flow:
    """Send ``request`` until it is answered, or no attempt is left, or no time.

    :param retries: how many further attempts a failure that may pass is worth.
    :param clock: tells the seconds, always forward.
    :returns: the answer, whatever its status.
    :raises TransportException: no complete answer came.
    """
    start = clock()
    auth.sign(request.headers)
    if request.method not in retry.METHODS:
        retries = 0
    attempt = 0
    while True:
        left = max(start + timeouts.total - clock(), 0.001)
        outcome: Response | TransportException
        try:
            outcome = yield Send(request, timeouts.within(left), stream)
        except TransportException as error:
            outcome = error
        if attempt >= retries or not retry.worthwhile(outcome):
            break
        wait = retry.pause(outcome, attempt)
        if clock() + wait >= start + timeouts.total:
            break
        yield Sleep(wait)
        attempt += 1
    if isinstance(outcome, TransportException):
        outcome.hint = _told(outcome, attempt + 1, clock() - start, timeouts)
        raise outcome
    return outcome


def _told(error: TransportException, attempts: int, elapsed: float, timeouts: Timeouts) -> str:
    told = f"{error.hint}; " if error.hint else ""
    told += f"gave up after {attempts} attempt{'s' * (attempts > 1)} in {elapsed:.3g} s"
    if isinstance(error, TimeoutException):
        told += f" (limits: connect {timeouts.connect:g} s, read {timeouts.read:g} s, call {timeouts.total:g} s;"
        told += " _request_timeout=… sets others)"
    return told
