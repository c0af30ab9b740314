"""What there is, for a message about what there is not. A look-up that the user has no permission for is left out."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Callable, NoReturn, Optional, TypeVar

from airflow_client.cli.connection import Airflow
from airflow_client.cli.failures import NOT_FOUND, Failure
from airflow_client.cli.terminal import printable
from airflow_client.cli.wording import counted, task_label
from airflow_client.xcom import ApiException, NotFoundException

if TYPE_CHECKING:
    from airflow_client.xcom import DAGRun, XComCollection

T = TypeVar("T")

#: Seconds for one look-up.
_TIMEOUT = 10.0
_PAGE = 100
#: Pages of DAGs that are looked through for a similar id.
_DAG_PAGES = 10
#: States of a task that will not push any more.
_ENDED = ("success", "failed", "skipped", "upstream_failed", "removed")


def last_runs(airflow: Airflow, dag_id: str, last: int, state: Optional[list[str]] = None) -> Iterator[DAGRun]:
    """Yield the last runs of a DAG, the latest first: those that ``latest`` stands for.

    :raises Failure: the DAG does not exist, and the server says so (status 4).
    """
    order = airflow.api_version.newest_first
    runs = airflow.dag_runs.iter_dag_runs(dag_id, state=state, order_by=order, page_size=min(last, _PAGE))
    try:
        yield from itertools.islice(runs, last)
    except NotFoundException as error:
        check_dag(airflow, dag_id)
        raise error from None


def check_dag(airflow: Airflow, dag_id: str) -> None:
    """Return if the DAG exists, or if the user may not know.

    :raises Failure: it does not exist (status 4).
    """
    if dag_id == "~":
        return
    try:
        _call(airflow, "/dags/{dag_id}", {"dag_id": dag_id})
    except NotFoundException as error:
        if error.error is not None:
            similar = _did_you_mean(dag_id, _quietly(lambda: _dag_ids(airflow)) or ())
            raise Failure(f"There is no DAG {dag_id!r}.{similar}", NOT_FOUND) from error
    except ApiException:
        return


def check_run(airflow: Airflow, dag_id: str, run_id: str) -> None:
    """Return if the DAG run exists, or if the user may not know.

    :raises Failure: it does not exist, or its DAG does not (status 4).
    """
    if "~" in (dag_id, run_id):
        check_dag(airflow, dag_id)
        return
    try:
        airflow.dag_runs.get_dag_run(dag_id, run_id, _request_timeout=_TIMEOUT)
    except NotFoundException as error:
        check_dag(airflow, dag_id)
        runs = _quietly(lambda: [run.dag_run_id for run in last_runs(airflow, dag_id, _PAGE)])
        message = f"DAG {dag_id!r} has no run {run_id!r}."
        if runs is not None:
            message += _did_you_mean(run_id, runs) + _last_three(runs)
        raise Failure(message, NOT_FOUND) from error
    except ApiException:
        return


def check_ids(airflow: Airflow, dag_id: str, run_id: str, task_id: str) -> None:
    """Return if the DAG, its run and its task exist, or if the user may not know. Each may be ``~``.

    :raises Failure: one does not exist (status 4).
    """
    check_run(airflow, dag_id, run_id)
    if "~" in (dag_id, task_id):
        return
    tasks = task_ids(airflow, dag_id)
    if tasks is not None and task_id not in tasks:
        raise Failure(_unknown_task(dag_id, task_id, tasks), NOT_FOUND)


def raise_missing(
    airflow: Airflow,
    error: NotFoundException,
    dag_id: str,
    run_id: str,
    task_id: str,
    xcom_key: str,
    map_index: Optional[int] = None,
) -> NoReturn:
    """Raise what a user reads about an XCom that does not exist.

    :param error: the server's response.
    :raises Failure: the reason could be looked up (status 4).
    :raises NotFoundException: ``error`` itself.
    """
    if airflow.client.is_xcom_missing(error):
        message = explain_missing(airflow, dag_id, run_id, task_id, xcom_key, map_index)
        if message is not None:
            raise Failure(message, NOT_FOUND) from error
    raise error


def explain_missing(
    airflow: Airflow, dag_id: str, run_id: str, task_id: str, xcom_key: str, map_index: Optional[int] = None
) -> Optional[str]:
    """Return why an XCom does not exist and what there is instead; None if the user may not know.

    :raises Failure: the DAG or the run does not exist (status 4).
    """
    page = _quietly(lambda: _xcoms(airflow, dag_id, run_id, task_id))
    if page is not None and len(page):
        return _about_rows(airflow, page, (dag_id, run_id, task_id), xcom_key, map_index)
    check_run(airflow, dag_id, run_id)
    return _about_task(airflow, dag_id, run_id, task_id, map_index)


def _about_rows(
    airflow: Airflow, page: XComCollection, ids: tuple[str, str, str], xcom_key: str, map_index: Optional[int]
) -> Optional[str]:
    """Describe what differs from the XComs that the task has pushed."""
    task_id = ids[2]
    rows = list(page)
    total = page.total_entries or 0
    if total > len(rows):
        last = _quietly(lambda: airflow.xcoms.get_xcom_entries(*ids, limit=1, offset=total - 1))
        rows += list(last or ())
    by_index: dict[int, list[str]] = {}
    for row in rows:
        by_index.setdefault(-1 if row.map_index is None else row.map_index, []).append(str(row.key))
    indexes = by_index.keys()
    wanted = -1 if map_index is None else map_index
    if (wanted not in indexes and total <= len(rows)) or wanted > max(indexes) or wanted < min(indexes):
        if map_index is None:
            return f"Task {task_id!r} is mapped: add --map-index {_span(indexes)}."
        if indexes == {-1}:
            return f"Task {task_id!r} is not mapped: leave out --map-index."
        return f"Task {task_id!r} has no map index {map_index} with XComs, but {_span(indexes)}."
    keys = list(dict.fromkeys(by_index.get(wanted, ())))
    if not keys or xcom_key in keys:
        return None
    similar = _did_you_mean(xcom_key, keys)
    return (
        f"Task {task_label(repr(task_id), wanted)} has no XCom {xcom_key!r}.{similar or f' Its keys: {_some(keys)}.'}"
    )


def _about_task(airflow: Airflow, dag_id: str, run_id: str, task_id: str, map_index: Optional[int]) -> Optional[str]:
    """Describe a task without XComs in an existing run."""
    tasks = task_ids(airflow, dag_id)
    known = list(tasks or ())
    if task_id not in known:
        page = _quietly(lambda: _xcoms(airflow, dag_id, run_id, "~"))
        known += dict.fromkeys(str(row.task_id) for row in page or () if row.task_id not in known)
    if task_id not in known:
        if known:
            return _unknown_task(dag_id, task_id, known)
        return None if tasks is None else f"Run {run_id!r} of DAG {dag_id!r} has no XComs."
    ids = {"dag_id": dag_id, "dag_run_id": run_id, "task_id": task_id}
    path = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}"
    instance = _quietly(lambda: _call(airflow, path + ("" if map_index is None else f"/{map_index}"), ids))
    state = instance.get("state") if isinstance(instance, dict) else None
    if state in _ENDED:
        return f"Task {task_id!r} has pushed no XComs in run {run_id!r}: its state is {state}."
    if state is not None:
        return (
            f"Task {task_id!r} has pushed no XComs yet in run {run_id!r}: its state is {state}. "
            "airflow-xcom wait waits for an XCom."
        )
    return f"Task {task_id!r} has no XComs in run {run_id!r}."


def task_ids(airflow: Airflow, dag_id: str) -> Optional[list[str]]:
    """Return the ids of a DAG's tasks, None if the user may not read them."""

    def look_up() -> list[str]:
        return [str(task["task_id"]) for task in _call(airflow, "/dags/{dag_id}/tasks", {"dag_id": dag_id})["tasks"]]

    return _quietly(look_up)


def _unknown_task(dag_id: str, task_id: str, tasks: list[str]) -> str:
    similar = _did_you_mean(task_id, tasks)
    return f"DAG {dag_id!r} has no task {task_id!r}.{similar or f' Its tasks: {_some(tasks)}.'}"


def _xcoms(airflow: Airflow, dag_id: str, run_id: str, task_id: str) -> XComCollection:
    return airflow.xcoms.get_xcom_entries(dag_id, run_id, task_id, limit=_PAGE, _request_timeout=_TIMEOUT)


def _dag_ids(airflow: Airflow) -> list[str]:
    """Return the ids of DAGs: all of them, or those of the latest runs if that is what the user may read."""
    try:
        found: list[str] = []
        for _ in range(_DAG_PAGES):
            page = _call(airflow, "/dags", {}, {"limit": _PAGE, "offset": len(found)})
            found += [str(dag["dag_id"]) for dag in page["dags"]]
            if not page["dags"] or len(found) >= page["total_entries"]:
                break
        return found
    except ApiException:
        runs = airflow.dag_runs.get_dag_runs("~", limit=_PAGE, order_by="-start_date", _request_timeout=_TIMEOUT)
        return list(dict.fromkeys(run.dag_id for run in runs))


def _call(airflow: Airflow, path: str, ids: Mapping[str, str], query: Optional[Mapping[str, Any]] = None) -> Any:
    return airflow.client.call_api(
        path, "GET", ids, query or {}, _return_http_data_only=True, _request_timeout=_TIMEOUT
    )


def _quietly(look_up: Callable[[], T]) -> Optional[T]:
    """Return the result of a look-up, None if it fails."""
    try:
        return look_up()
    except (ApiException, Failure, LookupError, TypeError):
        return None


def _did_you_mean(name: str, names: Collection[str]) -> str:
    """Return a question with the most similar names, or nothing."""
    by_case = {each.lower(): each for each in names}
    close = [by_case[each] for each in difflib.get_close_matches(name.lower(), by_case, 3, 0.6)]
    if not close and len(name) > 2:
        close = [each for key, each in by_case.items() if name.lower() in key][:3]
    return f" Did you mean {' or '.join(map(repr, close))}?" if close else ""


def _last_three(run_ids: list[str]) -> str:
    if not run_ids:
        return " It has no runs."
    count = min(3, len(run_ids))
    title = f"\nThe last {'three are' if count == 3 else 'two are' if count == 2 else 'one is'}:"
    return "\n  ".join([title, *map(printable, run_ids[:3])])


def _some(names: list[str]) -> str:
    more = f", … ({counted(len(names), 'name')} in all)" if len(names) > 8 else ""
    return ", ".join(map(printable, names[:8])) + more


def _span(indexes: Iterable[int]) -> str:
    numbers = sorted(index for index in indexes if index >= 0)
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
