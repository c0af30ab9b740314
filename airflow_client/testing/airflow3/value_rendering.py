"""Values in the requests and responses of ``/api/v2``."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from airflow_client.testing.airflow3.params import Location, ValidationError, error
from airflow_client.testing.serialization import CLASS, DATA, OLD_CLASS, OLD_DATA, VERSION

_COLLECTIONS = ("builtins.tuple", "builtins.set", "builtins.frozenset")
_RESERVED = {CLASS, VERSION, DATA, "__id__", "__cache__", OLD_CLASS, "__source", OLD_DATA}
_DAG_MODULE = re.compile("unusual_prefix_[a-f0-9]{40}_")


class CannotRender(Exception):
    """Stored value on which real servers fail."""


def render(stored: Any) -> Any:
    """Return a stored value as ``deserialize=true`` does: text for each envelope, and a str decoded as JSON."""
    if isinstance(stored, str):
        try:
            stored = json.loads(stored)
        except ValueError:
            return stored
    return _render(stored)


def _render(stored: Any) -> Any:
    if isinstance(stored, list):
        return [_render(item) for item in stored]
    if not isinstance(stored, dict):
        return stored
    name, version, data = stored.get(CLASS), stored.get(VERSION), stored.get(DATA)
    if OLD_CLASS in stored and OLD_DATA in stored:
        if stored[OLD_CLASS] == "dict" and isinstance(stored[OLD_DATA], dict):
            return _render(stored[OLD_DATA])
        name, version, data = stored[OLD_CLASS], 0, stored[OLD_DATA]
    elif not (CLASS in stored and VERSION in stored):
        return {key: _render(item) for key, item in stored.items()}
    if not isinstance(name, str) or not isinstance(version, int) or not name or name.startswith("airflow."):
        raise CannotRender(f"an envelope of {name!r}")
    return _text(name, version, data)


def _text(name: str, version: int, data: Any) -> str:
    if name in _COLLECTIONS and isinstance(data, list):
        return "(" + ",".join(str(_render(item)) for item in data) + ")"
    if isinstance(data, dict):
        items = {key: repr(item) if isinstance(item, str) else _render(item) for key, item in data.items()}
        inner = ", ".join(f"{key}={item}" for key, item in items.items())
    elif isinstance(data, list):
        inner = ",".join(str(_render(item)) for item in data)
    else:
        inner = "" if data is None else str(data)
    return f"{_DAG_MODULE.sub('', name)}@version={version}({inner})"


def replace_non_finite(value: Any) -> Any:
    """Return a value with null for each NaN and infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [replace_non_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: replace_non_finite(item) for key, item in value.items()}
    return value


def read_storable(loc: Location, value: Any) -> Any:
    """Read a value to store; it, or the JSON in a str, may have no keys of envelopes."""
    message = _find_reserved(value, "value")
    if message:
        raise ValidationError({**error("value_error", loc, f"Value error, {message}", value), "ctx": {"error": {}}})
    return value


def _find_reserved(value: Any, path: str) -> str | None:
    """Return the error about reserved keys, or None without any."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
        return _find_reserved(value, path) if isinstance(value, (dict, list)) else None
    if isinstance(value, dict):
        reserved = sorted(_RESERVED.intersection(value))
        if reserved:
            return (
                f"XCom {path} contains reserved serialization keys: {', '.join(reserved)}."
                " These keys are reserved for internal use."
            )
        parts = [(item, f"{path}.{key}") for key, item in value.items()]
    elif isinstance(value, list):
        parts = [(item, f"{path}[{index}]") for index, item in enumerate(value)]
    else:
        return None
    return next(filter(None, (_find_reserved(item, part) for item, part in parts)), None)
