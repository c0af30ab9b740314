"""DAG runs over sockets: lost responses, cancelled waits, arguments. `tests/contract` has what Airflow answers."""

from __future__ import annotations

import _thread
import asyncio
import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow, RecordedRequest
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncDAGRunApi,
    Configuration,
    ConflictException,
    ConnectionException,
    DAGRun,
    DAGRunApi,
    DagRunFailed,
    DagRunWarning,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    TimeoutException,
    UnexpectedContentException,
)
from tests.support.cases import all_cases, check_each
from tests.support.faults import close
from tests.support.wire_server import WireServer, answer

NOT_FOUND = answer('{"title": "DAGRun not found"}', "404 NOT FOUND")
WHEN = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)


@pytest.fixture(autouse=True)
def short_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("airflow_client.xcom.core.run_calls.LOOKUP_TIME", 0.5)
    monkeypatch.setattr("airflow_client.xcom.core.run_calls.LOOKUP_PAUSE", 0.05)


@pytest.fixture(params=["2.11.2", "3.3.2"])
def airflow(request: pytest.FixtureRequest) -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow(request.param) as airflow:
        airflow.add_user("admin", "pw")
        airflow.add_dag("d", {"first": ["last"], "last": []})
        yield airflow


def configuration(airflow: EmbeddedAirflow, username: str = "admin") -> Configuration:
    return Configuration(host=airflow.base_url, username=username, password="pw")


@pytest.fixture
def api(airflow: EmbeddedAirflow) -> Iterator[DAGRunApi]:
    with ApiClient(configuration(airflow)) as client:
        client.get_server_version()
        yield DAGRunApi(client)


@pytest.fixture
def wired() -> Iterator[tuple[WireServer, DAGRunApi]]:
    with WireServer() as wire, ApiClient(Configuration(host=wire.host, retries=0)) as client:
        yield wire, DAGRunApi(client)


def triggers(airflow: EmbeddedAirflow) -> list[RecordedRequest]:
    return [request for request in airflow.requests if request.method == "POST" and request.path.endswith("/dagRuns")]


def methods(wire: WireServer) -> list[str]:
    return [head.split(b" ")[0].decode() for head in wire.requests]


def run_answer(**fields: Any) -> bytes:
    return answer(json.dumps({"dag_id": "d", "dag_run_id": "mine", "state": "queued", "conf": {}, **fields}))


class TestLostResponses:
    def test_a_run_that_was_created_is_found(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        api.latest_dag_run("d")  # logs in
        airflow.on_trigger("d", lambda run: time.sleep(0.6))
        airflow.requests.clear()
        run = api.trigger_dag_run("d", conf={"n": 1}, note="a note", _request_timeout=0.3)
        assert (run.dag_run_id, run.conf, run.note) == (airflow.get_run("d").run_id, {"n": 1}, "a note")
        assert len(triggers(airflow)) == 1

    def test_a_run_that_was_not_created_raises_the_failure(self, wired: tuple[WireServer, DAGRunApi]) -> None:
        wire, api = wired
        wire.answers = [close, NOT_FOUND]
        with pytest.raises(
            ConnectionException, match=r"looked for the run 'manual__.*: it does not exist\. To be"
        ) as caught:
            api.trigger_dag_run("d")
        sent = json.loads(wire.requests[0].partition(b"\r\n\r\n")[2])
        assert caught.value.dag_run == DAGRun(dag_id="d", dag_run_id=sent["dag_run_id"])
        assert methods(wire)[:3] == ["POST", "GET", "GET"]
        assert methods(wire).count("POST") == 1

    def test_a_server_that_answers_500_is_asked_once(self, wired: tuple[WireServer, DAGRunApi]) -> None:
        wire, api = wired
        wire.answers = [answer("{}", "500 X"), NOT_FOUND]
        with pytest.raises(ServiceException):
            api.trigger_dag_run("d")
        assert methods(wire) == ["POST", "GET"]

    def test_who_may_not_read_runs_gets_the_failure(self, wired: tuple[WireServer, DAGRunApi]) -> None:
        wire, api = wired
        wire.answers = [answer("{}", "504 X"), answer('{"title": "Forbidden"}', "403 FORBIDDEN")]
        with pytest.raises(ServiceException, match=r"it could not be read: \(403\) FORBIDDEN"):
            api.trigger_dag_run("d")

    def test_a_refusal_is_not_looked_into(self, wired: tuple[WireServer, DAGRunApi]) -> None:
        wire, api = wired
        for status in ("400 X", "404 X", "422 X", "429 X"):
            wire.requests.clear()
            wire.answers = [answer("{}", status)]
            with pytest.raises(ApiException) as caught:
                api.trigger_dag_run("d")
            assert not any("/dagRuns/" in target for target in wire.targets)
            assert caught.value.dag_run is None

    def test_a_failed_login_is_not_looked_into(self) -> None:
        with WireServer(answer("{}", "503 X")) as wire:
            configuration = Configuration(host=wire.host, username="u", password="p", login="session", retries=0)
            with ApiClient(configuration) as client, pytest.raises(ServiceException) as caught:
                DAGRunApi(client).trigger_dag_run("d")
        assert caught.value.dag_run is None
        assert not any("dagRuns" in target for target in wire.targets)

    def test_a_run_of_the_callers_id_counts_only_with_the_same_conf(self, wired: tuple[WireServer, DAGRunApi]) -> None:
        wire, api = wired
        wire.answers = [close, run_answer(conf={"n": 1})]
        assert api.trigger_dag_run("d", dag_run_id="mine", conf={"n": 1}).dag_run_id == "mine"
        wire.answers = [close, run_answer(conf={"n": 1})]
        with pytest.raises(ConnectionException, match="it exists, with another conf"):
            api.trigger_dag_run("d", dag_run_id="mine")

    def test_a_conflict(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        api.trigger_dag_run("d", dag_run_id="mine", logical_date=WHEN)
        with pytest.raises(ConflictException) as caught:
            api.trigger_dag_run("d", dag_run_id="mine")
        assert caught.value.dag_run is None
        with pytest.raises(ConflictException, match="the DAG has a run with this logical date"):
            api.trigger_dag_run("d", logical_date=WHEN)


def finish(run: Any) -> None:
    run.start()
    run.push("first", 1)
    run.push("last", run.conf)
    run.finish()


class TestCalls:
    def test_the_value_comes_back(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        airflow.on_trigger("d", finish)
        assert api.call_dag("d", {"n": [1, None]}) == {"last": {"n": [1, None]}}
        assert api.call_dag("d", task_id="first") == 1
        assert api.call_dag("d", task_id="first", xcom_key="nope") is None

    def test_asyncio_alike(self, airflow: EmbeddedAirflow) -> None:
        airflow.on_trigger("d", finish)

        async def main() -> Any:
            async with AsyncApiClient(configuration(airflow)) as client:
                api = AsyncDAGRunApi(client)
                value = await api.call_dag("d", {"n": 1})
                return value, [run.state async for run in api.iter_dag_runs("d")]

        assert asyncio.run(main()) == ({"last": {"n": 1}}, ["success"])

    def test_a_mapped_task_is_a_list_by_index(
        self, airflow: EmbeddedAirflow, api: DAGRunApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        airflow.add_dag("m", {"mapped": [], "silent": []}, mapped={"mapped": 4})

        def run_it(run: Any) -> None:
            run.push("mapped", "zero", map_index=0)
            run.push("mapped", "two", map_index=2)
            run.set_task("mapped", "success", map_index=3)
            run.finish("success")

        airflow.on_trigger("m", run_it)
        assert api.call_dag("m") == {"mapped": ["zero", None, "two", None]}
        with airflow.fail("*/listMapped", status=403):  # who may not read instances misses the last empty ones
            assert api.call_dag("m") == {"mapped": ["zero", None, "two"]}
        monkeypatch.setattr("airflow_client.xcom.core.dag_call.PAGE_SIZE", 1)
        assert api.call_dag("m") == {"mapped": ["zero", None, "two", None]}

    def test_nothing_is_triggered_for_a_wrong_task(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        with pytest.raises(ApiValueError, match=r"DAG 'd' has no task 'lst' \(did you mean last\?\); nothing was trig"):
            api.call_dag("d", task_id="lst")
        assert api.get_dag_runs("d").total_entries == 0

    def test_nothing_is_triggered_if_the_tasks_are_unknown(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        for body in ([], {"tasks": [{"task_id": "first"}]}):
            with airflow.fail("*/tasks", status=200, body=body):  # type: ignore[arg-type]
                with pytest.raises(UnexpectedContentException, match="not a list of tasks"):
                    api.call_dag("d")
        assert triggers(airflow) == []

    def test_a_value_that_a_gateway_hides_is_no_missing_one(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        airflow.on_trigger("d", finish)
        with airflow.fail("*/xcomEntries/*", status=404), pytest.raises(NotFoundException) as caught:
            api.call_dag("d")
        assert caught.value.dag_run == api.latest_dag_run("d")

    def test_a_failed_run_is_an_exception_that_holds_it(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        def fail(run: Any) -> None:
            run.set_task("first", "failed", log="ERROR - no rows")
            run.finish()

        airflow.on_trigger("d", fail)
        with pytest.raises(DagRunFailed, match="no rows") as caught:
            api.call_dag("d")
        assert caught.value.dag_run is not None
        assert caught.value.dag_run.dag_run_id == airflow.get_run("d").run_id

    def test_a_timeout_holds_the_run(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        with pytest.raises(TimeoutException) as caught:
            api.call_dag("d", timeout=0.3, poll_interval=0.1)
        assert caught.value.dag_run == api.get_dag_run("d", airflow.get_run("d").run_id)

    def test_ctrl_c_says_which_run_goes_on(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        timer = threading.Timer(0.3, _thread.interrupt_main)
        timer.start()
        with pytest.warns(DagRunWarning) as warned, pytest.raises(KeyboardInterrupt) as caught:
            api.call_dag("d", poll_interval=0.1)
        timer.join()
        run_id = airflow.get_run("d").run_id
        assert str(warned[0].message) == f"KeyboardInterrupt: DAG run '{run_id}' of DAG 'd' goes on"
        assert warned[0].filename == __file__
        assert caught.value.dag_run.dag_run_id == run_id  # type: ignore[attr-defined]

    def test_ctrl_c_after_the_run_holds_the_run(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        airflow.on_trigger("d", finish)
        with airflow.on_request(lambda _: _thread.interrupt_main(), "*/xcomEntries/*", times=1):
            with pytest.raises(KeyboardInterrupt) as caught:  # and no warning: nothing goes on
                api.call_dag("d")
        assert caught.value.dag_run.state == "success"  # type: ignore[attr-defined]

    def test_cancellation_says_which_run_goes_on(self, airflow: EmbeddedAirflow) -> None:
        async def main() -> None:
            async with AsyncApiClient(configuration(airflow)) as client:
                call = asyncio.create_task(AsyncDAGRunApi(client).call_dag("d", poll_interval=0.1))
                while not triggers(airflow):
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.2)
                call.cancel()
                await call

        with pytest.warns(DagRunWarning, match=r"CancelledError: DAG run '.*' of DAG 'd' goes on"):
            with pytest.raises(asyncio.CancelledError):
                asyncio.run(main())

    def test_a_paused_dag_is_said_where_the_call_is(self, airflow: EmbeddedAirflow, api: DAGRunApi) -> None:
        airflow.add_dag("p", {"one": []}, is_paused=True)
        airflow.on_trigger("p", lambda run: run.finish("success"))

        states = []

        def unpause(run: DAGRun) -> None:
            states.append(run.state)
            airflow.add_dag("p", {"one": []}, is_paused=len(states) < 2)

        with pytest.warns(DagRunWarning, match="DAG 'p' is paused") as warned:
            assert api.call_dag("p", poll_interval=0.05, progress=unpause) == {}
        assert warned[0].filename == __file__

    def test_a_scheduler_that_is_down_is_said(
        self, airflow: EmbeddedAirflow, api: DAGRunApi, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The embedded server has none."""
        monkeypatch.setattr("airflow_client.xcom.core.run_monitor.QUEUED_WARNING", 0)
        runs: list[Any] = []
        airflow.on_trigger("d", runs.append)

        def finish_after_the_warning(_run: DAGRun) -> None:
            if len(warned) and runs:
                finish(runs.pop())

        reason = "queued for .* s: Airflow's scheduler is unhealthy, its last heartbeat was never"
        with pytest.warns(DagRunWarning, match=reason) as warned:
            assert api.call_dag("d", poll_interval=0.05, progress=finish_after_the_warning) == {"last": {}}


def test_wrong_arguments_are_refused_before_anything_is_sent() -> None:
    with WireServer(b"") as wire, ApiClient(Configuration(host=wire.host)) as client:
        api: Any = DAGRunApi(client)
        naive = dt.datetime(2024, 1, 1)
        cases: list[tuple[Any, type[Exception], str]] = [
            (
                lambda: api.get_dag_runs("d", state="sucess"),
                ApiValueError,
                "state must be one of .*did you mean success",
            ),
            (lambda: api.get_dag_runs("d", limit=-1), ApiValueError, "limit must be 0 or more"),
            (lambda: api.get_dag_runs("d", nope=1), ApiTypeError, "unknown keyword: nope"),
            (lambda: api.get_dag_run("d", "a/b"), ApiValueError, "dag_run_id must not contain '/'"),
            (lambda: api.post_dag_run("d", "x"), ApiTypeError, "dag_run must be a DAGRun or a mapping"),
            (
                lambda: api.post_dag_run("d", {"logical_date": naive}),
                ApiValueError,
                r"dag_run\['logical_date'\] ",
            ),
            (lambda: api.post_dag_run("d", {"conf": {1: 2}}), ApiTypeError, "dag_run has a key that is not a str"),
            (
                lambda: list(api.iter_dag_runs(logical_date_gte=naive)),
                ApiValueError,
                "logical_date_gte must have a time",
            ),
            (lambda: list(api.iter_dag_runs(run_after_lte="x")), ApiTypeError, "run_after_lte must be a datetime"),
            (lambda: api.latest_dag_run("d", state=["success", "x"]), ApiValueError, "state must be one of"),
            (lambda: api.trigger_dag_run("d", conf=[1]), ApiTypeError, "conf must be a dict or None, not list"),
            (lambda: api.trigger_dag_run("d", conf={"a": WHEN}), ApiTypeError, "conf must be made of JSON's types"),
            (lambda: api.trigger_dag_run("d", logical_date=naive), ApiValueError, "logical_date must have a time zone"),
            (lambda: api.trigger_dag_run("d", dag_run_id=""), ApiValueError, "dag_run_id must not be empty"),
            (lambda: api.trigger_dag_run("d", note=5), ApiTypeError, "note must be a str"),
            (lambda: api.wait_for_dag_run("d", "r", timeout=0), ApiValueError, "timeout must be a positive number"),
            (
                lambda: api.wait_for_dag_run("d", "r", timeout=1, progress=1),
                ApiTypeError,
                "progress must be a function",
            ),
            (lambda: api.call_dag("d", task_id=""), ApiValueError, "task_id must not be empty"),
            (lambda: api.call_dag("d", xcom_key=3), ApiTypeError, "xcom_key must be a str"),
            (lambda: api.call_dag("d", poll_interval="1"), ApiTypeError, "poll_interval must be a number"),
        ]
        with all_cases() as case:
            for call, kind, message in cases:
                with case(message), pytest.raises(kind, match=message):
                    call()
        assert wire.requests == []


def test_a_run_of_another_id_is_refused(wired: tuple[WireServer, DAGRunApi]) -> None:
    wire, api = wired

    def check(fields: dict[str, Any]) -> None:
        wire.answers = [answer(json.dumps(fields))]
        with pytest.raises(ApiException, match="unexpected content: the response does not match the request"):
            api.get_dag_run("d", "mine")

    check_each([{"dag_id": "d", "dag_run_id": "other"}, {"dag_id": "e", "dag_run_id": "mine"}, {"a": 1}], check)


def test_a_user_without_permission_for_tasks_can_name_one(airflow: EmbeddedAirflow) -> None:
    del airflow
    tasks = answer('{"title": "Forbidden"}', "403 FORBIDDEN")
    with WireServer(tasks) as wire, ApiClient(Configuration(host=wire.host, access_token="t")) as client:
        api = DAGRunApi(client)
        with pytest.raises(ForbiddenException, match="Or pass task_id"):
            api.call_dag("d")
        value = answer('{"key": "return_value", "value": 5}')
        wire.answers = [tasks, answer('{"dag_id": "d", "state": "queued"}'), value]
        with pytest.raises(ApiException, match="requested dag_run_id"):
            api.call_dag("d", task_id="t")
