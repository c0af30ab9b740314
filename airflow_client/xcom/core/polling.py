"""Waiting for an XCom to be there: how often to ask, what to wait out, and when to give up."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from airflow_client.xcom.core import retry
from airflow_client.xcom.core.policy import Sleep
from airflow_client.xcom.exceptions import ApiException, TimeoutException, TransportException

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from airflow_client.xcom.core.messages import Response
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.core.server import Server

#: Each pause is this many times the one before, up to so many times the first, and a random part more or less.
GROWTH, GROWTH_MAX, JITTER = 1.5, 10.0, 0.2
#: The last attempt begins so many seconds before the deadline, or at half of what is left.
LAST = 0.5


def wait_for(
    attempt: Callable[[float], Flow[tuple[Any, Response]]],
    server: Server,
    timeout: float,
    poll_interval: float,
    clock: Callable[[], float],
) -> Flow[tuple[Any, Response]]:
    """Make ``attempt`` until it does not answer that there is no such entry.

    Once the server has answered, a failure that may pass is waited out too; before that it is raised, as is any other
    refusal at any time: what is wrong with the address or the credentials does not come right by waiting.

    :param attempt: makes the call, which ends in so many seconds at the latest.
    :param timeout: seconds until the deadline.
    :param poll_interval: seconds of the first pause.
    :raises TimeoutException: there is no such entry at the deadline; the last answer is its cause.
    """
    start = clock()
    deadline = start + timeout
    pause, attempts = poll_interval, 0
    while True:
        attempts += 1
        try:
            return (yield from attempt(max(deadline - clock(), 0.001)))
        except ApiException as error:
            missing = server.dialect is not None and server.dialect.is_xcom_not_found(error.status, error.error)
            passing = isinstance(error, TransportException) or error.status in retry.STATUSES
            if not missing and not (passing and attempts > 1):
                raise
            last = error
        left = deadline - clock()
        if left <= 0 or (attempts > 1 and left < LAST / 2):
            gave_up = TimeoutException(
                0,
                f"no such XCom after {timeout:g} s and {attempts} attempts",
                request=last.request,
                hint="is the task to run within that time, and do the ids and the key match to the letter?",
            )
            gave_up.attempts, gave_up.elapsed = attempts, clock() - start
            raise gave_up from last
        yield Sleep(min(pause * random.uniform(1 - JITTER, 1 + JITTER), max(left - LAST, left / 2)))
        pause = min(pause * GROWTH, poll_interval * GROWTH_MAX)
