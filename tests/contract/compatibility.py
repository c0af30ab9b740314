"""What differs between the releases of Airflow, as questions to a server that holds the dataset.

``compatibility.json`` has the answers of the real servers, ``docs/compatibility.md`` shows them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from airflow_client.xcom import ApiClient, ApiException, Configuration
from tests.contract import dag_runs, dataset
from tests.contract.dag_runs import DagRun
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS, MANY, MAPPED
from tests.contract.servers import Server

ANSWERS = Path(__file__).with_name("compatibility.json")
YES, NO = "yes", "no"
#: An Airflow 3 ignores parameters that it does not know, an Airflow 2 refuses them.
IGNORED = "ignored"

_LIST = "/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries"
_ENTRY = _LIST + "/{key}"
_RUNS = "/dags/{dag_id}/dagRuns"


class Asked:
    """A server, and its client."""

    def __init__(self, server: Server, client: Any) -> None:
        self.server = server
        self._client = client

    def call(self, method: str, path: str, ids: dict[str, Any], query: Any = (), body: Any = None) -> tuple[int, Any]:
        """Return the status and the decoded body of a response; None for the body of an error."""
        self._client.configuration.retries = 0
        try:
            data, status, _ = self._client.call_api(path, method, ids, query, body=body)
        except ApiException as error:
            return error.status, None
        return status, data

    def rows(self, ids: tuple[str, str, str] = MAPPED, **query: Any) -> Any:
        """Return a page of XComs, or the status of a refusal."""
        status, page = self.call("GET", _LIST, dict(zip(("dag_id", "run_id", "task_id"), ids)), query)
        return page if status == 200 else status

    def entry(self, ids: tuple[str, str, str], key: str, **query: Any) -> tuple[int, Any]:
        """Return the status and the XCom, or None."""
        return self.call("GET", _ENTRY, {**dict(zip(("dag_id", "run_id", "task_id"), ids)), "key": key}, query)

    def filter(self, name: str, value: Any, **more: Any) -> str:
        """Return whether a parameter of the list of XComs selects rows, is ignored, or is refused."""
        page, everything = self.rows(**{name: value, **more}), self.rows(**more)
        if isinstance(page, int):
            return NO
        return IGNORED if page == everything else YES

    def run_filter(self, name: str, value: Any) -> str:
        """Do the same for the list of DAG runs."""
        status, page = self.call("GET", _RUNS, {"dag_id": "~"}, {name: value})
        _, everything = self.call("GET", _RUNS, {"dag_id": "~"})
        if status != 200:
            return NO
        return IGNORED if page == everything else YES


class Row(NamedTuple):
    """A row of the table."""

    section: str
    name: str
    answer: Callable[[Asked], str]


def _if(condition: Any) -> str:
    return YES if condition else NO


def _written(asked: Asked) -> dict[str, str]:
    """Create, update and delete an XCom in a run of its own."""
    run = DagRun(asked.server, asked._client)
    run.create()
    try:
        ids = {"dag_id": dag_runs.DAG, "run_id": dag_runs.RUN, "task_id": "kinds"}
        status, _ = asked.call("POST", _LIST, ids, body={"key": "new", "value": {"a": 1}})
        _, xcom = asked.entry((dag_runs.DAG, dag_runs.RUN, "kinds"), "new")
        changed, _ = asked.call("PATCH", _ENTRY, {**ids, "key": "new"}, body={"value": [1]})
        _, updated = asked.entry((dag_runs.DAG, dag_runs.RUN, "kinds"), "new")
        deleted, _ = asked.call("DELETE", _ENTRY, {**ids, "key": "new"})
    finally:
        run.delete()
    return {
        "create": NO if status != 201 else YES if xcom["value"] == {"a": 1} else "stores text",
        "update": NO if changed != 200 else YES if updated["value"] == [1] else "stores text",
        "delete": _if(deleted == 204),
    }


def _stored(asked: Asked, key: str) -> str:
    return _if(asked.entry(KINDS, key)[0] != 404)


def _order(asked: Asked) -> str:
    rows = asked.rows()["xcom_entries"]
    return _if([row["key"] for row in rows] == ["return_value", "square"] * 5)


def _value(asked: Asked) -> str:
    return "text" if asked.entry(KINDS, "int")[1]["value"] == "42" else "JSON"


def _none(asked: Asked) -> str:
    status, xcom = asked.entry(KINDS, "none")
    return (
        "refused when pushed"
        if status == 404
        else "error 500"
        if status == 500
        else "null"
        if xcom["value"] is None
        else "text"
    )


def _page_limit(asked: Asked) -> str:
    count = len(asked.rows(MANY, limit=10_000)["xcom_entries"])
    return "none" if count == len(dataset.TASKS["many"]["many"]) else str(count)


def _alternatives(asked: Asked) -> str:
    page = asked.rows(xcom_key_pattern="squ|nope")
    return NO if isinstance(page, int) or page["total_entries"] != 5 else YES


def _note(asked: Asked) -> str:
    row = asked.call("GET", f"{_RUNS}/{{run_id}}", {"dag_id": "contract", "run_id": RUN_1})[1]
    return _if("note" in row)


def _anonymous(asked: Asked) -> str:
    with ApiClient(Configuration(host=asked.server.url)) as client:
        return str(Asked(asked.server, client).entry(KINDS, "int")[0])


_XCOMS, _PARAMETERS, _RUN_PARAMETERS, _VALUES, _ANSWERS = (
    "Calls",
    "Parameters of XComs",
    "DAG runs",
    "Values",
    "Lists and errors",
)
ROWS = (
    *(
        Row(_XCOMS, f"`{name}_xcom_entry`", lambda asked, name=name: _written(asked)[name])  # type: ignore[misc]
        for name in ("create", "update", "delete")
    ),
    Row(_PARAMETERS, "`map_index`", lambda asked: asked.filter("map_index", 3)),
    Row(_PARAMETERS, "`xcom_key`", lambda asked: asked.filter("xcom_key", "square")),
    Row(_PARAMETERS, "`xcom_key_pattern`", lambda asked: asked.filter("xcom_key_pattern", "squ")),
    Row(_PARAMETERS, "patterns with alternatives, separated by a bar", _alternatives),
    Row(_PARAMETERS, "`xcom_key_prefix_pattern`", lambda asked: asked.filter("xcom_key_prefix_pattern", "squ")),
    Row(_PARAMETERS, "`map_index_filter`", lambda asked: asked.filter("map_index_filter", 3)),
    Row(_PARAMETERS, "`logical_date_gt`", lambda asked: asked.filter("logical_date_gt", "2024-01-02T00:00:00Z")),
    Row(_PARAMETERS, "`run_after_gt`", lambda asked: asked.filter("run_after_gt", "2024-01-02T00:00:00Z")),
    Row(_PARAMETERS, "`order_by`", lambda asked: asked.filter("order_by", "-map_index")),
    Row(_PARAMETERS, "`stringify`", lambda asked: _if(asked.entry(KINDS, "int", stringify="false")[0] == 200)),
    Row(_PARAMETERS, "`deserialize` by default", lambda asked: _if(asked.entry(KINDS, "int", deserialize="true")[1])),
    Row(_RUN_PARAMETERS, "`fields`", lambda asked: asked.run_filter("fields", "dag_run_id")),
    Row(_RUN_PARAMETERS, "`updated_at_gte`", lambda asked: asked.run_filter("updated_at_gte", "2099-01-01T00:00:00Z")),
    Row(_RUN_PARAMETERS, "`run_after_gte`", lambda asked: asked.run_filter("run_after_gte", "2024-02-01T00:00:00Z")),
    Row(_RUN_PARAMETERS, "`run_id_pattern`", lambda asked: asked.run_filter("run_id_pattern", "2024-04")),
    Row(_RUN_PARAMETERS, "`note`", _note),
    Row(_VALUES, "default form", _value),
    Row(_VALUES, "`None`", _none),
    *(
        Row(_VALUES, f"stores {name}", lambda asked, key=key: _stored(asked, key))  # type: ignore[misc]
        for name, key in (
            ("datetimes, sets, decimals, dataclasses", "set"),
            ("named tuples", "namedtuple"),
            ("pydantic models", "pydantic"),
            ("`NaN`", "float_nan"),
            ("UUIDs", "uuid"),
        )
    ),
    Row(_ANSWERS, "rows have `map_index`", lambda asked: _if("map_index" in asked.rows()["xcom_entries"][0])),
    Row(_ANSWERS, "rows have `run_id`", lambda asked: _if("run_id" in asked.rows()["xcom_entries"][0])),
    Row(_ANSWERS, "rows have display names", lambda asked: _if("dag_display_name" in asked.rows()["xcom_entries"][0])),
    Row(_ANSWERS, "order of rows is stable", _order),
    Row(_ANSWERS, "rows of a page by default", lambda asked: str(len(asked.rows(MANY)["xcom_entries"]))),
    Row(_ANSWERS, "most rows of a page", _page_limit),
    Row(
        _ANSWERS,
        "keys with `/`",
        lambda asked: _if(asked.entry(("contract", RUN_1, "odd_keys"), "with/slash")[0] == 200),
    ),
    Row(_ANSWERS, "XCom of a mapped task without `map_index`", lambda asked: str(asked.entry(MAPPED, "square")[0])),
    Row(_ANSWERS, "request without credentials", _anonymous),
)


def answers() -> dict[str, dict[str, str]]:
    """Return the answers of the real servers: release -> name of a row -> answer."""
    decoded: dict[str, dict[str, str]] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return decoded


def ask(server: Server, client: Any) -> dict[str, str]:
    """Return the answers of a server."""
    asked = Asked(server, client)
    return {row.name: row.answer(asked) for row in ROWS}
