"""Waiting for an XCom ends early if the task, its run or the ids show that it will not appear."""

from __future__ import annotations

import asyncio
import pickle
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Attempt,
    Configuration,
    ForbiddenException,
    NotFoundException,
    TimeoutException,
    XCom,
    XComApi,
    XComNotProducedException,
)
from airflow_client.xcom.exceptions import format_seconds
from tests.support.wait import wait_until
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"
TASK = ("dag", RUN, "task")
IDS = (*TASK, "key")


@pytest.fixture(params=["2.11.2", "3.3.2"])
def server(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow(request.param) as server:
        server.add_user("admin", "pw")
        yield server


@pytest.fixture(params=["blocking", "asyncio"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def wait(server: EmbeddedAirflow, *, key: str = "key", driver: str = "blocking", **keywords: Any) -> XCom:
    keywords = {"timeout": 20, "poll_interval": 0.05, **keywords}
    configuration = Configuration(host=server.base_url, username="admin", password="pw")
    if driver == "blocking":
        with ApiClient(configuration) as client:
            blocking: XCom = XComApi(client).wait_for_xcom_entry(*TASK, key, **keywords)
            return blocking

    async def run() -> XCom:
        async with AsyncApiClient(configuration) as client:
            awaited: XCom = await AsyncXComApi(client).wait_for_xcom_entry(*TASK, key, **keywords)
            return awaited

    return asyncio.run(run())


def refused(server: EmbeddedAirflow, **keywords: Any) -> XComNotProducedException:
    start = time.monotonic()
    with pytest.raises(XComNotProducedException) as caught:
        wait(server, **keywords)
    assert time.monotonic() - start < 10
    return caught.value


def paths(server: EmbeddedAirflow) -> list[str]:
    """The kind of each request for the XCom, its task or its run."""
    kinds = {"xcomEntries": "xcom", "taskInstances": "task", "dagRuns": "run"}
    targets = [request.target for request in server.requests if "/dagRuns/" in request.target]
    return [next(kind for part, kind in kinds.items() if f"/{part}/" in target) for target in targets]


def test_a_finished_task_ends_the_wait_with_its_state(server: EmbeddedAirflow, driver: str) -> None:
    server.add_task(*TASK, state="skipped")
    error = refused(server, driver=driver)
    assert error.reason == "task 'task' finished with state 'skipped', without this XCom"
    assert (error.status, error.task_state, error.attempts) == (404, "skipped", 2)
    assert paths(server) == ["xcom", "task", "xcom"]


def test_a_task_that_fails_during_the_wait_ends_it(server: EmbeddedAirflow, driver: str) -> None:
    server.add_task(*TASK, state="running")
    timer = threading.Timer(0.1, server.add_task, TASK, {"state": "failed"})
    timer.start()
    assert refused(server, driver=driver).task_state == "failed"
    timer.join()


def test_an_xcom_pushed_between_the_read_and_the_check_is_returned() -> None:
    with EmbeddedAirflow() as server:
        server.add_user("admin", "pw")
        server.add_task(*TASK, state="running")

        def push_before_check(attempt: Any) -> None:
            if attempt.path_template.endswith("/xcomEntries/{xcom_key}") and attempt.status == 404:
                server.push_xcom(*IDS, 7)
                server.add_task(*TASK, state="success")

        configuration = Configuration(host=server.base_url, username="admin", password="pw")
        configuration.on_attempt = push_before_check
        with ApiClient(configuration) as client:
            assert XComApi(client).wait_for_xcom_entry(*IDS, timeout=20).value == 7
        assert paths(server) == ["xcom", "task", "xcom"]


@pytest.mark.parametrize("state", ["success", "failed"])
def test_a_finished_run_ends_the_wait_for_a_task_that_never_ran(server: EmbeddedAirflow, state: str) -> None:
    server.add_run("dag", RUN, logical_date="2024-01-01T00:00:00Z", state=state)
    server.add_task(*TASK)
    error = refused(server)
    said = f"DAG run '{RUN}' finished with state '{state}', without this XCom; state of task 'task': None"
    assert (error.reason, error.run_state, error.task_state) == (said, state, None)


def test_a_finished_run_ends_the_wait_for_a_task_that_it_does_not_have(server: EmbeddedAirflow) -> None:
    server.add_task("dag", RUN, "other", state="success")
    error = refused(server)
    assert error.reason == f"DAG run '{RUN}' finished with state 'success' and has no task 'task'"
    assert paths(server) == ["xcom", "task", "run", "xcom"]


class TestMissingRun:
    def test_ends_the_wait_after_a_grace(self, server: EmbeddedAirflow, driver: str) -> None:
        start = time.monotonic()
        error = refused(server, driver=driver, missing_run_timeout=0.2)
        assert time.monotonic() - start > 0.2
        assert error.reason == f"DAG 'dag' has no run '{RUN}' (checked for 0.2 s)"

    def test_that_must_exist_already_ends_it_at_once(self, server: EmbeddedAirflow) -> None:
        refused(server, missing_run_timeout=0)
        assert paths(server) == ["xcom", "task", "run", "xcom"]

    def test_that_appears_is_waited_for(self, server: EmbeddedAirflow) -> None:
        def appear() -> None:
            wait_until(lambda: "run" in paths(server))
            server.add_task(*TASK, state="running")
            time.sleep(0.6)
            server.push_xcom(*IDS, 5)

        thread = threading.Thread(target=appear)
        thread.start()
        assert wait(server, missing_run_timeout=0.5).value == 5
        thread.join()

    def test_may_take_the_whole_timeout(self, server: EmbeddedAirflow) -> None:
        with pytest.raises(TimeoutException, match="; the DAG run does not exist"):
            wait(server, timeout=0.5, missing_run_timeout=None)

    def test_a_missing_task_of_a_run_counts_too(self, server: EmbeddedAirflow) -> None:
        server.add_task("dag", RUN, "other", state="running")
        with pytest.raises(TimeoutException, match=f"; DAG run '{re.escape(RUN)}' has no task 'task'"):
            wait(server, timeout=0.5, missing_run_timeout=None)
        error = refused(server, missing_run_timeout=0.2)
        assert error.reason == f"DAG run '{RUN}' has no task 'task' (checked for 0.2 s)"

    @pytest.mark.parametrize(("value", "error"), [("1", ApiTypeError), (True, ApiTypeError), (False, ApiTypeError)])
    def test_timeout_of_another_type(self, api: XComApi, value: Any, error: Any) -> None:
        with pytest.raises(error, match="missing_run_timeout must be a number of seconds or None"):
            api.wait_for_xcom_entry(*IDS, timeout=1, missing_run_timeout=value)

    def test_timeout_out_of_range(self, api: XComApi) -> None:
        with pytest.raises(ApiValueError, match="missing_run_timeout must be a positive number of seconds"):
            api.wait_for_xcom_entry(*IDS, timeout=1, missing_run_timeout=-1)


class TestMappedTask:
    def test_without_map_index(self, server: EmbeddedAirflow, driver: str) -> None:
        for index in range(2):
            server.push_xcom(*IDS, index, map_index=index)
        error = refused(server, driver=driver)
        assert error.reason == "task 'task' is mapped, and each of its instances has its own XComs"
        assert "Hint: set map_index" in str(error)

    def test_without_this_map_index(self, server: EmbeddedAirflow) -> None:
        server.add_task("dag", RUN, "other", state="running")
        server.push_xcom(*IDS, 0, map_index=0)
        assert refused(server, map_index=3).reason == "mapped task 'task' has no map_index 3"

    def test_that_is_not_expanded_yet_is_waited_for(self, server: EmbeddedAirflow) -> None:
        server.add_task(*TASK)
        timer = threading.Timer(0.1, server.push_xcom, (*IDS, 3), {"map_index": 3})
        timer.start()
        assert wait(server, map_index=3).value == 3
        timer.join()

    def test_that_was_skipped_before_it_expanded(self, server: EmbeddedAirflow) -> None:
        server.add_task(*TASK, state="skipped")
        assert refused(server, map_index=3).reason == "task 'task' finished with state 'skipped' and has no map_index 3"

    def test_instance_that_failed(self, server: EmbeddedAirflow) -> None:
        for index, state in enumerate(["running", "failed"]):
            server.add_task(*TASK, map_index=index, state=state)
        error = refused(server, map_index=1)
        assert error.reason == "task 'task' with map_index 1 finished with state 'failed', without this XCom"


class TestPermissions:
    def waiting(self, server: EmbeddedAirflow, timeout: float, **keywords: Any) -> None:
        configuration = Configuration(host=server.base_url, username="xcoms-only", password="pw")
        with ApiClient(configuration) as client:
            XComApi(client).wait_for_xcom_entry(*IDS, timeout=timeout, poll_interval=0.02, **keywords)

    @pytest.mark.parametrize(("version", "auth"), [("2.11.2", "basic"), ("3.3.2", "fab")])
    def test_who_may_read_xcoms_alone_waits_until_the_timeout(self, version: str, auth: str) -> None:
        with EmbeddedAirflow(version, auth=auth) as server:
            server.add_user("xcoms-only", "pw", "can read on XComs")
            with pytest.raises(TimeoutException):
                self.waiting(server, 0.7, missing_run_timeout=0)
            kinds = paths(server)
            assert (kinds.count("task"), kinds.count("run")) == (2, 2)  # again, in case the session had expired
            assert kinds.count("xcom") > 5
            assert sum(request.method == "POST" for request in server.requests) <= 1  # the login

    def test_a_gateway_that_lets_only_xcoms_pass(self, wire: WireServer) -> None:
        missing = answer('{"title": "XCom entry not found"}', "404 NOT FOUND")
        nothing = answer("<h1>404</h1>", "404 Not Found", Content_Type="text/html")
        wire.answers = [missing, nothing, nothing, missing]
        with ApiClient(Configuration(host=wire.host)) as client, pytest.raises(TimeoutException):
            XComApi(client).wait_for_xcom_entry(*IDS, timeout=0.4, poll_interval=0.05, stringify=True)
        names = [target.partition("?")[0].rpartition("/")[2] for target in wire.targets]
        assert names[:4] == ["key", "task", RUN_IN_PATH, "key"]
        assert set(names[3:]) == {"key"}

    def test_who_may_read_runs_alone_learns_of_the_run(self, wire: WireServer) -> None:
        missing = answer('{"title": "XCom entry not found"}', "404 NOT FOUND")
        refusal = answer('{"title": "Forbidden"}', "403 FORBIDDEN")
        run = answer(f'{{"dag_run_id": "{RUN}", "state": "failed"}}')

        def respond(connection: socket.socket, head: bytes) -> None:
            path = head.split(b" ")[1]
            connection.sendall(missing if b"/xcomEntries/" in path else refusal if b"/taskInstances/" in path else run)

        wire.answers = [respond]
        with ApiClient(Configuration(host=wire.host)) as client, pytest.raises(XComNotProducedException) as caught:
            XComApi(client).wait_for_xcom_entry(*IDS, timeout=20, poll_interval=0.05, stringify=True)
        assert (caught.value.reason, caught.value.run_state) == (
            f"DAG run '{RUN}' finished with state 'failed', without this XCom",
            "failed",
        )

    def test_who_may_read_tasks_alone_learns_of_a_missing_one(self, wire: WireServer) -> None:
        missing = answer('{"title": "XCom entry not found"}', "404 NOT FOUND")
        no_task = answer('{"title": "Task instance not found"}', "404 NOT FOUND")
        refusal = answer('{"title": "Forbidden"}', "403 FORBIDDEN")

        def respond(connection: socket.socket, head: bytes) -> None:
            path = head.split(b" ")[1]
            reply = missing if b"/xcomEntries/" in path else no_task if b"/taskInstances/" in path else refusal
            connection.sendall(reply)

        wire.answers = [respond]
        with ApiClient(Configuration(host=wire.host)) as client, pytest.raises(XComNotProducedException) as caught:
            XComApi(client).wait_for_xcom_entry(
                *IDS, timeout=20, poll_interval=0.02, missing_run_timeout=0.2, stringify=True
            )
        reason = f"DAG 'dag' has no run '{RUN}' with task 'task' (checked for 0.2 s)"
        assert caught.value.reason == reason

    def test_without_permission_for_xcoms_it_raises_at_once(self, server: EmbeddedAirflow) -> None:
        server.add_user("xcoms-only", "pw", "Public")
        with pytest.raises(ForbiddenException):
            self.waiting(server, 20)


RUN_IN_PATH = RUN.replace(":", "%3A").replace("+", "%2B")


class TestCost:
    def test_a_server_that_hangs_on_tasks_delays_no_read_for_long(
        self, wire: WireServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("airflow_client.xcom.core.polling.CHECK_TIMEOUT", 0.4)
        missing = answer('{"title": "XCom entry not found"}', "404 NOT FOUND")
        released = threading.Event()
        found = answer('{"key": "key", "value": 1}')

        def hang(connection: object, head: bytes) -> None:
            released.wait(20)

        wire.answers = [missing, hang, found]
        with ApiClient(Configuration(host=wire.host, retries=False)) as client:
            start = time.monotonic()
            xcom = XComApi(client).wait_for_xcom_entry(*IDS, timeout=60, poll_interval=0.1, stringify=True)
            assert xcom.value == 1
            assert time.monotonic() - start < 8
        released.set()

    def test_last_response_is_that_of_the_xcom(self, server: EmbeddedAirflow) -> None:
        server.add_task(*TASK, state="running")
        seen = []

        def note(attempt: Attempt) -> None:
            seen.append(client.last_response)
            if client.last_response is not None:
                server.push_xcom(*IDS, 1)

        configuration = Configuration(host=server.base_url, username="admin", password="pw", on_attempt=note)
        with ApiClient(configuration) as client:
            XComApi(client).wait_for_xcom_entry(*IDS, timeout=20, poll_interval=0.05)
            assert client.last_response is not None
            assert {response.status for response in seen if response is not None} == {404}
            assert client.last_response.status == 200


class TestException:
    def test_is_a_not_found_exception_and_no_timeout(self) -> None:
        assert issubclass(XComNotProducedException, NotFoundException)
        assert not issubclass(XComNotProducedException, TimeoutError)

    def test_tells_the_reason_the_server_s_words_and_a_remedy(self) -> None:
        with EmbeddedAirflow("3.3.2") as server:
            server.add_user("admin", "pw")
            server.add_task(*TASK, state="upstream_failed")
            error = refused(server)
        assert str(error).startswith("(404)\nReason: task 'task' finished with state 'upstream_failed'")
        assert "\nServer says: XCom entry with key: `key` not found\n" in str(error)
        assert "\nHint: see the task's log in Airflow; clear the task to run it again" in str(error)

    def test_keeps_its_states_in_a_pickle(self) -> None:
        error = XComNotProducedException(404, "reason")
        error.task_state, error.run_state = "failed", "running"
        twin = pickle.loads(pickle.dumps(error))
        assert (twin.task_state, twin.run_state, twin.reason) == ("failed", "running", "reason")


def test_times_are_not_rounded_up() -> None:
    times = {59.97: "59.9", 60: "60", 119.99: "119", 0.29: "0.29", 1.999: "1.99", 0.3: "0.3", 0: "0"}
    assert {time: format_seconds(time) for time in times} == times
