"""History of an XCom: its values in the last runs of a DAG, as a bulk read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import dag_runs, operations
from airflow_client.xcom.core.bulk import Bulk
from airflow_client.xcom.core.options import PAGE_SIZE
from airflow_client.xcom.core.policy import is_retryable
from airflow_client.xcom.core.polling import FINISHED_RUN_STATES
from airflow_client.xcom.core.run_calls import RunFetcher
from airflow_client.xcom.core.validation import check_single, one_of, positive
from airflow_client.xcom.core.xcoms import XComHistory
from airflow_client.xcom.exceptions import ApiException, XComNotProducedException
from airflow_client.xcom.model import wrap
from airflow_client.xcom.model.x_com import XCom, add_dag_run
from airflow_client.xcom.model.x_com_collection import XComCollection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_client.xcom.core.base_client import BaseClient
    from airflow_client.xcom.core.listing import Run
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.exceptions import OpenApiException
    from airflow_client.xcom.model.dag_run import DAGRun
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem

#: Runs without the XCom for which to look for XComs of mapped task instances: the task may have failed in some.
CHECKED_RUNS = 3


class HistoryRead(Bulk[Any]):
    """Schedule the reads of one XCom of the last runs, from the latest run on.

    The list is that of the DAG runs. See :meth:`XComApi.history` for the arguments.

    :param parameters: ``deserialize`` and ``stringify``.
    """

    def __init__(
        self,
        client: BaseClient,
        dag_id: str,
        task_id: str,
        xcom_key: str,
        *,
        last: int,
        state: str | list[str] | None,
        map_index: int | None,
        max_workers: int,
        on_error: str,
        stall_timeout: float,
        parameters: dict[str, Any],
        options: Options,
    ) -> None:
        one_of("on_error", on_error, "raise", "skip")
        for name, value in (("dag_id", dag_id), ("task_id", task_id)):
            check_single(name, value, "one id: a history has the XComs of one task")
        operations.get_xcom_entry(dag_id, "run", task_id, xcom_key, {"map_index": map_index})  # validates the arguments
        self._last = positive("last", last)
        self._dag_id = dag_id
        self._filters = {"state": state}
        self._xcom = {"task_id": task_id, "key": xcom_key, "map_index": -1 if map_index is None else map_index}
        super().__init__(
            RunFetcher(client, dag_id, min(self._last, PAGE_SIZE), self._filters, options),
            parameters,
            max_workers=max_workers,
            stall_timeout=stall_timeout,
            on_error="yield" if on_error == "skip" else "raise",
        )
        self._runs: dict[str, DAGRun] = {}
        self._missing: set[str] = set()
        self._checks_left = CHECKED_RUNS if map_index is None else 0
        self._mapped: XComNotProducedException | None = None

    def history(self, items: Iterable[XCom | OpenApiException]) -> XComHistory:
        """Return the result of a finished read, oldest run first."""
        oldest_first = list(items)[::-1]
        return XComHistory(
            f"{self._dag_id}.{self._xcom['task_id']} {self._xcom['key']!r}",
            [item for item in oldest_first if isinstance(item, XCom)],
            [run for run_id, run in reversed(self._runs.items()) if run_id in self._missing],
            [item for item in oldest_first if not isinstance(item, XCom)],
        )

    def next_item(self) -> Any:
        if self._mapped is not None:
            raise self._mapped
        return super().next_item()

    def _fetch_page(self, run: Run | None, offset: int, size: int) -> Flow[XComCollection]:
        """Fetch DAG runs, and return a page of the XComs that they may have."""
        api = yield from self._client.api_version_flow()
        size = min(size, self._last - offset)
        filters = {**self._filters, "limit": size, "offset": offset or None, "order_by": api.newest_first}
        page = yield from self._fetcher.call(dag_runs.get_dag_runs(self._dag_id, filters))
        if not self._is_stringify_chosen:
            yield from self._choose_stringify()
        rows: list[dict[str, Any]] = []
        for each in page[:size]:
            self._runs[each.dag_run_id] = each
            dates = {name: each[name] for name in ("execution_date", "logical_date", "run_after") if name in each}
            rows.append({"dag_id": each.dag_id, "run_id": each.dag_run_id, **self._xcom, **dates})
        return wrap(XComCollection, {"xcom_entries": rows, "total_entries": min(page.total_entries or 0, self._last)})

    def _fetch_xcom(self, row: XComCollectionItem) -> Flow[XCom | None]:
        xcom = yield from super()._fetch_xcom(row)
        run = self._runs[row["run_id"]]
        if xcom is None:
            if self._checks_left > 0 and run.state in FINISHED_RUN_STATES:
                self._checks_left -= 1
                yield from self._check_mapped(row)
            self._missing.add(run.dag_run_id)
        else:
            add_dag_run(xcom, run)
        return xcom

    def _check_mapped(self, row: XComCollectionItem) -> Flow[None]:
        """Find out if the XCom is missing because the task is mapped; this needs no permission but that for XComs."""
        filters = {"xcom_key": row.key, "limit": 1}
        operation = operations.get_xcom_entries(row.dag_id, row["run_id"], row.task_id, filters)
        try:
            page = yield from self._fetcher.call(operation)
        except ApiException as error:
            if is_retryable(error):
                raise
            self._checks_left = 0  # Airflow before 2.7 has no such filter
            return
        if len(page) and page[0].map_index not in (None, -1):
            self._mapped = XComNotProducedException(
                404,
                f"task {row.task_id!r} is mapped in DAG run {row['run_id']!r}, and each of its instances has its own "
                "XComs",
                hint="set map_index, which counts from 0; -1 reads the runs in which the task is not mapped",
            )
