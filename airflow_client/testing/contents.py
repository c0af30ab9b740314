"""What an embedded server has: users, runs, XComs. It is filled before it runs and while it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Union

from airflow_client.testing.arguments import date_within, identify, instant, name, now, text
from airflow_client.testing.sample import fill
from airflow_client.testing.states import RUN_STATES, TASK_STATES
from airflow_client.testing.store import Store
from airflow_client.testing.users import READS_XCOMS, ROLES, Users

Moment = Union[dt.datetime, str]


class Contents:
    """The users and the XComs of a server; any thread may add some.

    Args:
        serialize: Gives the JSON text that the release stores for a pushed value.
        simple_auth: Whether it has Airflow 3's simple auth manager: user names differ by upper and lower
            case alone, and there are no roles but Airflow's own.
        undated: Whether the release knows runs without a logical date.
    """

    def __init__(self, serialize: Callable[[object], str], *, simple_auth: bool, undated: bool) -> None:
        self._serialize = serialize
        self._undated = undated
        self._store = Store()
        self._users = Users(case_sensitive=simple_auth)
        self._roles = tuple(role for role in ROLES if role != READS_XCOMS or not simple_auth)

    def add_user(self, username: str, password: str, role: str = "Admin") -> None:
        """Add a user who may log in, or change one.

        Args:
            username: The name; upper and lower case are the same, unless it is for Airflow 3's simple
                auth manager.
            password: The password; an empty one never logs in.
            role: "Admin" (the default), "Op", "User" and "Viewer" may read XComs and list DAG runs.
                With Airflow 3, "Admin" and "Op" may write XComs, and "User" if the auth manager is
                the simple one. "can read on XComs" stands for a role that a site has made of this
                permission and "can read on DAGs": it reads XComs, and is answered 403 about DAG
                runs; the simple auth manager knows no such roles. "Public" is always answered 403.

        Raises:
            TypeError: An argument is not a str.
            ValueError: ``username`` is empty or has a colon in it, or ``role`` is none of the
                above.
        """
        if ":" in text("username", username) or not username:
            raise ValueError(f"username must not be empty, nor have a colon in it: {username!r}")
        if text("role", role) not in self._roles:
            raise ValueError(f"role must be one of {', '.join(self._roles)}, not {role!r}")
        self._users.add(username, text("password", password), role)

    def add_xcom(
        self,
        dag_id: str,
        run_id: str,
        task_id: str,
        key: str,
        value: Any,
        *,
        map_index: int = -1,
        execution_date: Moment | None = None,
        timestamp: Moment | None = None,
    ) -> None:
        """Push an XCom, as a task would; an earlier one under the same key is replaced.

        Args:
            dag_id: The DAG.
            run_id: The run, such as "manual__2024-01-01T00:00:00+00:00".
            task_id: The task.
            key: The key; "return_value" is what a task returns.
            value: Anything that this release of Airflow can push. It is stored as Airflow stores
                it, and told accordingly: a tuple, say, as the text "(1,2)" by Airflow 2.
            map_index: Which instance of a mapped task pushed; -1, the default, for a task that is
                not mapped.
            execution_date: The logical date of the run: an aware datetime or ISO 8601 text with an
                offset. By default the date within the run id, or now. A run keeps the date of its
                first XCom.
            timestamp: When it was pushed, in the same forms; now by default.

        Raises:
            TypeError: An argument has the wrong type, or Airflow refuses to push ``value``.
            ValueError: An id or the key is empty or is no valid Unicode, ``map_index`` is below -1,
                a date has no offset or cannot be read, or the run has another execution date
                already.
        """
        identify(dag_id, run_id, task_id, key, map_index)
        at = now() if timestamp is None else instant("timestamp", timestamp)
        stored = self._serialize(value)
        self._open_run(dag_id, run_id, "execution_date", execution_date, None)
        self._store.put(dag_id, run_id, task_id, key, map_index, timestamp=at, value=stored)
        self._store.states.note_xcom((dag_id, run_id, task_id, map_index))

    def add_run(
        self,
        dag_id: str,
        run_id: str,
        *,
        logical_date: Moment | None = None,
        run_after: Moment | None = None,
        state: str | None = None,
    ) -> None:
        """Add a run before its XComs, to give it other dates than those it would get from its first XCom.

        Args:
            dag_id: The DAG.
            run_id: The run.
            logical_date: Its logical date: an aware datetime or ISO 8601 text with an offset. By
                default it has none, as Airflow 3 allows.
            run_after: The moment after which it ran, in the same forms; its logical date by
                default, and now without one.
            state: "queued", "running", "success" or "failed". By default it follows from the states
                of the run's tasks; a run without tasks is queued.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: An id is empty or no valid Unicode, a date has no offset or cannot be read,
                the run is known with other dates, or ``logical_date`` is missing for an Airflow 2.
        """
        name("dag_id", dag_id)
        name("run_id", run_id)
        if logical_date is None and not self._undated:
            raise ValueError("logical_date is needed: every run of an Airflow 2 has one")
        if logical_date is None and run_after is None and self._store.run(dag_id, run_id) is None:
            run_after = now()
        if state is not None:
            _one_of("state", state, RUN_STATES)
        self._open_run(dag_id, run_id, "logical_date", logical_date, run_after)
        if state is not None:
            self._store.states.set_run((dag_id, run_id), state)

    def add_task(
        self, dag_id: str, run_id: str, task_id: str, *, map_index: int = -1, state: str | None = None
    ) -> None:
        """Add a task that has pushed nothing yet to a run, so that XComs can be written to it over HTTP.

        Args:
            dag_id: The DAG.
            run_id: The run; it is added unless it is known.
            task_id: The task.
            map_index: Which instance of a mapped task; -1, the default, for a task that is not
                mapped.
            state: Its state, such as "running" or "failed"; None, the default, for a task that
                Airflow has not scheduled yet. Call it again to change the state. A task without a
                state succeeds when it pushes an XCom.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: An id is empty or is no valid Unicode, ``map_index`` is below -1, or
                ``state`` is none of Airflow's.
        """
        identify(dag_id, run_id, task_id, "any", map_index)
        if state is not None:
            _one_of("state", state, TASK_STATES)
        self._open_run(dag_id, run_id, "execution_date", None, None)
        self._store.add_instance(dag_id, run_id, task_id, map_index)
        self._store.states.set_task((dag_id, run_id, task_id, map_index), state)

    def delete_run(self, dag_id: str, run_id: str) -> bool:
        """Delete a DAG run with its tasks and XComs.

        Args:
            dag_id: The DAG.
            run_id: The run.

        Returns:
            Whether it existed.
        """
        return self._store.delete_run(text("dag_id", dag_id), text("run_id", run_id))

    def set_display_name(self, dag_id: str, display_name: str, *, task_id: str | None = None) -> None:
        """Show a DAG, or a task of it, under another name than its id, as Airflow 3 does.

        Args:
            dag_id: The DAG.
            display_name: The name to show.
            task_id: The task, unless it is the DAG that is shown so.

        Raises:
            TypeError: An argument is not a str.
            ValueError: There is no such DAG, or no such task of it.
        """
        text("dag_id", dag_id)
        if task_id is not None:
            text("task_id", task_id)
        if not self._store.rename(dag_id, task_id, text("display_name", display_name)):
            raise ValueError(f"dag_id or task_id is unknown: {dag_id!r}, {task_id!r}")

    def delete_xcom(self, dag_id: str, run_id: str, task_id: str, key: str, *, map_index: int = -1) -> bool:
        """Remove an XCom.

        Args:
            dag_id: The DAG.
            run_id: The run.
            task_id: The task.
            key: The key.
            map_index: Which instance of a mapped task; -1, the default, for a task that is not
                mapped.

        Returns:
            Whether there was one.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: An id or the key is empty or is no valid Unicode, or ``map_index`` is below
                -1.
        """
        identify(dag_id, run_id, task_id, key, map_index)
        return self._store.delete(dag_id, run_id, task_id, key, map_index)

    def add_sample_data(self) -> None:
        """Add XComs to play with: of three small DAGs, of many kinds, with a mapped task."""
        fill(self.add_xcom)

    def _open_run(
        self, dag_id: str, run_id: str, argument: str, given: Moment | None, run_after: Moment | None
    ) -> None:
        """Add a run unless it is known; then what is given must be what is known."""
        date = None if given is None else instant(argument, given)
        after = None if run_after is None else instant("run_after", run_after)
        known = self._store.run(dag_id, run_id)
        if known is None:
            if date is None and after is None:
                date = date_within(run_id) or now()
            self._store.add_run(dag_id, run_id, date, after or date or now())
        elif date is not None and date != known[0]:
            raise ValueError(f"{argument} of {run_id!r} is {known[0]} already, not {date}")
        elif after is not None and after != known[1]:
            raise ValueError(f"run_after of {run_id!r} is {known[1]} already, not {after}")


def _one_of(argument: str, value: str, allowed: tuple[str, ...]) -> None:
    if text(argument, value) not in allowed:
        raise ValueError(f"{argument} must be one of {', '.join(allowed)}, not {value!r}")
