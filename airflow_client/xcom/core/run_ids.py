"""The run ids of rows that have none: of a list of all runs, Airflow 2 tells the logical date alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import operations
from airflow_client.xcom.exceptions import ForbiddenException, UnexpectedContentException
from airflow_client.xcom.model.base import as_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

    Run = tuple[str, datetime]

#: How many runs are remembered; the rows of a list come task by task, so that the same runs come again.
REMEMBERED = 10_000


class RunIdResolver:
    """Finds run ids by DAG and logical date, which Airflow 2 has once each, to the microsecond.

    :param call: makes a call and returns its decoded JSON.
    """

    def __init__(self, call: Callable[[Operation[Any]], Flow[Any]]) -> None:
        self._call = call
        self._known: dict[Run, str] = {}

    def find(self, rows: Iterable[XComCollectionItem]) -> Flow[list[str | None]]:
        """The run id of each row, None for a run that is not there any more.

        :raises ForbiddenException: the user may not read DAG runs.
        """
        runs = [(row.dag_id, as_datetime(row["execution_date"])) for row in rows]
        unknown = sorted(set(runs) - self._known.keys())
        if unknown:
            yield from self._look_up(unknown)
        found = [self._known.get(run) for run in runs]
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        return found

    def _look_up(self, runs: list[Run]) -> Flow[None]:
        """Ask for all ``runs`` at once, which are sorted; and where that gives too many, for each half of them."""
        dates = [date for _, date in runs]
        answer = yield from self._ask(sorted({dag_id for dag_id, _ in runs}), min(dates), max(dates))
        try:
            came, total = answer["dag_runs"], answer["total_entries"]
            for run in came:
                self._known[run["dag_id"], as_datetime(run["execution_date"])] = run["dag_run_id"]
        except (LookupError, TypeError, ValueError) as error:
            raise UnexpectedContentException(200, f"not a list of DAG runs: {answer!r:.200}") from error
        missing = [run for run in runs if run not in self._known]
        if missing and len(runs) > 1 and len(came) < total:
            half = (len(missing) + 1) // 2
            for part in (missing[:half], missing[half:]):
                if part:
                    yield from self._look_up(part)

    def _ask(self, dag_ids: list[str], first: datetime, last: datetime) -> Flow[Any]:
        try:
            return (yield from self._call(operations.list_dag_runs(dag_ids, first, last)))
        except ForbiddenException as error:
            error.hint = (
                "with '~' as the run, Airflow 2 tells no run ids: they are looked up among the DAG runs, which this "
                "user may not read. Name the dag_run_id, or let the user read DAG runs"
            )
            raise
