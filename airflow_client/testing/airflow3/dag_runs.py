"""DAG runs of ``/api/v2``: listed, and triggered."""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Iterator
from typing import Any

from airflow_client.testing.airflow3.calls import (
    PAGE,
    Call,
    cursors,
    dag_version,
    format_datetime,
    page_size,
    pattern_parameters,
    read_order,
    state_filter,
)
from airflow_client.testing.airflow3.params import (
    Optionals,
    ValidationError,
    error,
    missing,
    optional,
    read_any,
    read_datetime,
    read_fields,
    read_json_datetime,
    read_json_object,
    read_json_text,
    read_positive_number,
)
from airflow_client.testing.airflow3.responses import HttpError, json_response, not_unique
from airflow_client.testing.application import Response, Settings
from airflow_client.testing.database import Order
from airflow_client.testing.datetimes import in_offset_of, now, parse_pydantic
from airflow_client.testing.filters import BOUNDS, RUN_DATES, compare, date_ranges, patterns
from airflow_client.testing.run_store import RUN_STATES, DagRun
from airflow_client.testing.since import known
from airflow_client.testing.store import Store

_SORTABLE = {
    "id": "run.id",
    "dag_id": "run.dag_id",
    "run_id": "run.run_id",
    "dag_run_id": "run.run_id",
    "logical_date": "logical_date",
    "run_after": "run_after",
    "start_date": "run.start_date",
    "end_date": "run.end_date",
    "state": "state",
    "updated_at": "run.updated_at",
    "conf": "run.conf",
}
_LETTERS = string.ascii_letters + string.digits
_DATE = optional(read_json_datetime)
_INTERVAL = ("data_interval_start", "data_interval_end")
_RUN_ID = re.compile("[A-Za-z0-9_.~:+-]+")
_RUN_ID_PATTERNS = (
    r"'^[A-Za-z0-9_.~:+-]+$' or '^(?:manual|scheduled|asset_triggered)__"
    r"(?:\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00)$'"
)
_FILTERED_DATES = ("run_after", "logical_date", "start_date", "end_date", "updated_at")
_BOUNDS_3_0 = ("gte", "lte")
_PATTERNS = {"run_id": "run.run_id", "dag_id": "run.dag_id"}
_RUN_TYPES = ("backfill", "scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization")
#: First release with each field that Airflow 3.0 lacks.
_SINCE = {
    **dict.fromkeys(("duration", "triggering_user_name", "dag_display_name"), (3, 1)),
    "partition_key": (3, 2),
    "partition_date": (3, 3),
}


class DagRuns:
    """DAG runs of a server, and their calls by method."""

    def __init__(self, store: Store, settings: Settings, *, is_3_0: bool) -> None:
        self._store = store
        self._settings = settings
        self._is_3_0 = is_3_0
        suffixes = _BOUNDS_3_0 if is_3_0 else tuple(BOUNDS)
        parameters: Optionals = {
            **PAGE,
            **{f"{date}_{suffix}": (read_datetime, None) for date in _FILTERED_DATES for suffix in suffixes},
            **known(pattern_parameters(_PATTERNS, settings.release), {"dag_id_pattern": (3, 2)}, settings.release),
            "state": (read_any, []),
            "order_by": (read_any, "id" if is_3_0 else []),
        }
        trigger = Call(self._trigger, read_body=self._read_body, writer_role="User", add=lambda _, name: {"user": name})
        self.calls: dict[str, Call] = {"GET": Call(self._list, parameters), "POST": trigger}
        self.run_calls: dict[str, Call] = {"GET": Call(self._get)}
        self.wait_calls: dict[str, Call] = {
            "GET": Call(self._wait, {"interval": (read_positive_number, None), "result": (read_any, [])})
        }

    def _list(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        states = state_filter("state", params["state"], RUN_STATES)
        filters = [*date_ranges(params, RUN_DATES), *patterns(params, _PATTERNS, self._settings.release), *states]
        dag_id = ids["dag_id"]
        if dag_id != "~":
            if not self._store.exists("dag", dag_id=dag_id):
                name = "DAG with dag_id" if self._is_3_0 else "Dag with ID"
                raise HttpError(404, f"The {name}: `{dag_id}` was not found")
            filters.append(compare("run.dag_id", "=", dag_id))
        limit = page_size(params, self._settings)
        order = self._order(params["order_by"])
        total, runs = self._store.list_runs(filters, limit=limit, offset=params["offset"], order=order)
        rows = [self._row(run) for run in runs]
        return json_response({"dag_runs": rows, "total_entries": total, **cursors(self._settings.release)})

    def _get(self, ids: dict[str, str], _params: dict[str, Any]) -> Response:
        return json_response(self._row(self._find(ids)))

    def _find(self, ids: dict[str, str]) -> DagRun:
        run = self._store.run(**ids)
        if run is None:
            names = "dag_id: `{dag_id}` and run_id: `{run_id}`".format_map(ids)
            raise HttpError(404, f"The DagRun with {names} was not found")
        return run

    def _wait(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """Send the state of a run at an interval until it has finished."""
        if params["interval"] is None:
            raise ValidationError(missing(("query", "interval"), None))
        self._find(ids)
        return Response(200, [], parts=self._states(ids, params["interval"], params["result"]))

    def _states(self, ids: dict[str, str], interval: float, task_ids: list[str]) -> Iterator[bytes]:
        while True:
            state = self._find(ids).state
            line: dict[str, Any] = {"state": state}
            results = self._results(ids, task_ids) if state in RUN_STATES[2:] else None
            if results:
                line["results"] = results
            yield json.dumps(line).encode()
            yield b"\n"
            if state in RUN_STATES[2:] or self._settings.stopped.wait(interval):
                return

    def _results(self, ids: dict[str, str], task_ids: list[str]) -> dict[str, Any]:
        results: dict[str, Any] = {}
        for task_id in sorted(task_ids):
            for instance in self._store.task_instances(**ids, task_id=task_id):
                xcom = self._store.get(**ids, task_id=task_id, key="return_value", map_index=instance.map_index)
                if xcom is not None and instance.map_index < 0:
                    results[task_id] = json.loads(xcom.value)
                elif xcom is not None:
                    results.setdefault(task_id, []).append(json.loads(xcom.value))
        return results

    def _read_body(self, body: Any) -> dict[str, Any]:
        fields = read_fields(
            body,
            {"logical_date": _DATE},
            {
                "dag_run_id": (optional(read_json_text), None),
                **dict.fromkeys(_INTERVAL, (_DATE, None)),
                "run_after": (_DATE, None),
                "conf": (read_json_object if self._is_3_0 else optional(read_json_object), None),
                "note": (optional(read_json_text), None),
                **known({"partition_key": (optional(read_json_text), None)}, _SINCE, self._settings.release),
            },
        )
        if (fields[_INTERVAL[0]] is None) != (fields[_INTERVAL[1]] is None):
            both = f"Either both {' and '.join(_INTERVAL)} must be provided or both must be None"
            report = error("value_error", ("body",), f"Value error, {both}", body)
            raise ValidationError({**report, "ctx": {"error": {}}})
        return {**fields, "sent": body}

    def _trigger(self, ids: dict[str, str], fields: dict[str, Any]) -> Response:
        dag_id = ids["dag_id"]
        if not self._store.exists("dag", dag_id=dag_id):
            raise HttpError(404, f"{'DAG' if self._is_3_0 else 'Dag'} with dag_id: '{dag_id}' not found")
        if fields.get("partition_key") is not None:
            raise HttpError(400, f"Dag '{dag_id}' is not a partitioned Dag and does not accept a partition_key.")
        date = fields["logical_date"]
        run_id, run_after = fields["dag_run_id"], fields["run_after"] or now()
        if not run_id:
            ending = "_" + "".join(map(secrets.choice, [_LETTERS] * 8)) if self._is_3_0 and date is None else ""
            run_id = f"manual__{run_after}{ending}"
        if run_id.startswith("scheduled__"):
            reserved = "since it is reserved for scheduled runs"
            raise HttpError(400, f"A manual DAG run cannot use ID '{run_id}' {reserved}")
        if not _RUN_ID.fullmatch(run_id):
            raise HttpError(400, f"The run_id provided '{run_id}' does not match regex pattern {_RUN_ID_PATTERNS}")
        if self._is_3_0 and date and not (fields["run_after"] or fields[_INTERVAL[0]]):
            run_after = date
        start, end = fields[_INTERVAL[0]] or date, fields[_INTERVAL[1]] or date
        optionals: dict[str, Any] = {"note": fields["note"], "triggered_by": fields["user"], "interval_start": start}
        run = DagRun(dag_id, run_id, date, run_after, dag_id, "queued", interval_end=end, **optionals)
        for column, value in (("run_id", run_id), ("logical_date", date)):
            if value is not None and self._store.exists("run", dag_id=dag_id, **{column: value}):
                raise not_unique(f"dag_run.dag_id, dag_run.{column}" if self._is_3_0 else None)
        if not self._store.trigger(run, fields["conf"] or {}):
            raise not_unique("dag_run.dag_id, dag_run.run_id" if self._is_3_0 else None)
        row = self._row(self._find({"dag_id": dag_id, "run_id": run_id}))
        row.update(self._dates_as_sent(fields["sent"], row))
        response = json_response(row)
        self._settings.triggered(dag_id, run_id)
        return response

    def _dates_as_sent(self, sent: dict[str, Any], row: dict[str, Any]) -> dict[str, str]:
        """Return the dates of a triggered run in the offsets in which they were sent, as this one response has them."""
        names = ("logical_date", *_INTERVAL, *(["run_after"] if self._is_3_0 else []))
        return {
            name: format_datetime(in_offset_of(str(sent.get(name) or sent["logical_date"]), parse_pydantic(row[name])))
            for name in names
            if row[name] is not None
        }

    def _order(self, order_by: Any) -> list[Order]:
        columns = ([order_by] if order_by else ["id"]) if self._is_3_0 else order_by or ["id"]
        order = [(_SORTABLE[name], descending) for name, descending in read_order(columns, _SORTABLE)]
        if self._is_3_0 and order[0][0] == "logical_date":
            order.insert(0, ("undated", False))
        return [*order, ("run.id", order[-1][1] if self._is_3_0 else order[0][1])]

    def _row(self, run: DagRun) -> dict[str, Any]:
        """Return the fields of a run."""
        start_date, end_date = _format(run.start_date), _format(run.end_date)
        row: dict[str, Any] = {
            "dag_run_id": run.run_id,
            "dag_id": run.dag_id,
            "logical_date": _format(run.logical_date),
            "queued_at": _format(run.queued_at),
            "start_date": start_date,
            "end_date": end_date,
            "duration": run.duration,
            "data_interval_start": _format(run.interval_start or run.logical_date),
            "data_interval_end": _format(run.interval_end or run.logical_date),
            "run_after": format_datetime(run.run_after),
            "last_scheduling_decision": end_date or start_date,
            "run_type": run.type(_RUN_TYPES),
            "state": run.state,
            "triggered_by": run.triggered_by and "rest_api",
            "triggering_user_name": run.triggered_by,
            "conf": json.loads(run.conf),
            "note": run.note,
            "dag_versions": [dag_version(run.dag_id, run.dag_display_name, self._settings.release)],
            "bundle_version": None,
            "dag_display_name": run.dag_display_name,
            "partition_key": None,
            "partition_date": None,
        }
        return known(row, _SINCE, self._settings.release)


def _format(date: str | None) -> str | None:
    return None if date is None else format_datetime(date)
