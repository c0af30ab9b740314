"""Model of a page of DAG runs."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_client.xcom.model.dag_run import DAGRun
from airflow_client.xcom.model.page import Page


class DAGRunCollection(Page[DAGRun]):
    """Page of a list of DAG runs, with the number of runs on all pages.

    It is a sequence of its runs, and is true even without runs. A str in ``[]`` and ``in`` is a field name.

    >>> page = DAGRunCollection(dag_runs=[DAGRun(dag_run_id="a")], total_entries=1)
    >>> [run.dag_run_id for run in page]
    ['a']
    """

    __slots__ = ()
    _rows_field = "dag_runs"
    _row_model = DAGRun
    _columns = ("dag_id", "dag_run_id", "state", "run_after", "execution_date", "start_date", "end_date")
    _iterators = "iter_dag_runs reads"

    @property
    def dag_runs(self) -> list[DAGRun]:
        """Runs of this page. Changes to a run show in the page's ``to_dict()``."""
        return self._get_rows()

    @dag_runs.setter
    def dag_runs(self, runs: Iterable[DAGRun]) -> None:
        self["dag_runs"] = list(runs)
