"""When a failed attempt is worth another, and after which pause."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError, TlsException, TransportException

if TYPE_CHECKING:
    from collections.abc import Collection

    from airflow_client.xcom.core.messages import Response

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
        asked = _retry_after(outcome.headers.get("Retry-After"), outcome.headers.get("Date"))
        if asked is not None:
            return asked
    return random.uniform(0, min(BACKOFF * 2 ** min(retry, 10), BACKOFF_MAX))


def _retry_after(value: str | None, date: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number or an HTTP date (RFC 9110, 10.2.3).

    :param date: the Date header: what the server's clock says, which may differ from ours.
    """
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
