"""Checks of what a user hands in: a wrong type is a TypeError, an impossible value a ValueError.

The message names the argument.
"""

from __future__ import annotations

import datetime as dt
import re

_DATED_RUN = re.compile(r"(?:manual|scheduled|backfill|dataset_triggered)__(.+)")


def flag(name: str, value: bool) -> bool:
    """Give ``value`` if it is a bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {_kind(value)}")
    return value


def identify(dag_id: str, run_id: str, task_id: str, key: str, map_index: int) -> None:
    """Check what names an XCom."""
    for argument, value in {"dag_id": dag_id, "run_id": run_id, "task_id": task_id, "key": key}.items():
        name(argument, value)
    whole("map_index", map_index, minimum=-1)


def name(argument: str, value: str) -> None:
    """Check an id or a key."""
    if not text(argument, value):
        raise ValueError(f"{argument} must not be empty")


def text(name: str, value: str) -> str:
    """Give ``value`` if it is a str that can be sent."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {_kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} must be valid Unicode, not {value!r}") from None
    return value


def whole(name: str, value: int, *, minimum: int, maximum: int = 2**31 - 1) -> int:
    """Give ``value`` if it is an int within the bounds."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {_kind(value)}")
    if not minimum <= value <= maximum:
        raise ValueError(f"{name} must be from {minimum} to {maximum}, not {value}")
    return value


def instant(name: str, value: dt.datetime | str) -> str:
    """Give a moment as ISO 8601 text in UTC, as Airflow writes it."""
    moment = _parsed(name, value) if isinstance(value, str) else value
    if not isinstance(moment, dt.datetime):
        raise TypeError(f"{name} must be a datetime or a str, not {_kind(value)}")
    if moment.utcoffset() is None:
        raise ValueError(f"{name} must have a UTC offset: {value!r}")
    return moment.astimezone(dt.timezone.utc).isoformat()


def _parsed(name: str, written: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", written))
    except ValueError:
        raise ValueError(f"{name} must be ISO 8601, not {written!r}") from None


def date_within(run_id: str) -> str | None:
    """Give the date in a run id such as ``manual__2024-01-01T00:00:00+00:00``, or None."""
    matched = _DATED_RUN.fullmatch(run_id)
    try:
        return instant("run_id", matched[1]) if matched else None
    except ValueError:
        return None


def now() -> str:
    """Give the present moment as ISO 8601 text in UTC."""
    return dt.datetime.now(dt.timezone.utc).isoformat()


def _kind(value: object) -> str:
    return type(value).__name__
