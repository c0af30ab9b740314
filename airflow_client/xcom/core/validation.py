"""Validation of arguments: each function returns the text to send, or raises an error that names the argument."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any
from urllib.parse import quote, unquote

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError, type_name
from airflow_client.xcom.headers import Headers, Secret, check_header_value, header_name

_CONTROL = frozenset(map(chr, (*range(32), *range(127, 160))))


def text(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}")
    problem = _problem(value)
    if problem is not None:
        raise ApiValueError(f"{name} {problem}")
    return value


@lru_cache(1024)  # calls repeat the same keys
def _problem(text: str) -> str | None:
    """Return the reason why a text cannot be sent, or None."""
    if not text:
        return "must not be empty"
    if not _CONTROL.isdisjoint(text):
        at = next(index for index, character in enumerate(text) if character in _CONTROL)
        return f"must not contain control characters; {text[at]!r} is at {at}"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"cannot be encoded as UTF-8: {error}"
    return None


def plain(value: Any) -> Any:
    """Return an integer or bool of numpy's as Python's own, and anything else as it is."""
    if type(value).__module__ == "numpy" and getattr(getattr(value, "dtype", None), "kind", "") in ("b", "i", "u"):
        return value.item() if value.shape == () else value
    return value


def whole(name: str, value: int) -> int:
    """Return ``value`` as an int; a ``numpy.integer`` is one too."""
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, int):
        raise ApiTypeError(f"{name} must be an int, not {type_name(value)}")
    return number


def integer(name: str, value: int) -> str:
    value = whole(name, value)
    try:
        return str(value)
    except ValueError as error:  # more digits than Python converts (4300 since 3.9.14)
        raise ApiValueError(f"{name} is out of range: {error}") from error


def not_negative(name: str, value: int) -> str:
    digits = integer(name, value)
    if value < 0:
        raise ApiValueError(f"{name} must be 0 or more, got {digits}")
    return digits


def positive(name: str, value: int) -> int:
    integer(name, value)
    value = whole(name, value)
    if value < 1:
        raise ApiValueError(f"{name} must be at least 1, got {value}")
    return value


def boolean(name: str, value: bool) -> str:
    flag = plain(value)
    if not isinstance(flag, bool):
        raise ApiTypeError(f"{name} must be a bool, not {type_name(value)}")
    return "true" if flag else "false"


def one_of(name: str, value: str, *accepted: str) -> None:
    if value not in accepted:
        choices = f"{', '.join(map(repr, accepted[:-1]))} or {accepted[-1]!r}"
        raise ApiValueError(f"{name} must be {choices}, not {value!r}")


def optional_function(name: str, value: object, parameters: str) -> None:
    if value is not None and not callable(value):
        raise ApiTypeError(f"{name} must be a function of {parameters} or None, not {type_name(value)}")


def check_single(name: str, value: str, accepted: str) -> None:
    """Raise ApiValueError for ``"~"``, which means all."""
    if isinstance(value, str) and value == "~":
        raise ApiValueError(f"{name} must be {accepted}, not '~', which means all")


def iso_datetime(name: str, value: datetime) -> str:
    """Return ``value``, an aware datetime, as ISO 8601."""
    if not isinstance(value, datetime):
        raise ApiTypeError(f"{name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ApiValueError(f"{name} must have a time zone (Airflow 3 answers 500 to a naive datetime), got {value!r}")
    return value.isoformat()


def identifier(name: str, value: str) -> str:
    """Return ``value``, the id of a DAG, a run or a task, as a segment of a path."""
    return _identifier(name, value) if isinstance(value, str) else text(name, value)  # raises an error


@lru_cache(1024)  # calls repeat the same ids
def _identifier(name: str, value: str) -> str:
    if "/" in text(name, value):
        # Airflow decodes %2F before routing, so the request would get a 404 or reach another endpoint.
        raise ApiValueError(f"{name} must not contain '/': Airflow's REST API cannot address such an id; got {value!r}")
    return segment(check_path_safe(name, value))


def is_addressable(value: str) -> bool:
    """Return True if a path can name the id ``value``; ``~`` stands for all ids."""
    return "/" not in value and value != "~" and not can_change_path(value)


def check_path_safe(name: str, value: str) -> str:
    """Return ``value`` if no proxy can turn it into another path.

    nginx that strips a prefix (``location /x/ { proxy_pass http://airflow/; }``) decodes the path and resolves ``..``
    and ``//``, so percent-encoding alone is not enough.

    :raises ApiValueError: it has an empty, ``.`` or ``..`` segment, as it is or percent-decoded once more.
    """
    if can_change_path(value):
        raise ApiValueError(
            f"{name} must not have an empty, '.' or '..' segment (split at '/' and '\\', percent-decoded too): a proxy "
            f"can send such a path to another endpoint; got {value!r:.200}"
        )
    return value


def can_change_path(value: str) -> bool:
    """Return True if a proxy can resolve ``value``, as a part of a path, to another path."""
    segments = [*re.split(r"[/\\]", value), *re.split(r"[/\\]", unquote(value))]
    # Some servers drop a segment's parameters (RFC 3986, 3.3): ``..;x`` becomes ``..``.
    return "" in segments or any(segment.partition(";")[0] in (".", "..") for segment in segments)


@lru_cache(1024)
def segment(text: str) -> str:
    """Return ``text`` percent-encoded as one segment of a path.

    ``.`` and ``..`` become ``%2E`` and ``%2E%2E``, since URL libraries and proxies resolve the bare ones (RFC 3986,
    5.2.4), and real XComs have such keys.
    """
    encoded = quote(text, safe="")
    return encoded.replace(".", "%2E") if encoded in (".", "..") else encoded


def headers_of(name: str, fields: Secret[Mapping[str, str]]) -> Headers:
    """Return the headers of the argument ``name``."""
    if not hasattr(fields.value, "keys"):
        raise ApiTypeError(f"{name} must be a mapping of str to str, not {type(fields.value).__name__}")
    headers = Headers()
    for key in fields.value:
        headers[header_name(f"a name in {name}", key)] = check_header_value(f"{name}: {key}", Secret(fields.value[key]))
    return headers


def json_body(name: str, value: Any) -> bytes:
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ApiValueError(f"{name} cannot be sent as JSON: {error}") from error


#: Maximum nesting of a value, below the limit of Python's own encoder and decoder.
_MAX_DEPTH = 200


def check_round_trip(name: str, value: Any, depth: int = 0) -> None:
    """Raise an error if ``value`` would read back from JSON as a different value."""
    if depth > _MAX_DEPTH:
        raise ApiValueError(f"{name} is nested more than {_MAX_DEPTH} levels deep")
    value_type = type(value)
    if value_type is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise ApiTypeError(f"{name} has a key that is not a str: {key!r:.100} ({type(key).__name__})")
            check_round_trip(name, key)
            check_round_trip(name, item, depth + 1)
    elif value_type is list:
        for item in value:
            check_round_trip(name, item, depth + 1)
    elif value_type is float:
        if not isfinite(value):
            raise ApiValueError(f"{name} holds {value!r}, which JSON does not have")
    elif value_type is str:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ApiValueError(f"{name} holds text that cannot be encoded as UTF-8: {error}") from error
    elif value is not None and value_type not in (bool, int):
        raise ApiTypeError(f"{name} must be made of JSON's types; it holds a {type_name(value)}")
