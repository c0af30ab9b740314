"""Wait for something that another thread does, instead of sleeping."""

from __future__ import annotations

import time
from typing import Callable


def wait_until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Return as soon as ``condition()`` is true; fail after so many seconds, which is enough on a busy machine."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not become true"
        time.sleep(0.005)
