"""Pace of a bulk read: number of concurrent requests, pauses, and the end of a stalled read."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING

from airflow_client.xcom.core.policy import BACKOFF, is_retryable, retry_after
from airflow_client.xcom.exceptions import (
    ApiException,
    OpenApiException,
    StalledException,
    StoredValueException,
    UnauthorizedException,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from airflow_client.xcom.core.policy import Flow

#: Initial number of concurrent requests.
FIRST = 2
#: Gain in responses per second that makes a larger number worth it.
GAIN = 1.1
#: From this number on, rounds are twice as long; going beyond twice this number needs the second gain, because a stock
#: Airflow 3 stalls for minutes with 30 requests (measured on 3.3.2).
CAUTIOUS, STEEP = 8, 1.5
#: Rounds until more requests are tried again after a trial without gain, or an overload; doubled each time.
HOLD, HOLD_MAX = 4, 64
#: Seconds after which a 500 is a sign of overload: an exhausted database pool responds after 30.
SLOW = 5.0
#: Maximum pause in seconds, unless the server says how long to wait.
PAUSE_MAX = 4.0
#: Default of ``stall_timeout`` in seconds.
STALL_TIMEOUT = 120.0


class Job:
    """One request of a bulk read, and its outcome.

    :param make: makes the flow of an attempt.
    :param clock: returns seconds.
    :ivar row: row whose value it reads; None for a page.
    :ivar ended: True once the outcome is final.
    :ivar began: when the last attempt began.
    :ivar duration: seconds that the last attempt took.
    :ivar failures: attempts that failed although other requests succeeded.
    :ivar successes_before: successful requests of the read when this one last failed, None before that.
    """

    def __init__(self, make: Callable[[], Flow[Any]], clock: Callable[[], float], row: Any = None) -> None:
        self._make = make
        self._clock = clock
        self.row: Any = row
        self.result: Any = None
        self.error: BaseException | None = None
        self.ended: bool = False
        self.began: float = 0.0
        self.duration: float = 0.0
        self.failures: int = 0
        self.successes_before: int | None = None

    def attempt(self) -> Flow[Any]:
        """Make the request; a driver stores the outcome in ``result`` or ``error``."""
        self.error = None
        self.began = self._clock()
        try:
            return (yield from self._make())
        finally:
            self.duration = self._clock() - self.began


class Pace:
    """Choose the number of concurrent requests, and slow down if the server is overloaded.

    The number doubles while that makes the read faster. An overload halves it. Later, more are tried again. The rate is
    measured in rounds of as many responses as there are concurrent requests.

    :param limit: largest number of concurrent requests.
    :param stall_timeout: seconds without any response after which the read ends.
    :param attempts: attempts of a request that fails while others succeed; 0 repeats no request at all.
    :param clock: returns monotonic seconds.

    :ivar int allowed: current number of concurrent requests.
    """

    def __init__(self, limit: int, stall_timeout: float, attempts: int, clock: Callable[[], float]) -> None:
        self.allowed: int = min(FIRST, limit)
        self._limit = limit
        self._stall_timeout = stall_timeout
        self._attempts = attempts
        self._clock = clock
        self._successes = 0
        self._last_success = clock()
        self._handed_over: float | None = clock()  # the caller need not start at once
        self._resume_at = self._slowed_at = 0.0
        self._failures = 0  # in a row
        #: The last number that was worth it, the responses per second with it, and the rounds until the next trial.
        self._base, self._rate = self.allowed, 0.0
        self._hold, self._next_hold = 0, HOLD
        self._is_second_try = self._is_steep = False
        self._round_began: float | None = None
        self._round_size = 0

    def may_begin(self, running: int) -> bool:
        """Return True if a request may begin in addition to ``running`` ones."""
        now = self._clock()
        if self._handed_over is not None:  # the caller's own time does not count as a stall
            self._last_success += now - self._handed_over
            self._handed_over = None
        return running < self.allowed and now >= self._resume_at

    def pause(self) -> float | None:
        """Return the seconds until requests may begin again, None if there is no pause."""
        left = self._resume_at - self._clock()
        return left if left > 0 else None

    def begun(self) -> None:
        """Record the start of a request whose response counts for the rate."""
        if self._round_began is None:
            self._round_began, self._round_size = self._clock(), 0

    def hand_over(self) -> None:
        """Record that the caller gets a result, and may take any time with it."""
        if self._handed_over is None:
            self._handed_over = self._clock()

    def idle(self) -> None:
        """Discard the round: fewer requests run than may."""
        self._round_began = None

    def responded(self) -> None:
        """Record a response that does not count for the rate."""
        self._last_success, self._failures = self._clock(), 0
        self._successes += 1

    def succeeded(self) -> None:
        """Record a response, and adjust the number of requests at the end of a round."""
        self.responded()
        if self._round_began is None:
            return
        self._round_size += 1
        if self._round_size >= (self.allowed if self.allowed < CAUTIOUS else 2 * self.allowed):
            rate = self._round_size / max(self._last_success - self._round_began, 1e-6)
            self._round_began, self._round_size = self._last_success, 0
            self._judge(rate)

    def _judge(self, rate: float) -> None:
        """Choose the number of requests of the next round."""
        if self.allowed <= self._base:  # no trial
            self._rate = rate
            self._hold -= 1
            if self._hold <= 0:
                self._raise()
        elif rate >= GAIN * self._rate:
            self._is_steep = rate >= STEEP * self._rate
            self._base, self._rate, self._next_hold = self.allowed, rate, HOLD
            self._raise()
        elif not self._is_second_try:  # new connections make the first round slow
            self._is_second_try = True
        else:
            self._return_to(self._base)

    def _raise(self) -> None:
        self._is_second_try = False
        if self.allowed < 2 * CAUTIOUS or self._is_steep:
            self.allowed = min(2 * self.allowed, self._limit)

    def _return_to(self, number: int) -> None:
        self.allowed = self._base = number
        self._hold, self._next_hold = self._next_hold, min(2 * self._next_hold, HOLD_MAX)

    def may_repeat(self, job: Job) -> bool:
        """Slow down if ``job`` failed because of an overload; return True if it should be repeated.

        :raises StalledException: no request has succeeded for too long, or the server asks for too long a pause.
        """
        error = job.error
        if not self._attempts or not isinstance(error, ApiException) or not _is_overload(error, job.duration):
            return False
        now = self._clock()
        if job.began >= self._slowed_at:  # else it is part of the same overload
            self._slow_down(error, now)
        if max(now, self._resume_at - 1) - self._last_success >= self._stall_timeout:
            raise self._stalled(error, now) from error
        if error.status not in (429, 503) and job.successes_before not in (None, self._successes):
            job.failures += 1  # others succeed, so the server may be unable to handle this one
        job.successes_before = self._successes
        return job.failures < self._attempts

    def _slow_down(self, error: ApiException, now: float) -> None:
        self._slowed_at = now
        self._return_to(max(1, self.allowed // 2))
        self._round_began = None
        wait = retry_after(error.headers or {})
        if wait is None:
            wait = min(BACKOFF * 2 ** min(self._failures, 10), PAUSE_MAX) * random.uniform(0.5, 1)
        self._failures += 1
        self._resume_at = max(self._resume_at, now + wait)

    def _stalled(self, error: ApiException, now: float) -> StalledException:
        silent, pause = now - self._last_success, self._resume_at - now
        happened = f"no response for {silent:.1f} s" if silent >= self._stall_timeout else f"a pause of {pause:.0f} s"
        said = f"({error.status}) {error.reason}" if error.status else f"{type(error).__name__}: {error.reason}"
        stalled = StalledException(
            0,
            f"{happened}, and stall_timeout is {self._stall_timeout:g} s; the last failure was {said}",
            request=error.request,
            hint="check that the server is running; set a larger stall_timeout to wait longer",
        )
        stalled.stall_timeout = self._stall_timeout
        return stalled


class PacedJobs:
    """Jobs in progress at a :class:`Pace`. Those that failed because of an overload start again before others.

    :ivar int running: number of jobs in progress.
    """

    def __init__(self, pace: Pace) -> None:
        self.running: int = 0
        self._pace = pace
        self._repeated: deque[Job] = deque()

    def start(self, make: Callable[[], Job | None]) -> Job | None:
        """Return the next job to start, from ``make`` unless one is repeated; None if there is none yet."""
        if not self._pace.may_begin(self.running):
            return None
        job = self._repeated.popleft() if self._repeated else make()
        if job is None:
            self._pace.idle()
        else:
            self.running += 1
            self._pace.begun()
        return job

    def finish(self, job: Job, *, may_repeat: bool = True) -> bool:
        """Record a finished job; return True if its outcome is final, and False if it is repeated.

        :raises StalledException: as :meth:`Pace.may_repeat`.
        """
        self.running -= 1
        if may_repeat and self._pace.may_repeat(job):
            self._repeated.append(job)
            return False
        if job.error is None or _is_usual(job.error):
            self._pace.succeeded()
        return True


def _is_usual(error: BaseException) -> bool:
    """Return True if ``error`` is a response at the server's usual speed, about this XCom."""
    is_response = isinstance(error, ApiException) and 400 <= error.status <= 500 and error.status != 429
    return is_response or isinstance(error, StoredValueException)


def is_fatal(error: BaseException) -> bool:
    """Return True if ``error`` ends the work whatever ``on_error`` says: no other request could succeed either."""
    is_refused = isinstance(error, UnauthorizedException) or getattr(error, "is_login_refusal", False)
    return is_refused or not isinstance(error, OpenApiException)


def _is_overload(error: ApiException, duration: float) -> bool:
    """Return True if another attempt may succeed once the server is less busy, or running again."""
    return is_retryable(error) or (error.status == 500 and duration >= SLOW)
