"""The program ``airflow-xcom``: in a process of its own, with pipes or a pseudo-terminal, or in this process."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Optional, Union

import pyte

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "airflow_client.cli")
#: The streams that are a terminal.
STREAMS = ("stdin", "stdout", "stderr")
#: Text to type, or pairs of the text to wait for on the terminal and what is typed then ("\x03" is Ctrl-C).
Input = Union[str, Sequence[tuple[str, str]]]


class Result(NamedTuple):
    """What the program left.

    :ivar status: its exit status.
    :ivar stdout: what it wrote to a pipe.
    :ivar stderr: what it wrote to a pipe.
    :ivar terminal: what it wrote to the terminal, with control sequences.
    :ivar columns: the width of the terminal.
    """

    status: int
    stdout: str = ""
    stderr: str = ""
    terminal: str = ""
    columns: int = 80

    @property
    def screen(self) -> str:
        """What a person sees, without trailing blanks: each line of the screen, with everything scrolled by."""
        screen = pyte.Screen(self.columns, max(24, 2 * self.terminal.count("\n") + len(self.terminal) // self.columns))
        pyte.Stream(screen).feed(self.terminal)
        return "\n".join(line.rstrip() for line in screen.display).rstrip("\n")


def environment(home: Path, variables: Mapping[str, Optional[str]]) -> dict[str, str]:
    """Return the environment of the program: nothing of the developer's own settings.

    :param home: home directory.
    :param variables: variables to add; None removes one.
    """
    base = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
    }
    return {name: value for name, value in {**base, **variables}.items() if value is not None}


@contextlib.contextmanager
def started(arguments: Sequence[str], env: Mapping[str, str], timeout: float = 60) -> Iterator[subprocess.Popen[str]]:
    """Start the program with pipes; it is killed at the end of the block, or after ``timeout`` seconds."""
    with subprocess.Popen(
        [*COMMAND, *arguments], env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(timeout, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()


def run_process(
    arguments: Sequence[str],
    env: Mapping[str, str],
    *,
    tty: Union[bool, Collection[str]] = False,
    columns: int = 80,
    input: Input = "",  # noqa: A002
    timeout: float = 30,
    cwd: Optional[Path] = None,
) -> Result:
    """Run the program in a process of its own.

    :param tty: True if all streams are one terminal, or the names of those that are; the others are pipes.
    :param input: what is typed, or written to a pipe.
    """
    on_terminal = set(STREAMS if tty is True else tty or ())
    if not on_terminal:
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=dict(env),
            cwd=cwd,
            input=str(input).encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
    master, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=dict(env),
            cwd=cwd,
            stdin=slave if "stdin" in on_terminal else subprocess.PIPE,
            stdout=slave if "stdout" in on_terminal else subprocess.PIPE,
            stderr=slave if "stderr" in on_terminal else subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0) and None,
        )
        os.close(slave)
        slave = -1
        if process.stdin is not None:
            process.stdin.write(input.encode() if isinstance(input, str) else b"")
            process.stdin.close()
        try:
            replies = [("", input)] if isinstance(input, str) and "stdin" in on_terminal else list(input or ())
            sinks = {
                master: bytearray(),
                **{pipe.fileno(): bytearray() for pipe in (process.stdout, process.stderr) if pipe},
            }
            _talk(sinks, master, [] if process.stdin else replies, timeout)  # type: ignore[arg-type]
            status = process.wait(timeout)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        texts = [
            sinks[pipe.fileno()].decode("utf-8", "replace") if pipe else "" for pipe in (process.stdout, process.stderr)
        ]
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        return Result(status, *texts, sinks[master].decode("utf-8", "replace"), columns)
    finally:
        os.close(master)
        if slave >= 0:
            os.close(slave)


def _talk(sinks: dict[int, bytearray], master: int, replies: list[tuple[str, str]], timeout: float) -> None:
    """Read the streams to their ends, and type the replies to what is waited for."""
    end = time.monotonic() + timeout
    unread, answered = set(sinks), 0
    while unread:
        while replies and replies[0][0].encode() in sinks[master][answered:]:
            waited, reply = replies.pop(0)
            answered = sinks[master].index(waited.encode(), answered) + len(waited.encode())
            os.write(master, reply.encode())
        ready = select.select(list(unread), [], [], max(0.0, end - time.monotonic()))[0]
        if not ready:
            raise TimeoutError(f"the program did not end in {timeout} s; so far: {sinks}")
        for stream in ready:
            try:
                data = os.read(stream, 65536)
            except OSError:  # Linux says so when the last process has closed its terminal
                data = b""
            sinks[stream] += data
            if not data:
                unread.discard(stream)


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def run_here(
    arguments: Sequence[str],
    env: Mapping[str, str],
    *,
    tty: bool = False,
    columns: int = 80,
    input: str = "",  # noqa: A002
) -> Result:
    """Run the program in this process, which takes no time; with ``tty``, standard output and error are terminals."""
    from airflow_client.cli import program

    kind = _Terminal if tty else io.TextIOWrapper
    raw = [io.BytesIO(), io.BytesIO()]
    if tty:
        raw[1] = raw[0]
    out, err = (kind(each, encoding="utf-8", write_through=tty) for each in raw)
    with _replaced_environment({**env, **({"COLUMNS": str(columns)} if tty else {})}):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("default")
            stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(input.encode()), encoding="utf-8")
            try:
                status = program.run(list(arguments))
            finally:
                sys.stdin = stdin
    out.flush()
    err.flush()
    texts = [each.getvalue().decode() for each in raw]
    if tty:
        return Result(status, terminal=texts[0].replace("\n", "\r\n"), columns=columns)
    return Result(status, *texts)


@contextlib.contextmanager
def _replaced_environment(env: Mapping[str, str]) -> Iterator[None]:
    saved = dict(os.environ)
    try:
        os.environ.clear()
        os.environ.update(env)
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
