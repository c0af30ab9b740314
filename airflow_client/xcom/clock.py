"""The clock of all deadlines and waits."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

if hasattr(time, "clock_gettime"):
    #: Seconds that always pass: freezegun and time-machine leave this clock alone, and freeze time.monotonic().
    monotonic: Callable[[], float] = functools.partial(time.clock_gettime, time.CLOCK_MONOTONIC)
else:  # Windows. freezegun replaces attributes of modules, and does not look into a partial
    monotonic = functools.partial(time.perf_counter)
