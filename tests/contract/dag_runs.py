"""A DAG run that a test creates, changes and deletes: no scheduler runs it."""

from __future__ import annotations

from typing import Any

from tests.contract.servers import Server

DAG = "contract"
RUN = "manual__2025-01-01T00:00:00+00:00"
_DATE = "2025-01-01T00:00:00+00:00"
_PATH = "/dags/{dag_id}/dagRuns"
_IDS = {"dag_id": DAG, "run_id": RUN}


class DagRun:
    """A DAG run with the tasks of the DAG ``contract``, none of which Airflow schedules.

    :param client: the client of a user who may change runs, for real servers.
    """

    def __init__(self, server: Server, client: Any) -> None:
        self._server = server
        self._client = client

    def create(self) -> None:
        """Create the run: it is queued, and its tasks have no state."""
        embedded = self._server.embedded
        if embedded is None:
            body = {"dag_run_id": RUN, "logical_date": _DATE}
            self._client.call_api(_PATH, "POST", {"dag_id": DAG}, body=body)
            return
        embedded.add_run(DAG, RUN, logical_date=_DATE, state="queued")
        embedded.add_task(DAG, RUN, "kinds")
        embedded.add_task(DAG, RUN, "big")

    def set_task(self, state: str) -> None:
        """Set the state of the task ``kinds``."""
        embedded = self._server.embedded
        if embedded is None and self._server.release < (2, 5):  # which cannot change one instance
            none = dict.fromkeys(("include_upstream", "include_downstream", "include_future", "include_past"), False)
            body = {"task_id": "kinds", "execution_date": _DATE, "new_state": state, "dry_run": False, **none}
            self._client.call_api("/dags/{dag_id}/updateTaskInstancesState", "POST", {"dag_id": DAG}, body=body)
        elif embedded is None:
            body = {"new_state": state, **({"dry_run": False} if self._server.major == 2 else {})}
            path = _PATH + "/{run_id}/taskInstances/kinds"
            self._client.call_api(path, "PATCH", _IDS, body=body)
        else:
            embedded.add_task(DAG, RUN, "kinds", state=state)

    def fail(self) -> None:
        """Let the run fail: tasks that have not run are skipped."""
        embedded = self._server.embedded
        if embedded is None:
            self._client.call_api(_PATH + "/{run_id}", "PATCH", _IDS, body={"state": "failed"})
        else:
            if self._server.release >= (2, 10):
                embedded.add_task(DAG, RUN, "big", state="skipped")
            embedded.add_run(DAG, RUN, logical_date=_DATE, state="failed")

    def delete(self) -> None:
        """Delete the run, so that other tests' lists are as they were."""
        embedded = self._server.embedded
        if embedded is None:
            self._client.call_api(_PATH + "/{run_id}", "DELETE", _IDS)
        else:
            embedded.delete_run(DAG, RUN)
