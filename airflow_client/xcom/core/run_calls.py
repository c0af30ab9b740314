"""Flows on DAG runs: lists, the latest run, and a trigger whose lost response is looked up."""

from __future__ import annotations

from datetime import datetime, timezone
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import dag_runs
from airflow_client.xcom.core.listing import PageFetcher
from airflow_client.xcom.core.policy import Sleep, is_retryable, monotonic
from airflow_client.xcom.exceptions import (
    ApiException,
    ConflictException,
    TransportException,
    UnexpectedContentException,
    format_seconds,
)
from airflow_client.xcom.model.dag_run import DAGRun

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.listing import Run
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.model.page import Page

#: Seconds to look for a run whose trigger may still be in progress, and the first pause, which doubles.
LOOKUP_TIME, LOOKUP_PAUSE = 15.0, 0.5


class RunFetcher(PageFetcher):
    """Fetch the pages of a list of DAG runs."""

    noun = "DAG runs"

    def __init__(
        self, client: BaseClient, dag_id: str, page_size: int, filters: dict[str, Any], options: Options
    ) -> None:
        super().__init__(client, dag_id, "~", "~", page_size, {}, options)
        self.is_all_runs = False
        self._filters = filters
        dag_runs.get_dag_runs(dag_id, filters)  # validates the parameters

    def order_warning(self) -> Flow[str | None]:
        return None
        yield

    def page(self, run: Run | None, offset: int, size: int) -> Flow[Page[Any]]:
        filters = {**self._filters, "limit": size, **({"offset": offset} if offset else {})}
        return self.call(dag_runs.get_dag_runs(self._run[0], filters))


def latest_run(client: BaseClient, dag_id: str, state: str | list[str] | None, options: Options) -> Flow[DAGRun | None]:
    """Return the latest run with one of the states, or None."""
    parameters = {"limit": 1, "state": state}
    dag_runs.get_dag_runs(dag_id, parameters)  # validates the arguments
    api = yield from client.api_version_flow()
    operation = dag_runs.get_dag_runs(dag_id, {**parameters, "order_by": api.newest_first})
    page = yield from client.call_flow(operation, options)
    return page[0] if len(page) else None


class Trigger:
    """Trigger of one DAG run, which is never sent twice by itself. Validates its arguments.

    :ivar DAGRun run: the ids of the run.
    """

    def __init__(
        self,
        client: BaseClient,
        dag_id: str,
        conf: Mapping[str, Any] | None,
        logical_date: datetime | None,
        dag_run_id: str | None,
        note: str | None,
        options: Options,
    ) -> None:
        self._client = client
        self._options = options
        #: True if no other caller can use the same run id.
        self._is_own_id = dag_run_id is None
        run_id = _new_run_id() if dag_run_id is None else dag_run_id
        self._fields = dag_runs.run_fields(conf, logical_date, run_id, note)
        self._operation: Operation[DAGRun] = dag_runs.post_dag_run(dag_id, self._fields)
        self.run: DAGRun = DAGRun(dag_id=dag_id, dag_run_id=run_id)

    def steps(self) -> Flow[DAGRun]:
        """Trigger the run. If the response is lost, look the run up by its id."""
        try:
            run: DAGRun = yield from self._client.call_flow(self._operation, self._options)
        except ApiException as error:
            if not self._may_exist(error):
                raise
            error.dag_run = self.run
            found = yield from self._look_up(error)
            if found is None:
                raise
            return found
        return run

    def _may_exist(self, error: ApiException) -> bool:
        """Return True if the server may have created the run in spite of ``error``."""
        method, _, url = (error.request or "").partition(" ")
        if method != self._operation.method or not url.endswith(self._operation.path):
            return False  # the login failed, or the detection of the API
        if isinstance(error, TransportException):
            return not error.is_unsent
        if isinstance(error, ConflictException):  # an earlier attempt may have created it, as retries allow
            return self._is_own_id
        return isinstance(error, UnexpectedContentException) or error.status == 408 or error.status >= 500

    def _look_up(self, failure: ApiException) -> Flow[DAGRun | None]:
        """Return the run if it exists; a server that answered by itself has decided already."""
        start = monotonic()
        run, problem = yield from self._search(start, is_decided=failure.status in (409, 500))
        if run is not None and (self._is_own_id or (run.conf or {}) == self._fields.get("conf", {})):
            return run
        if run is not None:
            problem = "it exists, with another conf"
        again = f"trigger it again with dag_run_id={self.run.dag_run_id!r}, which cannot start it twice"
        looked = f"looked for the run {self.run.dag_run_id!r} for {format_seconds(monotonic() - start)} s: {problem}"
        if isinstance(failure, ConflictException):
            looked = "the DAG has a run with this logical date"
        elif run is None:
            looked += f". To be sure, {again}"
        failure.hint = f"{failure.hint}; {looked}" if failure.hint else looked
        return None

    def _search(self, start: float, *, is_decided: bool) -> Flow[tuple[DAGRun | None, str]]:
        """Read the run until it exists; return None and the reason if it does not appear."""
        operation, pause = dag_runs.get_dag_run(self.run.dag_id, self.run.dag_run_id), LOOKUP_PAUSE
        while True:
            remaining = LOOKUP_TIME - (monotonic() - start)
            try:
                return (yield from self._client.call_flow(operation, self._options, max(remaining, 1.0))), ""
            except ApiException as error:
                api = yield from self._client.api_version_flow()
                is_missing = api.is_task_or_run_not_found(error.status, error.error)
                problem = (
                    "it does not exist" if is_missing else f"it could not be read: ({error.status}) {error.reason}"
                )
                is_final = is_decided if is_missing else not is_retryable(error)
            if is_final or remaining <= pause:
                return None, problem
            yield Sleep(pause)
            pause *= 2


def _new_run_id() -> str:
    """Return an id that no other run has, in the form of Airflow's own ids of manual runs."""
    return f"manual__{datetime.now(timezone.utc).isoformat()}_{token_hex(8)}"
