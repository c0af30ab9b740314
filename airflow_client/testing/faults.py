"""Faults of an embedded server: which requests they strike, and what happens to those."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import TracebackType

from airflow_client.testing.application import InternalServerError, Request, Response

#: The rest of the way that a request takes: other faults, then the application.
Proceed = Callable[[Request], Response]
#: Answers a request that a fault strikes; the first argument holds the request up for so many seconds.
Strike = Callable[[Callable[[float], object], Request, Proceed], Response]


class Selector:
    """Condition that a request must meet for a fault to strike it.

    :param path: path in which ``*`` stands for any text, with or without the prefix of the API; None for all.
    :param method: method; None for all.
    :param prefix: prefix of the API.
    """

    def __init__(self, path: str | None, method: str | None, prefix: str) -> None:
        parts = ("*" if path is None else path).split("*")
        self._path = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
        self._method = method
        self._prefix = prefix

    def matches(self, request: Request) -> bool:
        """Return whether a request meets the condition."""
        if self._method not in (None, request.method):
            return False
        path = request.path
        shorter = path[len(self._prefix) :] if path.startswith(f"{self._prefix}/") else path
        return any(self._path.fullmatch(each) for each in (path, shorter))


class Rule:
    """What goes wrong: which requests a fault strikes, and what happens to those.

    :ivar count: number of requests that it has struck.
    :ivar stage: position among the rules that a request meets.
    """

    stage: int = 0

    def __init__(self, faults: Faults, times: int | None = None) -> None:
        self._faults = faults
        self._left = times
        self.count: int = 0

    def answer(self, request: Request, proceed: Proceed, handle: Proceed) -> Response:
        """Answer a request: by the rule, by the rules behind it, or without any of them."""
        return proceed(request)

    def strikes(self) -> bool:
        """Return whether it strikes a request that could be struck, and count that."""
        with self._faults.changed:
            if self._left == 0 or self not in self._faults.active:
                return False
            self.count += 1
            self._left = None if self._left is None else self._left - 1
            return True

    def hold_up(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Wait, unless the fault ends; return whether it ended, or ``until`` came true, in time."""
        with self._faults.changed:
            return self._faults.changed.wait_for(
                lambda: self._faults.stopped or self not in self._faults.active or until(), seconds
            )


class RequestRule(Rule):
    """Rule for the requests that a selector matches.

    :param strike: answers a request that it strikes.
    :param combines: whether rules behind it strike the same request too.
    """

    def __init__(
        self, faults: Faults, selector: Selector, strike: Strike, times: int | None = None, *, combines: bool = False
    ) -> None:
        super().__init__(faults, times)
        self._selector = selector
        self._strike = strike
        self._combines = combines
        self.stage = 1 if combines else 2

    def answer(self, request: Request, proceed: Proceed, handle: Proceed) -> Response:
        """Answer a request."""
        if self._selector.matches(request) and self.strikes():
            return self._strike(self.hold_up, request, proceed if self._combines else handle)
        return proceed(request)


class RateLimit(RequestRule):
    """Rule for requests beyond a number in any period of so many seconds."""

    def __init__(self, faults: Faults, selector: Selector, refusal: Response, requests: int, seconds: float) -> None:
        super().__init__(faults, selector, always(refusal))
        self._seconds = seconds
        self._accepted: deque[float] = deque(maxlen=requests)
        self.stage = 0

    def strikes(self) -> bool:
        """Return whether the period has had its requests, and count that."""
        with self._faults.changed:
            now, accepted = time.monotonic(), self._accepted
            if len(accepted) == accepted.maxlen and now - accepted[0] < self._seconds:
                return super().strikes()
            accepted.append(now)
            return False


class ConcurrencyLimit(Rule):
    """Rule for requests beyond a number at the same time: they wait for others to end, and then fail."""

    def __init__(self, faults: Faults, selector: Selector, requests: int, timeout: float) -> None:
        super().__init__(faults)
        self._selector = selector
        self._free = requests
        self._timeout = timeout

    def answer(self, request: Request, proceed: Proceed, handle: Proceed) -> Response:
        """Answer a request when its turn has come."""
        if not self._selector.matches(request):
            return proceed(request)
        with self._faults.changed:
            if self._free <= 0 and self.strikes() and not self.hold_up(self._timeout, lambda: self._free > 0):
                raise InternalServerError("no other request ended in time")
            self._free -= 1
        try:
            return proceed(request)
        finally:
            with self._faults.changed:
                self._free += 1
                self._faults.changed.notify_all()


class Fault:
    """Fault of the server, until you remove it: by :meth:`remove`, or at the end of a ``with`` block.

    Any thread may use it.
    """

    def __init__(self, count: Callable[[], int], remove: Callable[[], None]) -> None:
        self._count = count
        self._remove = remove

    def __repr__(self) -> str:
        return f"<Fault that struck {self.count} requests>"

    @property
    def count(self) -> int:
        """Number of requests that the fault has struck."""
        return self._count()

    def remove(self) -> None:
        """End the fault, also for requests that it holds up. Removing it twice does nothing."""
        self._remove()

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.remove()


class Faults:
    """Faults of a server. Any thread may use it.

    :ivar changed: condition that guards the rules; it is notified when one ends or lets a request pass.
    :ivar active: rules of the faults that have not been removed, in the order in which a request meets them.
    :ivar stopped: whether the server stops, which ends all waits.
    """

    def __init__(self) -> None:
        self.changed: threading.Condition = threading.Condition()
        self.active: list[Rule] = []
        self.stopped: bool = False

    def add(self, rule: Rule) -> Fault:
        """Add a fault: limits come first, as they count requests that are held up, and changes of the response last."""
        with self.changed:
            self.active = sorted([*self.active, rule], key=lambda each: each.stage)
        return Fault(lambda: rule.count, lambda: self.remove(rule))

    def remove(self, *rules: Rule) -> None:
        """End the faults of some rules."""
        with self.changed:
            self.active = [rule for rule in self.active if rule not in rules]
            self.changed.notify_all()

    def clear(self) -> None:
        """End all faults."""
        self.remove(*self.active)

    def stop(self, stopped: bool) -> None:
        """Take note that the server stops or starts."""
        with self.changed:
            self.stopped = stopped
            self.changed.notify_all()

    def respond(self, request: Request, handle: Proceed) -> Response:
        """Answer a request by the faults that strike it; ``handle`` carries it out."""
        proceed = handle
        for rule in reversed(self.active):
            proceed = partial(rule.answer, proceed=proceed, handle=handle)
        return proceed(request)


def always(response: Response) -> Strike:
    """Return what answers every request with the same response."""
    return lambda _hold_up, _request, _proceed: response
