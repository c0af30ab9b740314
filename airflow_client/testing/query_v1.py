"""A request's target, read as strictly as Airflow 2 reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes


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


def parameters(query: str, known: dict[str, Callable[[str, str], Any]]) -> dict[str, Any]:
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
        detail = (
            f"{number} is less than the minimum of 0\n\nFailed validating 'minimum' in schema:\n"
            f"    {{'type': 'integer', 'minimum': 0}}\n\nOn instance:\n    {number}"
        )
        raise Problem("400 BAD REQUEST", "Bad Request", detail, "BadRequest")
    return number


def boolean(name: str, value: str) -> bool:
    """Read true or false, in any case; 1 and 0 are refused."""
    if value.lower() not in ("true", "false"):
        raise _wrong_type("boolean", name)
    return value.lower() == "true"


def _wrong_type(kind: str, name: str) -> Problem:
    detail = f"Wrong type, expected '{kind}' for query parameter '{name}'"
    return Problem("400 BAD REQUEST", "Bad Request", detail, "BadRequest")
