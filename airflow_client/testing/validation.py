"""What a request brings, read as leniently and refused in the words as Airflow 3 does.

All that is wrong is told at once: a list of what pydantic says of each parameter or field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Optional
from urllib.parse import parse_qs

from airflow_client.testing.moments import NotAMoment, read_moment

Error = dict[str, Any]
#: Reads a value from the wire at a place ("query", "limit"); gives it, or raises :class:`Invalid`.
Read = Callable[[tuple[str, ...], Any], Any]

_MISSING = "Field required"
_NO_INTEGER = "Input should be a valid integer"
_INTEGER = re.compile(r"\s*[+-]?\d+(_\d+)*(\.0*)?\s*")
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


class Invalid(Exception):
    """What came is wrong: a 422 with these errors."""

    def __init__(self, *errors: Error) -> None:
        super().__init__(errors)
        self.errors: list[Error] = list(errors)


class UnreadableBody(Exception):
    """The body is in no encoding of Unicode."""


def error(kind: str, place: tuple[Any, ...], message: str, came: Any, **context: Any) -> Error:
    """Give what is told of one wrong value."""
    told = {"type": kind, "loc": list(place), "msg": message, "input": came}
    return {**told, "ctx": context} if context else told


# ----------------------------------------------------------------------------------- queries


def parameters(query: str, known: Mapping[str, tuple[Read, Any]]) -> dict[str, Any]:
    """Read the parameters of a query; those that are not known are ignored.

    Args:
        query: The query as it came, without the question mark.
        known: How each parameter is read, and what it is without being given; in this order the
            wrong ones are told.

    Raises:
        Invalid: Values are wrong.
    """
    given = parse_qs(query, keep_blank_values=True)
    asked: dict[str, Any] = {}
    errors: list[Error] = []
    for name, (read, otherwise) in known.items():
        try:
            if name not in given:
                asked[name] = otherwise
            elif isinstance(otherwise, list):
                asked[name] = given[name]
            else:
                asked[name] = read(("query", name), given[name][-1])
        except Invalid as invalid:
            errors += invalid.errors
    if errors:
        raise Invalid(*errors)
    return asked


def text(_place: tuple[str, ...], came: Any) -> Any:
    """Read a parameter that may be anything."""
    return came


def integer(minimum: Optional[int] = None) -> Read:
    """Make what reads a whole number, which must not be below ``minimum``."""

    def read(place: tuple[str, ...], came: Any) -> int:
        if not _INTEGER.fullmatch(came):
            message = f"{_NO_INTEGER}, unable to parse string as an integer"
            raise Invalid(error("int_parsing", place, message, came))
        number = int(came.partition(".")[0])
        if minimum is not None and number < minimum:
            message = f"Input should be greater than or equal to {minimum}"
            raise Invalid(error("greater_than_equal", place, message, came, ge=minimum))
        return number

    return read


def boolean(place: tuple[str, ...], came: Any) -> bool:
    """Read a truth value in one of its many forms."""
    value = _BOOLEANS.get(came.lower())
    if value is None:
        message = "Input should be a valid boolean, unable to interpret input"
        raise Invalid(error("bool_parsing", place, message, came))
    return value


def moment(place: tuple[str, ...], came: Any) -> str:
    """Read a date and time as ISO 8601 text in UTC."""
    try:
        return read_moment(came)
    except NotAMoment as wrong:
        message = f"Input should be a valid datetime or date, {wrong}"
        raise Invalid(error("datetime_from_date_parsing", place, message, came, error=str(wrong))) from None


# ------------------------------------------------------------------------------------ bodies


def read_json(body: bytes, content_type: str) -> Any:
    """Read a body; one that is not declared as JSON is a str.

    Raises:
        Invalid: It is declared as JSON, but is none.
        UnreadableBody: It is in no encoding of Unicode.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return None
    try:
        if not re.fullmatch(r"application/([^/]*\+)?json", kind):
            return body.decode()
        return json.loads(body)
    except json.JSONDecodeError as wrong:
        place = ("body", wrong.pos)
        raise Invalid(error("json_invalid", place, "JSON decode error", {}, error=wrong.msg)) from None
    except ValueError:
        raise UnreadableBody from None


def fields(body: Any, required: Mapping[str, Read], optional: Mapping[str, tuple[Read, Any]]) -> dict[str, Any]:
    """Read the fields of a body; there may be no others.

    Args:
        body: What :func:`read_json` gave.
        required: How each field that there must be is read.
        optional: How each of the others is read, and what it is without being given.

    Raises:
        Invalid: The body is no object, or fields are wrong.
    """
    if body is None:
        raise Invalid(error("missing", ("body",), _MISSING, None))
    if not isinstance(body, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        raise Invalid(error("model_attributes_type", ("body",), message, body))
    readers = {**required, **{name: read for name, (read, _) in optional.items()}}
    found = {name: otherwise for name, (_, otherwise) in optional.items()}
    errors: list[Error] = []
    for name, read in readers.items():
        try:
            if name in body:
                found[name] = read(("body", name), body[name])
            elif name in required:
                errors.append(error("missing", ("body", name), _MISSING, body))
        except Invalid as invalid:
            errors += invalid.errors
    for name in body:
        if name not in readers:
            errors.append(error("extra_forbidden", ("body", name), "Extra inputs are not permitted", body[name]))
    if errors:
        raise Invalid(*errors)
    return found


def json_text(place: tuple[str, ...], came: Any) -> str:
    """Read a field that must be a str."""
    if not isinstance(came, str):
        raise Invalid(error("string_type", place, "Input should be a valid string", came))
    return came


def json_integer(place: tuple[str, ...], came: Any) -> int:
    """Read a field that must be a whole number, or look like one."""
    if isinstance(came, str):
        return int(integer()(place, came))
    if isinstance(came, float) and not came.is_integer():
        message = f"{_NO_INTEGER}, got a number with a fractional part"
        raise Invalid(error("int_from_float", place, message, came))
    if not isinstance(came, (int, float)):
        raise Invalid(error("int_type", place, _NO_INTEGER, came))
    return int(came)
