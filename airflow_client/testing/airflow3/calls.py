"""Calls of ``/api/v2``, and the parts that their lists share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_client.testing.airflow3.params import Optionals, integer_reader, read_any
from airflow_client.testing.airflow3.responses import HttpError
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.database import Order
from airflow_client.testing.filters import Filter, is_in
from airflow_client.testing.since import Numbers, known

_DEFAULT_LIMIT = 50
_MAX_ORDER_COLUMNS = 10
#: Date on which DAGs begin, and were read first.
START_DATE = "2023-01-01T00:00:00Z"

#: Parameters of every list.
PAGE: Optionals = {"limit": (integer_reader(0), _DEFAULT_LIMIT), "offset": (integer_reader(0), 0)}


@dataclass(frozen=True)
class Call:
    """Method of a path, with readers of its query, or of its decoded body.

    :ivar respond: answers a request with its ids and its parameters.
    :ivar writer_role: role that a write needs; by default, that of writing XComs.
    :ivar add: extra parameters, from the request's headers and the user's name.
    """

    respond: Callable[[dict[str, str], dict[str, Any]], Response]
    parameters: Optionals = field(default_factory=dict)
    read_body: Callable[[Any], dict[str, Any]] | None = None
    writer_role: str | None = None
    add: Callable[[Mapping[str, str], str], dict[str, Any]] = lambda _headers, _username: {}


#: First release with each field of a page of runs and task instances.
_CURSORS_SINCE = {"total_entries_limit": (3, 3), "next_cursor": (3, 2), "previous_cursor": (3, 2)}


def page_size(params: Mapping[str, Any], settings: Settings) -> int:
    """Return the number of rows in a page; 3.0 has no maximum."""
    limit: int = params["limit"]
    return limit if settings.release < (3, 1) else min(limit, settings.maximum_page_limit)


def pattern_parameters(names: Collection[str], release: Numbers) -> Optionals:
    """Return the parameters that filter columns by pattern and by prefix."""
    suffixes = known({"_pattern": 0, "_prefix_pattern": 0}, {"_pattern": (3, 1), "_prefix_pattern": (3, 2)}, release)
    return {f"{name}{suffix}": (read_any, None) for name in names for suffix in suffixes}


def cursors(release: Numbers) -> dict[str, Any]:
    """Return the cursors of a page of runs or task instances, which this server does not use."""
    return known(dict.fromkeys(_CURSORS_SINCE), _CURSORS_SINCE, release)


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


def state_filter(column: str, states: list[str], valid: Collection[str], *, none: bool = False) -> list[Filter]:
    """Return the filters of a parameter ``state``, which may be repeated.

    :param none: whether "none" is a state, too.
    """
    if not states:
        return []
    if not set(states) <= {*valid, *(["none"] if none else [])}:
        raise HttpError(422, f"Invalid value for state. Valid values are {', '.join(valid)}")
    return [is_in(column, states)]


def dag_version(dag_id: str, display_name: str, release: Numbers) -> dict[str, Any]:
    """Return the only version of a DAG."""
    version = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, dag_id)),
        "version_number": 1,
        "dag_id": dag_id,
        "bundle_name": "dags-folder",
        "bundle_version": None,
        "created_at": START_DATE,
        "dag_display_name": display_name,
        "bundle_url": None,
    }
    return known(version, {"dag_display_name": (3, 1)}, release)


def format_datetime(text: str) -> str:
    """Return a stored datetime as responses have it."""
    return text.replace("+00:00", "Z")
