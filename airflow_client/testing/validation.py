"""Checks of arguments: TypeError for a wrong type, ValueError for a wrong value; messages begin with the name."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

_DATED_RUN_ID = re.compile(r"(?:manual|scheduled|backfill|dataset_triggered)__(.+)")
_IN_HEADERS = re.compile(r"[\t -~\x80-\xff]*")
_Value = TypeVar("_Value")


def check_bool(name: str, value: bool) -> bool:
    """Return ``value`` if it is a bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
    return value


def check_str(name: str, value: str) -> str:
    """Return ``value`` if it is a str that UTF-8 can encode."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} must be valid Unicode, not {value!r}") from None
    return value


def check_path(name: str, value: str | os.PathLike[str]) -> str:
    """Return a path as a str."""
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, not {type(value).__name__}")
    return check_filled(name, os.fspath(value))


def check_filled(name: str, value: str) -> str:
    """Return ``value`` if it is a str that is not empty."""
    if not check_str(name, value):
        raise ValueError(f"{name} must not be empty")
    return value


def check_mapping(name: str, value: Mapping[str, _Value]) -> Mapping[str, _Value]:
    """Return ``value`` if it is a mapping, such as a dict."""
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {type(value).__name__}")
    return value


def check_ids_list(name: str, value: Iterable[str]) -> list[str]:
    """Return ids as a list; a str is none, though it can be iterated."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be a list of ids, not {type(value).__name__}")
    return [check_filled(name, one) for one in value]


def check_header(name: str, value: str) -> str:
    """Return ``value`` if a header can hold it: Latin-1 without line breaks."""
    if not _IN_HEADERS.fullmatch(check_str(name, value)):
        raise ValueError(f"{name} must be Latin-1 without control characters, not {value!r}")
    return value


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """Return ``value`` if it is one of the ``choices``."""
    if check_str(name, value) not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
    return value


def check_int(name: str, value: int, *, minimum: int, maximum: int = 2**31 - 1) -> int:
    """Return ``value`` if it is an int within the bounds."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if not minimum <= value <= maximum:
        raise ValueError(f"{name} must be from {minimum} to {maximum}, not {value}")
    return value


def check_number(name: str, value: float, *, positive: bool = False) -> float:
    """Return ``value`` if it is a finite number that is not negative, or positive."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if not (math.isfinite(value) and value >= 0 and (value > 0 or not positive)):
        raise ValueError(f"{name} must be a finite number {'above' if positive else 'of at least'} 0, not {value}")
    return value


def check_ids(map_index: int = -1, **ids: str) -> None:
    """Check the ids and the key that identify a run, a task or an XCom."""
    for name, value in ids.items():
        check_filled(name, value)
    check_int("map_index", map_index, minimum=-1)


def to_utc(name: str, value: dt.datetime | str) -> str:
    """Return a datetime as ISO 8601 text in UTC, as Airflow writes it."""
    parsed = _parse(name, value) if isinstance(value, str) else value
    if not isinstance(parsed, dt.datetime):
        raise TypeError(f"{name} must be a datetime or a str, not {type(value).__name__}")
    if parsed.utcoffset() is None:
        raise ValueError(f"{name} must have a UTC offset: {value!r}")
    return parsed.astimezone(dt.timezone.utc).isoformat()


def date_in_run_id(run_id: str) -> str | None:
    """Return the date in a run id such as ``manual__2024-01-01T00:00:00+00:00``, or None."""
    matched = _DATED_RUN_ID.fullmatch(run_id)
    try:
        return to_utc("run_id", matched[1]) if matched else None
    except ValueError:
        return None


def _parse(name: str, text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", text))
    except ValueError:
        raise ValueError(f"{name} must be ISO 8601, not {text!r}") from None
