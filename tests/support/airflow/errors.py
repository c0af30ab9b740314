"""Failures of a real Airflow, and the end of its log."""

from __future__ import annotations

from pathlib import Path


class AirflowError(RuntimeError):
    """A real Airflow could not be installed, prepared or started."""


class NoSuitablePython(AirflowError):
    """No Python on this machine runs the release."""


def tail(path: Path, lines: int = 30) -> str:
    """Return the end of a log, without pip's many lines about ignored locations."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError as error:
        return f"(no log: {error})"
    return "\n".join([line for line in text.splitlines() if "is ignored:" not in line][-lines:])
