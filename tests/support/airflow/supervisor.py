"""Runs a server for as long as the process that started it lives, killed with -9 or not.

Usage: supervisor.py LISTENER HOME COMMAND...

The starter holds the other end of the pipe that is standard input: when it closes, whyever, the
server with all its children is killed and HOME deleted. When the server ends by itself, this ends
with its code and leaves HOME, so that the starter can read the log in it.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from types import FrameType
from typing import Optional

POLL_SECONDS = 0.25
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have the kernel kill the server should this very process be killed with -9. Linux only."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(number: int, frame: Optional[FrameType]) -> None:
    raise SystemExit(128 + number)


def watch(child: subprocess.Popen[bytes], starter: int) -> bool:
    """Wait; True when the starter is gone or wants the server gone, False when the server ended."""
    while child.poll() is None:
        ended, _, _ = select.select([0], [], [], POLL_SECONDS)
        # A fork of the starter may hold the pipe open, hence the look at who our parent is.
        if (ended and not os.read(0, 1)) or os.getppid() != starter:
            return True
    return False


def main() -> int:
    listener, home, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    starter = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        pass_fds=(listener,),
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    os.close(listener)  # or connections would be accepted, and hang, after the server's death
    unwanted = True
    try:
        unwanted = watch(child, starter)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        code = child.wait()
        if unwanted:
            shutil.rmtree(home, ignore_errors=True)
    return 0 if unwanted else code or 1


if __name__ == "__main__":
    sys.exit(main())
