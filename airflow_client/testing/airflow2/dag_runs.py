"""DAG runs of ``/api/v1``: listed by GET, or by POST for several DAGs."""

from __future__ import annotations

from typing import Any

from airflow_client.testing.airflow2.params import (
    integer_field_reader,
    page_size,
    read_datetime,
    read_datetime_field,
    read_integer,
    read_natural,
    read_text,
    read_texts,
    refuse_unknown_fields,
)
from airflow_client.testing.airflow2.responses import Problem, bad_request, json_object
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.filters import compare, is_in
from airflow_client.testing.store import DagRun, Order, Store

_SORTABLE = {
    "id": "run.id",
    "dag_id": "run.dag_id",
    "execution_date": "logical_date",
    "dag_run_id": "run.run_id",
    "start_date": "run_after",
}
_BOUNDS = {"execution_date_gte": ">=", "execution_date_lte": "<="}
GET_PARAMETERS = {
    "limit": read_integer,
    "offset": read_natural,
    **dict.fromkeys(_BOUNDS, read_datetime),
    "order_by": read_text,
    "fields": read_text,
}
GET_ONE_PARAMETERS = {"fields": read_text}
POST_FIELDS = {
    "order_by": read_text,
    "page_offset": integer_field_reader(0),
    "page_limit": integer_field_reader(1),
    "dag_ids": read_texts,
    **dict.fromkeys(_BOUNDS, read_datetime_field),
}
_DEFAULT_PAGE_LIMIT = 100
_RUN_TYPES = ("backfill", "scheduled", "manual", "dataset_triggered")


class DagRuns:
    """DAG runs of a server."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

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
        filters = [compare(f"run.{name}", "=", ids[name]) for name in ("dag_id", "run_id")]
        runs = self._store.list_runs(filters, limit=1, offset=0, order=[("run.id", False)])[1]
        if not runs:
            detail = f"DAGRun with DAG ID: '{ids['dag_id']}' and DagRun ID: '{ids['run_id']}' not found"
            raise Problem(404, "DAGRun not found", detail, "NotFound")
        fields = params["fields"].split(",") if "fields" in params else None
        return json_object(_row(runs[0], fields, "DAGRunSchema"))

    def _page(self, params: dict[str, Any], dag_ids: list[str], limit: int, offset: int) -> Response:
        filters = [compare("logical_date", _BOUNDS[name], params[name]) for name in _BOUNDS if name in params]
        if dag_ids:
            filters.append(is_in("run.dag_id", dag_ids))
        order = _order(params.get("order_by", "id"))
        total, runs = self._store.list_runs(filters, limit=limit, offset=offset, order=order)
        fields = params["fields"].split(",") if "fields" in params else None
        return json_object({"dag_runs": [_row(run, fields) for run in runs], "total_entries": total})


def _order(column: str) -> list[Order]:
    name, descending = column.lstrip("-"), column.startswith("-")
    if name not in _SORTABLE:
        raise bad_request(f"Ordering with '{name}' is disallowed or the attribute does not exist on the model")
    return [(_SORTABLE[name], descending), ("run.id", descending)]


def _row(run: DagRun, fields: list[str] | None, schema: str = "DAGRunCollectionSchema") -> dict[str, Any]:
    """Return the ``fields`` of a run, or all; a finished run lasted no time."""
    row: dict[str, Any] = {
        "conf": {},
        "dag_id": run.dag_id,
        "dag_run_id": run.run_id,
        **dict.fromkeys(
            ("data_interval_end", "data_interval_start", "execution_date", "logical_date"), run.logical_date
        ),
        "end_date": run.end_date,
        "last_scheduling_decision": run.start_date,
        "start_date": run.start_date,
        "external_trigger": False,
        "note": None,
        "run_type": run.type(_RUN_TYPES),
        "state": run.state,
    }
    unknown = [name for name in fields or () if name not in row]
    if unknown:
        raise bad_request(f"{unknown[0]} not in DAGRunSchema", title=f"{schema} error")
    return row if fields is None else {name: row[name] for name in fields}
