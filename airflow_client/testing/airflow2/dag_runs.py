"""DAG runs of ``/api/v1``: listed by GET, or by POST for several DAGs, and triggered."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from airflow_client.testing.airflow2.params import (
    Reader,
    check_datetime_field,
    integer_field_reader,
    optional,
    page_size,
    read_datetime,
    read_datetime_field,
    read_integer,
    read_natural,
    read_object,
    read_text,
    read_text_list,
    read_texts,
    refuse_read_only,
    refuse_unknown_fields,
)
from airflow_client.testing.airflow2.responses import Crash, Problem, bad_request, json_object
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.database import Order
from airflow_client.testing.datetimes import in_offset_of, now, parse_rfc_3339
from airflow_client.testing.filters import compare, is_in
from airflow_client.testing.run_store import DagRun
from airflow_client.testing.since import known
from airflow_client.testing.store import Store

_SORTABLE = {
    "id": "run.id",
    "dag_id": "run.dag_id",
    "execution_date": "logical_date",
    "dag_run_id": "run.run_id",
    "start_date": "run.start_date",
    "end_date": "run.end_date",
    "state": "state",
    "updated_at": "run.updated_at",
    "external_trigger": "run.triggered_by",
    "conf": "run.conf",
}
_BOUNDS = {
    f"{parameter}_{suffix}": (column, operator)
    for parameter, column in (
        ("execution_date", "logical_date"),
        ("start_date", "run.start_date"),
        ("end_date", "run.end_date"),
        ("updated_at", "run.updated_at"),
    )
    for suffix, operator in (("gte", ">="), ("lte", "<="))
}
GET_PARAMETERS = {
    "limit": read_integer,
    "offset": read_natural,
    **dict.fromkeys(_BOUNDS, read_datetime),
    "state": read_text_list,
    "order_by": read_text,
    "fields": read_text,
}
GET_ONE_PARAMETERS = {"fields": read_text}
POST_FIELDS = {
    "order_by": read_text,
    "page_offset": integer_field_reader(0),
    "page_limit": integer_field_reader(1),
    "dag_ids": read_texts,
    "states": read_texts,
    **dict.fromkeys((name for name in _BOUNDS if not name.startswith("updated_at")), read_datetime_field),
}
TRIGGER_FIELDS = {
    "dag_run_id": optional(read_text),
    **dict.fromkeys(
        ("logical_date", "execution_date", "data_interval_start", "data_interval_end"), check_datetime_field
    ),
    **dict.fromkeys(("state", "start_date", "end_date", "external_trigger", "run_type"), refuse_read_only),
    "conf": read_object,
    "note": optional(read_text),
}
#: First release with each field that Airflow 2.4 lacks.
FIELDS_SINCE = {"note": (2, 5)}
_DEFAULT_PAGE_LIMIT = 100
_MAX_NOTE = 1000
_RUN_ID = re.compile("[A-Za-z0-9_.~:+-]+")
_RUN_TYPES = ("backfill", "scheduled", "manual", "dataset_triggered")


class DagRuns:
    """DAG runs of a server."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        fields = known(TRIGGER_FIELDS, FIELDS_SINCE, settings.release)
        if settings.release < (2, 9):
            fields.update(dict.fromkeys(("data_interval_start", "data_interval_end"), refuse_read_only))
        self.trigger_fields: Mapping[str, Reader] = fields

    def get(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """List the runs of a DAG, or of all."""
        dag_ids = [] if ids["dag_id"] == "~" else [ids["dag_id"]]
        limit = page_size(params.get("limit"), self._settings.maximum_page_limit)
        return self._page(params, dag_ids, limit, params.get("offset", 0))

    def post(self, _ids: dict[str, str], params: dict[str, Any]) -> Response:
        """List the runs of some DAGs, or of all, in pages of any size."""
        refuse_unknown_fields(params, POST_FIELDS)
        limit, offset = params.get("page_limit", _DEFAULT_PAGE_LIMIT), params.get("page_offset", 0)
        return self._page(params, params.get("dag_ids", []), limit, offset)

    def get_one(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """Return one run."""
        run = self._store.run(**ids)
        if run is None:
            detail = f"DAGRun with DAG ID: '{ids['dag_id']}' and DagRun ID: '{ids['run_id']}' not found"
            raise Problem(404, "DAGRun not found", detail, "NotFound")
        fields = params["fields"].split(",") if "fields" in params else None
        return json_object(self._row(run, fields, "DAGRunSchema"))

    def trigger(self, ids: dict[str, str], body: dict[str, Any]) -> Response:
        """Add a queued run."""
        dag_id = ids["dag_id"]
        if not self._store.exists("dag", dag_id=dag_id):
            raise Problem(404, "DAG not found", f"DAG with dag_id: '{dag_id}' not found", "NotFound")
        _check_trigger(body, self.trigger_fields)
        dates = _dates(body)
        run = self._new_run(dag_id, body, dates)
        date = dt.datetime.fromisoformat(run.logical_date or run.run_after)
        exists = f"DAGRun ID: '{run.run_id}'"
        if self._store.exists("run", dag_id=dag_id, logical_date=date.isoformat()):
            exists = f"DAGRun logical date: '{date}'"
        elif self._store.trigger(run, body.get("conf", {})):
            response = json_object({**self._row(run, None), "conf": body.get("conf", {}), **dates})
            self._settings.triggered(dag_id, run.run_id)
            return response
        raise Problem(409, "Conflict", f"DAGRun with DAG ID: '{dag_id}' and {exists} already exists", "AlreadyExists")

    def _new_run(self, dag_id: str, body: dict[str, Any], dates: dict[str, str]) -> DagRun:
        run_id = body.get("dag_run_id") or f"manual__{dates['logical_date']}"
        if run_id.startswith("scheduled__") and self._settings.release >= (2, 5):
            reserved = f"A manual DAG run cannot use ID '{run_id}' since it is reserved for scheduled runs"
            raise bad_request(reserved)
        if not _RUN_ID.fullmatch(run_id):
            raise Crash("real servers fail on a run id that their pattern does not allow")
        utc = {name: parse_rfc_3339(text) for name, text in dates.items()}
        interval = {name: utc[f"data_{name}"] for name in ("interval_start", "interval_end")}
        date = utc["logical_date"]
        return DagRun(dag_id, run_id, date, date, dag_id, "queued", note=body.get("note"), triggered_by="", **interval)

    def _page(self, params: dict[str, Any], dag_ids: list[str], limit: int, offset: int) -> Response:
        filters = [compare(*bound, params[name]) for name, bound in _BOUNDS.items() if name in params]
        states = params.get("state") or params.get("states")
        if states:
            filters.append(is_in("state", states))
        if dag_ids:
            filters.append(is_in("run.dag_id", dag_ids))
        order = _order(params.get("order_by", "id"))
        total, runs = self._store.list_runs(filters, limit=limit, offset=offset, order=order)
        fields = params["fields"].split(",") if "fields" in params else None
        return json_object({"dag_runs": [self._row(run, fields) for run in runs], "total_entries": total})

    def _row(self, run: DagRun, fields: list[str] | None, schema: str = "DAGRunCollectionSchema") -> dict[str, Any]:
        """Return the ``fields`` of a run, or all."""
        row: dict[str, Any] = {
            "conf": json.loads(run.conf),
            "dag_id": run.dag_id,
            "dag_run_id": run.run_id,
            "data_interval_end": run.interval_end or run.logical_date,
            "data_interval_start": run.interval_start or run.logical_date,
            "execution_date": run.logical_date,
            "logical_date": run.logical_date,
            "end_date": run.end_date,
            "last_scheduling_decision": run.end_date or run.start_date,
            "start_date": run.start_date,
            "external_trigger": run.triggered_by is not None,
            "note": run.note,
            "run_type": run.type(_RUN_TYPES),
            "state": run.state,
        }
        row = known(row, FIELDS_SINCE, self._settings.release)
        unknown = [name for name in fields or () if name not in row]
        if unknown:
            raise bad_request(f"{unknown[0]} not in DAGRunSchema", title=f"{schema} error")
        return row if fields is None else {name: row[name] for name in fields}


def _dates(body: dict[str, Any]) -> dict[str, str]:
    """Return the dates of a trigger, in the offsets in which they were sent."""
    date = body.get("logical_date") or body.get("execution_date") or now()
    sent = {"logical_date": date, "execution_date": date}
    sent.update((name, body.get(name, date)) for name in ("data_interval_start", "data_interval_end"))
    return {name: in_offset_of(text, parse_rfc_3339(text)) for name, text in sent.items()}


def _check_trigger(body: dict[str, Any], fields: Mapping[str, Reader]) -> None:
    refuse_unknown_fields(body, fields)
    if body.get("dag_run_id", "") is None:
        raise bad_request("{'dag_run_id': ['Field may not be null.']}")
    if len(body.get("note") or "") > _MAX_NOTE:
        raise bad_request("{'note': ['Longer than maximum length 1000.']}")
    if ("data_interval_start" in body) != ("data_interval_end" in body):
        both = "Both 'data_interval_start' and 'data_interval_end' must be specified together"
        raise bad_request(str({"_schema": [both]}))
    dates = [body[name] for name in ("logical_date", "execution_date") if name in body]
    if len(set(map(parse_rfc_3339, dates))) > 1:
        detail = " != ".join(map(repr, dates))
        raise bad_request(detail, title="logical_date conflicts with execution_date")


def _order(column: str) -> list[Order]:
    name, descending = column.lstrip("-"), column.startswith("-")
    if name not in _SORTABLE:
        raise bad_request(f"Ordering with '{name}' is disallowed or the attribute does not exist on the model")
    return [(_SORTABLE[name], descending), ("run.id", descending)]
