"""Query parameters and bodies, read as leniently as Airflow 3 reads them, and reported as pydantic reports them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Optional
from urllib.parse import parse_qs

from airflow_client.testing.application import Request
from airflow_client.testing.datetimes import InvalidDatetime, NaiveDatetime, parse_pydantic

Error = dict[str, Any]
Location = tuple[Any, ...]
#: Reads the value at a location such as ("query", "limit"), or raises :class:`ValidationError`.
Reader = Callable[[Location, Any], Any]
#: Readers of optional values, with their defaults; a default list collects repeated parameters.
Optionals = dict[str, tuple[Reader, Any]]

_MISSING = "Field required"
_NOT_INTEGER = "Input should be a valid integer"
_INTEGER = re.compile(r"\s*[+-]?\d+(_\d+)*(\.0*)?\s*")
_JSON_TYPE = re.compile(r"application/([^/]*\+)?json")
_BOOLEANS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


class ValidationError(Exception):
    """Invalid input: all its errors, for a 422."""

    def __init__(self, *errors: Error) -> None:
        super().__init__(errors)
        self.errors: list[Error] = list(errors)


class UndecodableBody(Exception):
    """Body in no Unicode encoding."""


def error(error_type: str, loc: Location, message: str, value: Any, **context: Any) -> Error:
    """Return pydantic's report of one invalid value."""
    report = {"type": error_type, "loc": list(loc), "msg": message, "input": value}
    return {**report, "ctx": context} if context else report


def missing(loc: Location, value: Any) -> Error:
    """Return the report of a missing value."""
    return error("missing", loc, _MISSING, value)


def read_query(request: Request, optionals: Optionals) -> dict[str, Any]:
    """Return the query parameters of a request, without unknown ones."""
    given = parse_qs(request.query, keep_blank_values=True)
    params: dict[str, Any] = {}
    errors: list[Error] = []
    for name, (read, default) in optionals.items():
        try:
            if name not in given:
                params[name] = default
            elif isinstance(default, list):
                params[name] = given[name]
            else:
                params[name] = read(("query", name), given[name][-1])
        except ValidationError as invalid:
            errors += invalid.errors
    if errors:
        raise ValidationError(*errors)
    return params


def read_any(_loc: Location, value: Any) -> Any:
    """Read any value."""
    return value


def integer_reader(minimum: Optional[int] = None) -> Reader:
    """Return a reader of integers, from a minimum on."""

    def read(loc: Location, text: Any) -> int:
        if not _INTEGER.fullmatch(text):
            message = f"{_NOT_INTEGER}, unable to parse string as an integer"
            raise ValidationError(error("int_parsing", loc, message, text))
        number = int(text.partition(".")[0])
        if minimum is not None and number < minimum:
            message = f"Input should be greater than or equal to {minimum}"
            raise ValidationError(error("greater_than_equal", loc, message, text, ge=minimum))
        return number

    return read


def read_positive_number(loc: Location, text: Any) -> float:
    """Read a number above 0."""
    try:
        number = float(text)
    except ValueError:
        message = "Input should be a valid number, unable to parse string as a number"
        raise ValidationError(error("float_parsing", loc, message, text)) from None
    if not number > 0:
        raise ValidationError(error("greater_than", loc, "Input should be greater than 0", text, gt=0.0))
    return number


def read_boolean(loc: Location, text: Any) -> bool:
    """Read a boolean in one of pydantic's spellings."""
    value = _BOOLEANS.get(text.lower())
    if value is None:
        message = "Input should be a valid boolean, unable to interpret input"
        raise ValidationError(error("bool_parsing", loc, message, text))
    return value


def read_datetime(loc: Location, text: Any) -> str:
    """Read a datetime as ISO 8601 text in UTC."""
    try:
        return parse_pydantic(text)
    except InvalidDatetime as wrong:
        message = f"Input should be a valid datetime or date, {wrong}"
        raise ValidationError(error("datetime_from_date_parsing", loc, message, text, error=str(wrong))) from None


def is_json(request: Request) -> bool:
    """Return whether a body is declared as JSON, or, as for Airflow 3.0, is not declared."""
    return not request.media_type() or _JSON_TYPE.fullmatch(request.media_type()) is not None


def read_json(request: Request, *, lenient: bool) -> Any:
    """Return the decoded body of a request; a str if it is not declared as JSON.

    :param lenient: whether a body without a content type is JSON, as Airflow 3.0 assumes.
    """
    if not request.body:
        return None
    try:
        if not _JSON_TYPE.fullmatch(request.media_type() or ("application/json" if lenient else "")):
            return request.body.decode()
        return json.loads(request.body)
    except json.JSONDecodeError as wrong:
        loc = ("body", wrong.pos)
        raise ValidationError(error("json_invalid", loc, "JSON decode error", {}, error=wrong.msg)) from None
    except ValueError:
        raise UndecodableBody from None


def read_fields(body: Any, required: Mapping[str, Reader], optionals: Optionals) -> dict[str, Any]:
    """Return the fields of a decoded body, which may have no others."""
    if body is None:
        raise ValidationError(missing(("body",), None))
    if not isinstance(body, dict):
        message = "Input should be a valid dictionary or object to extract fields from"
        raise ValidationError(error("model_attributes_type", ("body",), message, body))
    readers = {**required, **{name: read for name, (read, _) in optionals.items()}}
    fields = {name: default for name, (_, default) in optionals.items()}
    errors: list[Error] = []
    for name, read in readers.items():
        try:
            if name in body:
                fields[name] = read(("body", name), body[name])
            elif name in required:
                errors.append(missing(("body", name), body))
        except ValidationError as invalid:
            errors += invalid.errors
    for name in body:
        if name not in readers:
            errors.append(error("extra_forbidden", ("body", name), "Extra inputs are not permitted", body[name]))
    if errors:
        raise ValidationError(*errors)
    return fields


def optional(read: Reader) -> Reader:
    """Return a reader that accepts null, too."""
    return lambda loc, value: None if value is None else read(loc, value)


def read_json_object(loc: Location, value: Any) -> dict[str, Any]:
    """Read a field that is an object."""
    if not isinstance(value, dict):
        raise ValidationError(error("dict_type", loc, "Input should be a valid dictionary", value))
    return value


def read_json_datetime(loc: Location, value: Any) -> str:
    """Read a field that is a datetime with an offset, as ISO 8601 text in UTC."""
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise ValidationError(error("datetime_type", loc, "Input should be a valid datetime", value))
    try:
        return read_datetime(loc, str(value))
    except NaiveDatetime:
        raise ValidationError(error("timezone_aware", loc, "Input should have timezone info", value)) from None


def read_json_text(loc: Location, value: Any) -> str:
    """Read a field that is a str."""
    if not isinstance(value, str):
        raise ValidationError(error("string_type", loc, "Input should be a valid string", value))
    return value


def read_json_integer(loc: Location, value: Any) -> int:
    """Read a field that is an integer, or looks like one."""
    if isinstance(value, str):
        return int(integer_reader()(loc, value))
    if isinstance(value, float) and not value.is_integer():
        message = f"{_NOT_INTEGER}, got a number with a fractional part"
        raise ValidationError(error("int_from_float", loc, message, value))
    if not isinstance(value, (int, float)):
        raise ValidationError(error("int_type", loc, _NOT_INTEGER, value))
    return int(value)
