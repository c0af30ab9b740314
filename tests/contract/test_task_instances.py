"""Single DAG runs and task instances: fields, states, and errors for what does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import ApiException, BadRequestException, ForbiddenException, NotFoundException
from tests.contract import dag_runs, dataset
from tests.contract.clients import ApiClient
from tests.contract.conftest import configuration
from tests.contract.dag_runs import DagRun
from tests.contract.dataset import RUN_1
from tests.contract.servers import Server

RUN_PATH = "/dags/{dag_id}/dagRuns/{run_id}"
TASK_PATH = RUN_PATH + "/taskInstances/{task_id}"
INDEX_PATH = TASK_PATH + "/{map_index}"
FIELDS = {
    "dag_id",
    "dag_run_id",
    "duration",
    "end_date",
    "executor",
    "executor_config",
    "hostname",
    "map_index",
    "max_tries",
    "note",
    "operator",
    "pid",
    "pool",
    "pool_slots",
    "priority_weight",
    "queue",
    "queued_when",
    "rendered_fields",
    "rendered_map_index",
    "start_date",
    "state",
    "task_display_name",
    "task_id",
    "trigger",
    "triggerer_job",
    "try_number",
    "unixname",
}


@pytest.fixture
def new_run(server: Server, client: Any) -> Iterator[DagRun]:
    run = DagRun(server, client)
    run.create()
    yield run
    run.delete()


def get(client: Any, path: str, **ids: Any) -> Any:
    ids = {"dag_id": "contract", "run_id": RUN_1, **ids}
    names = [name for name in ids if f"{{{name}}}" in path]
    return client.call_api(path, "GET", {name: ids[name] for name in names}, _return_http_data_only=True)


def error_text(client: Any, path: str, **ids: Any) -> Any:
    with pytest.raises(NotFoundException) as caught:
        get(client, path, **ids)
    assert caught.value.error is not None
    return caught.value.error.text


@pytest.mark.every_release
class TestTaskInstance:
    def test_has_every_field(self, server: Server, client: Any) -> None:
        fields = {"execution_date", "sla_miss"}
        lacked = {
            (2, 5): {"note", "trigger", "triggerer_job"},
            (2, 9): {"rendered_map_index", "task_display_name"},
            (2, 10): {"executor"},
        }
        missing = {name for since, names in lacked.items() if server.release < since for name in names}
        if server.major == 3:
            fields = {"id", "logical_date", "run_after", "scheduled_when", "dag_version"}
        if server.release >= (3, 1):
            fields |= {"dag_display_name", "operator_name"}
        assert set(get(client, TASK_PATH, task_id="kinds")) == (FIELDS | fields) - missing

    def test_of_a_finished_run(self, client: Any) -> None:
        row = get(client, TASK_PATH, task_id="kinds")
        expected = {"dag_id": "contract", "dag_run_id": RUN_1, "task_id": "kinds", "map_index": -1, "state": "success"}
        assert {name: row[name] for name in expected} == expected
        assert row["end_date"] is not None

    def test_of_a_mapped_task(self, client: Any) -> None:
        row = get(client, INDEX_PATH, task_id="mapped", map_index=2)
        assert (row["task_id"], row["map_index"], row["state"]) == ("mapped", 2, "success")

    def test_of_a_queued_run(self, client: Any, new_run: DagRun) -> None:
        row = get(client, TASK_PATH, run_id=dag_runs.RUN, task_id="kinds")
        assert (row["state"], row["start_date"], row["end_date"], row["try_number"]) == (None, None, None, 0)

    def test_that_failed(self, client: Any, new_run: DagRun) -> None:
        new_run.set_task("failed")
        row = get(client, TASK_PATH, run_id=dag_runs.RUN, task_id="kinds")
        assert (row["state"], row["duration"]) == ("failed", 0.0)

    def test_of_a_mapped_task_needs_the_index(self, client: Any) -> None:
        assert "Task instance is mapped, add the map_index value to the URL" in error_text(
            client, TASK_PATH, task_id="mapped"
        )

    @pytest.mark.parametrize("ids", [{"task_id": "nope"}, {"run_id": "nope", "task_id": "kinds"}])
    def test_that_does_not_exist(self, server: Server, client: Any, ids: dict[str, str]) -> None:
        run_id, task_id = ids.get("run_id", RUN_1), ids["task_id"]
        expected = "Task instance not found"
        if server.major == 3:
            names = f"dag_id: `contract`, run_id: `{run_id}` and task_id: `{task_id}`"
            expected = f"The Task Instance with {names} was not found"
        assert error_text(client, TASK_PATH, **ids) == expected

    def test_of_an_index_that_does_not_exist(self, server: Server, client: Any) -> None:
        expected = "Task instance not found"
        if server.major == 3:
            names = f"dag_id: `contract`, run_id: `{RUN_1}`, task_id: `mapped`, and map_index: `99`"
            expected = f"The Mapped Task Instance with {names} was not found"
        assert error_text(client, INDEX_PATH, task_id="mapped", map_index=99) == expected

    def test_of_no_index(self, server: Server, client: Any) -> None:
        with pytest.raises(ApiException) as caught:
            get(client, INDEX_PATH, task_id="mapped", map_index="x")
        assert caught.value.status == (404 if server.major == 2 else 422)


class TestDagRun:
    def test_is_the_row_of_the_list(self, client: Any) -> None:
        rows = client.call_api("/dags/contract/dagRuns", "GET", _return_http_data_only=True)["dag_runs"]
        assert get(client, RUN_PATH) == next(row for row in rows if row["dag_run_id"] == RUN_1)

    def test_that_is_queued(self, client: Any, new_run: DagRun) -> None:
        row = get(client, RUN_PATH, run_id=dag_runs.RUN)
        assert (row["state"], row["start_date"], row["end_date"]) == ("queued", None, None)

    def test_that_failed(self, client: Any, new_run: DagRun) -> None:
        new_run.fail()
        row = get(client, RUN_PATH, run_id=dag_runs.RUN)
        assert row["state"] == "failed"
        assert row["end_date"] is not None

    @pytest.mark.parametrize("ids", [{"run_id": "nope"}, {"dag_id": "nope"}, {"run_id": "~"}, {"dag_id": "~"}])
    def test_that_does_not_exist(self, server: Server, client: Any, ids: dict[str, str]) -> None:
        dag_id, run_id = ids.get("dag_id", "contract"), ids.get("run_id", RUN_1)
        expected = f"DAGRun not found: DAGRun with DAG ID: '{dag_id}' and DagRun ID: '{run_id}' not found"
        if server.major == 3:
            expected = f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found"
        assert error_text(client, RUN_PATH, **ids) == expected

    @pytest.mark.airflow("2.9", "2.1")
    def test_may_have_some_fields_only(self, client: Any) -> None:
        path = RUN_PATH.format(dag_id="contract", run_id=RUN_1.replace("+", "%2B"))
        for fields, expected in (("state", {"state": "success"}), ("nope", None)):
            if expected is None:
                with pytest.raises(BadRequestException, match=r"DAGRunSchema error.*: nope not in DAGRunSchema"):
                    client.call_api(path, "GET", query_params={"fields": fields})
            else:
                got = client.call_api(path, "GET", query_params={"fields": fields}, _return_http_data_only=True)
                assert got == expected


@pytest.mark.every_login
def test_who_may_read_xcoms_alone_reads_no_states(server: Server) -> None:
    if server.knows_roles:
        password, _ = dataset.USERS_OF_FAB["xcoms-only"]
        with ApiClient(configuration(server, "xcoms-only", password)) as client:
            for path in (RUN_PATH, TASK_PATH):
                with pytest.raises(ForbiddenException):
                    get(client, path, task_id="kinds")
