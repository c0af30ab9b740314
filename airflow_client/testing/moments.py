"""Dates and times that a request brings, read as Airflow 3 reads them, or 2."""

from __future__ import annotations

import datetime as dt
import re

_FORMAT = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt _](?P<time>\d\d:\d\d(:\d\d)?)(\.(?P<fraction>\d{1,9}))?"
    r"(?P<zone>[Zz]|[+-]\d\d:?\d\d)?"
)
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT)([01]\d|2[0-3])(:[0-5]\d){2}(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_MILLISECONDS_ABOVE = 2e10
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


class NotAMoment(Exception):
    """The text is no date; the message says why."""


class NaiveMoment(Exception):
    """The text lacks an offset from UTC: a real server's database fails on it."""


def read_moment(text: str) -> str:
    """Give a moment as ISO 8601 text in UTC.

    Args:
        text: ISO 8601, with an offset; or a number of seconds or milliseconds since 1970.

    Raises:
        NotAMoment: It cannot be read.
        NaiveMoment: It has no offset.
    """
    try:
        moment = _since_epoch(text) if _NUMBER.fullmatch(text) else _iso(text)
    except OverflowError:
        raise NaiveMoment(text) from None  # what is out of range fails in the same way
    if moment is None:
        raise NotAMoment(_why_no_date(text))
    if moment.tzinfo is None:
        raise NaiveMoment(text)
    return moment.isoformat()


def read_rfc_3339(text: str) -> str:
    """Give a moment as ISO 8601 text in UTC; what is below a microsecond is cut off.

    Args:
        text: RFC 3339, which has an offset; Airflow 2 takes nothing else.

    Raises:
        NotAMoment: It cannot be read.
        OverflowError: There is no such moment in UTC.
    """
    moment = _iso(re.sub(r"(\.\d{6})\d+", r"\1", text)) if _RFC_3339.fullmatch(text) else None
    if moment is None:
        raise NotAMoment(f"{text!r} is not a 'date-time'")
    return moment.isoformat()


def _since_epoch(text: str) -> dt.datetime:
    number = float(text)
    return _EPOCH + dt.timedelta(seconds=number / 1000 if abs(number) > _MILLISECONDS_ABOVE else number)


def _iso(text: str) -> dt.datetime | None:
    matched = _FORMAT.fullmatch(text)
    try:
        if matched is None:
            return dt.datetime.strptime(text, "%Y-%m-%d") if len(text) == len("2024-01-01") else None
        fraction = (matched["fraction"] or "")[:6].ljust(6, "0")
        zone = re.sub("[zZ]", "+00:00", matched["zone"] or "")
        zone = re.sub(r"([+-]\d\d)(\d\d)", r"\1:\2", zone)
        moment = dt.datetime.fromisoformat(f"{matched['date']}T{matched['time']}").replace(microsecond=int(fraction))
        if not zone:
            return moment
        return dt.datetime.fromisoformat(f"{moment.isoformat()}{zone}").astimezone(dt.timezone.utc)
    except ValueError:
        return None


def _why_no_date(text: str) -> str:
    if len(text) < len("2024-01-01"):
        return "input is too short"
    if not text[:4].isdigit():
        return "invalid character in year"
    if text[4] != "-":
        return "invalid date separator, expected `-`"
    if not text[5:7].isdigit():
        return "invalid character in month"
    if text[7] != "-":
        return "invalid date separator, expected `-`"
    if not text[8:10].isdigit():
        return "invalid character in day"
    if not 1 <= int(text[5:7]) <= 12:
        return "month value is outside expected range of 1-12"
    try:
        dt.date(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return "day value is outside expected range"
    return "unexpected extra characters at the end of the input"
