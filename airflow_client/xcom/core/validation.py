"""Arguments of a call as text that can be sent, or an error that names the argument: nothing unusable is ever sent."""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any
from urllib.parse import quote, unquote

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError

_CONTROL = frozenset(map(chr, (*range(32), *range(127, 160))))


def text(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}")
    problem = _problem(value)
    if problem is not None:
        raise ApiValueError(f"{name} {problem}")
    return value


@lru_cache(1024)  # the same ids come again and again
def _problem(text: str) -> str | None:
    """Why a text cannot be sent, None when it can."""
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


def integer(name: str, value: int) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiTypeError(f"{name} must be an int, not {type(value).__name__}")
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
    if value < 1:
        raise ApiValueError(f"{name} must be at least 1, got {value}")
    return value


def boolean(name: str, value: bool) -> str:
    if not isinstance(value, bool):
        raise ApiTypeError(f"{name} must be a bool, not {type(value).__name__}")
    return "true" if value else "false"


def moment(name: str, value: datetime) -> str:
    """``value``, an aware datetime, as ISO 8601."""
    if not isinstance(value, datetime):
        raise ApiTypeError(f"{name} must be a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ApiValueError(f"{name} must have a time zone (Airflow 3 answers 500 to a naive datetime), got {value!r}")
    return value.isoformat()


def identifier(name: str, value: str) -> str:
    """``value``, the id of a DAG, a run or a task, as a segment of a path."""
    if "/" in text(name, value):
        # Airflow decodes %2F before it routes: such an id is answered 404 at best, and can reach another endpoint.
        raise ApiValueError(f"{name} must not contain '/': Airflow's REST API cannot address such an id; got {value!r}")
    return segment(confined(name, value))


def is_addressable(value: str) -> bool:
    """Return True if a path can name the id ``value``; ``~`` stands for all."""
    return "/" not in value and value != "~" and not leaves_its_place(value)


def confined(name: str, value: str) -> str:
    """``value``, if it cannot leave its place in a path, whatever stands between us and Airflow.

    nginx that strips a prefix (``location /x/ { proxy_pass http://airflow/; }``) passes the path on decoded, with its
    ``..`` and ``//`` folded: percent-encoding alone does not keep such a value apart.

    :raises ApiValueError: it has an empty, ``.`` or ``..`` segment, as it is or percent-decoded once more.
    """
    if leaves_its_place(value):
        raise ApiValueError(
            f"{name} must not have an empty, '.' or '..' segment (split at '/' and '\\', percent-decoded too): a proxy "
            f"can take such a path for another endpoint; got {value!r:.200}"
        )
    return value


@lru_cache(1024)
def leaves_its_place(value: str) -> bool:
    """Whether a proxy can fold ``value``, as a part of a path, into another path."""
    segments = [*re.split(r"[/\\]", value), *re.split(r"[/\\]", unquote(value))]
    # Some servers cut parameters off a segment (RFC 3986, 3.3): ``..;x`` is ``..`` for them.
    return "" in segments or any(segment.partition(";")[0] in (".", "..") for segment in segments)


@lru_cache(1024)
def segment(text: str) -> str:
    """``text`` as one segment of a path, percent-encoded so that nothing on the way can take it for anything else.

    ``.`` and ``..`` go out as ``%2E`` and ``%2E%2E``: bare, URL libraries and proxies fold them into another path
    (RFC 3986, 5.2.4), and real XComs have such keys.
    """
    encoded = quote(text, safe="")
    return encoded.replace(".", "%2E") if encoded in (".", "..") else encoded


def json_body(name: str, value: Any) -> bytes:
    """``value`` as JSON."""
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ApiValueError(f"{name} cannot be sent as JSON: {error}") from error


#: How deeply a value may be nested; Python's own encoder and decoder give up some levels later.
_DEPTH = 200


def check_round_trip(name: str, value: Any, depth: int = 0) -> None:
    """Refuse a value that would not read back from JSON as the same value."""
    if depth > _DEPTH:
        raise ApiValueError(f"{name} is nested more than {_DEPTH} levels deep")
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str:
                raise ApiTypeError(f"{name} has a key that is no str: {key!r:.100} ({type(key).__name__})")
            check_round_trip(name, key)
            check_round_trip(name, item, depth + 1)
    elif kind is list:
        for item in value:
            check_round_trip(name, item, depth + 1)
    elif kind is float:
        if not isfinite(value):
            raise ApiValueError(f"{name} holds {value!r}, which JSON does not have")
    elif kind is str:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ApiValueError(f"{name} holds text that cannot be encoded as UTF-8: {error}") from error
    elif value is not None and kind not in (bool, int):
        raise ApiTypeError(f"{name} must be made of JSON's types; it holds a {kind.__name__}")
