"""The XComs of ``/api/v2``: listed, read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow_client.testing import answers_v2 as answers
from airflow_client.testing.answers_v2 import Refusal
from airflow_client.testing.arguments import now
from airflow_client.testing.calls_v2 import PAGE, Call, check_order, told_moment
from airflow_client.testing.filters import DATES, RANGES, Filter, compares, contains, starts, within
from airflow_client.testing.http1 import Crash, Response
from airflow_client.testing.serialization import as_column
from airflow_client.testing.store import Entry, Store
from airflow_client.testing.told_v2 import describe, finite, unreserved
from airflow_client.testing.validation import (
    Read,
    boolean,
    fields,
    integer,
    json_integer,
    json_text,
    moment,
    text,
)

_SORTABLE = ("key", "dag_id", "run_id", "task_id", "map_index", "timestamp", "run_after")
_PATTERNS = {"xcom_key": "key", "dag_display_name": "dag_display_name", "run_id": "run_id", "task_id": "task_id"}
_RESERVED_AT_THE_TOP = ("__classname__", "__id__")


_LIST_3_0: dict[str, tuple[Read, Any]] = {
    "limit": (integer(0), PAGE),
    "offset": (integer(0), 0),
    "xcom_key": (text, None),
    "map_index": (integer(-1), None),
}
_LIST: dict[str, tuple[Read, Any]] = {
    "limit": _LIST_3_0["limit"],
    "offset": _LIST_3_0["offset"],
    **{f"{name}{kind}": (text, None) for name in _PATTERNS for kind in ("_pattern", "_prefix_pattern")},
    "map_index_filter": (integer(), None),
    **{f"{date}_{end}": (moment, None) for date in DATES for end in RANGES},
    "order_by": (text, []),
    "xcom_key": _LIST_3_0["xcom_key"],
    "map_index": _LIST_3_0["map_index"],
}


class XComsV2:
    """Answers about the XComs of a server.

    Args:
        store: Where they are.
        maximum_page_limit: The most rows in a page.
        old: Whether to answer as Airflow 3.0.

    Attributes:
        of_all: The calls for the XComs of a task, by method.
        of_one: Those for a single one.
    """

    def __init__(self, store: Store, *, maximum_page_limit: int, old: bool) -> None:
        self._store = store
        self._maximum_page_limit = maximum_page_limit
        self._old = old
        index: dict[str, tuple[Read, Any]] = {"map_index": (integer(-1), -1)}
        flags: dict[str, tuple[Read, Any]] = {"deserialize": (boolean, False), "stringify": (boolean, False)}
        self.of_all: dict[str, Call] = {
            "GET": Call(self._list, _LIST_3_0 if old else _LIST),
            "POST": Call(self._create, read_body=self._body_with_key),
        }
        self.of_one: dict[str, Call] = {
            "GET": Call(self._single, {**index, **flags}),
            "PATCH": Call(self._change, read_body=self._body),
        }
        if not old:
            self.of_one["DELETE"] = Call(self._delete, index)

    # ------------------------------------------------------------------------- reading

    def _list(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        limit = asked["limit"] if self._old else min(asked["limit"], self._maximum_page_limit)
        order = _order(asked.get("order_by", []))
        total, entries = self._store.page(_filters(ids, asked), limit=limit, offset=asked["offset"], order=order)
        return answers.ok({"xcom_entries": [self._row(entry) for entry in entries], "total_entries": total})

    def _single(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        if self._old and asked["deserialize"]:
            raise Refusal(400, "XCom deserialization is disabled in configuration.")
        if not ids["key"]:
            raise Crash("a real server fails on an empty key")
        entry = self._store.get(**ids, map_index=asked["map_index"])
        if entry is None:
            raise Refusal(404, f"XCom entry with key: `{ids['key']}` not found")
        value = json.loads(entry.value)
        if asked["deserialize"]:
            value = describe(value)
        if asked["stringify"]:
            value = None if value is None else str(value)
        return self._told(entry, value)

    def _told(self, entry: Entry, value: Any, status: int = 200) -> Response:
        return answers.ok({**self._row(entry), "value": finite(value)}, status)

    def _row(self, entry: Entry) -> dict[str, Any]:
        row = {
            "key": entry.key,
            "timestamp": told_moment(entry.timestamp),
            "logical_date": None if entry.logical_date is None else told_moment(entry.logical_date),
            "map_index": entry.map_index,
            "task_id": entry.task_id,
            "dag_id": entry.dag_id,
            "run_id": entry.run_id,
        }
        if not self._old:
            row["dag_display_name"] = entry.dag_display_name
            row["task_display_name"] = entry.task_display_name
            row["run_after"] = told_moment(entry.run_after)
        return row

    # ------------------------------------------------------------------------- writing

    def _body_with_key(self, body: Any) -> dict[str, Any]:
        return self._body(body, {"key": json_text})

    def _body(self, body: Any, more: Mapping[str, Read] | None = None) -> dict[str, Any]:
        value = text if self._old else unreserved
        return fields(body, {**(more or {}), "value": value}, {"map_index": (json_integer, -1)})

    def _create(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        dag_id, run_id, task_id = ids["dag_id"], ids["run_id"], ids["task_id"]
        key, map_index = asked["key"], asked["map_index"]
        if not self._store.has_dag(dag_id):
            found = "Dag with ID: `{}` was not found" if self._old else "The Dag with ID: `{}` was not found"
            raise Refusal(404, found.format(dag_id))
        if not self._store.has_task(dag_id, task_id):
            raise Refusal(404, f"Task with ID: `{task_id}` not found in {'DAG' if self._old else 'dag'}: `{dag_id}`")
        if self._store.run(dag_id, run_id) is None:
            run, dag = ("DAG Run", "DAG") if self._old else ("Dag Run", "dag")
            raise Refusal(404, f"{run} with ID: `{run_id}` not found for {dag}: `{dag_id}`")
        if not key and not self._old:
            raise Crash("a real server fails on an empty key")
        exists = Refusal(409, f"The XCom with key: `{key}` with mentioned task instance already exists.")
        task = [compares(name, "=", value) for name, value in {**ids, "map_index": map_index}.items()]
        if not key and self._store.page(task, limit=0, offset=0)[0]:
            raise exists  # Airflow 3.0 takes an empty key for any
        if not self._store.has_instance(dag_id, run_id, task_id, map_index):
            raise Crash("a real server's database fails on an unknown task instance")
        where: dict[str, Any] = {**ids, "key": key, "map_index": map_index}
        if not self._store.put_new(**where, timestamp=now(), value=self._stored(asked["value"])):
            raise exists
        return self._written(where, 201)

    def _change(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        stored = self._stored(asked["value"])
        where: dict[str, Any] = {**ids, "map_index": asked["map_index"]}
        known = self._store.get(**where)
        if known is None:
            raise _no_such(ids)
        if self._old:
            stored = json.dumps(stored)  # encoded twice; and the time of writing stays
        self._store.put(**where, timestamp=known.timestamp if self._old else now(), value=stored)
        return self._written(where, 200)

    def _delete(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        if not self._store.delete(**ids, map_index=asked["map_index"]):
            raise _no_such(ids)
        return answers.no_content()

    def _stored(self, value: Any) -> str:
        if not self._old:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair cannot be told
            return json.dumps(as_column(value))
        if isinstance(value, dict) and any(key in value for key in _RESERVED_AT_THE_TOP):
            raise Crash("a real 3.0 fails on the keys of envelopes")
        return json.dumps(json.dumps(value))

    def _written(self, where: dict[str, Any], status: int) -> Response:
        entry = self._store.get(**where)
        if entry is None:
            raise Crash("it was deleted in the meantime")
        return self._told(entry, json.loads(entry.value), status)


def _filters(ids: dict[str, str], asked: dict[str, Any]) -> list[Filter]:
    found = [compares(name, "=", value) for name, value in ids.items() if value != "~"]
    same = (("xcom_key", "key"), ("map_index", "map_index"), ("map_index_filter", "map_index"))
    found += [compares(column, "=", asked[name]) for name, column in same if asked.get(name) is not None]
    for name, column in _PATTERNS.items():
        if asked.get(f"{name}_pattern") is not None:
            found.append(contains(column, asked[f"{name}_pattern"]))
        if asked.get(f"{name}_prefix_pattern") is not None:
            found.append(starts(column, asked[f"{name}_prefix_pattern"]))
    return [*found, *within(asked)]


def _order(columns: list[str]) -> list[tuple[str, bool]]:
    order = check_order(columns, _SORTABLE)
    # Not the usual order behind what was asked for: rows of one run come as they were written.
    return [*order, ("run.id", order[0][1]), ("id", False)] if order else []


def _no_such(ids: dict[str, str]) -> Refusal:
    return Refusal(404, f"The XCom with key: `{ids['key']}` with mentioned task instance doesn't exist.")
