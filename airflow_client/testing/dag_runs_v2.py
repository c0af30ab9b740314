"""The DAG runs of ``/api/v2``, listed."""

from __future__ import annotations

from typing import Any

from airflow_client.testing import answers_v2 as answers
from airflow_client.testing.answers_v2 import Refusal
from airflow_client.testing.calls_v2 import PAGE, Call, check_order, told_moment
from airflow_client.testing.filters import DATES, RANGES, compares, contains, starts, within
from airflow_client.testing.http1 import Response
from airflow_client.testing.store import Run, Store
from airflow_client.testing.validation import Read, integer, moment, text

#: What a list may be sorted by, of what the embedded server knows about runs.
_SORTABLE = {
    "id": "run.id",
    "dag_id": "run.dag_id",
    "run_id": "run.run_id",
    "dag_run_id": "run.run_id",
    "logical_date": "logical_date",
    "run_after": "run_after",
    "start_date": "run_after",
}
_RANGES_3_0 = ("gte", "lte")
_PATTERNS = {"run_id": "run.run_id", "dag_id": "run.dag_id"}
#: What the id of a run begins with, for each type of run.
_TYPES = ("backfill", "scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization")


class DagRunsV2:
    """Answers about the DAG runs of a server.

    Args:
        store: Where they are.
        maximum_page_limit: The most rows in a page.
        old: Whether to answer as Airflow 3.0.

    Attributes:
        of_dag: The calls for the runs of a DAG, by method.
        of_run: Those for a single one.
    """

    def __init__(self, store: Store, *, maximum_page_limit: int, old: bool) -> None:
        self._store = store
        self._maximum_page_limit = maximum_page_limit
        self._old = old
        known: dict[str, tuple[Read, Any]] = {"limit": (integer(0), PAGE), "offset": (integer(0), 0)}
        for date in reversed(DATES):
            known.update({f"{date}_{end}": (moment, None) for end in (_RANGES_3_0 if old else RANGES)})
        if not old:
            known.update(
                {f"{name}{kind}": (text, None) for name in _PATTERNS for kind in ("_pattern", "_prefix_pattern")}
            )
        known["order_by"] = (text, "id") if old else (text, [])
        self.of_dag: dict[str, Call] = {"GET": Call(self._list, known)}
        self.of_run: dict[str, Call] = {"GET": Call(self._single)}

    def _list(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        filters = within(asked)
        if ids["dag_id"] != "~":
            if not self._store.has_dag(ids["dag_id"]):
                found = (
                    "The DAG with dag_id: `{}` was not found" if self._old else "The Dag with ID: `{}` was not found"
                )
                raise Refusal(404, found.format(ids["dag_id"]))
            filters.append(compares("run.dag_id", "=", ids["dag_id"]))
        for name, column in _PATTERNS.items():
            if asked.get(f"{name}_pattern") is not None:
                filters.append(contains(column, asked[f"{name}_pattern"]))
            if asked.get(f"{name}_prefix_pattern") is not None:
                filters.append(starts(column, asked[f"{name}_prefix_pattern"]))
        limit = asked["limit"] if self._old else min(asked["limit"], self._maximum_page_limit)
        order = self._order(asked["order_by"])
        total, runs = self._store.runs(filters, limit=limit, offset=asked["offset"], order=order)
        about = {} if self._old else {"total_entries_limit": None, "next_cursor": None, "previous_cursor": None}
        return answers.ok({"dag_runs": [self._told(run) for run in runs], "total_entries": total, **about})

    def _single(self, ids: dict[str, str], _: dict[str, Any]) -> Response:
        filters = [compares("run.dag_id", "=", ids["dag_id"]), compares("run.run_id", "=", ids["run_id"])]
        runs = self._store.runs(filters, limit=1, offset=0, order=[("run.id", False)])[1]
        if not runs:
            found = f"The DagRun with dag_id: `{ids['dag_id']}` and run_id: `{ids['run_id']}` was not found"
            raise Refusal(404, found)
        return answers.ok(self._told(runs[0]))

    def _order(self, asked: Any) -> list[tuple[str, bool]]:
        columns = ([asked] if asked else ["id"]) if self._old else asked or ["id"]
        order = [(_SORTABLE[name], descends) for name, descends in check_order(columns, _SORTABLE)]
        if self._old and order[0][0] == "logical_date":
            order.insert(0, ("undated", False))
        return [*order, ("run.id", order[-1][1] if self._old else order[0][1])]

    def _told(self, run: Run) -> dict[str, Any]:
        """Give a run. When it ran is not known: it took no time at all."""
        date = None if run.logical_date is None else told_moment(run.logical_date)
        after = told_moment(run.run_after)
        state = self._store.run_state(run.dag_id, run.run_id)
        is_started, is_finished = state != "queued", state in ("success", "failed")
        row: dict[str, Any] = {
            "dag_run_id": run.run_id,
            "dag_id": run.dag_id,
            "logical_date": date,
            "queued_at": None,
            "start_date": after if is_started else None,
            "end_date": after if is_finished else None,
            "duration": 0.0 if is_finished else None,
            "data_interval_start": date,
            "data_interval_end": date,
            "run_after": after,
            "last_scheduling_decision": after if is_started else None,
            "run_type": next((kind for kind in _TYPES if run.run_id.startswith(f"{kind}__")), "manual"),
            "state": state,
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
        return {name: value for name, value in row.items() if not (self._old and name in _NOT_IN_3_0)}


_NOT_IN_3_0 = ("duration", "triggering_user_name", "dag_display_name", "partition_key", "partition_date")
