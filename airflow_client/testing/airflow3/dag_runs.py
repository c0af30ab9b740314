"""DAG runs of ``/api/v2``: listed."""

from __future__ import annotations

from typing import Any

from airflow_client.testing.airflow3.calls import PAGE, Call, format_datetime, pattern_parameters, read_order
from airflow_client.testing.airflow3.params import Optionals, read_any, read_datetime
from airflow_client.testing.airflow3.responses import HttpError, json_response
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.filters import BOUNDS, DATES, compare, date_ranges, patterns
from airflow_client.testing.store import DagRun, Order, Store

_SORTABLE = {
    "id": "run.id",
    "dag_id": "run.dag_id",
    "run_id": "run.run_id",
    "dag_run_id": "run.run_id",
    "logical_date": "logical_date",
    "run_after": "run_after",
    "start_date": "run_after",
}
_BOUNDS_3_0 = ("gte", "lte")
_PATTERNS = {"run_id": "run.run_id", "dag_id": "run.dag_id"}
_RUN_TYPES = ("backfill", "scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization")
_MISSING_IN_3_0 = ("duration", "triggering_user_name", "dag_display_name", "partition_key", "partition_date")


class DagRuns:
    """DAG runs of a server, and their calls by method."""

    def __init__(self, store: Store, settings: Settings, *, is_3_0: bool) -> None:
        self._store = store
        self._settings = settings
        self._is_3_0 = is_3_0
        suffixes = _BOUNDS_3_0 if is_3_0 else tuple(BOUNDS)
        parameters: Optionals = {
            **PAGE,
            **{f"{date}_{suffix}": (read_datetime, None) for date in reversed(DATES) for suffix in suffixes},
            **({} if is_3_0 else pattern_parameters(_PATTERNS)),
            "order_by": (read_any, "id" if is_3_0 else []),
        }
        self.calls: dict[str, Call] = {"GET": Call(self._list, parameters)}
        self.run_calls: dict[str, Call] = {"GET": Call(self._get)}

    def _list(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        filters = [*date_ranges(params), *patterns(params, _PATTERNS)]
        dag_id = ids["dag_id"]
        if dag_id != "~":
            if not self._store.exists("dag", dag_id=dag_id):
                name = "DAG with dag_id" if self._is_3_0 else "Dag with ID"
                raise HttpError(404, f"The {name}: `{dag_id}` was not found")
            filters.append(compare("run.dag_id", "=", dag_id))
        limit = params["limit"] if self._is_3_0 else min(params["limit"], self._settings.maximum_page_limit)
        order = self._order(params["order_by"])
        total, runs = self._store.list_runs(filters, limit=limit, offset=params["offset"], order=order)
        cursors = {} if self._is_3_0 else {"total_entries_limit": None, "next_cursor": None, "previous_cursor": None}
        return json_response({"dag_runs": [self._row(run) for run in runs], "total_entries": total, **cursors})

    def _get(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        filters = [compare(f"run.{name}", "=", ids[name]) for name in ("dag_id", "run_id")]
        runs = self._store.list_runs(filters, limit=1, offset=0, order=[("run.id", False)])[1]
        if not runs:
            names = "dag_id: `{dag_id}` and run_id: `{run_id}`".format_map(ids)
            raise HttpError(404, f"The DagRun with {names} was not found")
        return json_response(self._row(runs[0]))

    def _order(self, order_by: Any) -> list[Order]:
        columns = ([order_by] if order_by else ["id"]) if self._is_3_0 else order_by or ["id"]
        order = [(_SORTABLE[name], descending) for name, descending in read_order(columns, _SORTABLE)]
        if self._is_3_0 and order[0][0] == "logical_date":
            order.insert(0, ("undated", False))
        return [*order, ("run.id", order[-1][1] if self._is_3_0 else order[0][1])]

    def _row(self, run: DagRun) -> dict[str, Any]:
        """Return the fields of a run; a finished run lasted no time."""
        date = None if run.logical_date is None else format_datetime(run.logical_date)
        after = format_datetime(run.run_after)
        start_date, end_date = run.start_date and after, run.end_date and after
        row: dict[str, Any] = {
            "dag_run_id": run.run_id,
            "dag_id": run.dag_id,
            "logical_date": date,
            "queued_at": None,
            "start_date": start_date,
            "end_date": end_date,
            "duration": 0.0 if end_date else None,
            "data_interval_start": date,
            "data_interval_end": date,
            "run_after": after,
            "last_scheduling_decision": start_date,
            "run_type": run.type(_RUN_TYPES),
            "state": run.state,
            "triggered_by": None,
            "triggering_user_name": None,
            "conf": {},
            "note": None,
            "dag_versions": [],
            "bundle_version": None,
            "dag_display_name": run.dag_display_name,
            "partition_key": None,
            "partition_date": None,
        }
        return {name: value for name, value in row.items() if not (self._is_3_0 and name in _MISSING_IN_3_0)}
