"""Ctrl-C and SIGTERM: the first one ends the work in order, the second one at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Callable, Optional

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_MESSAGE = b"\nFinishing the requests in progress. Press Ctrl-C again to stop at once.\n"


class Interruptions:
    """State of the signals.

    :ivar stop: function that ends the work in order, called by a signal; None if a signal is to raise
        KeyboardInterrupt.
    :ivar bool happened: a signal arrived.
    """

    def __init__(self) -> None:
        self.stop: Optional[Callable[[], object]] = None
        self.happened: bool = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal arrived."""
        if self.happened:
            raise KeyboardInterrupt

    def handle(self, number: int, frame: Optional[FrameType]) -> None:
        if self.stop is None or self.happened:
            raise KeyboardInterrupt
        self.happened = True
        self.stop()
        if number == signal.SIGINT and os.isatty(2):  # rich 12 replaces sys.stderr by an object that denies it
            os.write(2, _MESSAGE)  # print() is not safe in a signal handler


@contextmanager
def interruptions() -> Generator[Interruptions]:
    """Handle Ctrl-C and SIGTERM."""
    state = Interruptions()
    previous = {number: signal.signal(number, state.handle) for number in _SIGNALS}
    try:
        yield state
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
