"""Datetimes in requests, parsed as each Airflow parses them, and the current time."""

from __future__ import annotations

import datetime as dt
import re

_ISO_8601 = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt _](?P<time>\d\d:\d\d(:\d\d)?)(\.(?P<fraction>\d{1,9}))?"
    r"(?P<offset>[Zz]|[+-]\d\d:?\d\d)?"
)
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT)([01]\d|2[0-3])(:[0-5]\d){2}(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)$")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MILLISECONDS_ABOVE = 2e10
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class InvalidDatetime(Exception):
    """Text that is no datetime; the message says why."""


class NaiveDatetime(Exception):
    """Datetime without an offset, on which the database of a real server fails."""


def now() -> str:
    """Return the current time as ISO 8601 text in UTC."""
    return dt.datetime.now(dt.timezone.utc).isoformat()


def parse_pydantic(text: str) -> str:
    """Return a datetime as ISO 8601 text in UTC, from ISO 8601 or a Unix timestamp in seconds or milliseconds."""
    try:
        parsed = _from_timestamp(float(text)) if _NUMBER.fullmatch(text) else _from_iso(text)
    except OverflowError:
        raise NaiveDatetime(text) from None  # real servers fail on both in the same way
    if parsed is None:
        raise InvalidDatetime(_problem(text))
    if parsed.tzinfo is None:
        raise NaiveDatetime(text)
    return parsed.isoformat()


def parse_rfc_3339(text: str) -> str:
    """Return a datetime as ISO 8601 text in UTC, from RFC 3339."""
    parsed = _from_iso(re.sub(r"(\.\d{6})\d+", r"\1", text)) if _RFC_3339.fullmatch(text) else None
    if parsed is None:
        raise InvalidDatetime(f"{text!r} is not a 'date-time'")
    return parsed.isoformat()


def in_offset_of(sent: str, date: str) -> str:
    """Return a date in UTC as ISO 8601 text with the offset of the text in which it was sent."""
    offset = _OFFSET.search(sent)
    if offset is None:
        return date
    zone = dt.datetime.fromisoformat(f"2000-01-01T00:00:00{offset[1]}:{offset[2]}").tzinfo
    return dt.datetime.fromisoformat(date).astimezone(zone).isoformat()


def _from_timestamp(number: float) -> dt.datetime:
    return _EPOCH + dt.timedelta(seconds=number / 1000 if abs(number) > _MILLISECONDS_ABOVE else number)


def _from_iso(text: str) -> dt.datetime | None:
    matched = _ISO_8601.fullmatch(text)
    try:
        if matched is None:
            return dt.datetime.strptime(text, "%Y-%m-%d") if len(text) == len("2024-01-01") else None
        fraction = (matched["fraction"] or "")[:6].ljust(6, "0")
        offset = re.sub("[zZ]", "+00:00", matched["offset"] or "")
        offset = re.sub(r"([+-]\d\d)(\d\d)", r"\1:\2", offset)
        naive = dt.datetime.fromisoformat(f"{matched['date']}T{matched['time']}").replace(microsecond=int(fraction))
        if not offset:
            return naive
        return dt.datetime.fromisoformat(f"{naive.isoformat()}{offset}").astimezone(dt.timezone.utc)
    except ValueError:
        return None


def _problem(text: str) -> str:
    """Return pydantic's reason for refusing a text."""
    checks = (
        (len(text) < len("2024-01-01"), "input is too short"),
        (not text[:4].isdigit(), "invalid character in year"),
        (text[4:5] != "-", "invalid date separator, expected `-`"),
        (not text[5:7].isdigit(), "invalid character in month"),
        (text[7:8] != "-", "invalid date separator, expected `-`"),
        (not text[8:10].isdigit(), "invalid character in day"),
    )
    reason = next((reason for wrong, reason in checks if wrong), None)
    if reason:
        return reason
    if not 1 <= int(text[5:7]) <= 12:
        return "month value is outside expected range of 1-12"
    try:
        dt.date(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return "day value is outside expected range"
    return "unexpected extra characters at the end of the input"
