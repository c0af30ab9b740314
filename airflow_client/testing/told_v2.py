"""Stored values as ``/api/v2`` tells them, and what it takes to be stored."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from airflow_client.testing.serialization import CLASS, DATA, OLD_CLASS, OLD_DATA, VERSION
from airflow_client.testing.validation import Invalid, error

_COLLECTIONS = ("builtins.tuple", "builtins.set", "builtins.frozenset")
_FORBIDDEN = {CLASS, VERSION, DATA, "__id__", "__cache__", OLD_CLASS, "__source", OLD_DATA}
_MODULE_OF_A_DAG = re.compile("unusual_prefix_[a-f0-9]{40}_")


class CannotDescribe(Exception):
    """The stored value is of a kind on which a real server's ``deserialize=true`` fails."""


def describe(stored: Any) -> Any:
    """Write the envelopes in a stored value out as text, as ``deserialize=true`` does; str is read as JSON.

    Args:
        stored: The decoded JSON of a stored value.

    Raises:
        CannotDescribe: A real server answers 500 here.
    """
    if isinstance(stored, str):
        try:
            stored = json.loads(stored)
        except ValueError:
            return stored
    return _describe(stored)


def _describe(stored: Any) -> Any:
    if isinstance(stored, list):
        return [_describe(item) for item in stored]
    if not isinstance(stored, dict):
        return stored
    name, version, data = stored.get(CLASS), stored.get(VERSION), stored.get(DATA)
    if OLD_CLASS in stored and OLD_DATA in stored:
        if stored[OLD_CLASS] == "dict" and isinstance(stored[OLD_DATA], dict):
            return _describe(stored[OLD_DATA])
        name, version, data = stored[OLD_CLASS], 0, stored[OLD_DATA]
    elif not (CLASS in stored and VERSION in stored):
        return {key: _describe(item) for key, item in stored.items()}
    if not isinstance(name, str) or not isinstance(version, int) or not name or name.startswith("airflow."):
        raise CannotDescribe(f"an envelope of {name!r}")
    return _text(name, version, data)


def _text(name: str, version: int, data: Any) -> str:
    if name in _COLLECTIONS and isinstance(data, list):
        return "(" + ",".join(str(_describe(item)) for item in data) + ")"
    if isinstance(data, dict):
        items = {key: repr(item) if isinstance(item, str) else _describe(item) for key, item in data.items()}
        inner = ", ".join(f"{key}={item}" for key, item in items.items())
    elif isinstance(data, list):
        inner = ",".join(str(_describe(item)) for item in data)
    else:
        inner = "" if data is None else str(data)
    return f"{_MODULE_OF_A_DAG.sub('', name)}@version={version}({inner})"


def finite(value: Any) -> Any:
    """Give a value with null in the place of each number that JSON has no word for."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [finite(item) for item in value]
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    return value


def unreserved(place: tuple[str, ...], came: Any) -> Any:
    """Read a value that is to be stored, at its place in a body; envelopes may not be made by hand.

    Raises:
        Invalid: It has keys that envelopes are made of, be it in a str that looks like JSON.
    """
    found = _reserved(came, "value")
    if found:
        wrong = {**error("value_error", place, f"Value error, {found}", came), "ctx": {"error": {}}}
        raise Invalid(wrong)
    return came


def _reserved(value: Any, where: str) -> str | None:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
        return _reserved(value, where) if isinstance(value, (dict, list)) else None
    if isinstance(value, dict):
        forbidden = sorted(_FORBIDDEN.intersection(value))
        if forbidden:
            return (
                f"XCom {where} contains reserved serialization keys: {', '.join(forbidden)}."
                " These keys are reserved for internal use."
            )
        parts = [(item, f"{where}.{key}") for key, item in value.items()]
    elif isinstance(value, list):
        parts = [(item, f"{where}[{index}]") for index, item in enumerate(value)]
    else:
        return None
    return next(filter(None, (_reserved(item, place) for item, place in parts)), None)
