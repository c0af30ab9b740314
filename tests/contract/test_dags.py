"""DAGs, their tasks, the lists of task instances, logs and import errors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiClient,
    ApiException,
    BadRequestException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnprocessableEntityException,
)
from tests.contract import dataset, servers, triggered
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1
from tests.contract.servers import Server
from tests.support.cases import all_cases

INSTANCES = "/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
CONTRACT = {"dag_id": "contract", "run_id": RUN_1}


def get(client: ApiClient, path: str, query: Any = (), **ids: Any) -> Any:
    return client.call_api(path, "GET", ids, query, _return_http_data_only=True)


class TestDag:
    @pytest.mark.parametrize("path", ["/dags/{dag_id}", "/dags/{dag_id}/details"])
    def test_says_whether_it_is_paused(self, client: ApiClient, path: str) -> None:
        for dag_id, is_paused in ((triggered.PAUSED, True), (triggered.ECHO, False)):
            dag = get(client, path, dag_id=dag_id)
            assert (dag["dag_id"], dag["is_paused"], dag.get("has_import_errors", False)) == (dag_id, is_paused, False)

    def test_has_every_field(self, server: Server, client: ApiClient) -> None:
        if server.embedded:
            pytest.skip("it compares a real server with the embedded one")
        with servers.embedded(server.version, server.auth) as embedded, all_cases() as case:
            with ApiClient(configuration(embedded)) as other:
                for path in ("/dags/{dag_id}", "/dags/{dag_id}/details", "/dags/{dag_id}/tasks/fail"):
                    with case(path):
                        expected, found = (get(one, path, dag_id=triggered.FAILS) for one in (client, other))
                        assert list(found) == list(expected)

    def test_that_does_not_exist(self, server: Server, client: ApiClient) -> None:
        reasons = {
            "2": "The DAG with dag_id: nope was not found",
            "3.0": "Dag with id nope was not found",
            "3": "The Dag with ID: `nope` was not found",
        }
        reason = reasons.get(server.version[:3]) or reasons[server.version[0]]
        for path in ("/dags/{dag_id}", "/dags/{dag_id}/details"):
            with pytest.raises(NotFoundException, match=reason):
                get(client, path, dag_id="nope")

    def test_has_tasks(self, server: Server, client: ApiClient) -> None:
        path = "/dags/{dag_id}/tasks"
        answer = get(client, path, dag_id=triggered.FAILS)
        assert answer["total_entries"] == 3
        tasks = {task["task_id"]: (task["downstream_task_ids"], task["is_mapped"]) for task in answer["tasks"]}
        expected = {"after": ([], False), "before": (["fail"], False), "fail": (["after"], False)}
        assert list(tasks.items()) == list(expected.items())
        assert get(client, path, dag_id=triggered.MAPPED)["tasks"][0]["is_mapped"] is True
        descending = get(client, path, {"order_by": "-task_id"}, dag_id=triggered.FAILS)["tasks"]
        assert [task["task_id"] for task in descending] == ["fail", "before", "after"]
        with pytest.raises(BadRequestException, match="nope"):
            get(client, path, {"order_by": "nope"}, dag_id=triggered.FAILS)
        with pytest.raises(NotFoundException):
            get(client, path, dag_id="nope")
        assert get(client, path + "/fail", dag_id=triggered.FAILS) == answer["tasks"][2]
        with pytest.raises(NotFoundException):
            get(client, path + "/nope", dag_id=triggered.FAILS)

    def test_no_file_fails_to_import(self, server: Server, client: ApiClient) -> None:
        for query in ({}, {"limit": 1, "offset": 0}, {"order_by": "-timestamp"}):
            assert get(client, "/importErrors", query) == {"import_errors": [], "total_entries": 0}
        with pytest.raises(BadRequestException, match="Ordering with 'nope' is disallowed"):
            get(client, "/importErrors", {"order_by": "nope"})

    @pytest.mark.every_login
    def test_is_shown_to_who_may_read_dags(self, server: Server) -> None:
        paths = {"/dags/{dag_id}": True, "/dags/{dag_id}/tasks": False, "/importErrors": False, INSTANCES: False}
        users = {"viewer": "viewer-pw", "nobody": "nobody-pw", "xcoms-only": "xcoms-only-pw"}
        with all_cases() as case:
            for name, password in users.items():
                if name in dataset.USERS or server.knows_roles:
                    with ApiClient(configuration(server, name, password)) as client:
                        for path, with_dags in paths.items():
                            may = name == "viewer" or (name == "xcoms-only" and with_dags)
                            with case((name, path)):
                                assert may == self._may_read(client, path)

    @staticmethod
    def _may_read(client: ApiClient, path: str) -> bool:
        try:
            get(client, path, **{name: text for name, text in CONTRACT.items() if f"{{{name}}}" in path})
        except ForbiddenException:
            return False
        return True


class TestTaskInstances:
    def test_of_a_run_are_listed(self, server: Server, client: ApiClient) -> None:
        tasks = dataset.TASKS["contract"]
        count = len(tasks) + 5
        answer = get(client, INSTANCES, **CONTRACT)
        rows = [(row["task_id"], row["map_index"]) for row in answer["task_instances"]]
        assert sorted(rows) == sorted([*((task, -1) for task in tasks), *(("mapped", index) for index in range(5))])
        assert answer["total_entries"] == count
        page = get(client, INSTANCES, {"limit": 2, "offset": 1}, **CONTRACT)
        assert [(row["task_id"], row["map_index"]) for row in page["task_instances"]] == rows[1:3]
        assert page["total_entries"] == count
        assert get(client, INSTANCES, {"limit": 0}, **CONTRACT)["task_instances"] == []

    def test_are_filtered_by_state(self, server: Server, client: ApiClient) -> None:
        count = len(dataset.TASKS["contract"]) + 5
        with all_cases() as case:
            for states, expected in (
                (["success"], count),
                (["failed"], 0),
                (["failed", "success"], count),
                (["none"], 0),
            ):
                with case(states):
                    query = [("state", state) for state in states]
                    assert get(client, INSTANCES, query, **CONTRACT)["total_entries"] == expected
        if server.release < (2, 7):
            assert get(client, INSTANCES, {"state": "nope"}, **CONTRACT)["total_entries"] == 0
            return
        with pytest.raises(ApiException) as caught:
            get(client, INSTANCES, {"state": "nope"}, **CONTRACT)
        assert caught.value.status == (500 if server.major == 2 else 422)

    def test_of_every_run_are_listed(self, client: ApiClient) -> None:
        answer = get(client, INSTANCES, {"limit": 1}, dag_id="close", run_id="~")
        assert answer["total_entries"] == 2
        assert get(client, INSTANCES, {"limit": 1}, dag_id="~", run_id="~")["total_entries"] > 20

    def test_of_a_mapped_task_are_listed(self, server: Server, client: ApiClient) -> None:
        path = INSTANCES + "/{task_id}/listMapped"
        answer = get(client, path, {"limit": 2, "offset": 1}, task_id="mapped", **CONTRACT)
        assert [row["map_index"] for row in answer["task_instances"]] == [1, 2]
        assert answer["total_entries"] == 5
        for task_id, reason in (("kinds", "Task id kinds is not mapped"), ("nope", "Task id nope not found")):
            if server.release < (2, 8) and task_id == "nope":
                with pytest.raises(ServiceException):
                    get(client, path, task_id=task_id, **CONTRACT)
                continue
            with pytest.raises(NotFoundException, match=reason):
                get(client, path, task_id=task_id, **CONTRACT)

    def test_of_a_missing_run(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            assert get(client, INSTANCES, dag_id="contract", run_id="x") == {"task_instances": [], "total_entries": 0}
        else:
            with pytest.raises(NotFoundException, match=r"DagRun with .*run_id: `x` was not found"):
                get(client, INSTANCES, dag_id="contract", run_id="x")

    def test_are_ordered_on_airflow_3(self, server: Server, client: ApiClient) -> None:
        if server.major == 2:
            with pytest.raises(BadRequestException, match="order_by not in spec"):
                get(client, INSTANCES, {"order_by": "-map_index"}, **CONTRACT)
            return
        rows = get(client, INSTANCES, {"order_by": "-map_index", "limit": 5}, **CONTRACT)["task_instances"]
        assert [row["map_index"] for row in rows] == [4, 3, 2, 1, 0]
        with pytest.raises(BadRequestException, match="Ordering with 'task_id' is disallowed"):
            get(client, INSTANCES, {"order_by": "task_id"}, **CONTRACT)


class TestLogs:
    PATH = INSTANCES + "/{task_id}/logs/{try_number}"

    def test_have_a_form_of_each_api(self, server: Server, client: ApiClient) -> None:
        answer = get(client, self.PATH, task_id="big", try_number=1, **CONTRACT)
        assert answer.keys() == {"content", "continuation_token"}
        if server.major == 2:
            assert answer["content"].startswith("[('")
            if server.release >= (2, 10):
                assert "INFO - ::group::Log message source details" in answer["content"]
        else:
            assert answer["content"][0]["event"] == "::group::Log message source details"
            assert answer["continuation_token"] is None

    def test_of_no_attempt(self, server: Server, client: ApiClient) -> None:
        for task_id, try_number in (("nope", 1), ("mapped", 1)):
            with pytest.raises(NotFoundException, match="TaskInstance not found"):
                get(client, self.PATH, task_id=task_id, try_number=try_number, **CONTRACT)
        index = {"map_index": 1}
        assert get(client, self.PATH, index, task_id="mapped", try_number=1, **CONTRACT)["content"]
        with pytest.raises(NotFoundException if server.major == 2 else UnprocessableEntityException):
            get(client, self.PATH, task_id="big", try_number="x", **CONTRACT)


@pytest.mark.airflow("3.1", "3.2", "3.3")
class TestWait:
    PATH = "/dags/{dag_id}/dagRuns/{run_id}/wait"

    def test_returns_the_state_and_results(self, server: Server, client: ApiClient) -> None:
        query = [("interval", 1), ("result", "multi"), ("result", "mapped"), ("result", "nope")]
        response = client.call_api(self.PATH, "GET", CONTRACT, query, _preload_content=False)
        results: dict[str, Any] = {"mapped": [0, 10, 20, 30, 40], "multi": {"first": 1, "second": [2]}}
        found = [json.loads(line) for line in response.data.splitlines()]
        # Before 3.3, Airflow groups rows that it sorts by time: it loses some of them, in any order.
        if server.release < (3, 3):
            assert set(found[0]["results"]["mapped"]) <= set(results["mapped"])
            found[0]["results"]["mapped"] = results["mapped"]
        assert found == [{"state": "success", "results": results}]

    def test_needs_an_interval(self, client: ApiClient) -> None:
        for query, reason in (
            ({}, "Field required"),
            ({"interval": 0}, "greater than 0"),
            ({"interval": "x"}, "number"),
        ):
            with pytest.raises(UnprocessableEntityException, match=reason):
                get(client, self.PATH, query, **CONTRACT)
        with pytest.raises(
            NotFoundException, match="The DagRun with dag_id: `contract` and run_id: `nope` was not found"
        ):
            get(client, self.PATH, {"interval": 1}, dag_id="contract", run_id="nope")
