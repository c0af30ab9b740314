"""A request's body, read as strictly as Airflow 2 reads it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from airflow_client.testing.http1 import Request
from airflow_client.testing.moments import NotAMoment, read_rfc_3339
from airflow_client.testing.query_v1 import Problem

#: Reads a field from its name and its JSON, or raises :class:`Problem`.
ReadField = Callable[[str, Any], Any]


def read_fields(request: Request, known: Mapping[str, ReadField]) -> dict[str, Any]:
    """Read the fields of a body, a JSON object.

    Args:
        request: What brings it.
        known: How each field is read: in this order, so the first wrong one is told. Others come as
            they are: whether they are refused is seen only after it is seen who asks.

    Raises:
        Problem: It is no JSON object, or a field is wrong.
    """
    if not request.body:
        raise _refusal("Request body must not be empty")
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        detail = f"Invalid Content-type ({content_type}), expected JSON data"
        raise Problem("415 UNSUPPORTED MEDIA TYPE", "Unsupported Media Type", detail, "about:blank")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if body is None:
        raise _refusal("Request body is not valid JSON")
    if not isinstance(body, dict):
        raise _wrong_type(body, "object")
    return {**body, **{name: read(name, body[name]) for name, read in known.items() if name in body}}


def refuse_others(body: Mapping[str, Any], known: Mapping[str, ReadField]) -> None:
    """Refuse the fields that are not known."""
    unknown = {name: ["Unknown field."] for name in body if name not in known}
    if unknown:
        raise _refusal(str(unknown))


def text(name: str, came: Any) -> str:
    """Read a field that must be a str."""
    if not isinstance(came, str):
        raise _wrong_type(came, "string", name)
    return came


def texts(name: str, came: Any) -> list[str]:
    """Read a field that must be a list of str."""
    if not isinstance(came, list):
        raise _wrong_type(came, "array", name)
    return [text(f"{name}.{index}", item) for index, item in enumerate(came)]


def at_least(minimum: int) -> ReadField:
    """Make what reads a whole number, which must not be below ``minimum``."""

    def read(name: str, came: Any) -> int:
        if not isinstance(came, int) or isinstance(came, bool):
            raise _wrong_type(came, "integer", name)
        if came < minimum:
            raise _refusal(f"{came} is less than the minimum of {minimum} - {name!r}")
        return came

    return read


def moment(name: str, came: Any) -> str:
    """Read a date and time as ISO 8601 text in UTC."""
    try:
        return read_rfc_3339(text(name, came))
    except NotAMoment as wrong:
        raise _refusal(f"{wrong} - {name!r}") from None


def _wrong_type(came: Any, kind: str, name: str | None = None) -> Problem:
    return _refusal(f"{came!r} is not of type {kind!r}" + (f" - {name!r}" if name else ""))


def _refusal(detail: str) -> Problem:
    return Problem("400 BAD REQUEST", "Bad Request", detail, "BadRequest")
