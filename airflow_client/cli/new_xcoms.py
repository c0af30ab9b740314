"""XComs that tasks push from now on, found by polling."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Optional

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.connection import Airflow

#: Number of the latest runs to look at, besides all that are running.
_LATEST = 50
#: Seconds without a response after which a poll fails; :func:`watch` says so and polls again.
_STALL_TIMEOUT = 5.0
#: Maximum number of seconds between two polls while the server fails.
_MAX_PAUSE = 60.0
_RunKey = tuple[str, str]


class NewXComs:
    """Find new XComs: those of running runs, and of runs that ended since the last poll.

    :param airflow: the Airflow to ask.
    :param dag_id: DAG id, ``"~"`` for all DAGs.
    :param xcom_key: only XComs with this key; or None.
    """

    def __init__(self, airflow: Airflow, dag_id: str, xcom_key: Optional[str]) -> None:
        self._airflow = airflow
        self._dag_id = dag_id
        self._xcom_key = xcom_key
        #: The state of each known run, and the XComs of those that were running.
        self._states: dict[_RunKey, Optional[str]] = {}
        self._seen: dict[_RunKey, set[tuple[object, ...]]] = {}
        self._is_first = True

    def poll(self) -> list[xcom.XComCollectionItem]:
        """Return the rows of the XComs that are new since the last call, oldest first; the first call returns none."""
        runs = self._find_runs()
        rows: list[xcom.XComCollectionItem] = []
        for key, state in runs.items():
            if state == "running" or (self._states.get(key) != state and not self._is_first):
                rows += self._find_new(key)
        ended = [key for key in self._seen if runs.get(key) != "running"]
        for key in ended:
            if key not in runs:  # not among the latest any more
                rows += self._find_new(key)
            del self._seen[key]
        self._states = dict(runs)
        is_first, self._is_first = self._is_first, False
        return [] if is_first else sorted(rows, key=lambda row: str(row.get("timestamp")))

    def _find_runs(self) -> dict[_RunKey, Optional[str]]:
        api = self._airflow.dag_runs
        latest = api.get_dag_runs(
            self._dag_id, state=["running", "success", "failed"], order_by="-start_date", limit=_LATEST
        )
        running = api.iter_dag_runs(self._dag_id, state="running", stall_timeout=_STALL_TIMEOUT)
        return {(run.dag_id, run.dag_run_id): run.state for run in itertools.chain(latest, running)}

    def _find_new(self, key: _RunKey) -> list[xcom.XComCollectionItem]:
        seen = self._seen.setdefault(key, set())
        new = []
        rows = self._airflow.xcoms.iter_xcom_entries(
            *key, "~", on_error="skip", stall_timeout=_STALL_TIMEOUT, xcom_key=self._xcom_key
        )
        for row in rows:
            row.run_id = key[1]  # Airflow 2 does not send it
            identity = (row.task_id, row.map_index, row.key, row.get("timestamp"))
            if identity not in seen:
                seen.add(identity)
                new.append(row)
        return new


def watch(new_xcoms: NewXComs, interval: float) -> Iterator[xcom.XComCollectionItem]:
    """Yield the rows of new XComs without end, and go on while the server fails for some time.

    :param interval: seconds between two polls.
    :raises xcom.ApiException: the first poll failed, or the server refuses the credentials or the request.
    """
    pause = interval
    new_xcoms.poll()
    while True:
        time.sleep(pause)
        try:
            rows = new_xcoms.poll()
        except (xcom.TransportException, xcom.ServiceException) as error:
            terminal.warn(
                f"{error.reason} ({error.status}); watching goes on"
                if error.status
                else f"{error.reason}; watching goes on"
            )
            pause = min(pause * 2, _MAX_PAUSE)
            continue
        pause = interval
        yield from rows
