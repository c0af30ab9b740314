"""Print what a client's calls return or raise, one JSON text a line; this runs in the environment of the client."""

from __future__ import annotations

import json
from typing import Any, Callable

#: Keys of the contract suite's values that the scripts read; "nope" is missing.
KEYS = ("str", "int", "float", "bool_true", "none", "list", "dict", "datetime_utc", "tuple", "nope", "str_date")


def show(name: str, call: Callable[[], Any], convert: Callable[[Any], Any]) -> Any:
    """Print the outcome of a call, and return its result."""
    result = None
    try:
        result = call()
        outcome: Any = convert(result)
    except Exception as error:
        outcome = {"raised": type(error).__name__, "status": getattr(error, "status", None)}
        body = getattr(error, "body", None)
        if body is not None:
            outcome["body"] = _decoded(body)
    print(json.dumps([name, outcome], default=str, ensure_ascii=True), flush=True)
    return result


def _decoded(body: Any) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return "not JSON"
