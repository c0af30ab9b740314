"""``airflow-xcom export``: exact values in each format, resumption, failures, and no half file under the final name."""

from __future__ import annotations

import csv
import json
import math
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import FORMATS, Program
from tests.support.cases import all_cases
from tests.support.program import COMMAND, started
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"
#: Values that lose something in a careless format.
VALUES: dict[str, Any] = {
    "big": 2**70,
    "nan": math.nan,
    "infinity": math.inf,
    "negative": -math.inf,
    "zero": -0.0,
    "text": "42",
    "number": 42,
    "float": 42.0,
    "false": False,
    "null": None,
    "lines": 'a\r\nb,"c"\t\x00\u2028é🎈',
    "half": "\ud83c",
    "empty": "",
    "nested": {"a": "x", "b": [1, 2.5, {"": [True], "a": None}]},  # Airflow 2 sorts the keys
}


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file, read by the tools that a user has; ``value`` is JSON text."""
    if path.suffix == ".jsonl":
        lines = path.read_bytes().splitlines()
        return [{**row, "value": json.dumps(row["value"])} for row in map(json.loads, lines)]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".sqlite":
        with closing(sqlite3.connect(path)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("SELECT * FROM xcoms")]
    rows: list[dict[str, Any]] = import_module("pyarrow.parquet").read_table(path).to_pylist()
    return rows


def values_of(path: Path) -> dict[str, str]:
    """Return the JSON text of each value by its key."""
    return {row["key"]: json.dumps(json.loads(row["value"])) for row in rows_of(path)}


def reads_of(server: EmbeddedAirflow) -> Counter[str]:
    """Return how often each value was requested."""
    return Counter(request.path for request in server.requests if "/xcomEntries/" in request.path)


def test_values_are_exact_in_each_format(airflow_2: EmbeddedAirflow, run_here: Program, tmp_path: Path) -> None:
    for key, value in VALUES.items():
        airflow_2.push_xcom("dag", RUN, "task", key, value)
    airflow_2.push_xcom("dag", RUN, "mapped", "key", 1, map_index=3)
    expected = {key: json.dumps(value) for key, value in {**VALUES, "key": 1}.items()}
    with all_cases() as case:
        for kind in FORMATS:
            with case(kind):
                path = tmp_path / f"out.{kind}"
                result = run_here("export", "-o", str(path), at=airflow_2)
                assert (result.status, result.stdout) == (0, "")
                assert "Exported 15 XComs" in result.stderr
                assert values_of(path) == expected
                row = next(row for row in rows_of(path) if row["key"] == "key")
                assert (row["dag_id"], row["run_id"], row["task_id"], int(row["map_index"])) == (
                    "dag",
                    RUN,
                    "mapped",
                    3,
                )
                assert [*row] == [
                    *("dag_id", "run_id", "task_id", "map_index", "key", "value", "timestamp", "logical_date")
                ]
                assert str(row["logical_date"]).startswith("2024-01-01")
    assert {path.name for path in tmp_path.glob("*out*")} == {f"out.{kind}" for kind in FORMATS}


def test_values_of_one_type_have_a_column_of_their_own(
    airflow_2: EmbeddedAirflow, run_here: Program, tmp_path: Path
) -> None:
    tasks = {
        "integers": [1, None, -(2**63)],
        "floats": [1.5, math.inf],
        "texts": ["42", ""],
        "booleans": [True, False],
        "mixed": [1, 1.5],
        "big": [1, 2**63],
        "lists": [[1], [2]],
    }
    for task, values in tasks.items():
        for number, value in enumerate(values):
            airflow_2.push_xcom("dag", RUN, task, str(number), value)
    names = {
        "integers": "value_integer",
        "floats": "value_float",
        "texts": "value_text",
        "booleans": "value_boolean",
    }
    with all_cases() as case:
        for task, values in tasks.items():
            for kind in FORMATS[1:]:
                with case((task, kind)):
                    path = tmp_path / f"{task}.{kind}"
                    assert run_here("export", "dag", RUN, task, "-o", str(path), at=airflow_2).status == 0
                    rows = rows_of(path)
                    typed = [name for name in rows[0] if name.startswith("value_")]
                    assert typed == ([names[task]] if task in names else [])
                    if typed and kind != "csv":
                        assert [row[typed[0]] for row in rows] == values
                    if typed and kind == "csv":
                        cells = ["" if value is None else str(value) for value in values]
                        assert [row[typed[0]].lower() for row in rows] == [cell.lower() for cell in cells]


def test_standard_output_gets_json_lines_whatever_the_locale(airflow: EmbeddedAirflow, airflow_xcom: Program) -> None:
    for number in range(300):
        airflow.push_xcom("dag", RUN, "task", f"k{number:03}", {"é": number})
    result = airflow_xcom("export", "dag", "latest:any", "-o", "-", env={"LANG": "C", "LC_ALL": "C"})
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    # A busy machine takes long enough for lines of progress.
    messages = [line for line in result.stderr.splitlines() if not line.startswith("Exporting: ")]
    assert (result.status, messages) == (0, [])
    assert [(row["key"], row["value"]) for row in rows] == [(f"k{n:03}", {"é": n}) for n in range(300)]


def test_a_closed_pipe_ends_the_export_calmly(
    airflow: EmbeddedAirflow, environment: Callable[..., dict[str, str]]
) -> None:
    for number in range(300):
        airflow.push_xcom("dag", RUN, "task", f"k{number:03}", "x" * 1_000)
    process = subprocess.Popen(
        [*COMMAND, "export", "-o", "-"], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert (process.wait(20), process.stderr.read()) == (0, b"")
    process.stderr.close()


class TestSelection:
    def test_by_ids_filters_and_time(self, airflow: EmbeddedAirflow, run_here: Program) -> None:
        runs = [f"scheduled__2024-01-0{day}T00:00:00+00:00" for day in (1, 2, 3)]
        for dag in ("a", "b"):
            for run in runs:
                for task in ("t", "u"):
                    airflow.push_xcom(dag, run, task, "return_value", run[17:20], timestamp=run[11:])
                    airflow.push_xcom(dag, run, task, "rows", 1, timestamp=run[11:])
        cases = {
            (): 24,
            ("a",): 12,
            ("a", "latest:any"): 4,
            ("a", runs[0], "t"): 2,
            ("--key", "rows"): 12,
            ("~", "~", "u"): 12,
            ("--key-pattern", "ow", "--task-prefix", "u"): 6,
            ("--run-after-gte", "2024-01-02"): 16,
            ("--since", "2024-01-03"): 8,
            ("--since", "1d"): 0,
            ("--last-runs", "1"): 8,
            ("b", "--last-runs", "2", "--key", "rows"): 4,
        }
        with all_cases() as case:
            for arguments, count in cases.items():
                with case(arguments):
                    result = run_here("export", *arguments, "-o", "-")
                    assert (result.status, result.stderr) == (0, "")
                    assert len(result.stdout.splitlines()) == count
        latest = [json.loads(line) for line in run_here("export", "--last-runs", "1", "-o", "-").stdout.splitlines()]
        assert {row["run_id"] for row in latest} == {runs[2]}

    def test_of_something_that_does_not_exist_writes_no_file(
        self, airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
    ) -> None:
        airflow.push_xcom("dag", RUN, "task", "key", 1)
        for arguments in (("dgg",), ("dag", "no-such-run"), ("dgg", "latest")):
            result = run_here("export", *arguments, "-o", str(tmp_path / "out.csv"))
            assert (result.status, result.stderr.startswith("Error: ")) == (4, True)
        assert list(tmp_path.glob("out*")) == []
        result = run_here("export", "dag", "--key", "no-such-key", "-o", str(tmp_path / "out.csv"))
        assert (result.status, len((tmp_path / "out.csv").read_text().splitlines())) == (0, 1)

    def test_wrong_usage_is_refused_before_any_request(
        self, airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
    ) -> None:
        (tmp_path / "old.jsonl").write_text("old")
        cases = {
            ("-o", "out.txt"): ".jsonl, .csv, .parquet, .sqlite",
            ("-o", str(tmp_path / "old.jsonl")): "--force",
            ("-o", "-", "--resume"): "--resume",
            ("a", "latest", "--last-runs", "2", "-o", "-"): "leave out RUN",
            ("--since", "yesterday", "-o", "-"): "2d for two days ago",
        }
        with all_cases() as case:
            for arguments, message in cases.items():
                with case(arguments):
                    result = run_here("export", *arguments)
                    assert (result.status, message in result.stderr) == (2, True)
        assert (tmp_path / "old.jsonl").read_text() == "old"
        assert not airflow.requests
        assert run_here("export", "--force", "-o", str(tmp_path / "old.jsonl")).status == 0
        assert (tmp_path / "old.jsonl").read_text() == ""


class TestResumption:
    @pytest.mark.parametrize(
        ("number", "kind"),
        [(signal.SIGINT, "jsonl"), (signal.SIGTERM, "sqlite"), (signal.SIGKILL, FORMATS[-1])],
    )
    def test_continues_after_a_signal_and_reads_no_value_twice(
        self,
        airflow: EmbeddedAirflow,
        environment: Callable[..., dict[str, str]],
        run_here: Program,
        tmp_path: Path,
        number: signal.Signals,
        kind: str,
    ) -> None:
        for index in range(120):
            airflow.push_xcom("dag", RUN, "task", f"k{index:03}", index)
        path, partial = tmp_path / f"out.{kind}", tmp_path / f"out.{kind}.partial"
        command = ["export", "dag", "latest:any", "--since", "1h", "-o", str(path)]
        with airflow.delay(0.01, "*/xcomEntries/*"):
            with started(command, environment()) as process:
                _wait_for_lines(partial, 40)
                process.send_signal(number)
                _, error = process.communicate(timeout=30)
            status = process.returncode
        assert not path.exists()
        if number == signal.SIGKILL:
            assert status == -number
        else:
            assert status == 130
            assert f"{len(partial.read_bytes().splitlines()) - 1} XComs of the export are in {partial}" in error
        written = {json.loads(line)["key"] for line in partial.read_bytes().splitlines()[1:]}
        interrupted = reads_of(airflow)
        assert 40 <= len(written) < 120
        if number != signal.SIGKILL:  # the requests in progress have been waited for
            assert len(interrupted) == len(written)

        with partial.open("ab") as file:
            file.write(b'{"dag_id": "dag", "run_id": "torn')
        airflow.push_xcom("dag", RUN, "task", "k000", "again")  # pushed again, and a new one in between
        airflow.push_xcom("dag", RUN, "a_task", "new", "new")
        airflow.push_xcom("dag", "later__2024-02-01T00:00:00+00:00", "task", "key", 1)  # another latest run
        airflow.requests.clear()
        result = run_here(*command, "--resume")
        assert (result.status, partial.exists()) == (0, False)
        assert f"; {len(written)} of them were read before" in result.stderr
        resumed = {target.rpartition("/")[2] for target in reads_of(airflow)}
        assert resumed == {f"k{index:03}" for index in range(120)} - written | {"k000", "new"}
        expected = {f"k{index:03}": json.dumps(index) for index in range(120)}
        assert values_of(path) == {**expected, "k000": '"again"', "new": '"new"'}
        assert len(rows_of(path)) == 121

    def test_ctrl_c_on_a_terminal_finishes_what_is_in_progress(
        self, airflow: EmbeddedAirflow, airflow_xcom: Program, tmp_path: Path
    ) -> None:
        for index in range(120):
            airflow.push_xcom("dag", RUN, "task", f"k{index:03}", index)
        with airflow.delay(0.02, "*/xcomEntries/*"):
            result = airflow_xcom(
                *("export", "-o", str(tmp_path / "out.csv")), tty=True, columns=100, input=[("/120", "\x03")]
            )
        assert result.status == 130
        assert "Press Ctrl-C again" in result.terminal  # rich 12 erases it when the progress bar ends
        assert result.screen.endswith("Interrupted")
        assert set(reads_of(airflow).values()) == {1}
        partial = (tmp_path / "out.csv.partial").read_bytes().splitlines()
        assert len(partial) - 1 == len(reads_of(airflow))

    def test_continues_after_a_failure(self, airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path) -> None:
        for index in range(60):
            airflow.push_xcom("dag", RUN, "task", f"k{index:03}", index)
        path = tmp_path / "out.jsonl"
        with airflow.fail("*/k030", status=401), airflow.fail("*/k005", status=500):
            result = run_here("export", "-o", str(path), "--workers", "2")
        assert (tmp_path / "out.errors.jsonl").exists()
        assert result.status == 3
        assert "Continue with the same command and --resume" in result.stderr
        assert not path.exists()
        written = len((tmp_path / "out.jsonl.partial").read_bytes().splitlines()) - 1
        assert written >= 24
        airflow.requests.clear()
        assert run_here("export", "-o", str(path), "--resume", "--workers", "8").status == 0
        assert sum(reads_of(airflow).values()) == 60 - written
        assert not (tmp_path / "out.errors.jsonl").exists()
        assert values_of(path) == {f"k{index:03}": json.dumps(index) for index in range(60)}

    def test_refuses_other_options_and_other_files(
        self, airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
    ) -> None:
        for index in range(20):
            airflow.push_xcom("dag", RUN, "task", f"k{index:03}", index)
        path, partial = tmp_path / "out.jsonl", tmp_path / "out.jsonl.partial"
        with airflow.fail("*/k010", status=401):
            assert run_here("export", "dag", "--since", "2d", "-o", str(path)).status == 3
        before = partial.read_bytes()
        cases = {
            (): "--resume, or start anew with --force",
            ("--key", "k001", "--resume"): "--key was not given, now 'k001'",
            ("--since", "3d", "--resume"): "--since was '2d', now '3d'",
            ("other", "--resume"): "other",
        }
        with all_cases() as case:
            for arguments, message in cases.items():
                with case(arguments):
                    dag = () if "other" in arguments else ("dag",)
                    result = run_here("export", *dag, *arguments, "-o", str(path))
                    assert (result.status, message in result.stderr) == (2, True), result.stderr
        assert partial.read_bytes() == before
        partial.write_text("not a partial export")
        result = run_here("export", "dag", "-o", str(path), "--resume")
        assert (result.status, "is not the file of an interrupted export" in result.stderr) == (2, True)
        assert run_here("export", "dag", "-o", str(path), "--force").status == 0
        assert (len(rows_of(path)), partial.exists()) == (20, False)
        # Without anything to resume, --resume is an ordinary export.
        assert run_here("export", "dag", "-o", str(tmp_path / "new.csv"), "--resume").status == 0


class TestFailures:
    def test_are_listed_and_written_beside(self, airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path) -> None:
        for index in range(30):
            airflow.push_xcom("dag", RUN, "task", f"k{index:03}\u202e", index, map_index=index)
        path = tmp_path / "out.jsonl"
        with airflow.fail("*/k00*", status=500):
            result = run_here("export", "-o", str(path))
        assert result.status == 1
        assert len(rows_of(path)) == 20
        lines = result.stderr.splitlines()
        assert f"10 XComs could not be read; all are in {tmp_path / 'out.errors.jsonl'}:" in lines[1]
        assert lines[2].startswith(rf"  dag  {RUN}  task[0]  k000\u202e: ")
        assert lines[-1] == "  … and 5 more"
        failures = [json.loads(line) for line in (tmp_path / "out.errors.jsonl").read_bytes().splitlines()]
        assert [row["map_index"] for row in failures] == list(range(10))
        assert {row["status"] for row in failures} == {500}
        result = run_here("export", "-o", str(path), "--force")
        assert (result.status, len(rows_of(path)), (tmp_path / "out.errors.jsonl").exists()) == (0, 30, False)

    def test_of_the_login_or_the_server_leave_no_file(
        self, airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
    ) -> None:
        airflow.push_xcom("dag", RUN, "task", "key", 1)
        path = str(tmp_path / "out.csv")
        assert run_here("export", "-o", path, env={"AIRFLOW_XCOM_PASSWORD": "wrong"}).status == 3
        assert run_here("export", "-o", path, at="http://127.0.0.1:9").status == 1
        result = run_here("export", "-o", str(tmp_path / "no" / "such.csv"))
        assert (result.status, "No such file or directory" in result.stderr) == (1, True)
        assert list(tmp_path.glob("out*")) == []


def test_values_that_are_only_text_are_marked(run_here: Program, tmp_path: Path) -> None:
    entry = {"dag_id": "dag", "task_id": "task", "map_index": -1, "key": "key", "execution_date": RUN[8:]}
    entry["timestamp"] = "2024-01-01T00:00:00+00:00"

    def respond(connection: Any, head: bytes) -> None:
        target = head.split(b" ")[1].decode()
        if "xcomEntries/" in target:
            body: Any = {**entry, "value": "{'a': 1}"}
        elif "xcomEntries" in target:
            body = {"xcom_entries": [entry], "total_entries": 1}
        else:
            body = {"dag_runs": [], "total_entries": 0}
        connection.sendall(answer(json.dumps(body)).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))

    with WireServer(respond, version="2.9.3") as old, all_cases() as case:
        for kind in FORMATS:
            with case(kind):
                path = tmp_path / f"out.{kind}"
                result = run_here("export", "dag", RUN, "-o", str(path), at=old.host)
                assert (result.status, result.stderr.count("only as text")) == (0, 1)
                row = rows_of(path)[0]
                assert (row["value"], str(row["stringified"]).lower()) in (
                    ("\"{'a': 1}\"", "true"),
                    ("\"{'a': 1}\"", "1"),
                )


def test_progress_on_a_pipe_is_a_line_now_and_then(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_client.cli.progress.INTERVAL", 0.2)
    for index in range(60):
        airflow.push_xcom("dag", RUN, "task", f"k{index:03}", index)
    with airflow.delay(0.03, "*/xcomEntries/*"):
        result = run_here("export", "-o", str(tmp_path / "out.csv"), "--workers", "2")
    *progress, last = result.stderr.splitlines()
    assert 2 <= len(progress) < 20
    assert all(line.startswith("Exporting: ") and "0 errors" in line for line in progress), progress
    assert " of 60" in progress[-1]
    assert last.startswith("Exported 60 XComs")


def _wait_for_lines(path: Path, count: int) -> None:
    end = time.monotonic() + 20
    while not path.exists() or path.read_bytes().count(b"\n") <= count:
        assert time.monotonic() < end, "the export does not go on"
        time.sleep(0.005)
