"""Flow of a DAG that is called like a function: trigger it, wait for it, return its values."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import dag_runs, operations
from airflow_client.xcom.core.options import PAGE_SIZE, Polling
from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.core.run_calls import Trigger
from airflow_client.xcom.core.run_monitor import RunMonitor, caller_level
from airflow_client.xcom.core.validation import text
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiValueError,
    DagRunWarning,
    ForbiddenException,
    NotFoundException,
    OpenApiException,
    UnexpectedContentException,
    did_you_mean,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.dag_run import DAGRun
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

#: Result for a task that pushed no value.
ABSENT: Any = object()


class DagCall:
    """Call of a DAG. See :meth:`DAGRunApi.call_dag` for the arguments, which are validated."""

    def __init__(
        self,
        client: BaseClient,
        dag_id: str,
        conf: Mapping[str, Any] | None,
        task_id: str | None,
        xcom_key: str,
        polling: Polling,
        progress: Callable[[DAGRun], object] | None,
        options: Options,
    ) -> None:
        self._client = client
        self._dag_id = dag_id
        self._task_id = task_id
        self._key = xcom_key
        self._polling = polling
        self._progress = progress
        self._options = options
        self._options.prefers_json = True
        self._trigger = Trigger(client, dag_id, conf, None, None, None, options)
        self._run: DAGRun = self._trigger.run
        self._monitor(polling)
        operations.get_xcom_entry(dag_id, self._run.dag_run_id, task_id or "task", xcom_key, {})  # validates the ids
        if task_id is not None:
            text("task_id", task_id)

    def steps(self) -> Flow[Any]:
        """Trigger the DAG, wait for the run, and return its values."""
        start = monotonic()
        tasks = yield from self._find_tasks()
        doing = "may have been triggered"
        try:
            self._run = yield from self._trigger.steps()
            doing = "goes on"
            timeout = max(self._polling.timeout - (monotonic() - start), 0.001)
            monitor = self._monitor(self._polling._replace(timeout=timeout))
            try:
                self._run = yield from monitor.wait()
            finally:
                self._run = monitor.run
            doing = "has finished"
            values = {}
            for task_id, is_mapped in tasks.items():
                value = yield from self._find_value(task_id, is_mapped)
                if value is not ABSENT:
                    values[task_id] = value
        except OpenApiException as error:
            if doing != "may have been triggered":
                error.dag_run = self._run
            raise
        except GeneratorExit:
            raise
        except BaseException as error:  # Ctrl-C, or the cancellation of a task
            self._say_what_goes_on(error, doing)
            raise
        return values if self._task_id is None else values.get(self._task_id)

    def _monitor(self, polling: Polling) -> RunMonitor:
        return RunMonitor(self._client, self._run, polling, self._progress, self._options)

    def _say_what_goes_on(self, error: BaseException, doing: str) -> None:
        error.dag_run = self._run  # type: ignore[attr-defined]
        if doing != "has finished":
            message = f"{type(error).__name__}: DAG run {self._run.dag_run_id!r} of DAG {self._dag_id!r} {doing}"
            warnings.warn(message, DagRunWarning, stacklevel=caller_level())

    def _find_tasks(self) -> Flow[dict[str, bool | None]]:
        """Return the ids of the tasks to read, and whether they are mapped (None: unknown).

        This comes first, so that a wrong id or a missing permission starts no run.
        """
        try:
            answer = yield from self._client.call_flow(dag_runs.get_tasks(self._dag_id), self._options)
        except ForbiddenException as error:
            if self._task_id is not None:
                return {self._task_id: None}
            error.hint = (
                f"{error.hint}. Or pass task_id: only the search for the DAG's last tasks needs this permission"
            )
            raise
        try:
            tasks = {task["task_id"]: task for task in answer["tasks"]}
            leaves = [name for name, task in tasks.items() if not task["downstream_task_ids"]]
        except (LookupError, TypeError) as error:
            raise UnexpectedContentException(200, f"not a list of tasks: {answer!r:.200}") from error
        if self._task_id is not None and self._task_id not in tasks:
            similar = did_you_mean(self._task_id, tasks)
            raise ApiValueError(
                f"DAG {self._dag_id!r} has no task {self._task_id!r:.200}{similar}; nothing was triggered"
            )
        wanted = leaves if self._task_id is None else [self._task_id]
        return {name: tasks[name].get("is_mapped") for name in wanted}

    def _find_value(self, task_id: str, is_mapped: bool | None) -> Flow[Any]:
        """Return the value of a task, or the list of those of a mapped one; ABSENT if there is none."""
        if not is_mapped:
            value = yield from self._read_value(task_id, None)
            if value is not ABSENT:
                return value
        # Tasks in a mapped task group have instances too, although they are not mapped themselves.
        indexes = [row.map_index for row in (yield from self._list(task_id)) if row.key == self._key]
        found = sorted({index for index in indexes if index is not None and index >= 0})
        if not found:
            return ABSENT
        size = max((yield from self._count_instances(task_id)), found[-1] + 1)
        values: list[Any] = [None] * size
        for index in found:
            value = yield from self._read_value(task_id, index)
            values[index] = None if value is ABSENT else value
        return values

    def _read_value(self, task_id: str, map_index: int | None) -> Flow[Any]:
        parameters = {"map_index": map_index}
        operation = operations.get_xcom_entry(self._dag_id, self._run.dag_run_id, task_id, self._key, parameters)
        try:
            return (yield from self._client.call_flow(operation, self._options)).value
        except NotFoundException as error:
            if self._client.is_xcom_missing(error):
                return ABSENT
            raise

    def _list(self, task_id: str) -> Flow[list[XComCollectionItem]]:
        rows: list[XComCollectionItem] = []
        while True:
            parameters = {"limit": PAGE_SIZE, "offset": len(rows)}
            operation = operations.get_xcom_entries(self._dag_id, self._run.dag_run_id, task_id, parameters)
            page = yield from self._client.call_flow(operation, self._options)
            rows += page
            if not len(page) or len(rows) >= (page.total_entries or 0):
                return rows

    def _count_instances(self, task_id: str) -> Flow[int]:
        """Return the number of instances of a mapped task, 0 if the user may not read them."""
        operation = dag_runs.get_mapped_tasks(self._dag_id, self._run.dag_run_id, task_id)
        try:
            answer = yield from self._client.call_flow(operation, self._options, is_check=True)
        except ApiException:
            return 0
        total = answer.get("total_entries") if isinstance(answer, dict) else None
        return total if isinstance(total, int) else 0
