"""Runs that a client triggers and the test moves on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.testing.runs import Run
from tests.support.cases import all_cases
from tests.testing_server.client import connect, credentials, get, request


def path(airflow: EmbeddedAirflow, end: str = "", dag_id: str = "etl") -> str:
    return f"{airflow.host[len(airflow.base_url) :]}/dags/{dag_id}/dagRuns{end}"


def trigger(airflow: EmbeddedAirflow, **body: Any) -> Any:
    body = {**({} if airflow.host.endswith("v1") else {"logical_date": None}), **body}
    reply = request(airflow, "POST", path(airflow), body)
    assert reply.status == 200, reply.body
    return reply.json


def instances(airflow: EmbeddedAirflow, run_id: str) -> dict[tuple[str, int], Any]:
    rows = get(airflow, path(airflow, f"/{run_id}/taskInstances")).json["task_instances"]
    return {(row["task_id"], row["map_index"]): row["state"] for row in rows}


def test_a_run_stays_queued_until_the_test_moves_it_on(airflow: EmbeddedAirflow) -> None:
    airflow.add_dag("etl", {"extract": ["load"], "load": []}, mapped={"load": 2})
    assert trigger(airflow, dag_run_id="mine", conf={"day": 1}, note="why")["state"] == "queued"
    run = airflow.get_run("etl")
    assert (run.run_id, run.conf, run.note, run.state) == ("mine", {"day": 1}, "why", "queued")
    assert instances(airflow, "mine") == {("extract", -1): None, ("load", 0): None, ("load", 1): None}
    run.start()
    run.push("extract", 3)
    run.set_task("load", "running", map_index=0)
    row = get(airflow, path(airflow, "/mine")).json
    assert (row["state"], row["end_date"], repr(run)) == ("running", None, "<Run etl mine: running>")
    assert instances(airflow, "mine") == {("extract", -1): "success", ("load", 0): "running", ("load", 1): None}
    run.finish()
    row = get(airflow, path(airflow, "/mine")).json
    assert (row["state"], set(instances(airflow, "mine").values())) == ("success", {"success"})
    assert row["start_date"] < row["end_date"]


def test_a_callback_moves_a_run_on_after_the_response(airflow: EmbeddedAirflow) -> None:
    airflow.add_dag("etl", {"extract": []})
    airflow.on_trigger("etl", lambda run: run.finish("failed"))
    queued = trigger(airflow, dag_run_id="mine")
    assert (queued["state"], airflow.get_run("etl", "mine").state) == ("queued", "failed")
    assert instances(airflow, "mine") == {("extract", -1): "upstream_failed"}


def test_a_run_of_a_paused_dag_waits(airflow: EmbeddedAirflow) -> None:
    seen: list[Run] = []
    airflow.add_dag("etl", {"extract": []}, is_paused=True)
    airflow.on_trigger("etl", seen.append)
    trigger(airflow, dag_run_id="mine")
    assert seen == []
    airflow.add_dag("etl")
    assert [run.run_id for run in seen] == ["mine"]
    trigger(airflow, dag_run_id="next")
    assert [run.run_id for run in seen] == ["mine", "next"]


def test_a_failed_task_fails_its_run(airflow: EmbeddedAirflow) -> None:
    airflow.add_dag("etl", {"extract": ["load"], "load": []})
    trigger(airflow, dag_run_id="mine")
    run = airflow.get_run("etl", "mine")
    run.set_task("extract", "failed", log="first\nERROR - no rows")
    run.finish()
    assert (run.state, instances(airflow, "mine")) == (
        "failed",
        {("extract", -1): "failed", ("load", -1): "upstream_failed"},
    )


def test_logs_have_levels_and_dates(airflow: EmbeddedAirflow) -> None:
    airflow.add_dag("etl", {"extract": []})
    trigger(airflow, dag_run_id="mine")
    airflow.get_run("etl").set_task("extract", "failed", log="first\nERROR - no rows")
    target = path(airflow, "/mine/taskInstances/extract/logs/1")
    if airflow.host.endswith("v1"):
        text = get(airflow, target, {**credentials(airflow), "Accept": "text/plain"})
        assert text.headers["Content-Type"] == "text/plain"
        assert text.body.startswith("worker\n INFO - ::group::Log message source details\n*** Found local files:\n")
        assert text.body.endswith("{extract.py:1} ERROR - no rows\n\n")
        assert get(airflow, target).json["content"].endswith(r"{extract.py:1} ERROR - no rows\n')]")
    else:
        lines = [(event.get("level"), event["event"]) for event in get(airflow, target).json["content"]]
        assert lines[-2:] == [("info", "first"), ("error", "no rows")]
        ndjson = get(airflow, target, {**credentials(airflow), "Accept": "application/x-ndjson"})
        assert (ndjson.headers["Content-Type"], len(ndjson.body.splitlines())) == ("application/x-ndjson", len(lines))
        assert get(airflow, target, {**credentials(airflow), "Accept": "text/plain"}).status == 406


def test_import_errors_are_listed(airflow: EmbeddedAirflow) -> None:
    airflow.add_import_error("etl.py", "SyntaxError: invalid syntax")
    airflow.add_import_error("other.py", "KeyError: 'x'")
    target = f"{airflow.host[len(airflow.base_url) :]}/importErrors"
    answer = get(airflow, f"{target}?order_by=-import_error_id&limit=1").json
    assert answer["total_entries"] == 2
    error = answer["import_errors"][0]
    assert (error["filename"], error["stack_trace"], error["timestamp"][:2]) == ("other.py", "KeyError: 'x'", "20")
    assert error.get("bundle_name") == (None if airflow.host.endswith("v1") else "dags-folder")


def test_users_may_trigger_and_viewers_may_not() -> None:
    for version, auth in (("2.11.2", "basic"), ("3.3.2", "simple"), ("3.3.2", "fab")):
        with EmbeddedAirflow(version, auth=auth) as airflow:
            airflow.add_dag("etl")
            for role, status in (("User", 200), ("Op", 200), ("Viewer", 403), ("Public", 403)):
                airflow.add_user(role.lower(), f"{role.lower()}-pw", role)
                headers = credentials(airflow, role.lower())
                body = {} if version == "2.11.2" else {"logical_date": None}
                assert request(airflow, "POST", path(airflow), body, headers).status == status


def test_wrong_arguments_are_refused() -> None:
    airflow = EmbeddedAirflow("3.3.2")
    airflow.add_dag("etl", {"extract": []})
    airflow.add_run("etl", "mine")
    run = airflow.get_run("etl")
    one: Any = 1
    cases: list[tuple[Callable[[], object], type[Exception], str]] = [
        (lambda: airflow.add_dag("", {}), ValueError, "dag_id must not be empty"),
        (lambda: airflow.add_dag("etl", ["a"]), TypeError, "tasks must be a dict, not list"),
        (lambda: airflow.add_dag("etl", {"a": "b", "b": []}), TypeError, r"tasks\['a'\] must be a list of ids"),
        (lambda: airflow.add_dag("etl", is_paused=one), TypeError, "is_paused must be a bool"),
        (lambda: airflow.add_dag("etl", {"a": ["b"]}), ValueError, "tasks must contain 'b'"),
        (lambda: airflow.add_dag("etl", {"a": []}, mapped={"c": 1}), ValueError, "tasks must contain 'c'"),
        (lambda: airflow.add_dag("etl", {"a": []}, mapped={"a": -1}), ValueError, r"mapped\['a'\] must be from 0"),
        (lambda: airflow.on_trigger("nope", print), ValueError, "dag_id is unknown: 'nope'"),
        (lambda: airflow.on_trigger("etl", one), TypeError, "callback must be callable"),
        (lambda: airflow.get_run("etl", "nope"), ValueError, "dag_id or run_id is unknown: 'etl', 'nope'"),
        (lambda: airflow.get_run("nope"), ValueError, "dag_id or run_id is unknown: 'nope', None"),
        (lambda: run.set_task("extract", "none"), ValueError, "state must be one of success"),
        (lambda: run.set_task("extract", "failed", log=one), TypeError, "log must be a str"),
        (lambda: run.push("extract", object()), TypeError, "value cannot be pushed: Object of type object is not JSON"),
        (lambda: run.finish("running"), ValueError, "state must be one of success, failed, not 'running'"),
    ]
    with all_cases() as case:
        for call, error, message in cases:
            with case(message), pytest.raises(error, match=message):
                call()
    airflow.delete_run("etl", "mine")
    with pytest.raises(LookupError, match="the run 'mine' of 'etl' was deleted"):
        run.finish()


def test_the_states_of_a_run_are_streamed_on_airflow_3() -> None:
    with EmbeddedAirflow("3.3.2") as airflow:
        airflow.add_user("admin", "admin-pw")
        airflow.add_dag("etl", {"extract": [], "load": []}, mapped={"load": 2})
        trigger(airflow, dag_run_id="mine")
        run = airflow.get_run("etl")
        for map_index in (0, 1):
            run.push("load", map_index, map_index=map_index)
        run.push("extract", {"a": 1})
        with connect(airflow) as connection:
            target = path(airflow, "/mine/wait?interval=0.01&result=load&result=extract&result=nope")
            authorization = credentials(airflow)["Authorization"]
            connection.sendall(f"GET {target} HTTP/1.1\r\nAuthorization: {authorization}\r\n\r\n".encode())
            lines = connection.makefile("rb")
            assert b'{"state": "queued"}\r\n' in iter(lines.readline, b"")
            run.finish()
            results = b'{"state": "success", "results": {"extract": {"a": 1}, "load": [0, 1]}}\r\n'
            assert results in iter(lines.readline, b"")


def test_a_stopping_server_ends_a_stream() -> None:
    with EmbeddedAirflow("3.3.2") as airflow:
        airflow.add_user("admin", "admin-pw")
        airflow.add_dag("etl")
        trigger(airflow, dag_run_id="mine")
        with connect(airflow) as connection:
            target = path(airflow, "/mine/wait?interval=3600")
            authorization = credentials(airflow)["Authorization"]
            connection.sendall(f"GET {target} HTTP/1.1\r\nAuthorization: {authorization}\r\n\r\n".encode())
            assert connection.recv(4) == b"HTTP"
            airflow.stop()
