"""Ends the work of threads before the interpreter ends: one that is stopped in an import can hang or crash it."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

#: By what has threads: the process that they are of, and a function that ends them.
_open: WeakKeyDictionary[Any, tuple[int, Callable[[Any], None]]] = WeakKeyDictionary()


def close_at_exit(owner: Any, close: Callable[[Any], None]) -> None:
    """Call ``close(owner)`` at the end of this process, unless ``owner`` is gone by then."""
    _open[owner] = os.getpid(), close
    # The last to be registered is the first to be called: before multiprocessing, which ends only parts of its pools.
    atexit.unregister(_close_all)
    atexit.register(_close_all)


def _close_all() -> None:
    for owner, (pid, close) in list(_open.items()):
        if pid == os.getpid():
            close(owner)
