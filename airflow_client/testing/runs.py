"""A run of an embedded server, which a test moves on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from airflow_client.testing.datetimes import now
from airflow_client.testing.run_store import FINISHED_TASK_STATES, RUN_STATES, TASK_STATES, DagRun
from airflow_client.testing.store import Store
from airflow_client.testing.validation import check_choice, check_ids, check_str

_FAILED = ("failed", "upstream_failed")


class Run:
    """One DAG run, which the test moves on as a scheduler would. Any thread may use it.

    Its methods and properties raise LookupError if the run was deleted.

    :ivar dag_id: id of the DAG.
    :ivar run_id: id of the run.
    """

    dag_id: str
    run_id: str

    def __init__(self, store: Store, serialize: Callable[[object], str], dag_id: str, run_id: str) -> None:
        self._store = store
        self._serialize = serialize
        self.dag_id = dag_id
        self.run_id = run_id

    def __repr__(self) -> str:
        return f"<Run {self.dag_id} {self.run_id}: {self.state}>"

    @property
    def conf(self) -> dict[str, Any]:
        """Parameters with which the run was triggered; empty by default."""
        conf: dict[str, Any] = json.loads(self._row.conf)
        return conf

    @property
    def note(self) -> str | None:
        """Note with which the run was triggered, or None."""
        return self._row.note

    @property
    def state(self) -> str:
        """State: "queued", "running", "success" or "failed"."""
        return self._row.state

    def start(self) -> None:
        """Let the run begin: its state is "running"."""
        self._set_state("running")

    def set_task(self, task_id: str, state: str | None, *, map_index: int = -1, log: str | None = None) -> None:
        """Set the state of a task.

        :param task_id: id of the task; a new one is added to the DAG.
        :param state: state, such as "running" or "failed"; None for a task that is not scheduled yet.
        :param map_index: index of a mapped task instance; -1 for a task that is not mapped.
        :param log: log of the task, lines of text. A line may begin with its level, as in "ERROR - no rows".
        :raises TypeError: an argument has the wrong type.
        :raises ValueError: an id is empty or invalid Unicode, ``map_index`` is below -1, or ``state`` is unknown.
        """
        check_ids(task_id=task_id, map_index=map_index)
        if state is not None:
            check_choice("state", state, TASK_STATES)
        if log is not None:
            check_str("log", log)
        self._check_exists()
        ids = (self.dag_id, self.run_id, task_id, map_index)
        self._store.add_task_instance(*ids)
        self._store.set_task_state(*ids, state)
        self._store.set_task_dates(*ids, log)

    def push(self, task_id: str, value: Any, *, key: str = "return_value", map_index: int = -1) -> None:
        """Push an XCom; the task succeeds.

        :param task_id: id of the task; a new one is added to the DAG.
        :param value: any value that this release of Airflow can push.
        :param key: key of the XCom; by default, the one of a task's result.
        :param map_index: index of a mapped task instance; -1 for a task that is not mapped.
        :raises TypeError: an argument has the wrong type, or Airflow refuses to push ``value``.
        :raises ValueError: an id or the key is empty or invalid Unicode, or ``map_index`` is below -1.
        """
        check_ids(task_id=task_id, key=key, map_index=map_index)
        stored = self._serialize(value)
        self.set_task(task_id, "success", map_index=map_index)
        ids = (self.dag_id, self.run_id, task_id, key, map_index)
        self._store.upsert(*ids, timestamp=now(), value=stored)

    def finish(self, state: str | None = None) -> None:
        """Let the run end.

        Tasks that have not finished succeed, or have the state "upstream_failed" if the run fails.

        :param state: "success" or "failed"; by default, "failed" if a task has failed.
        :raises TypeError: ``state`` is not a str.
        :raises ValueError: ``state`` is unknown.
        """
        instances = self._store.run_task_instances(self.dag_id, self.run_id)
        if state is None:
            state = "failed" if any(item.state in _FAILED for item in instances) else "success"
        check_choice("state", state, RUN_STATES[2:])
        for item in instances:
            if item.state not in FINISHED_TASK_STATES:
                left = "success" if state == "success" else "upstream_failed"
                self.set_task(item.task_id, left, map_index=item.map_index)
        self._set_state(state)

    @property
    def _row(self) -> DagRun:
        row = self._store.run(self.dag_id, self.run_id)
        if row is None:
            raise LookupError(f"the run {self.run_id!r} of {self.dag_id!r} was deleted")
        return row

    def _check_exists(self) -> None:
        _ = self._row

    def _set_state(self, state: str) -> None:
        self._check_exists()
        self._store.set_run_state(self.dag_id, self.run_id, state)
        self._store.set_run_dates(self.dag_id, self.run_id, state)
