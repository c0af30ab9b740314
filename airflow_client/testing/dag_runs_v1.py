"""The DAG runs of ``/api/v1``: listed by GET, or by POST for the names of many DAGs."""

from __future__ import annotations

from typing import Any

from airflow_client.testing import answers_v1 as answers
from airflow_client.testing import body_v1, query_v1
from airflow_client.testing.body_v1 import read_fields, refuse_others
from airflow_client.testing.filters import compares, one_of
from airflow_client.testing.http1 import Request, Response
from airflow_client.testing.query_v1 import Problem, page_limit
from airflow_client.testing.store import Run, Store

#: What a list may be sorted by, of what the embedded server knows about runs.
_SORTABLE = {
    "id": "run.id",
    "dag_id": "run.dag_id",
    "execution_date": "logical_date",
    "dag_run_id": "run.run_id",
    "start_date": "run_after",
}
_BOUNDS = {"execution_date_gte": ">=", "execution_date_lte": "<="}
_FIELDS = {
    "order_by": body_v1.text,
    "page_offset": body_v1.at_least(0),
    "page_limit": body_v1.at_least(1),
    "dag_ids": body_v1.texts,
    **dict.fromkeys(_BOUNDS, body_v1.moment),
}
_POSTED_LIMIT = 100
#: What the id of a run begins with, for each type of run.
_TYPES = ("backfill", "scheduled", "manual", "dataset_triggered")


class DagRunsV1:
    """Answers about the DAG runs of a server.

    Args:
        store: Where they are.
        maximum_page_limit: The most rows in a page, unless it is asked for by POST.

    Attributes:
        parameters: How each parameter of a GET is read.
    """

    def __init__(self, store: Store, *, maximum_page_limit: int) -> None:
        self._store = store
        self._maximum_page_limit = maximum_page_limit
        self.parameters: dict[str, Any] = {
            "limit": query_v1.integer,
            "offset": query_v1.natural,
            **dict.fromkeys(_BOUNDS, query_v1.moment),
            "order_by": query_v1.text,
            "fields": query_v1.text,
        }

    def get(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        """Answer a GET: the runs of a DAG, or of all."""
        dag_ids = [] if ids["dag_id"] == "~" else [ids["dag_id"]]
        limit = page_limit(asked.get("limit"), self._maximum_page_limit)
        return self._page(asked, dag_ids, limit, asked.get("offset", 0))

    def read_body(self, request: Request) -> dict[str, Any]:
        """Read the body of a POST."""
        return read_fields(request, _FIELDS)

    def post(self, _: dict[str, str], asked: dict[str, Any]) -> Response:
        """Answer a POST: the runs of some DAGs, or of all; no maximum holds for its pages."""
        refuse_others(asked, _FIELDS)
        limit, offset = asked.get("page_limit", _POSTED_LIMIT), asked.get("page_offset", 0)
        return self._page(asked, asked.get("dag_ids", []), limit, offset)

    def _page(self, asked: dict[str, Any], dag_ids: list[str], limit: int, offset: int) -> Response:
        filters = [compares("logical_date", _BOUNDS[name], asked[name]) for name in _BOUNDS if name in asked]
        if dag_ids:
            filters.append(one_of("run.dag_id", dag_ids))
        order = _order(asked.get("order_by", "id"))
        total, runs = self._store.runs(filters, limit=limit, offset=offset, order=order)
        names = asked["fields"].split(",") if "fields" in asked else None
        return answers.ok({"dag_runs": [self._told(run, names) for run in runs], "total_entries": total})

    def single(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        """Answer a GET of one run."""
        filters = [compares("run.dag_id", "=", ids["dag_id"]), compares("run.run_id", "=", ids["run_id"])]
        _, runs = self._store.runs(filters, limit=1, offset=0, order=[("run.id", False)])
        if not runs:
            detail = f"DAGRun with DAG ID: '{ids['dag_id']}' and DagRun ID: '{ids['run_id']}' not found"
            raise Problem("404 NOT FOUND", "DAGRun not found", detail, "NotFound")
        names = asked["fields"].split(",") if "fields" in asked else None
        return answers.ok(self._told(runs[0], names, "DAGRunSchema"))

    def _told(self, run: Run, names: list[str] | None, schema: str = "DAGRunCollectionSchema") -> dict[str, Any]:
        """Give a run, or only its fields of these ``names``. When it ran is not known: it took no time at all."""
        state = self._store.run_state(run.dag_id, run.run_id)
        row = {**_about(run), **_progress(run, state)}
        unknown = [name for name in names or () if name not in row]
        if unknown:
            detail = f"{unknown[0]} not in DAGRunSchema"
            raise Problem("400 BAD REQUEST", f"{schema} error", detail, "BadRequest")
        return row if names is None else {name: row[name] for name in names}


def _order(column: str) -> list[tuple[str, bool]]:
    name, descends = column.lstrip("-"), column.startswith("-")
    if name not in _SORTABLE:
        detail = f"Ordering with '{name}' is disallowed or the attribute does not exist on the model"
        raise Problem("400 BAD REQUEST", "Bad Request", detail, "BadRequest")
    return [(_SORTABLE[name], descends), ("run.id", descends)]


def _about(run: Run) -> dict[str, Any]:
    return {
        "conf": {},
        "dag_id": run.dag_id,
        "dag_run_id": run.run_id,
        "data_interval_end": run.logical_date,
        "data_interval_start": run.logical_date,
        "execution_date": run.logical_date,
        "external_trigger": False,
        "logical_date": run.logical_date,
        "note": None,
        "run_type": next((kind for kind in _TYPES if run.run_id.startswith(f"{kind}__")), "manual"),
    }


def _progress(run: Run, state: str) -> dict[str, Any]:
    is_started, is_finished = state != "queued", state in ("success", "failed")
    return {
        "end_date": run.run_after if is_finished else None,
        "last_scheduling_decision": run.run_after if is_started else None,
        "start_date": run.run_after if is_started else None,
        "state": state,
    }
