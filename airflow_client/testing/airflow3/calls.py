"""Calls of ``/api/v2``, and the parts that their lists share."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from airflow_client.testing.airflow3.params import Optionals, integer_reader, read_any
from airflow_client.testing.airflow3.responses import HttpError
from airflow_client.testing.application import Response
from airflow_client.testing.store import Order

_DEFAULT_LIMIT = 50
_MAX_ORDER_COLUMNS = 10

#: Parameters of every list.
PAGE: Optionals = {"limit": (integer_reader(0), _DEFAULT_LIMIT), "offset": (integer_reader(0), 0)}


@dataclass(frozen=True)
class Call:
    """Method of a path, with readers of its query, or of its decoded body."""

    respond: Callable[[dict[str, str], dict[str, Any]], Response]
    parameters: Optionals = field(default_factory=dict)
    read_body: Callable[[Any], dict[str, Any]] | None = None


def pattern_parameters(names: Collection[str]) -> Optionals:
    """Return the parameters that filter columns by pattern and by prefix."""
    return {f"{name}{suffix}": (read_any, None) for name in names for suffix in ("_pattern", "_prefix_pattern")}


def read_order(columns: list[str], sortable: Collection[str]) -> list[Order]:
    """Return the columns to sort by."""
    if len(columns) > _MAX_ORDER_COLUMNS:
        detail = f"Ordering with more than {_MAX_ORDER_COLUMNS} parameters is not allowed. Provided: {columns}"
        raise HttpError(400, detail)
    for column in columns:
        name = column.lstrip("-")
        if name not in sortable:
            raise HttpError(400, f"Ordering with '{name}' is disallowed or the attribute does not exist on the model")
    return [(column.lstrip("-"), column.startswith("-")) for column in columns]


def format_datetime(text: str) -> str:
    """Return a stored datetime as responses have it."""
    return text.replace("+00:00", "Z")
