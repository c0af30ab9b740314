"""Waiting on every Airflow: for what comes, for what may come, and not for what will never come."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import ApiException, TimeoutException, XComNotProducedException
from tests.contract import dag_runs, dataset
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dag_runs import DagRun
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS, MAPPED, as_json, as_text
from tests.contract.servers import SINCE_2_7, Server

NEW = (dag_runs.DAG, dag_runs.RUN)


@pytest.fixture
def run(server: Server, client: Any) -> Iterator[DagRun]:
    run = DagRun(server, client)
    run.create()
    yield run
    run.delete()


def refused(server: Server, api: Any, *ids: str, **keywords: Any) -> XComNotProducedException:
    start = time.monotonic()
    with pytest.raises(XComNotProducedException) as caught:
        api.wait_for_xcom_entry(*ids, **{"timeout": 60, "poll_interval": server.poll_interval, **keywords})
    assert time.monotonic() - start < 20
    return caught.value


class TestFound:
    @pytest.mark.parametrize("key", ["int", "list", "dict", "str_json"])
    def test_value_is_json(self, server: Server, api: Any, key: str) -> None:
        form = as_json if server.sends_json else as_text
        assert api.wait_for_xcom_entry(*KINDS, key, timeout=30).value == form(server, key)

    @pytest.mark.airflow(*SINCE_2_7)
    def test_of_a_mapped_task(self, server: Server, api: Any) -> None:
        xcom = api.wait_for_xcom_entry(*MAPPED, "return_value", timeout=30, map_index=2)
        assert xcom.value == server.sent(20)


@pytest.mark.every_client
class TestFinished:
    def test_task_without_the_key(self, server: Server, api: Any) -> None:
        error = refused(server, api, *KINDS, "nope")
        assert error.reason == "task 'kinds' finished with state 'success', without this XCom"
        assert (error.status, error.task_state, error.attempts) == (404, "success", 2)

    def test_run_without_the_task(self, server: Server, api: Any) -> None:
        error = refused(server, api, "contract", RUN_1, "nope", "str")
        assert error.reason == f"DAG run '{RUN_1}' finished with state 'success' and has no task 'nope'"
        assert error.run_state == "success"

    def test_task_that_failed(self, server: Server, api: Any, run: DagRun) -> None:
        run.set_task("failed")
        assert refused(server, api, *NEW, "kinds", "str").task_state == "failed"

    def test_run_that_failed_before_the_task_ran(self, server: Server, api: Any, run: DagRun) -> None:
        run.fail()
        # Airflow 2.9 and earlier skip nothing.
        expected = "skipped" if server.release >= (2, 10) else None
        assert refused(server, api, *NEW, "big", "return_value").task_state == expected


@pytest.mark.airflow(*SINCE_2_7)
class TestMapped:
    def test_without_map_index(self, server: Server, api: Any) -> None:
        error = refused(server, api, *MAPPED, "return_value")
        assert error.reason == "task 'mapped' is mapped, and each of its instances has its own XComs"

    def test_without_this_map_index(self, server: Server, api: Any) -> None:
        error = refused(server, api, *MAPPED, "return_value", map_index=99)
        assert error.reason == "mapped task 'mapped' has no map_index 99"


class TestMissing:
    @pytest.mark.parametrize("ids", [("contract", "nope", "kinds", "str"), ("nope", RUN_1, "kinds", "str")])
    def test_run(self, server: Server, api: Any, ids: tuple[str, ...]) -> None:
        error = refused(server, api, *ids, missing_run_timeout=2 * server.poll_interval)
        assert error.reason == f"DAG {ids[0]!r} has no run {ids[1]!r} (checked for {2 * server.poll_interval:g} s)"

    def test_run_that_appears_and_fails(self, server: Server, client: Any, api: Any) -> None:
        run = DagRun(server, client)
        created = []

        def create_and_fail() -> None:
            run.create()
            created.append(True)
            time.sleep(2 * server.poll_interval)
            run.set_task("failed")

        timer = threading.Timer(2 * server.poll_interval, create_and_fail)
        timer.start()
        try:
            assert refused(server, api, *NEW, "kinds", "str").task_state == "failed"
        finally:
            timer.join()
            if created:
                run.delete()


class TestUnfinished:
    def test_run_is_waited_for_until_the_timeout(self, server: Server, api: Any, run: DagRun) -> None:
        timeout = 10 * server.poll_interval
        start = time.monotonic()
        with pytest.raises(TimeoutException, match="; state of the DAG run: queued"):
            api.wait_for_xcom_entry(*NEW, "kinds", "str", timeout=timeout, poll_interval=server.poll_interval)
        assert 0.75 * timeout < time.monotonic() - start < 10


@pytest.mark.every_login
class TestWhoMayRead:
    def test_a_viewer_learns_the_state(self, server: Server) -> None:
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            assert refused(server, XComApi(client), *KINDS, "nope").task_state == "success"

    def test_a_user_who_may_read_xcoms_alone_waits(self, server: Server) -> None:
        if server.knows_roles:
            password, _ = dataset.USERS_OF_FAB["xcoms-only"]
            with ApiClient(configuration(server, "xcoms-only", password)) as client:
                timeout, poll_interval = 5 * server.poll_interval, server.poll_interval
                with pytest.raises(TimeoutException) as caught:
                    XComApi(client).wait_for_xcom_entry(*KINDS, "nope", timeout=timeout, poll_interval=poll_interval)
                assert "state" not in str(caught.value.reason)

    def test_a_user_who_may_do_nothing(self, server: Server) -> None:
        with ApiClient(configuration(server, "nobody", "nobody-pw")) as client:
            start = time.monotonic()
            with pytest.raises(ApiException) as caught:
                XComApi(client).wait_for_xcom_entry(*KINDS, "nope", timeout=60)
            assert caught.value.status in (401, 403)
            assert time.monotonic() - start < 20
