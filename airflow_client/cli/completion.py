"""Completion of ids, runs and keys, with what the server has: quiet and quick, also when the server is not reached."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Optional

import click
from click.shell_completion import CompletionItem

from airflow_client.cli.connection import Airflow, access, settings_for
from airflow_client.cli.deadline import within
from airflow_client.cli.lookups import last_runs, task_ids
from airflow_client.cli.runs import resolve_run
from airflow_client.cli.terminal import printable

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_client.xcom.profiles import Access

    Found = list[tuple[str, str]]
    Item = CompletionItem[str]
else:  # generic since click 8.5
    Item = CompletionItem

#: Seconds for everything that a completion asks the server.
_LIMIT = 0.9
#: Seconds for which an answer, or that there was none, is used again.
CACHE_SECONDS = 30.0
#: Seconds after which files of the cache are removed.
_OLD = 600.0
_PAGE, _RUNS = 100, 30
_LATEST = (
    ("latest", "the latest successful run"),
    ("latest:failed", "the latest failed run"),
    ("latest:any", "the latest run, whatever its state"),
)


def dags(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Item]:
    """Complete the id of a DAG."""

    def look_up(airflow: Airflow) -> Found:
        try:
            found, total = _dags(airflow, {})
            if total > len(found) and incomplete:
                found += _dags(airflow, {"dag_id_pattern": incomplete})[0]
        except Exception:  # the user may not read DAGs
            runs = airflow.dag_runs.get_dag_runs("~", limit=_PAGE, order_by="-start_date")
            found = [(str(run.dag_id), "") for run in runs]
        return found

    return _complete(ctx, ("dags", incomplete), incomplete, look_up)


def runs(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Item]:
    """Complete a run: ``latest``, or the id of one of the last runs."""
    dag_id = ctx.params.get("dag_id")
    items = _items(_LATEST, incomplete)
    if not dag_id or dag_id == "~":
        return []

    def look_up(airflow: Airflow) -> Found:
        return [(str(run.dag_run_id), str(run.state or "")) for run in last_runs(airflow, dag_id, _RUNS)]

    return items + _complete(ctx, ("runs", dag_id), incomplete, look_up)


def tasks(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Item]:
    """Complete the id of a task."""
    dag_id = ctx.params.get("dag_id")
    if not dag_id or dag_id == "~":
        return []

    def look_up(airflow: Airflow) -> Found:
        found = task_ids(airflow, dag_id)
        if found is None:  # the user may not read tasks
            found = [str(row.task_id) for row in airflow.xcoms.get_xcom_entries(dag_id, "~", "~", limit=_PAGE)]
        return [(task_id, "") for task_id in found]

    return _complete(ctx, ("tasks", dag_id), incomplete, look_up)


def keys(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Item]:
    """Complete the key of an XCom."""
    dag_id, task_id = ctx.params.get("dag_id"), ctx.params.get("task_id") or "~"
    run, is_run_id = ctx.params.get("run") or "~", bool(ctx.params.get("is_run_id"))
    if not dag_id or dag_id == "~":
        return []

    def look_up(airflow: Airflow) -> Found:
        run_id = resolve_run(airflow, dag_id, run, is_run_id)
        return [(str(row.key), "") for row in airflow.xcoms.get_xcom_entries(dag_id, run_id, task_id, limit=_PAGE)]

    return _complete(ctx, ("keys", dag_id, run, str(is_run_id), task_id), incomplete, look_up)


def _dags(airflow: Airflow, query: dict[str, Any]) -> tuple[Found, int]:
    page = airflow.client.call_api("/dags", "GET", {}, {"limit": _PAGE, **query}, _return_http_data_only=True)
    return [(str(dag["dag_id"]), "") for dag in page["dags"]], int(page["total_entries"])


def _complete(
    ctx: click.Context, key: Sequence[str], incomplete: str, look_up: Callable[[Airflow], Found]
) -> list[Item]:
    """Return completions of the server, or of the cache; none if anything fails."""
    with contextlib.suppress(Exception), ctx.scope(cleanup=False):
        return _items(_found(key, look_up), incomplete)
    return []


def _found(key: Sequence[str], look_up: Callable[[Airflow], Found]) -> Found:
    from airflow_client.xcom.profiles import root_of

    found = access(reads_stdin=False)
    cache = _cache_file((root_of(str(found.host)), found.username or "", *key))
    if cache is not None:
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            stored = json.loads(cache.read_text(encoding="utf-8"))
            if 0 <= time.time() - stored["at"] < CACHE_SECONDS:
                return [(str(value), str(text)) for value, text in stored["items"]]
    items: Found = []
    try:
        items = _ask(found, look_up)
    finally:  # a server that is not reached, or refuses the login, is not asked at each key
        if cache is not None:
            _write_cache(cache, items)
    return items


def _ask(found: Access, look_up: Callable[[Airflow], Found]) -> Found:
    from airflow_client.xcom import ApiClient
    from airflow_client.xcom.profiles import no_password

    configuration = settings_for(found, no_password)
    configuration.retries = False

    def ask() -> Found:
        with ApiClient(configuration) as client:
            return look_up(Airflow(client))

    return list(dict.fromkeys(within(_LIMIT, ask)))


def _cache_file(key: Sequence[str]) -> Optional[Path]:
    import hashlib

    from airflow_client.xcom.profiles import private_directory

    directory = private_directory("cache")
    if directory is None:
        return None
    name = hashlib.sha256(json.dumps(key).encode()).hexdigest()[:32]
    return directory / f"completion-{name}.json"


def _write_cache(path: Path, items: Found) -> None:
    text = json.dumps({"at": time.time(), "items": items})
    temporary = path.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
        for other in path.parent.glob("completion-*"):
            if time.time() - other.stat().st_mtime > _OLD:
                other.unlink()


def _items(found: Iterable[tuple[str, str]], incomplete: str) -> list[Item]:
    """Return those that begin with what was typed; a shell would print control characters as they are."""
    return [
        CompletionItem(value, help=printable(text) or None)
        for value, text in found
        if value.startswith(incomplete) and value == printable(value)
    ]
