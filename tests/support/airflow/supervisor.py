"""Runs a server for as long as the process that started it lives, killed with -9 or not.

Usage: supervisor.py LISTENER HOME COMMANDS

COMMANDS is a JSON list: the server's command, and those of its scheduler if it has one. The starter holds the other
end of the pipe that is standard input: when it closes, whyever, all of them with all their children are killed and
HOME is deleted. When one of them ends by itself, the others are killed; this ends with its code and leaves HOME, so
that the starter can read the log in it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Optional

POLL_SECONDS = 0.25
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def prctl(option: int, argument: int) -> None:
    """Set an attribute of this process. Linux only."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(option, argument)


def die_with_parent() -> None:
    """Have the kernel kill the server should this very process be killed with -9."""
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def stop(number: int, frame: Optional[FrameType]) -> None:
    raise SystemExit(128 + number)


def watch(children: list[subprocess.Popen[bytes]], starter: int) -> bool:
    """Wait; True when the starter is gone or wants the server gone, False when a child ended."""
    while all(child.poll() is None for child in children):
        ended, _, _ = select.select([0], [], [], POLL_SECONDS)
        # A fork of the starter may hold the pipe open, hence the look at who our parent is.
        if (ended and not os.read(0, 1)) or os.getppid() != starter:
            return True
    return False


def kill_all(children: list[subprocess.Popen[bytes]]) -> None:
    """Kill the children, and what they have started, which becomes a child of ours when its parent ends."""
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    with contextlib.suppress(OSError, ChildProcessError):
        while True:
            for orphan in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
                os.kill(int(orphan), signal.SIGKILL)
            os.waitpid(-1, 0)


def main() -> int:
    listener, home, commands = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
    starter = os.getppid()
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    children = [
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            pass_fds=(listener,) if command is commands[0] else (),
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        for command in commands
    ]
    os.close(listener)  # or connections would be accepted, and hang, after the server's death
    unwanted = True
    try:
        unwanted = watch(children, starter)
    finally:
        codes = [child.poll() for child in children]
        kill_all(children)
        if unwanted:
            shutil.rmtree(home, ignore_errors=True)
    return 0 if unwanted else next(filter(None, codes), 1)


if __name__ == "__main__":
    sys.exit(main())
