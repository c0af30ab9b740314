"""DAGRunApi on every Airflow: lists and filters by the same names, triggers, conflicts, permissions.

``test_triggered_runs.py`` has the runs that a scheduler executes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiException,
    ApiUnsupportedError,
    BadRequestException,
    ConflictException,
    DAGRun,
    DagRunWarning,
    ForbiddenException,
    NotFoundException,
    TimeoutException,
)
from tests.contract import clients, dataset
from tests.contract.clients import ApiClient
from tests.contract.conftest import configuration
from tests.contract.dataset import CLOSE_1, CLOSE_2, RUN_1, RUN_2, RUN_WITHOUT_DATE
from tests.contract.servers import Server
from tests.support.cases import all_cases

DATES = {run_id: dt.datetime.fromisoformat(date) for run_id, date in dataset.EXECUTION_DATES.items()}
#: A date that no run of the dataset has.
NEW = dt.datetime(2025, 2, 3, 4, 5, 6, 789, tzinfo=dt.timezone.utc)


@pytest.fixture(scope="session")
def runs(client: Any) -> Any:
    return clients.DAGRunApi(client)


@pytest.fixture
def created(server: Server, client: Any) -> Iterator[list[str]]:
    """The ids of the runs of ``contract`` that a test creates, which are deleted after it."""
    run_ids: list[str] = []
    yield run_ids
    for run_id in run_ids:
        if server.embedded is None:
            path = "/dags/contract/dagRuns/{run_id}"
            client.call_api(path, "DELETE", {"run_id": run_id})
        else:
            server.embedded.delete_run("contract", run_id)


def ids(runs: Any) -> list[str]:
    return [run.dag_run_id for run in runs]


@pytest.mark.every_client
class TestReads:
    def test_a_run_has_the_same_attributes_on_every_airflow(self, server: Server, runs: Any) -> None:
        run = runs.get_dag_run("contract", RUN_2)
        assert isinstance(run, DAGRun)
        assert (run.dag_id, run.dag_run_id, run.state, run.run_type) == ("contract", RUN_2, "success", "manual")
        assert run.logical_date == run.execution_date == run.data_interval_start == DATES[RUN_2]
        assert (run.conf, run.note) == ({}, None)
        assert run.run_after == (None if server.major == 2 else DATES[RUN_2])
        assert run == next(row for row in runs.get_dag_runs("contract") if row.dag_run_id == RUN_2)

    def test_a_missing_run(self, runs: Any) -> None:
        for dag_id, run_id in (("contract", "nope"), ("nope", RUN_1)):
            with pytest.raises(NotFoundException):
                runs.get_dag_run(dag_id, run_id)

    def test_pages_and_all_pages(self, server: Server, runs: Any) -> None:
        total = 7 if server.major == 3 else 6
        assert runs.get_dag_runs("~").total_entries == total
        assert len(runs.get_dag_runs("~", limit=4, offset=3)) == total - 3 if total - 3 < 4 else 4
        everything = list(runs.iter_dag_runs(page_size=2))
        assert len({(run.dag_id, run.dag_run_id) for run in everything}) == len(everything) == total
        assert ids(runs.iter_dag_runs("close", order_by="-logical_date", page_size=1)) == [CLOSE_2, CLOSE_1]

    def test_the_latest_run(self, server: Server, runs: Any) -> None:
        assert runs.latest_dag_run("contract").dag_run_id == RUN_2
        assert runs.latest_dag_run("close", state=None).dag_run_id == CLOSE_2
        assert runs.latest_dag_run("close", state=["failed", "queued"]) is None
        assert runs.latest_dag_run("other").dag_run_id == (RUN_WITHOUT_DATE if server.major == 3 else RUN_1)


#: False, True: the filter that only Airflow 2.6 and later have, with what it selects.
UPDATED: tuple[list[tuple[dict[str, Any], list[str]]], ...] = (
    [({"updated_at_lte": DATES[RUN_1] - dt.timedelta(days=999)}, [])],
    [],
)


@pytest.mark.every_release
class TestFilters:
    def test_dates_by_their_old_and_their_new_name(self, server: Server, runs: Any) -> None:
        date = DATES[CLOSE_1]
        with all_cases() as case:
            for filters, expected in (
                ({"logical_date_gte": date, "logical_date_lte": date}, [CLOSE_1]),
                ({"execution_date_gte": date, "execution_date_lte": date}, [CLOSE_1]),
                ({"logical_date_gte": DATES[CLOSE_2]}, [CLOSE_2]),
                ({"start_date_gte": DATES[RUN_1], "end_date_gte": DATES[RUN_1]}, [CLOSE_1, CLOSE_2]),
                *UPDATED[server.release < (2, 6)],
                ({"order_by": "-execution_date"}, [CLOSE_2, CLOSE_1]),
                ({"order_by": "-logical_date", "limit": 1}, [CLOSE_2]),
                ({"state": "success"}, [CLOSE_1, CLOSE_2]),
                ({"state": ["failed", "running"]}, []),
            ):
                with case(filters):
                    assert ids(runs.get_dag_runs("close", **filters)) == expected

    def test_filters_that_an_api_lacks(self, server: Server, runs: Any) -> None:
        date = DATES[CLOSE_2]
        if server.release >= (3, 1):
            assert ids(runs.get_dag_runs("close", order_by=["dag_id", "-run_after"])) == [CLOSE_2, CLOSE_1]
        else:
            with pytest.raises(ApiUnsupportedError, match=r"order_by with several fields needs Airflow 3\.1 or later"):
                runs.get_dag_runs("close", order_by=["dag_id", "-logical_date"])
        if server.major == 3:
            assert ids(runs.iter_dag_runs("close", run_after_gte=date, order_by="-run_after")) == [CLOSE_2]
            with pytest.raises(ApiUnsupportedError, match="Airflow 3 has no fields of DAG runs"):
                runs.get_dag_run("close", CLOSE_1, fields=["state"])
            return
        for filters in ({"run_after_gte": date}, {"run_after_lte": date}, {"order_by": "-run_after"}):
            with pytest.raises(ApiUnsupportedError, match="Airflow 2 has no run_after"):
                list(runs.iter_dag_runs("close", **filters))
        if server.release >= (2, 9):
            assert runs.get_dag_run("close", CLOSE_1, fields=["state"]).to_dict() == {"state": "success"}
        else:
            with pytest.raises(BadRequestException, match=r"fields needs Airflow 2\.9 or later: omit it"):
                runs.get_dag_run("close", CLOSE_1, fields=["state"])


class TestTriggers:
    @pytest.mark.every_client
    def test_a_run_has_what_was_sent(self, server: Server, runs: Any, created: list[str]) -> None:
        conf = {"n": 1, "nested": {"a": [None, "h\u00e4llo", 1.5]}}
        note = "a note" if server.has_notes else None
        run = runs.trigger_dag_run("contract", conf=conf, logical_date=NEW, note=note)
        created.append(run.dag_run_id)
        assert run.dag_run_id.startswith("manual__2")
        assert (run.state, run.run_type, run.conf, run.note) == ("queued", "manual", conf, note)
        assert run.logical_date == NEW
        again = runs.get_dag_run("contract", run.dag_run_id)
        assert (again.conf, again.note, again.logical_date) == (conf, note, NEW)

    def test_a_run_without_a_logical_date(self, server: Server, runs: Any, created: list[str]) -> None:
        run = runs.trigger_dag_run("contract", dag_run_id="mine")
        created.append(run.dag_run_id)
        assert (run.dag_run_id, run.conf) == ("mine", {})
        assert (run.logical_date is None) == (server.major == 3)

    @pytest.mark.every_client
    def test_the_body_of_the_2_x_client(self, runs: Any, created: list[str]) -> None:
        run = runs.post_dag_run("contract", DAGRun(dag_run_id="mine", execution_date=NEW, conf={"n": 1}))
        created.append(run.dag_run_id)
        assert (run.dag_run_id, run.execution_date, run.conf) == ("mine", NEW, {"n": 1})

    def test_a_run_that_exists(self, runs: Any, created: list[str]) -> None:
        created.append(runs.trigger_dag_run("contract", dag_run_id="mine", logical_date=NEW).dag_run_id)
        with pytest.raises(ConflictException):
            runs.trigger_dag_run("contract", dag_run_id="mine")
        with pytest.raises(ConflictException, match="the DAG has a run with this logical date"):
            runs.trigger_dag_run("contract", logical_date=NEW)

    def test_refusals(self, server: Server, runs: Any) -> None:
        with pytest.raises(NotFoundException):
            runs.trigger_dag_run("nope")
        if not server.has_notes:
            with pytest.raises(BadRequestException, match=r"note needs Airflow 2\.5 or later: omit it"):
                runs.trigger_dag_run("contract", note="a note")
            return  # nor is any id reserved
        with pytest.raises(BadRequestException, match="since it is reserved for scheduled runs"):
            runs.trigger_dag_run("contract", dag_run_id="scheduled__x")

    def test_a_run_of_a_paused_dag(self, server: Server, runs: Any, created: list[str]) -> None:
        if server.embedded is not None:
            server.embedded.add_dag("contract", is_paused=True)
        created.append(runs.trigger_dag_run("contract", dag_run_id="mine").dag_run_id)
        with pytest.warns(DagRunWarning, match="DAG 'contract' is paused"):
            with pytest.raises(TimeoutException, match=r"is still queued after .*; DAG 'contract' is paused") as caught:
                runs.wait_for_dag_run("contract", "mine", timeout=0.5, poll_interval=0.1)
        assert caught.value.dag_run is not None
        assert caught.value.dag_run.dag_run_id == "mine"


@pytest.mark.every_login
class TestPermissions:
    def test_a_viewer_reads_and_does_not_trigger(self, server: Server) -> None:
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            runs = clients.DAGRunApi(client)
            assert runs.wait_for_dag_run("close", CLOSE_1, timeout=5).state == "success"
            with pytest.raises(ForbiddenException, match='it lacks the permission "can create on DAG Runs"'):
                runs.trigger_dag_run("close")

    def test_a_user_without_permission(self, server: Server) -> None:
        with ApiClient(configuration(server, "nobody", "nobody-pw")) as client:
            runs = clients.DAGRunApi(client)
            for call in (
                lambda: runs.latest_dag_run("close"),
                lambda: runs.wait_for_dag_run("close", CLOSE_1, timeout=5),
                lambda: runs.call_dag("close"),
            ):
                with pytest.raises(ApiException) as caught:
                    call()
                assert caught.value.status in (401, 403)
