"""Operations: what a call sends to Airflow's API, built from its validated arguments."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from airflow_client.xcom.core.validation import (
    boolean,
    can_change_path,
    check_path_safe,
    check_round_trip,
    headers_of,
    identifier,
    integer,
    iso_datetime,
    json_body,
    not_negative,
    plain,
    segment,
    text,
    whole,
)
from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError, ValueChangedWarning
from airflow_client.xcom.headers import Headers, Secret
from airflow_client.xcom.model import Model
from airflow_client.xcom.model.page import note_first_page
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.model.x_com_collection import XComCollection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


T = TypeVar("T")

#: A path as RFC 3986 allows it, and names in braces.
_PATH = r"(/([A-Za-z0-9._~!$&'()*+,;=:@%-]|{\w+})*)+"
RUN_PATH = "/dags/{dag_id}/dagRuns/{dag_run_id}"
_TASK_PATH = RUN_PATH + "/taskInstances/{task_id}"
_LIST_PATH = _TASK_PATH + "/xcomEntries"
_ENTRY_PATH = _LIST_PATH + "/{xcom_key}"
#: Operations on a single XCom that exists.
XCOM_OPERATIONS = frozenset({"get_xcom_entry", "update_xcom_entry", "delete_xcom_entry"})

#: Query parameters of a list and of a single XCom, with the function that converts each to text.
FILTERS: dict[str, Callable[[str, Any], str]] = {
    "map_index": integer,
    "xcom_key": text,
    "limit": not_negative,
    "offset": not_negative,
    "map_index_filter": integer,
    **{
        f"{name}{form}": text
        for name in ("xcom_key", "dag_display_name", "run_id", "task_id")
        for form in ("_pattern", "_prefix_pattern")
    },
    **{
        f"{name}_{bound}": iso_datetime
        for name in ("logical_date", "run_after")
        for bound in ("gte", "gt", "lte", "lt")
    },
    "order_by": text,
}
#: Query parameters that can be repeated.
LISTS = frozenset({"fields", "order_by", "state"})
ENTRY_PARAMETERS: dict[str, Callable[[str, Any], str]] = {
    "map_index": integer,
    "deserialize": boolean,
    "stringify": boolean,
}


class Operation(Generic[T]):
    """A call to the API, independent of the server.

    :ivar name: name of the operation; None for a :meth:`ApiClient.call_api`.
    :ivar method: the HTTP method.
    :ivar path: path below the API's prefix, percent-encoded.
    :ivar path_template: the path with ``{dag_id}`` and the like for ids.
    :ivar query: names and texts of the query parameters.
    :ivar model: class of the response's model; None for decoded JSON.
    :ivar is_text: True for text instead of JSON, default False.
    :ivar body: the JSON body, or None.
    :ivar check: receives the model of a successful response; or None.
    :ivar expected: fields and values that the response, or each of its rows, must have.
    :ivar repeatable: allow retries of a method that is not safe.
    :ivar fields: fields of a JSON body that :meth:`ApiVersion.adapt` makes; or None.
    :ivar update: operation to make if this one finds that the XCom exists; or None.
    """

    def __init__(
        self,
        name: str | None,
        method: str,
        path: str,
        path_template: str,
        query: list[tuple[str, str]],
        model: type[Model] | None,
        *,
        headers: Mapping[str, str] | Headers | None = None,
        body: bytes | None = None,
        expected: Mapping[str, Any] | None = None,
        check: Callable[[Any], None] | None = None,
        repeatable: bool = False,
        fields: dict[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.path_template = path_template
        self.query = query
        self.model = model
        self.headers = headers
        self.body = body
        self.check = check
        self.expected: Mapping[str, Any] = expected or {}
        self.repeatable = repeatable
        self.fields = fields
        self.is_text = False
        self.update: Operation[T] | None = None


def get_xcom_entries(
    dag_id: str, dag_run_id: str, task_id: str, parameters: Mapping[str, Any]
) -> Operation[XComCollection]:
    """Return the operation of :meth:`XComApi.get_xcom_entries`, with parameters from :data:`FILTERS`."""
    path, filters = _list_path(dag_id, dag_run_id, task_id), {"key": "xcom_key", "map_index": "map_index"}
    ids = {"dag_id": dag_id, "run_id": dag_run_id, "task_id": task_id}
    expected = {name: value for name, value in ids.items() if value != "~"}
    expected.update({name: parameters[key] for name, key in filters.items() if parameters.get(key) is not None})
    query = make_query(FILTERS, parameters)
    check = None if {"limit", "offset"} & dict(query).keys() else note_first_page
    return Operation("get_xcom_entries", "GET", path, _LIST_PATH, query, XComCollection, expected=expected, check=check)


def get_xcom_entry(
    dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, parameters: Mapping[str, Any], *, is_checked: bool = True
) -> Operation[XCom]:
    """Return the operation of :meth:`XComApi.get_xcom_entry`, with parameters from :data:`ENTRY_PARAMETERS`.

    :param is_checked: False if the caller reads the response, which is then not compared with the request.
    """
    path = _entry_path(dag_id, dag_run_id, task_id, xcom_key, require_safe_key=not is_checked)
    expected = _expected_entry(dag_id, dag_run_id, task_id, xcom_key, parameters.get("map_index"))
    query = make_query(ENTRY_PARAMETERS, parameters)
    return Operation("get_xcom_entry", "GET", path, _ENTRY_PATH, query, XCom, expected=expected)


def with_stringify(operation: Operation[T], stringify: bool | None) -> Operation[T]:
    """Return a copy of ``operation`` with the parameter ``stringify``; None for the server's default."""
    if stringify is None:
        return operation
    duplicate = copy(operation)
    duplicate.query = [*operation.query, ("stringify", boolean("stringify", stringify))]
    return duplicate


def create_xcom_entry(
    dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, value: Any, map_index: int
) -> Operation[XCom]:
    ids = (dag_id, dag_run_id, task_id, xcom_key, whole("map_index", map_index))
    path = _list_path(dag_id, dag_run_id, task_id)
    key = check_path_safe("xcom_key", text("xcom_key", xcom_key))
    return _write("create_xcom_entry", "POST", path, _LIST_PATH, ids, {"key": key, "value": value})


def update_xcom_entry(
    dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, value: Any, map_index: int
) -> Operation[XCom]:
    ids = (dag_id, dag_run_id, task_id, xcom_key, whole("map_index", map_index))
    path = _entry_path(dag_id, dag_run_id, task_id, xcom_key, require_safe_key=True)
    return _write("update_xcom_entry", "PATCH", path, _ENTRY_PATH, ids, {"value": value})


def _write(
    name: str, method: str, path: str, template: str, ids: tuple[str, str, str, str, int], body: dict[str, Any]
) -> Operation[XCom]:
    check_round_trip("value", body["value"])
    return Operation(
        *(name, method, path, template, [], XCom),
        headers=JSON,
        body=json_body("value", {**body, "map_index": ids[4]}),
        expected=_expected_entry(*ids),
        check=_warn_if_changed(body["value"]),
    )


def put_xcom_entry(
    dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, value: Any, map_index: int
) -> Operation[XCom]:
    """Return the operation that creates an XCom, with the one that updates it. Both may be sent twice."""
    ids = (dag_id, dag_run_id, task_id, xcom_key, value, map_index)
    operation = create_xcom_entry(*ids)
    operation.name = "put_xcom_entry"
    operation.update = update_xcom_entry(*ids)
    operation.repeatable = operation.update.repeatable = True
    return operation


def delete_xcom_entry(dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, map_index: int) -> Operation[None]:
    path = _entry_path(dag_id, dag_run_id, task_id, xcom_key, require_safe_key=True)
    query = [("map_index", integer("map_index", map_index))]
    expected = _expected_entry(dag_id, dag_run_id, task_id, xcom_key, map_index)
    return Operation("delete_xcom_entry", "DELETE", path, _ENTRY_PATH, query, None, expected=expected)


def get_task_instance(dag_id: str, dag_run_id: str, task_id: str, map_index: int | None) -> Operation[Any]:
    """Return the operation that reads a task instance; ``map_index`` None for an unmapped task."""
    template = _TASK_PATH if map_index is None else _TASK_PATH + "/{map_index}"
    path = template.format(
        dag_id=identifier("dag_id", dag_id),
        dag_run_id=identifier("dag_run_id", dag_run_id),
        task_id=identifier("task_id", task_id),
        map_index=map_index,
    )
    return Operation(None, "GET", path, template, [], None)


def any_operation(
    method: str,
    resource_path: str,
    path_params: Mapping[str, Any],
    query_params: Mapping[str, Any] | Iterable[tuple[str, Any]],
    header_params: Secret[Mapping[str, str]],
    body: Any,
    model: type[Model] | None,
) -> Operation[Any]:
    if not isinstance(method, str) or not re.fullmatch("[A-Z]+", method):
        raise ApiValueError(f"method must be an HTTP method in capitals, not {method!r}")
    if not isinstance(resource_path, str) or not re.fullmatch(_PATH, resource_path):
        raise ApiValueError(f"resource_path must be a path like /dags/{{dag_id}}, not {resource_path!r}")
    missing = set(re.findall("{(.*?)}", resource_path)) ^ set(path_params)
    if missing:
        raise ApiValueError(f"resource_path and path_params have different names: {', '.join(sorted(missing))}")
    path = resource_path.format_map(
        {name: segment(check_path_safe(name, text(name, str(value)))) for name, value in path_params.items()}
    )
    if can_change_path("/".join(filter(None, path.split("/")))):
        raise ApiValueError(f"resource_path must not have a '.' or '..' segment: {resource_path!r}")
    pairs: Any = query_params.items() if isinstance(query_params, Mapping) else query_params
    query = [
        (name, str(value).lower() if isinstance(plain(value), bool) else str(value))
        for name, value in pairs
        if value is not None
    ]
    headers = headers_of("header_params", header_params)
    content = None
    if body is not None:
        content = json_body("body", body)
        headers["Content-Type"] = "application/json"
    return Operation(None, method, path, resource_path, query, model, headers=headers, body=content)


def pick(names: Collection[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``values`` whose names are in ``names``."""
    return {name: values[name] for name in names if name in values}


def refuse_positional(call: str, ids: tuple[object, ...]) -> None:
    """Raise ApiTypeError for positional ids of a write."""
    if ids:
        raise ApiTypeError(
            f"{call} takes its ids by keyword (dag_id=…, dag_run_id=…, task_id=…, xcom_key=…): Airflow's own clients "
            "order them differently, and a write must not reach another XCom"
        )


JSON = {"Content-Type": "application/json"}


def _warn_if_changed(value: Any) -> Callable[[XCom], None]:
    """Return a check that warns if the stored value differs from ``value``."""

    def check(xcom: XCom) -> None:
        if not is_same(xcom.value, value):
            warnings.warn(value_changed(xcom, value), ValueChangedWarning, stacklevel=6)

    return check


def is_same(stored: Any, value: Any) -> bool:
    """Return True if two JSON values are equal and of the same types; the order of keys does not count."""
    return json.dumps(stored, sort_keys=True) == json.dumps(value, sort_keys=True)


def value_changed(xcom: XCom, value: Any) -> str:
    return (
        f"the server's database changed the value of {xcom.key!r}: "
        f"{value!r:.100} was sent, {xcom.value!r:.100} is stored"
    )


def _list_path(dag_id: str, dag_run_id: str, task_id: str) -> str:
    return _LIST_PATH.format(
        dag_id=identifier("dag_id", dag_id),
        dag_run_id=identifier("dag_run_id", dag_run_id),
        task_id=identifier("task_id", task_id),
    )


def _entry_path(dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, *, require_safe_key: bool) -> str:
    key = text("xcom_key", xcom_key)
    if require_safe_key:
        check_path_safe("xcom_key", key)
    return f"{_list_path(dag_id, dag_run_id, task_id)}/{segment(key)}"


def _expected_entry(dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, map_index: int | None) -> dict[str, Any]:
    """Return the fields that identify an XCom; without a ``map_index``, servers return that of an unmapped task."""
    index = -1 if map_index is None else whole("map_index", map_index)
    return {"key": xcom_key, "dag_id": dag_id, "run_id": dag_run_id, "task_id": task_id, "map_index": index}


def mismatch(expected: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    """Describe how ``row`` differs from the request, or return None. Missing fields match, except key and run id."""
    for name, value in expected.items():
        received = row.get(name)
        if received != value and (received is not None or name in ("key", "dag_run_id")):
            return f"requested {name}={value!r:.200}, received " + (f"{received!r:.200}" if name in row else "none")
    return None


def not_found_hint(expected: Mapping[str, Any]) -> str:
    """Return a hint that names everything that may be missing; Airflow answers the same in each case."""
    index = expected["map_index"]
    return (
        f"the DAG run {expected['run_id']!r}, the task {expected['task_id']!r} or the key {expected['key']!r} does not "
        f"exist, or {'a mapped task needs map_index' if index == -1 else f'the task has no map_index {index}'}. "
        "List the existing XComs with get_xcom_entries"
    )


def make_query(
    converters: dict[str, Callable[[str, Any], str]], parameters: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return the query parameters that are set, in their documented order."""
    query = []
    for name, convert in converters.items():
        value = parameters.get(name)
        if name in LISTS and isinstance(value, (list, tuple)):
            query += [(name, convert(name, item)) for item in value]
        elif value is not None:
            query.append((name, convert(name, value)))
    return query
