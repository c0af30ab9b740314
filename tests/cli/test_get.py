"""``airflow-xcom get``."""

from __future__ import annotations

import csv
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support.cases import all_cases

RUN = "manual__2024-01-01T00:00:00+00:00"
VALUES: dict[str, Any] = {
    "integer": 42,
    "text of a number": "42",
    "float": 1.0,
    "tiny": 1e-300,
    "big": 2**70,
    "true": True,
    "text of true": "True",
    "null": None,
    "list": [1, "two", 3.0, None, True],
    "object": {"b": {"größe": "値"}, "a": []},
}


@pytest.mark.parametrize("version", ["airflow", "airflow_2"])
def test_json_keeps_every_type_in_every_format(version: str, request: pytest.FixtureRequest, run_here: Program) -> None:
    server = request.getfixturevalue(version)
    for key, value in VALUES.items():
        server.push_xcom("etl", RUN, "extract", key, value)
    # SQLite, on which Airflow 3 stores JSON, keeps no 1.0 and no large integers
    changed = {"float": 1, "big": float(2**70)} if version == "airflow" else {}
    with all_cases() as case:
        for key, value in {**VALUES, **changed}.items():
            with case(key):

                def get(*arguments: str, key: str = key) -> str:
                    result = run_here("get", "etl", RUN, "extract", key, *arguments, at=server)
                    assert (result.status, result.stderr) == (0, "")
                    return result.stdout

                assert json.dumps(json.loads(get()), sort_keys=True) == json.dumps(value, sort_keys=True)
                assert get().count("\n") == 1
                assert repr(json.loads(get("--json"))["value"]) == repr(json.loads(get()))
                (row,) = csv.DictReader(get("--output", "csv").splitlines())
                assert row["value"] == get().rstrip("\n")
                if key != "tiny":  # PyYAML reads 1e-300 as text
                    assert repr(yaml.safe_load(get("--output", "yaml"))["value"]) == repr(json.loads(get()))
    entry = json.loads(run_here("get", "etl", "latest", "extract", "integer", "--json", at=server).stdout)
    assert (entry["dag_id"], entry["run_id"], entry["map_index"], entry["value"]) == ("etl", RUN, -1, 42)


def test_raw_prints_strings_without_quotes(airflow: EmbeddedAirflow, run_here: Program) -> None:
    airflow.push_xcom("etl", RUN, "t", "text", 'a "b"\n\x1b[2Jc')
    airflow.push_xcom("etl", RUN, "t", "list", ["a"])
    assert run_here("get", "etl", RUN, "t", "text", "--raw").stdout == 'a "b"\n\x1b[2Jc\n'
    assert run_here("get", "etl", RUN, "t", "list", "-r").stdout == '["a"]\n'
    assert run_here("get", "etl", RUN, "t", "text", "--raw", tty=True).screen == 'a "b"\n\\x1b[2Jc'
    assert run_here("get", "etl", RUN, "t", "text", "--raw", "--json").status == 2


def test_a_file_is_complete_and_has_the_mode_of_the_umask(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
) -> None:
    airflow.push_xcom("etl", RUN, "t", "return_value", "größe")
    file = tmp_path / "value.json"
    assert run_here("get", "etl", RUN, "t", "-o", str(file)).stdout == ""
    assert file.read_text("utf-8") == '"größe"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~_umask()
    run_here("get", "etl", RUN, "t", "--raw", "--file", str(file))
    assert file.read_text("utf-8") == "größe"
    run_here("get", "etl", RUN, "t", "--output", "yaml", "--file", str(file))
    assert yaml.safe_load(file.read_text("utf-8"))["value"] == "größe"
    missing = run_here("get", "etl", RUN, "t", "nope", "-o", str(file))
    assert (missing.status, yaml.safe_load(file.read_text("utf-8"))["key"]) == (4, "return_value")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["value.json"]
    failed = run_here("get", "etl", RUN, "t", "-o", str(tmp_path / "no" / "file"))
    assert failed.status == 1
    assert "No such file or directory" in failed.stderr
    assert run_here("get", "etl", RUN, "t", "-o", "-").stdout == '"größe"\n'


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_envelopes_are_shown_as_they_are_or_decoded(airflow: EmbeddedAirflow, run_here: Program) -> None:
    airflow.push_xcom("etl", RUN, "t", "set", {3, 1, 2})
    as_stored = json.loads(run_here("get", "etl", RUN, "t", "set").stdout)
    assert as_stored["__classname__"] == "builtins.set"
    assert run_here("get", "etl", RUN, "t", "set", "--decode").stdout == "[1, 2, 3]\n"
    assert json.loads(run_here("get", "etl", RUN, "t", "set", "--decode", "--json").stdout)["value"] == [1, 2, 3]


def test_a_404_says_what_there_is(airflow: EmbeddedAirflow, airflow_2: EmbeddedAirflow, run_here: Program) -> None:
    runs = [f"scheduled__2024-01-0{day}T00:00:00+00:00" for day in range(1, 6)]
    for server in (airflow, airflow_2):
        server.add_dag("etl", {"extract": ["load"], "load": ["report"], "report": []}, mapped={"load": 5})
        for run in runs:
            server.push_xcom("etl", run, "extract", "rows", 1)
            server.push_xcom("etl", run, "extract", "files", [])
            for index in range(5):
                server.push_xcom("etl", run, "load", "return_value", index, map_index=index)
            server.add_task("etl", run, "report", state="running")
    last_three = "\n  ".join(["The last three are:", *runs[:1:-1]])
    cases: tuple[tuple[list[str], str], ...] = (
        (["elt", "latest", "extract"], "There is no DAG 'elt'. Did you mean 'etl'?"),
        (["etl", "nightly", "extract"], f"DAG 'etl' has no run 'nightly'.\n{last_three}"),
        (["etl", "latest", "laod"], "DAG 'etl' has no task 'laod'. Did you mean 'load'?"),
        (["etl", "latest", "x"], "DAG 'etl' has no task 'x'. Its tasks: extract, load, report."),
        (["etl", "latest", "extract", "row"], "Task 'extract' has no XCom 'row'. Did you mean 'rows'?"),
        (["etl", "latest", "extract"], "Task 'extract' has no XCom 'return_value'. Its keys: files, rows."),
        (["etl", "latest", "load"], "Task 'load' is mapped: add --map-index 0–4."),
        (["etl", "latest", "load", "--map-index", "9"], "Task 'load' has no map index 9 with XComs, but 0–4."),
        (["etl", "latest", "load", "x", "--map-index", "1"], "Task 'load'[1] has no XCom 'x'. Its keys: return_value."),
        (
            ["etl", "latest", "extract", "rows", "--map-index", "0"],
            "Task 'extract' is not mapped: leave out --map-index.",
        ),
        (["etl", "latest", "report"], "Task 'report' has pushed no XComs yet in run"),
    )
    with all_cases() as case:
        for server in (airflow, airflow_2):
            for arguments, message in cases:
                # the run that reports is not successful
                shown = [argument if argument != "latest" else "latest:any" for argument in arguments]
                with case([server, *shown]):
                    result = run_here("get", *shown, at=server)
                    assert (result.status, result.stdout) == (4, "")
                    assert message in result.stderr, result.stderr


def test_a_missing_argument_is_named_before_anything_is_sent(airflow: EmbeddedAirflow, run_here: Program) -> None:
    given = ("dag", "run", "task")
    for command in ("get", "wait"):
        for number, missing in enumerate(("DAG", "RUN", "TASK")):
            result = run_here(command, *given[:number])
            assert result.status == 2
            assert f"Missing argument '{missing}'" in result.stderr
    assert airflow.requests == []


def test_look_ups_need_no_permission_but_that_for_xcoms(airflow_2: EmbeddedAirflow, run_here: Program) -> None:
    airflow_2.add_user("reader", "reader-pw", "can read on XComs")
    airflow_2.push_xcom("etl", RUN, "extract", "rows", 1)
    reader = {"AIRFLOW_XCOM_USERNAME": "reader", "AIRFLOW_XCOM_PASSWORD": "reader-pw"}
    similar = run_here("get", "etl", RUN, "extract", "row", at=airflow_2, env=reader)
    assert similar.stderr == "Error: Task 'extract' has no XCom 'row'. Did you mean 'rows'?\n"
    unknown = run_here("get", "etl", "nope", "extract", "rows", at=airflow_2, env=reader)
    assert unknown.status == 4
    assert "(404)" in unknown.stderr


def test_a_mapped_task_with_hundreds_of_instances_has_its_span_looked_up(
    airflow: EmbeddedAirflow, run_here: Program
) -> None:
    for index in range(250):
        airflow.push_xcom("etl", RUN, "load", "return_value", index, map_index=index)
    result = run_here("get", "etl", RUN, "load")
    assert result.stderr == "Error: Task 'load' is mapped: add --map-index 0–249.\n"
    assert run_here("get", "etl", RUN, "load", "--map-index", "249").stdout == "249\n"
