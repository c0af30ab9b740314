"""``airflow-xcom watch``."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support import program
from tests.support.wait import wait_until

RUN = "manual__2024-01-01T00:00:00+00:00"
WATCH = ("watch", "--interval", "0.1")


def _push_once_watched(airflow: EmbeddedAirflow, push: Callable[[], object]) -> threading.Thread:
    """Call ``push`` when the program has looked for the first time."""

    def run() -> None:
        wait_until(lambda: sum("/dagRuns" in request.path for request in airflow.requests) > 3)
        push()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_terminal_shows_a_line_for_each_new_xcom_until_ctrl_c(
    airflow: EmbeddedAirflow, airflow_xcom: Program
) -> None:
    run = airflow.add_run("etl", RUN)
    run.start()
    run.push("extract", "old")

    def push() -> None:
        run.push("extract", {"rows": 3, "evil": "\x1b[2J\x9b"}, key="new")
        run.push("load", [1], map_index=2)

    thread = _push_once_watched(airflow, push)
    result = airflow_xcom(*WATCH, tty=True, columns=160, input=[("load[2]", "\x03")])
    thread.join()
    assert result.status == 130
    lines = result.screen.splitlines()
    assert lines[0].endswith(f'etl  {RUN}  extract  new  {{"rows": 3, "evil": "\\u001b[2J\\u009b"}}'), lines
    assert lines[1].endswith(f"etl  {RUN}  load[2]  return_value  [1]"), lines
    assert "old" not in result.screen


def test_runs_that_end_between_two_looks_are_not_missed(
    airflow: EmbeddedAirflow, environment: Callable[..., dict[str, str]]
) -> None:
    run = airflow.add_run("etl", RUN)
    run.start()
    airflow.add_run("other", RUN).start()

    def push() -> None:
        airflow.push_xcom("etl", "short", "extract", "rows", 1)
        run.push("extract", 1.0, key="rows")
        run.push("extract", "1", key="not watched")
        run.finish()
        airflow.push_xcom("other", RUN, "extract", "rows", 1)
        airflow.push_xcom("etl", "last", "extract", "rows", None)

    with program.started([*WATCH, "etl", "--key", "rows", "--output", "jsonl"], environment()) as process:
        thread = _push_once_watched(airflow, push)
        assert process.stdout is not None
        rows = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    thread.join()
    values = {(row["dag_id"], row["run_id"]): row["value"] for row in rows}
    assert values == {("etl", "short"): 1, ("etl", RUN): 1.0, ("etl", "last"): None}


def test_airflow_2_has_the_same_lines_and_an_odd_key_does_not_end_them(
    airflow_2: EmbeddedAirflow, environment: Callable[..., dict[str, str]]
) -> None:
    run = airflow_2.add_run("etl", RUN, logical_date="2024-01-01T00:00:00+00:00")
    run.start()

    def push() -> None:
        run.push("extract", 1, key="two\nlines")
        run.push("extract", {"rows": 3.0}, key="rows")

    with program.started([*WATCH, "--output", "jsonl"], environment(airflow_2)) as process:
        thread = _push_once_watched(airflow_2, push)
        assert process.stdout is not None
        assert process.stderr is not None
        assert "Cannot read 'two\\nlines'" in process.stderr.readline()
        row = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
    thread.join()
    assert (row["run_id"], row["value"]) == (RUN, {"rows": 3.0})


def test_watching_goes_on_after_an_outage_and_ends_when_the_login_is_refused(
    airflow: EmbeddedAirflow, environment: Callable[..., dict[str, str]]
) -> None:
    run = airflow.add_run("etl", RUN)
    run.start()
    with program.started(WATCH, environment()) as process:
        assert process.stdout is not None
        assert process.stderr is not None

        def stop_and_start() -> None:
            port = int(airflow.base_url.rpartition(":")[2])
            airflow.stop()
            assert "watching goes on" in process.stderr.readline()
            airflow._port = port
            airflow.start()
            run.push("extract", 1)

        thread = _push_once_watched(airflow, stop_and_start)
        assert "extract" in process.stdout.readline() + process.stdout.readline()
        thread.join()
        airflow.add_user("admin", "another password")
        airflow.revoke_tokens()
        assert process.wait(30) == 3
