"""XComs of ``/api/v2``: listed, read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_client.testing.airflow3.calls import (
    PAGE,
    Call,
    format_datetime,
    page_size,
    pattern_parameters,
    read_order,
)
from airflow_client.testing.airflow3.params import (
    Optionals,
    Reader,
    integer_reader,
    read_any,
    read_boolean,
    read_datetime,
    read_fields,
    read_json_integer,
    read_json_text,
)
from airflow_client.testing.airflow3.responses import HttpError, json_response, no_content
from airflow_client.testing.airflow3.value_rendering import read_storable, render, replace_non_finite
from airflow_client.testing.application import InternalServerError, Response, Settings
from airflow_client.testing.database import Order
from airflow_client.testing.datetimes import now
from airflow_client.testing.filters import BOUNDS, DATES, Filter, compare, date_ranges, patterns
from airflow_client.testing.serialization import RESERVED, as_json_column
from airflow_client.testing.since import Numbers, known
from airflow_client.testing.store import Store, XCom

_SORTABLE = ("key", "dag_id", "run_id", "task_id", "map_index", "timestamp", "run_after")
_PATTERNS = {"xcom_key": "key", "dag_display_name": "dag_display_name", "run_id": "run_id", "task_id": "task_id"}
_EXACT = {"xcom_key": "key", "map_index": "map_index", "map_index_filter": "map_index"}
_EXACT_PARAMETERS: Optionals = {"xcom_key": (read_any, None), "map_index": (integer_reader(-1), None)}
_LIST_3_0: Optionals = {**PAGE, **_EXACT_PARAMETERS}
_MAP_INDEX: Optionals = {"map_index": (integer_reader(-1), -1)}
_FLAGS: Optionals = {"deserialize": (read_boolean, False), "stringify": (read_boolean, False)}


class XComs:
    """XComs of a server, and their calls by method: of a list, and of a single XCom."""

    def __init__(self, store: Store, settings: Settings, *, is_3_0: bool) -> None:
        self._store = store
        self._settings = settings
        self._is_3_0 = is_3_0
        self._stores_text = settings.release < (3, 2)
        self.list_calls: dict[str, Call] = {
            "GET": Call(self._list, _LIST_3_0 if is_3_0 else _list_parameters(settings.release)),
            "POST": Call(self._create, read_body=lambda body: self._read_body(body, {"key": read_json_text})),
        }
        self.entry_calls: dict[str, Call] = {
            "GET": Call(self._get, {**_MAP_INDEX, **_FLAGS}),
            "PATCH": Call(self._update, read_body=lambda body: self._read_body(body, {})),
        }
        if not self._stores_text:
            self.entry_calls["DELETE"] = Call(self._delete, _MAP_INDEX)

    def _list(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        limit = page_size(params, self._settings)
        order = _order(params.get("order_by", []))
        total, xcoms = self._store.list_xcoms(
            self._filters(ids, params), limit=limit, offset=params["offset"], order=order
        )
        return json_response({"xcom_entries": [self._row(xcom) for xcom in xcoms], "total_entries": total})

    def _get(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        if self._is_3_0 and params["deserialize"]:
            raise HttpError(400, "XCom deserialization is disabled in configuration.")
        if not ids["key"]:
            raise InternalServerError("real servers fail on an empty key")
        xcom = self._store.get(**ids, map_index=params["map_index"])
        if xcom is None:
            raise HttpError(404, f"XCom entry with key: `{ids['key']}` not found")
        value = json.loads(xcom.value)
        if params["deserialize"]:
            value = render(value)
        if params["stringify"]:
            value = None if value is None else str(value)
        return self._entry(xcom, value)

    def _entry(self, xcom: XCom, value: Any, status: int = 200) -> Response:
        return json_response({**self._row(xcom), "value": replace_non_finite(value)}, status)

    def _row(self, xcom: XCom) -> dict[str, Any]:
        row = {
            "key": xcom.key,
            "timestamp": format_datetime(xcom.timestamp),
            "logical_date": None if xcom.logical_date is None else format_datetime(xcom.logical_date),
            "map_index": xcom.map_index,
            "task_id": xcom.task_id,
            "dag_id": xcom.dag_id,
            "run_id": xcom.run_id,
        }
        if not self._is_3_0:
            row["dag_display_name"] = xcom.dag_display_name
            row["task_display_name"] = xcom.task_display_name
            row["run_after"] = format_datetime(xcom.run_after)
        return row

    def _read_body(self, body: Any, more: Mapping[str, Reader]) -> dict[str, Any]:
        value = read_any if self._stores_text else read_storable
        return read_fields(body, {**more, "value": value}, {"map_index": (read_json_integer, -1)})

    def _create(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        self._check_exists(**ids)
        key, map_index = params["key"], params["map_index"]
        if not key and not self._is_3_0:
            raise InternalServerError("real servers fail on an empty key")
        exists = HttpError(409, f"The XCom with key: `{key}` with mentioned task instance already exists.")
        task_instance = [compare(name, "=", value) for name, value in {**ids, "map_index": map_index}.items()]
        if not key and self._store.list_xcoms(task_instance, limit=0, offset=0)[0]:
            raise exists  # Airflow 3.0 takes an empty key for any key
        if not self._store.exists("task_instance", **ids, map_index=map_index):
            raise InternalServerError("the database of a real server fails on an unknown task instance")
        where: dict[str, Any] = {**ids, "key": key, "map_index": map_index}
        if not self._store.insert(**where, timestamp=now(), value=self._stored(params["value"])):
            raise exists
        return self._written(where, 201)

    def _check_exists(self, dag_id: str, run_id: str, task_id: str) -> None:
        dag, run, the = ("DAG", "DAG Run", "") if self._is_3_0 else ("dag", "Dag Run", "The ")
        if not self._store.exists("dag", dag_id=dag_id):
            raise HttpError(404, f"{the}Dag with ID: `{dag_id}` was not found")
        if not self._store.exists("task", dag_id=dag_id, task_id=task_id):
            raise HttpError(404, f"Task with ID: `{task_id}` not found in {dag}: `{dag_id}`")
        if not self._store.exists("run", dag_id=dag_id, run_id=run_id):
            raise HttpError(404, f"{run} with ID: `{run_id}` not found for {dag}: `{dag_id}`")

    def _update(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        if self._is_3_0:
            self._stored(params["value"])  # 3.0 encodes the value first
        where: dict[str, Any] = {**ids, "map_index": params["map_index"]}
        xcom = self._store.get(**where)
        if xcom is None:
            raise _no_such_xcom(ids)
        stored = self._stored(params["value"])
        if self._stores_text:
            stored = json.dumps(stored)  # 3.0 and 3.1 encode it once more, and retain the timestamp
        self._store.upsert(**where, timestamp=xcom.timestamp if self._stores_text else now(), value=stored)
        return self._written(where, 200)

    def _delete(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        if not self._store.delete(**ids, map_index=params["map_index"]):
            raise _no_such_xcom(ids)
        return no_content()

    def _stored(self, value: Any) -> str:
        if not self._stores_text:
            json.dumps(value, ensure_ascii=False).encode()  # real servers fail on half a surrogate pair
            return json.dumps(as_json_column(value))
        if isinstance(value, dict) and any(key in value for key in RESERVED):
            raise InternalServerError("real servers before 3.2 fail on the keys of envelopes")
        return json.dumps(json.dumps(value))

    def _written(self, where: dict[str, Any], status: int) -> Response:
        xcom = self._store.get(**where)
        if xcom is None:
            raise InternalServerError("it was deleted in the meantime")
        return self._entry(xcom, json.loads(xcom.value), status)

    def _filters(self, ids: dict[str, str], params: dict[str, Any]) -> list[Filter]:
        found = [compare(name, "=", value) for name, value in ids.items() if value != "~"]
        found += [compare(column, "=", params[name]) for name, column in _EXACT.items() if params.get(name) is not None]
        return [*found, *patterns(params, _PATTERNS, self._settings.release), *date_ranges(params)]


def _list_parameters(release: Numbers) -> Optionals:
    parameters: Optionals = {
        **PAGE,
        **pattern_parameters(_PATTERNS, release),
        "map_index_filter": (integer_reader(), None),
        **{f"{date}_{suffix}": (read_datetime, None) for date in DATES for suffix in BOUNDS},
        "order_by": (read_any, []),
        **_EXACT_PARAMETERS,
    }
    return known(parameters, {"order_by": (3, 2)}, release)


def _order(columns: list[str]) -> list[Order]:
    order = read_order(columns, _SORTABLE)
    # A requested order replaces the default one: equal rows of a run are in the order of writing.
    return [*order, ("run.id", order[0][1]), ("id", False)] if order else []


def _no_such_xcom(ids: dict[str, str]) -> HttpError:
    return HttpError(404, f"The XCom with key: `{ids['key']}` with mentioned task instance doesn't exist.")
