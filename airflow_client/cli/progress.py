"""Progress of many requests on standard error: a bar on a terminal, a line every few seconds on a pipe."""

from __future__ import annotations

import math
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Optional

from airflow_client.cli import terminal
from airflow_client.cli.wording import counted, duration

if TYPE_CHECKING:
    from rich.live import Live

#: Seconds between two lines on a pipe.
INTERVAL = 10.0
#: Seconds over which the rate is measured, and between two of its samples.
_WINDOW, _SAMPLE = 10.0, 0.5
#: Seconds until the first rate is shown.
_FIRST_RATE = 1.0
_BAR_MIN, _BAR_MAX = 5, 60


class Progress:
    """Show the progress of reading or writing XComs. Use it as a context manager.

    :param verb: such as ``"Exporting"``.
    :param workers: largest number of requests at once.

    :ivar int done: XComs processed.
    :ivar total: number of XComs, None until known.
    :ivar int skipped: processed XComs that needed no request, and do not count for the rate.
    :ivar int failed: processed XComs that failed.
    :ivar int running: requests in progress.
    """

    def __init__(self, verb: str, workers: int = 1) -> None:
        self.done = 0
        self.total: Optional[int] = None
        self.skipped = 0
        self.failed = 0
        self.running = 0
        self._verb = verb
        self._workers = workers
        self._start = self._line_at = time.monotonic()
        #: Times and the number of XComs processed by requests until then.
        self._samples: deque[tuple[float, int]] = deque([(self._start, 0)])
        self._live: Optional[Live] = None
        self._bar_width = _BAR_MAX

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.live import Live

            self._live = Live(
                get_renderable=self._render,
                console=terminal.console(sys.stderr),
                transient=True,
                refresh_per_second=5,
                redirect_stdout=False,
                redirect_stderr=True,
            )
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self) -> None:
        """Show what has changed."""
        now = time.monotonic()
        if now - self._samples[-1][0] >= _SAMPLE:
            self._samples.append((now, self.done - self.skipped))
            while now - self._samples[0][0] > _WINDOW and len(self._samples) > 2:
                self._samples.popleft()
        if self._live is None and now - self._line_at >= INTERVAL:
            self._line_at = now
            terminal.note(f"{self._verb}: {self.text()}")

    @property
    def rate(self) -> float:
        """XComs per second, lately."""
        start, before = self._samples[0]
        return (self.done - self.skipped - before) / max(time.monotonic() - start, 1e-3)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def text(self, *, brief: bool = False) -> str:
        """Return the numbers: done, total, rate, time left, errors and workers."""
        total = "" if self.total is None else f"/{self.total:,}" if brief else f" of {self.total:,}"
        parts, rate = [f"{self.done:,}{total}"], self.rate
        if self.elapsed >= _FIRST_RATE:
            parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
        if self.total is not None and rate > 0 and self.total > self.done and self.elapsed >= _FIRST_RATE:
            parts.append(f"{duration(math.ceil((self.total - self.done) / rate))} left")
        if self._workers > 1:
            parts.append(f"{self.running}/{self._workers} workers")
        parts.append(counted(self.failed, "error"))
        return ("  " if brief else ", ").join(parts)

    def _render(self) -> Any:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        text = self.text(brief=True)
        width = terminal.console(sys.stderr).width
        self._bar_width = min(self._bar_width, width - len(text) - len(self._verb) - 6)  # it does not jitter
        line = Table.grid(padding=(0, 2, 0, 0))
        cells: list[Any] = []
        if self._bar_width >= _BAR_MIN:
            bar = ProgressBar(self.total, self.done, width=self._bar_width, pulse=self.total is None)
            cells = [Text(self._verb, "bold", no_wrap=True), bar]
        elif self.total:
            cells = [Text(f"{100 * self.done // self.total}%", "bold", no_wrap=True)]
        line.add_row(*cells, Text(text, "red" if self.failed else "", no_wrap=True, overflow="ellipsis"))
        return line
