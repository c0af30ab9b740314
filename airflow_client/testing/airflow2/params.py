"""Query parameters and bodies, read as strictly as Airflow 2 reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from airflow_client.testing.airflow2.responses import Crash, Problem, TooLarge, bad_request, routing_problem
from airflow_client.testing.application import Request
from airflow_client.testing.datetimes import InvalidDatetime, parse_rfc_3339

_FALLBACK_LIMIT = 100
_MAX_BODY = 1_048_576
_OTHER_JSON = re.compile(r"application/[^/]*\+json")

#: Reads a value from its name and its text or JSON, or raises :class:`Problem`. The first invalid value is reported.
Reader = Callable[[str, Any], Any]


def read_query(request: Request, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return the query parameters of a request."""
    decoded = request.query.encode("latin-1").decode("utf-8", "replace")
    pairs = parse_qsl(decoded, keep_blank_values=True)
    given: dict[str, Any] = dict(pairs)  # the last one of a repeated parameter counts
    for name in given:
        if readers.get(name) is read_text_list:
            given[name] = ",".join(text for other, text in pairs if other == name)
    unknown = [name for name in given if name not in readers]
    if unknown:
        raise bad_request(f"Extra query parameter(s) {', '.join(unknown)} not in spec", title=None)
    return {name: read(name, given[name]) for name, read in readers.items() if name in given}


def read_integer(name: str, text: str) -> int:
    """Read an integer parameter."""
    try:
        return int(text)  # like real servers, it accepts " 1 ", "+1" and "1_0"
    except ValueError:
        raise _wrong_parameter_type("integer", name) from None


def read_natural(name: str, text: str) -> int:
    """Read an integer parameter that is not negative."""
    number = read_integer(name, text)
    if number < 0:
        raise _violation(f"{number} is less than the minimum of 0", {"type": "integer", "minimum": 0}, number)
    return number


def read_datetime(_name: str, text: str) -> str:
    """Read a datetime parameter as ISO 8601 text in UTC."""
    try:
        return parse_rfc_3339(text)
    except InvalidDatetime as error:
        raise _violation(str(error), {"type": "string", "format": "date-time"}, text) from None


def read_boolean(name: str, text: str) -> bool:
    """Read the parameter "true" or "false", in any case."""
    if text.lower() not in ("true", "false"):
        raise _wrong_parameter_type("boolean", name)
    return text.lower() == "true"


def page_size(limit: int | None, maximum: int) -> int:
    """Return the most rows of a page, for a requested limit and that of the site."""
    if limit is None:
        return min(_FALLBACK_LIMIT, maximum)
    if limit < 0:
        raise bad_request(None, title="Page limit must be a positive integer")
    return min(limit, maximum) or _FALLBACK_LIMIT  # like real servers, limit=0 ignores the site's maximum


def read_body(request: Request, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Return the fields of a body; :func:`refuse_unknown_fields` is for after the login."""
    if not request.body:
        raise bad_request("Request body must not be empty")
    if len(request.body) > _MAX_BODY:
        raise TooLarge
    if _OTHER_JSON.fullmatch(request.media_type()):
        raise Crash("real servers fail on JSON of another type")
    if request.media_type() != "application/json":
        content_type = request.headers.get("content-type", "")
        raise routing_problem(415, f"Invalid Content-type ({content_type}), expected JSON data")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if body is None:
        raise bad_request("Request body is not valid JSON")
    if not isinstance(body, dict):
        raise _wrong_field_type(body, "object")
    return {**body, **{name: read(name, body[name]) for name, read in readers.items() if name in body}}


def refuse_unknown_fields(body: Mapping[str, Any], readers: Mapping[str, Reader]) -> None:
    """Refuse fields without a reader."""
    unknown = {name: ["Unknown field."] for name in body if name not in readers}
    if unknown:
        raise bad_request(str(unknown))


def read_text(name: str, value: Any) -> str:
    """Read a parameter, or a field that is a str."""
    if not isinstance(value, str):
        raise _wrong_field_type(value, "string", name)
    return value


def read_texts(name: str, value: Any) -> list[str]:
    """Read a field that is a list of str."""
    if not isinstance(value, list):
        raise _wrong_field_type(value, "array", name)
    return [read_text(f"{name}.{index}", item) for index, item in enumerate(value)]


def read_text_list(_name: str, text: str) -> list[str]:
    """Read a parameter that is a list: it may be repeated, and commas separate its items."""
    return text.split(",")


def read_object(name: str, value: Any) -> dict[str, Any]:
    """Read a field that is an object."""
    if not isinstance(value, dict):
        raise _wrong_field_type(value, "object", name)
    return value


def refuse_read_only(name: str, _value: Any) -> Any:
    """Refuse a field that only responses have."""
    raise bad_request(f"Property is read-only - {name!r}")


def integer_field_reader(minimum: int) -> Reader:
    """Return a reader of a field that is an integer, from a minimum on."""

    def read(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong_field_type(value, "integer", name)
        if value < minimum:
            raise bad_request(f"{value} is less than the minimum of {minimum} - {name!r}")
        return value

    return read


def read_datetime_field(name: str, value: Any) -> str:
    """Read a field that is a datetime, as ISO 8601 text in UTC."""
    try:
        return parse_rfc_3339(read_text(name, value))
    except InvalidDatetime as error:
        raise bad_request(f"{error} - {name!r}") from None


def check_datetime_field(name: str, value: Any) -> str:
    """Read a field that is a datetime, as it was sent."""
    read_datetime_field(name, value)
    return str(value)


def optional(read: Reader) -> Reader:
    """Return a reader that accepts null, too."""
    return lambda name, value: None if value is None else read(name, value)


def _violation(message: str, schema: dict[str, Any], value: object) -> Problem:
    rule = list(schema)[-1]
    return bad_request(
        f"{message}\n\nFailed validating {rule!r} in schema:\n    {schema}\n\nOn instance:\n    {value!r}"
    )


def _wrong_parameter_type(kind: str, name: str) -> Problem:
    return bad_request(f"Wrong type, expected '{kind}' for query parameter '{name}'")


def _wrong_field_type(value: Any, kind: str, name: str | None = None) -> Problem:
    return bad_request(f"{value!r} is not of type {kind!r}" + (f" - {name!r}" if name else ""))
