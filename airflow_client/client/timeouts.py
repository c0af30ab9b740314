"""How long a call may take: every wait has an end."""

from __future__ import annotations

from airflow_client.client.exceptions import ApiTypeError, ApiValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

#: Seconds to establish a connection, to wait for the next bytes, and for the whole call with its retries.
CONNECT, READ, TOTAL = 5.0, 60.0, 120.0


class Timeouts:
    """The limits of one call, in seconds.

    :ivar connect: to establish a connection, at each attempt.
    :ivar read: to wait for the next bytes.
    :ivar total: for the whole call, retries included.
    """

    __slots__ = ("connect", "read", "total")

    def __init__(self, connect: float, read: float, total: float) -> None:
        self.connect = connect
        self.read = read
        self.total = total

    def within(self, seconds: float) -> Timeouts:
        """These limits for a call of which ``seconds`` are left."""
        return Timeouts(min(self.connect, seconds), min(self.read, seconds), seconds)


DEFAULT = Timeouts(CONNECT, READ, TOTAL)


def requested(request_timeout: float | Iterable[float] | None) -> Timeouts:
    """The limits that the ``_request_timeout`` of a call asks for.

    A number of seconds bounds the whole call. A pair ``(connect, read)`` bounds each connecting and each wait for
    bytes; the whole call is then bounded by their sum, or by the default total when that is longer.
    """
    if request_timeout is None:
        return DEFAULT
    if isinstance(request_timeout, (tuple, list)):
        if len(request_timeout) != 2:
            raise ApiValueError(f"_request_timeout must be {_ACCEPTED}, not {request_timeout!r}")
        connect, read = (seconds("_request_timeout", part, _ACCEPTED) for part in request_timeout)
        return Timeouts(connect, read, max(TOTAL, connect + read))
    total = seconds("_request_timeout", request_timeout, _ACCEPTED)
    return Timeouts(total, total, total)


_ACCEPTED = "a number or (connect, read)"


def seconds(name: str, value: object, accepted: str = "a number of seconds") -> float:
    """``value``, if it is a positive number of seconds; otherwise an error says that ``name`` must be ``accepted``."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ApiTypeError(f"{name} must be {accepted}, not {type(value).__name__}")
    if not 0 < value <= 10**9:  # NaN and infinity are refused too: a wait without end is never asked for
        raise ApiValueError(f"{name} must be a positive number of seconds, not {value!r}")
    return float(value)
