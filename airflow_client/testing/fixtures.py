"""Users, runs and XComs of an embedded server, added by its user."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Union

from airflow_client.testing import export_file, sample
from airflow_client.testing.datetimes import now
from airflow_client.testing.filters import compare
from airflow_client.testing.run_store import RUN_STATES, TASK_STATES
from airflow_client.testing.runs import Run
from airflow_client.testing.serialization import Encoded
from airflow_client.testing.store import Store
from airflow_client.testing.stored_xcom import StoredXCom, stored_xcom
from airflow_client.testing.users import READS_XCOMS, ROLES, Users
from airflow_client.testing.validation import (
    check_bool,
    check_choice,
    check_ids,
    check_ids_list,
    check_int,
    check_mapping,
    check_path,
    check_str,
    date_in_run_id,
    to_utc,
)

Datetime = Union[dt.datetime, str]


class Fixtures:
    """Data of a server. Any thread may add to it.

    :param serialize: returns the JSON text that the release stores for a pushed value.
    :param simple_auth: whether the server has Airflow 3's simple auth manager: user names are case-sensitive,
        and all roles are Airflow's own.
    :param dateless_runs: whether runs may have no logical date.
    :param store: the data.
    """

    def __init__(
        self, serialize: Callable[[object], str], store: Store, *, simple_auth: bool, dateless_runs: bool
    ) -> None:
        self._serialize = serialize
        self._dateless_runs = dateless_runs
        self._store = store
        self._users = Users(case_sensitive=simple_auth)
        self._callbacks: dict[str, Callable[[Run], None]] = {}
        self._waiting: list[Run] = []
        self._roles = tuple(role for role in ROLES if role != READS_XCOMS or not simple_auth)

    def add_user(self, username: str, password: str, role: str = "Admin") -> None:
        """Add or change a user.

        :param username: name; case-sensitive only with Airflow 3's simple auth manager.
        :param password: password; an empty one never logs in.
        :param role: "Admin", "Op", "User" and "Viewer" may read XComs and DAG runs. On Airflow 3, "Admin" and "Op"
            may write XComs, as may "User" with the simple auth manager. "can read on XComs" stands for a site's
            own role that may read XComs but not DAG runs; the simple auth manager has no such roles. "Public"
            may read nothing.
        :raises TypeError: an argument is not a str.
        :raises ValueError: ``username`` is empty or contains a colon, or ``role`` is unknown.
        """
        if ":" in check_str("username", username) or not username:
            raise ValueError(f"username must not be empty or contain a colon: {username!r}")
        if check_str("role", role) not in self._roles:
            raise ValueError(f"role must be one of {', '.join(self._roles)}, not {role!r}")
        self._users.add(username, check_str("password", password), role)

    def add_dag(
        self,
        dag_id: str,
        tasks: Mapping[str, Iterable[str]] | None = None,
        *,
        mapped: Mapping[str, int] | None = None,
        is_paused: bool = False,
    ) -> None:
        """Add a DAG that clients can trigger, or change it.

        :param tasks: id of each task, with the ids of the tasks that follow it.
        :param mapped: ids of the tasks among them that are mapped, with the number of their instances.
        :param is_paused: whether it is paused; its triggered runs then stay queued until you unpause it.
        :raises TypeError: an argument has the wrong type.
        :raises ValueError: an id is empty or invalid Unicode, a number of instances is negative, or ``mapped`` or a
            following task is not in ``tasks``.
        """
        check_ids(dag_id=dag_id)
        check_bool("is_paused", is_paused)
        downstream: dict[str, list[str]] = {}
        for task_id, following in check_mapping("tasks", {} if tasks is None else tasks).items():
            check_ids(task_id=task_id)
            downstream[task_id] = check_ids_list(f"tasks[{task_id!r}]", following)
        instances = dict(check_mapping("mapped", {} if mapped is None else mapped))
        unknown = {*instances, *(name for names in downstream.values() for name in names)} - set(downstream)
        if unknown:
            raise ValueError(f"tasks must contain {', '.join(map(repr, sorted(unknown)))}")
        for task_id, number in instances.items():
            check_int(f"mapped[{task_id!r}]", number, minimum=0)
        self._store.add_dag(dag_id)
        self._store.pause_dag(dag_id, is_paused)
        for task_id, following in downstream.items():
            self._store.set_task(dag_id, task_id, following, instances.get(task_id))
        if not is_paused:
            waiting = [run for run in self._waiting if run.dag_id == dag_id]
            self._waiting = [run for run in self._waiting if run.dag_id != dag_id]
            for run in waiting:
                self._run_triggered(dag_id, run.run_id)

    def on_trigger(self, dag_id: str, callback: Callable[[Run], None]) -> None:
        """Call a function with each run of a DAG that a client triggers, instead of leaving the run queued.

        The client receives its response when the function has returned, and that response says "queued", as the one
        of a real server does.

        :param dag_id: id of the DAG.
        :param callback: called with the run, in a thread of the server. It replaces an earlier one.
        :raises TypeError: an argument has the wrong type.
        :raises ValueError: the DAG does not exist.
        """
        if not callable(callback):
            raise TypeError(f"callback must be callable, not {type(callback).__name__}")
        if not self._store.exists("dag", dag_id=check_str("dag_id", dag_id)):
            raise ValueError(f"dag_id is unknown: {dag_id!r}")
        self._callbacks[dag_id] = callback

    def get_run(self, dag_id: str, run_id: str | None = None) -> Run:
        """Return a run, so that you can move it on.

        :param run_id: id of the run; by default, the one that was added last.
        :raises TypeError: an argument is not a str.
        :raises ValueError: the run does not exist.
        """
        where = {"dag_id": check_str("dag_id", dag_id)}
        if run_id is not None:
            where["run_id"] = check_str("run_id", run_id)
        filters = [compare(f"run.{name}", "=", value) for name, value in where.items()]
        runs = self._store.list_runs(filters, limit=1, offset=0, order=[("run.id", True)])[1]
        if not runs:
            raise ValueError(f"dag_id or run_id is unknown: {dag_id!r}, {run_id!r}")
        return Run(self._store, self._serialize, dag_id, runs[0].run_id)

    def add_import_error(self, filename: str, stack_trace: str) -> None:
        """Add the error of a file with DAGs that Airflow cannot import.

        :param filename: path of the file.
        :param stack_trace: error with its traceback.
        :raises TypeError: an argument is not a str.
        """
        self._store.add_import_error(check_str("filename", filename), check_str("stack_trace", stack_trace))

    def push_xcom(
        self,
        dag_id: str,
        run_id: str,
        task_id: str,
        key: str,
        value: Any,
        *,
        map_index: int = -1,
        execution_date: Datetime | None = None,
        timestamp: Datetime | None = None,
    ) -> StoredXCom:
        """Push an XCom as a task would; it replaces an earlier one with the same key.

        :param run_id: id of the run, such as "manual__2024-01-01T00:00:00+00:00".
        :param key: key; "return_value" is the one of a task's result.
        :param value: any value that this release of Airflow can push.
        :param map_index: index of a mapped task instance; -1 for a task that is not mapped.
        :param execution_date: logical date of the run: an aware datetime, or ISO 8601 text with an offset.
            Default: the date of an existing run, else the date in ``run_id``, else now.
        :param timestamp: time of the push, in the same forms; now by default.
        :returns: XCom as it is stored.
        :raises TypeError: an argument has the wrong type, or Airflow refuses to push ``value``.
        :raises ImportError: ``value`` contains a DataFrame, and pyarrow is not installed.
        :raises ValueError: an id or the key is empty or invalid Unicode, ``map_index`` is below -1, a date is
            invalid or has no offset, or the run has another logical date.
        """
        check_ids(dag_id=dag_id, run_id=run_id, task_id=task_id, key=key, map_index=map_index)
        pushed_at = now() if timestamp is None else to_utc("timestamp", timestamp)
        stored = self._serialize(value)
        self._ensure_run(dag_id, run_id, "execution_date", execution_date, None)
        self._store.upsert(dag_id, run_id, task_id, key, map_index, timestamp=pushed_at, value=stored)
        logical_date, _ = self._store.run_dates(dag_id, run_id) or (None, "")
        return stored_xcom(dag_id, run_id, task_id, map_index, key, stored, pushed_at, logical_date)

    #: Earlier name of :meth:`push_xcom`.
    add_xcom = push_xcom

    def load_xcoms(self, path: export_file.PathLike) -> int:
        """Add the XComs of a file that ``airflow-xcom export`` wrote.

        :param path: path of a file with a JSON object on each line: ``dag_id``, ``run_id``, ``task_id``, ``key`` and
            ``value``, and optionally ``map_index``, ``timestamp`` and ``logical_date``. Other fields are ignored. The
            server stores each value as the real server sent it.
        :returns: number of XComs.
        :raises TypeError: ``path`` is not a path.
        :raises OSError: the file cannot be read.
        :raises ValueError: lines are invalid. The message names them; the XComs of the other lines were added.
        """
        return export_file.load(check_path("path", path), self._add_exported)

    def _add_exported(self, row: export_file.Row) -> None:
        ids = {name: row[name] for name in ("dag_id", "run_id")}
        map_index, timestamp, date = (row.get(name) for name in ("map_index", "timestamp", "logical_date"))
        check_ids(**ids)
        if "logical_date" in row and date is None and self._dateless_runs and not self._store.exists("run", **ids):
            self.add_run(**ids, run_after=timestamp)
        self.push_xcom(
            **ids,
            task_id=row["task_id"],
            key=row["key"],
            value=Encoded(row["value"]),
            map_index=-1 if map_index is None else map_index,
            execution_date=date,
            timestamp=timestamp,
        )

    @property
    def xcoms(self) -> list[StoredXCom]:
        """All XComs that the server stores, those of clients too, ordered by DAG, task, run, map index and key."""
        return [
            stored_xcom(x.dag_id, x.run_id, x.task_id, x.map_index, x.key, x.value, x.timestamp, x.logical_date)
            for x in self._store.all_xcoms()
        ]

    def add_run(
        self,
        dag_id: str,
        run_id: str,
        *,
        logical_date: Datetime | None = None,
        run_after: Datetime | None = None,
        end_date: Datetime | None = None,
        state: str | None = None,
    ) -> Run:
        """Add a run with dates and a state of your choice; do so before you add its XComs.

        Call it again with the same dates to change the state.

        :param logical_date: logical date: an aware datetime, or ISO 8601 text with an offset. None, the default,
            is possible on Airflow 3 only.
        :param run_after: date after which the run started, in the same forms. Default: the logical date, else now.
        :param end_date: date on which the run finished, in the same forms; it started at ``run_after``. Default:
            ``run_after``.
        :param state: "queued", "running", "success" or "failed". Default: the state that follows from the tasks;
            a run without tasks is queued.
        :returns: the run, so that you can move it on.
        :raises TypeError: an argument has the wrong type.
        :raises ValueError: an id is empty or invalid Unicode, a date is invalid or has no offset, the run exists
            with other dates, ``logical_date`` is missing on Airflow 2, or ``state`` is unknown.
        """
        check_ids(dag_id=dag_id, run_id=run_id)
        if state is not None:
            check_choice("state", state, RUN_STATES)
        if logical_date is None and not self._dateless_runs:
            raise ValueError("logical_date is needed: every run of Airflow 2 has one")
        if logical_date is None and run_after is None and self._store.run_dates(dag_id, run_id) is None:
            run_after = now()
        self._ensure_run(dag_id, run_id, "logical_date", logical_date, run_after)
        if state is not None:
            self._store.set_run_state(dag_id, run_id, state)
        if end_date is not None:
            self._store.set_run_end(dag_id, run_id, to_utc("end_date", end_date))
        return Run(self._store, self._serialize, dag_id, run_id)

    def add_task(
        self, dag_id: str, run_id: str, task_id: str, *, map_index: int = -1, state: str | None = None
    ) -> None:
        """Add a task instance without XComs, so that a client can write XComs to it; or change its state.

        :param run_id: id of the run; a new one is added.
        :param map_index: index of a mapped task instance; -1 for a task that is not mapped.
        :param state: state, such as "running" or "failed"; None, the default, for a task that is not scheduled yet.
            Such a task succeeds when it pushes an XCom.
        :raises TypeError: an argument has the wrong type.
        :raises ValueError: an id is empty or invalid Unicode, ``map_index`` is below -1, or ``state`` is unknown.
        """
        check_ids(dag_id=dag_id, run_id=run_id, task_id=task_id, map_index=map_index)
        if state is not None:
            check_choice("state", state, TASK_STATES)
        self._ensure_run(dag_id, run_id, "execution_date", None, None)
        self._store.add_task_instance(dag_id, run_id, task_id, map_index)
        self._store.set_task_state(dag_id, run_id, task_id, map_index, state)

    def delete_run(self, dag_id: str, run_id: str) -> bool:
        """Delete a run with its tasks and XComs.

        :returns: whether the run existed.
        """
        check_ids(dag_id=dag_id, run_id=run_id)
        return self._store.delete_run(dag_id, run_id)

    def set_display_name(self, dag_id: str, display_name: str, *, task_id: str | None = None) -> None:
        """Give a DAG, or a task of it, a display name, which Airflow 3 shows.

        :param display_name: new name.
        :param task_id: id of the task to rename; None renames the DAG.
        :raises TypeError: an argument is not a str.
        :raises ValueError: the DAG, or the task, does not exist.
        """
        check_str("dag_id", dag_id)
        if task_id is not None:
            check_str("task_id", task_id)
        if not self._store.set_display_name(dag_id, task_id, check_str("display_name", display_name)):
            raise ValueError(f"dag_id or task_id is unknown: {dag_id!r}, {task_id!r}")

    def delete_xcom(self, dag_id: str, run_id: str, task_id: str, key: str, *, map_index: int = -1) -> bool:
        """Delete an XCom.

        :param map_index: index of a mapped task instance; -1 for a task that is not mapped.
        :returns: whether the XCom existed.
        :raises TypeError: an argument has the wrong type.
        :raises ValueError: an id or the key is empty or invalid Unicode, or ``map_index`` is below -1.
        """
        check_ids(dag_id=dag_id, run_id=run_id, task_id=task_id, key=key, map_index=map_index)
        return self._store.delete(dag_id, run_id, task_id, key, map_index)

    def add_sample_data(self) -> None:
        """Add XComs of three small DAGs: of many kinds, of a mapped task, and enough for two pages.

        Add a DAG ``report`` too, whose triggered runs end at once: they fail for ``conf={"customer": "nobody"}``.
        """
        sample.add_sample_data(self.push_xcom)
        self.add_dag("report", sample.REPORT)
        self.on_trigger("report", sample.run_report)

    def _clear(self) -> None:
        self._store.clear()
        self._users.clear()
        self._callbacks.clear()
        self._waiting.clear()

    def _run_triggered(self, dag_id: str, run_id: str) -> None:
        run = Run(self._store, self._serialize, dag_id, run_id)
        dag = self._store.dag(dag_id)
        if dag is not None and dag.is_paused:
            self._waiting.append(run)
        elif dag_id in self._callbacks:
            self._callbacks[dag_id](run)

    def _ensure_run(
        self, dag_id: str, run_id: str, argument: str, logical_date: Datetime | None, run_after: Datetime | None
    ) -> None:
        """Add a run, or check the dates of an existing one; ``argument`` is the name of its date in messages."""
        date = None if logical_date is None else to_utc(argument, logical_date)
        after = None if run_after is None else to_utc("run_after", run_after)
        existing = self._store.run_dates(dag_id, run_id)
        if existing is None:
            if date is None and after is None:
                date = date_in_run_id(run_id) or now()
            self._store.add_run(dag_id, run_id, date, after or date or now())
        elif date is not None and date != existing[0]:
            raise ValueError(f"{argument} of {run_id!r} is already {existing[0]}, not {date}")
        elif after is not None and after != existing[1]:
            raise ValueError(f"run_after of {run_id!r} is already {existing[1]}, not {after}")
