"""What the calls of ``/api/v2`` have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_client.testing.answers_v2 import Refusal
from airflow_client.testing.http1 import Response
from airflow_client.testing.validation import Read

#: How many rows a page has, unless told.
PAGE = 50
_MOST_COLUMNS = 10


@dataclass(frozen=True)
class Call:
    """One method of a path: what answers it, and what reads its query, or else its body."""

    answer: Callable[[dict[str, str], dict[str, Any]], Response]
    parameters: Mapping[str, tuple[Read, Any]] = field(default_factory=dict)
    read_body: Callable[[Any], dict[str, Any]] | None = None


def check_order(columns: list[str], sortable: Collection[str]) -> list[tuple[str, bool]]:
    """Give the columns that a list is to be sorted by, and whether each descends.

    Raises:
        Refusal: There are too many, or some that a list cannot be sorted by.
    """
    if len(columns) > _MOST_COLUMNS:
        raise Refusal(400, f"Ordering with more than {_MOST_COLUMNS} parameters is not allowed. Provided: {columns}")
    for column in columns:
        name = column.lstrip("-")
        if name not in sortable:
            raise Refusal(400, f"Ordering with '{name}' is disallowed or the attribute does not exist on the model")
    return [(column.lstrip("-"), column.startswith("-")) for column in columns]


def told_moment(text: str) -> str:
    """Give a stored moment as it is told."""
    return text.replace("+00:00", "Z")
