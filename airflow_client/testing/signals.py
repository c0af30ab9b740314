"""Waiting for the signal that ends a server."""

from __future__ import annotations

import signal
import socket


def wait_for_signal() -> None:
    """Wait until a signal arrives, and let its handler run. Call it in the main thread.

    A lock or an event would miss a signal that arrives just before it blocks: handlers run in Python code only.
    """
    wakeup, waker = socket.socketpair()
    with wakeup, waker:
        waker.setblocking(False)
        before = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        try:
            wakeup.recv(1)
        finally:
            signal.set_wakeup_fd(before)
