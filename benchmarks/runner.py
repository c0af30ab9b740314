"""Runs contenders side by side: each in a process of its own, in turn, round after round (A B C, B C A, …).

So a machine that is busy for a while hits all alike, and a ratio is made of figures of the same round.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Optional

from .environments import BENCHMARKS, CHECKOUT, NEEDS_NOTHING_ELSE, Contender, Interpreters


class MissingApi(Exception):
    """A contender cannot do a task: its library does not have what the task needs (yet)."""


@dataclasses.dataclass(frozen=True)
class Variant:
    """What one line of a table measures: a contender's task, a function of its module, with arguments."""

    label: str
    contender: Contender
    task: str
    arguments: dict[str, Any]


@dataclasses.dataclass
class Samples:
    """One figure per round of a variant; or why there is none."""

    label: str
    seconds: list[float] = dataclasses.field(default_factory=list)
    cpu: list[float] = dataclasses.field(default_factory=list)
    bytes: list[int] = dataclasses.field(default_factory=list)
    threads: int = 0
    result: Any = None
    missing: str = ""


class Bench:
    """What every measurement is given.

    :ivar quick: as little as proves that it works, with contenders that need no installation.
    :ivar interpreters: finds each contender's Python.
    :ivar url: the loopback server's.
    :ivar soak_seconds: how long the soak lasts.
    :ivar most_xcoms: how many the largest database has that ``growth`` fills.
    """

    soak_seconds = 30.0
    most_xcoms = 100_000

    def __init__(self, quick: bool, interpreters: Interpreters, url: str, server: int) -> None:
        self.quick = quick
        self.interpreters = interpreters
        self.url = url
        self._server = server

    def rounds(self, usual: int) -> int:
        return 2 if self.quick else usual

    def can_run(self, contender: Contender) -> bool:
        return not self.quick or contender in NEEDS_NOTHING_ELSE

    def pin(self, *processes: int) -> None:
        """Put the server, and these processes, on one CPU."""
        cpu = max(os.sched_getaffinity(0))
        for process in (self._server, *processes):
            os.sched_setaffinity(process, {cpu})

    def unpin(self) -> None:
        os.sched_setaffinity(self._server, os.sched_getaffinity(0))


@contextlib.contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """The loopback server's URL and its process."""
    command, pipe = [sys.executable, "-m", "benchmarks.server"], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=CHECKOUT) as process:
        assert process.stdout
        assert process.stdin
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}", process.pid
        finally:
            process.stdin.close()  # upon which it ends
            _end(process)


class Worker:
    """A contender's process, ready to do a task; see ``worker.py``."""

    def __init__(self, bench: Bench, variant: Variant, cold: bool) -> None:
        python = bench.interpreters.of(variant.contender)
        script = str(BENCHMARKS / "worker.py")
        command = [str(python), script, variant.contender.module, variant.task, json.dumps(variant.arguments)]
        command += ["cold"] * cold
        self._process = bench.interpreters.popen(command)
        self.pid = self._process.pid
        self._variant = variant
        try:
            told = self._read()
            if "missing" in told:
                raise MissingApi(told["missing"])
        except BaseException:
            self.close()
            raise

    def measure(self, calls: int, memory: bool = False) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"calls": calls, "memory": memory}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        _end(self._process)
        self._process.stdout.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self._variant.label} ({self._variant.task}) ended; see above")
        told: dict[str, Any] = json.loads(line)
        return told


def _end(process: subprocess.Popen[str]) -> None:
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


def interleaved(
    bench: Bench,
    variants: Sequence[Variant],
    *,
    rounds: int,
    calls: int = 1,
    expected: Any = None,
    memory: bool = False,
    pinned: bool = False,
    fresh: bool = False,
) -> list[Samples]:
    """``rounds`` figures of each variant, each the mean of ``calls`` calls; quick mode leaves variants out.

    :param expected: what each has to return; that they all do the same work is not taken on trust.
    :param memory: also by how much the process grows meanwhile.
    :param pinned: client and server on one CPU.
    :param fresh: a new process for each figure, which has not done the task before.
    """
    variants = [variant for variant in variants if bench.can_run(variant.contender)]
    samples = {variant.label: Samples(variant.label) for variant in variants}
    with contextlib.ExitStack() as stack:
        stack.callback(bench.unpin)
        workers: dict[str, Worker] = {}
        for turn in range(rounds):
            for variant in _rotated(variants, turn):
                sample = samples[variant.label]
                if sample.missing:
                    continue
                worker = workers.get(variant.label)
                if worker is None:
                    try:
                        worker = Worker(bench, variant, cold=fresh)
                    except MissingApi as error:
                        sample.missing = str(error)
                        print(f"  skipped: {variant.label}: {error}", file=sys.stderr)
                        continue
                    if not fresh:
                        workers[variant.label] = worker
                        stack.callback(worker.close)
                if pinned:
                    bench.pin(worker.pid)
                told = worker.measure(calls, memory)
                if fresh:
                    worker.close()
                if expected is not None and told["result"] != expected:
                    raise SystemExit(f"{variant.label} returned {told['result']!r}, not {expected!r}")
                sample.seconds.append(told["seconds"])
                sample.cpu.append(told["cpu"])
                sample.threads, sample.result = told["threads"], told["result"]
                if memory:
                    sample.bytes.append(told["bytes"])
    return list(samples.values())


def whole_processes(
    bench: Bench, commands: dict[str, list[str]], *, rounds: int, expected: Optional[str] = None
) -> list[Samples]:
    """Seconds that each command takes from start to end, by its label; the first run of each is not counted."""
    samples = {label: Samples(label) for label in commands}
    for turn in range(-1, rounds):
        for label in _rotated(list(commands), turn):
            start = time.perf_counter()
            with bench.interpreters.popen(commands[label]) as process:
                printed, _ = process.communicate()
            seconds = time.perf_counter() - start
            if process.returncode or (expected is not None and printed != expected):
                raise SystemExit(f"{label} ended with {process.returncode} and printed {printed!r}")
            if turn >= 0:
                samples[label].seconds.append(seconds)
    return list(samples.values())


def _rotated(things: Sequence[Any], turn: int) -> list[Any]:
    start = turn % len(things) if things else 0
    return [*things[start:], *things[:start]]
