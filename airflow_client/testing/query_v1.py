"""A request's target, read as strictly as Airflow 2 reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from airflow_client.testing.moments import NotAMoment, read_rfc_3339

_FALLBACK_LIMIT = 100


class Problem(Exception):
    """A refusal in the form of v1: status, two texts (either may be null), kind of error."""

    def __init__(self, status: str, title: str | None, detail: str | None, kind: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.kind = kind


def split(target: str) -> tuple[str, str]:
    """Give the decoded path and the raw query of a request's target.

    The path is decoded before it is routed: an id with ``%2F`` in it becomes another path.
    """
    target = re.sub(r"^https?://[^/?#]*", "", target).partition("#")[0]
    path, _, query = target.partition("?")
    decoded = unquote_to_bytes(path.encode("latin-1")).decode("utf-8", "replace")
    return "/" + decoded.lstrip("/"), query


def parameters(query: str, known: Mapping[str, Callable[[str, str], Any]]) -> dict[str, Any]:
    """Read the parameters of a query.

    Args:
        query: The query as it came, without the question mark.
        known: Which parameters there are, and how each is read: in this order, so the first wrong
            one is told.

    Raises:
        Problem: A parameter is not known, or has a value of the wrong type.
    """
    decoded = query.encode("latin-1").decode("utf-8", "replace")
    given = dict(parse_qsl(decoded, keep_blank_values=True))  # of a repeated one the last counts
    extra = [name for name in given if name not in known]
    if extra:
        detail = f"Extra query parameter(s) {', '.join(extra)} not in spec"
        raise Problem("400 BAD REQUEST", None, detail, "BadRequest")
    return {name: read(name, given[name]) for name, read in known.items() if name in given}


def text(_name: str, value: str) -> str:
    """Read a parameter that may be anything."""
    return value


def integer(name: str, value: str) -> int:
    """Read a whole number."""
    try:
        return int(value)  # real servers take " 1 ", "+1" and "1_0" as well
    except ValueError:
        raise _wrong_type("integer", name) from None


def natural(name: str, value: str) -> int:
    """Read a whole number that is not negative."""
    number = integer(name, value)
    if number < 0:
        raise _violation(f"{number} is less than the minimum of 0", {"type": "integer", "minimum": 0}, number)
    return number


def moment(_name: str, value: str) -> str:
    """Read a date and time as ISO 8601 text in UTC."""
    try:
        return read_rfc_3339(value)
    except NotAMoment as wrong:
        raise _violation(str(wrong), {"type": "string", "format": "date-time"}, value) from None


def boolean(name: str, value: str) -> bool:
    """Read true or false, in any case; 1 and 0 are refused."""
    if value.lower() not in ("true", "false"):
        raise _wrong_type("boolean", name)
    return value.lower() == "true"


def page_limit(limit: int | None, maximum: int) -> int:
    """Give how many rows a page may have.

    Args:
        limit: How many are asked for.
        maximum: How many the site allows.

    Raises:
        Problem: The limit is negative.
    """
    if limit is None:
        return min(_FALLBACK_LIMIT, maximum)
    if limit < 0:
        raise Problem("400 BAD REQUEST", "Page limit must be a positive integer", None, "BadRequest")
    # The fallback for 0 is not held to the site's maximum, on real servers too.
    return min(limit, maximum) or _FALLBACK_LIMIT


def _violation(message: str, schema: dict[str, Any], came: object) -> Problem:
    """Make the refusal of a value that breaks the last rule of a schema."""
    failed = f"Failed validating {list(schema)[-1]!r} in schema:\n    {schema}"
    detail = f"{message}\n\n{failed}\n\nOn instance:\n    {came!r}"
    return Problem("400 BAD REQUEST", "Bad Request", detail, "BadRequest")


def _wrong_type(kind: str, name: str) -> Problem:
    detail = f"Wrong type, expected '{kind}' for query parameter '{name}'"
    return Problem("400 BAD REQUEST", "Bad Request", detail, "BadRequest")
