"""Reading of the XComs of an export, and where they go."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.connection import Airflow
from airflow_client.cli.failure_log import FailureLog
from airflow_client.cli.failures import Failure, describe, exit_status
from airflow_client.cli.interruptions import Interruptions
from airflow_client.cli.partial_export import PartialExport
from airflow_client.cli.progress import Progress
from airflow_client.cli.records import Record, record_of, to_line
from airflow_client.cli.selection import Selection
from airflow_client.cli.wording import counted, duration

_TEXT = (
    "This Airflow sends values only as text, the output of Python's str(); each record has stringified: true. JSON "
    "needs Airflow 2.10 or later."
)
_MAYBE_TEXT = "All values are strings. An Airflow 2 with [core] enable_xcom_pickling sends nothing else."


class Sink(Protocol):
    """Destination of records."""

    def add(self, record: Record) -> None:
        """Write a record.

        :raises ValueError: it cannot be written as JSON.
        """
        ...

    def contains(self, row: xcom.XComCollectionItem) -> bool:
        """Return True if the XCom of a row need not be read."""
        ...


class StandardOutput:
    """JSON Lines on standard output."""

    def add(self, record: Record) -> None:
        """Write a record: in UTF-8, whatever the locale, unless it is a terminal."""
        line = to_line(record)
        if sys.stdout.isatty():
            sys.stdout.write(terminal.printable_json(line.decode()))
            sys.stdout.flush()
        else:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()

    def contains(self, row: xcom.XComCollectionItem) -> bool:
        """Return False."""
        return False


class Export:
    """Reading of the XComs of a selection.

    :param log: receives the XComs that cannot be read.
    :param signals: a signal ends the reading after the requests in progress.

    :ivar int written: number of records written.
    :ivar int deleted: XComs that were deleted after they were listed.
    :ivar int total: rows listed.
    """

    def __init__(
        self,
        airflow: Airflow,
        selection: Selection,
        workers: int,
        sink: Sink,
        log: FailureLog,
        signals: Interruptions,
    ) -> None:
        self.written: int = 0
        self.deleted: int = 0
        self.total: int = 0
        self._airflow = airflow
        self._selection = selection
        self._workers = workers
        self._sink = sink
        self._log = log
        self._signals = signals
        self._progress = Progress("Exporting", workers)
        self._stringified: set[object] = set()

    def read(self) -> None:
        """Read the XComs and write their records.

        :raises OpenApiException: no more XComs can be read.
        """
        reads = self._selection.reads
        with self._progress:
            for number, keywords in enumerate(reads, start=1):
                self._read_part(keywords, number / len(reads))
                if self._signals.happened:
                    break

    def _read_part(self, keywords: dict[str, Any], share: float) -> None:
        """Read what one ``iter_xcoms`` reads.

        :param share: share of all parts that is read after this one.
        """
        progress = self._progress
        done, skipped, total = progress.done, progress.skipped, self.total

        def show(*_: int) -> None:
            counts = xcoms.counts
            progress.done, progress.skipped = done + counts.done, skipped + counts.skipped
            progress.total = round((total + counts.total) / share)  # the other parts may be as long
            progress.running, progress.failed = counts.running, self._log.count
            progress.update()

        xcoms = self._airflow.xcoms.iter_xcoms(
            max_workers=self._workers, on_error="yield", where=self._is_wanted, progress=show, **keywords
        )
        self._signals.stop = xcoms.stop
        try:
            with xcoms:
                for item in xcoms:
                    if isinstance(item, xcom.OpenApiException):
                        self._log.add(getattr(item, "entry", None), item)
                    else:
                        self._write(item, is_text=xcoms.counts.stringified is True)
        finally:
            self._signals.stop = None
            self.total = total + xcoms.counts.total
            self.deleted += xcoms.counts.deleted
            self._stringified.add(xcoms.counts.stringified)

    def _is_wanted(self, row: xcom.XComCollectionItem) -> bool:
        return self._selection.is_written_in_time(row) and not self._sink.contains(row)

    def _write(self, item: xcom.XCom, *, is_text: bool) -> None:
        try:
            self._sink.add(record_of(item, stringified=is_text))
            self.written += 1
        except (ValueError, RecursionError) as error:
            self._log.add(item, error)

    def note_text(self) -> None:
        """Say if the values are text, or may be."""
        if self.written and True in self._stringified:
            terminal.warn(_TEXT)
        elif self.written and self._stringified == {None}:
            terminal.warn(_MAYBE_TEXT)

    def summarize(self, path: Path, resumed: int) -> None:
        """Print a line about the complete file.

        :param resumed: records that an interrupted export had read.
        """
        number, seconds = self.written + resumed, max(self._progress.elapsed, 1e-3)
        line = f"Exported {counted(number, 'XCom')} to {path} ({_size(path)}) in {duration(seconds)}"
        if self.written and seconds >= 1:
            line += f", {self.written / seconds:,.0f}/s"
        if resumed:
            line += f"; {resumed:,} of them were read before"
        if self.deleted:
            line += f"; {self.deleted:,} were deleted meanwhile"
        terminal.note(f"{line}.")


@contextmanager
def kept_for_resume(partial: PartialExport) -> Generator[None]:
    """Say how to continue when the block fails; delete a partial file without records."""
    try:
        yield
    except BaseException as error:
        if not partial.count:
            partial.discard()
            raise
        hint = (
            f"{counted(partial.count, 'XCom')} of the export are in {partial.path}. Continue with the same command and "
            "--resume."
        )
        if isinstance(error, (xcom.OpenApiException, OSError)):
            raise Failure(f"{describe(error)}\n{hint}", exit_status(error)) from error
        terminal.note(hint)
        raise


def _size(path: Path) -> str:
    size, unit = float(path.stat().st_size), "bytes"
    for larger in ("KB", "MB", "GB"):
        if size >= 1000:
            size, unit = size / 1000, larger
    return f"{size:,.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:,.1f} {unit}"
