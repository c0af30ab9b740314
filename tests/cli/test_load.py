"""``airflow-xcom load`` and ``copy``: exact values and keys, existing XComs, failures and other runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import FORMATS, Program
from tests.support.cases import all_cases

RUN, OTHER = "manual__2024-01-01T00:00:00+00:00", "manual__2024-01-02T00:00:00+00:00"
VALUES: dict[str, Any] = {
    "text": "42",
    "number": 42,
    "false": False,
    "null": None,
    "nested": {"b": [1, 2.5, {"a": None, "": [True]}]},
    "key/with a slash": "é🎈",
    "50 %": "\u2028",
}


def stored(server: EmbeddedAirflow, run: str = RUN) -> dict[tuple[str, int, str], str]:
    return {(row.task_id, row.map_index, row.key): json.dumps(row.value) for row in server.xcoms if row.run_id == run}


@pytest.fixture
def exported(airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path) -> dict[str, Path]:
    """Exports of some XComs in each format; the server has the task instances of another run too."""
    for key, value in VALUES.items():
        airflow.push_xcom("dag", RUN, "task", key, value)
    airflow.push_xcom("dag", RUN, "mapped", "key", [1], map_index=2)
    airflow.add_task("dag", OTHER, "task")
    airflow.add_task("dag", OTHER, "mapped", map_index=2)
    files = {kind: tmp_path / f"out.{kind}" for kind in FORMATS}
    for path in files.values():
        assert run_here("export", "dag", RUN, "-o", str(path)).status == 0
    return files


def test_an_export_in_each_format_restores_the_same_xcoms(
    airflow: EmbeddedAirflow, run_here: Program, exported: dict[str, Path]
) -> None:
    before = stored(airflow)
    with all_cases() as case:
        for kind, path in exported.items():
            with case(kind):
                for task_id, map_index, key in before:
                    airflow.delete_xcom("dag", RUN, task_id, key, map_index=map_index)
                result = run_here("load", str(path))
                assert (result.status, result.stderr) == (0, "Wrote 8 XComs.\n")
                assert stored(airflow) == before


def test_existing_xcoms_stay_unless_they_are_overwritten(
    airflow: EmbeddedAirflow, run_here: Program, airflow_xcom: Program, exported: dict[str, Path]
) -> None:
    path = str(exported["jsonl"])
    before = stored(airflow)
    airflow.push_xcom("dag", RUN, "task", "number", "changed")
    airflow.delete_xcom("dag", RUN, "task", "text")
    airflow.requests.clear()
    result = run_here("load", path, "--dry-run", "--overwrite")
    assert (result.status, result.stderr) == (0, "Would write 8 XComs; 7 of them exist and would be replaced.\n")
    result = run_here("load", path, "--dry-run")
    assert (result.status, result.stderr) == (0, "Would write 1 XCom; 7 exist and would stay as they are.\n")
    assert {request.method for request in airflow.requests if request.path.startswith("/api")} == {"GET"}
    result = run_here("load", path)
    assert (result.status, result.stderr) == (
        0,
        "Wrote 1 XCom; 7 existed and are as they were (--overwrite replaces them).\n",
    )
    assert stored(airflow) == {**before, ("task", -1, "number"): '"changed"'}
    result = run_here("load", path, "--overwrite", "--workers", "4")
    assert (result.status, result.stderr) == (0, "Wrote 8 XComs.\n")
    assert stored(airflow) == before

    for index in range(10):
        airflow.push_xcom("dag", RUN, "task", f"k{index}", "old")
    many = Path(path).with_name("many.jsonl")
    run_here("export", "dag", RUN, "-o", str(many))
    airflow.push_xcom("dag", RUN, "task", "k0", "new")
    for reply, status, value in (("n\r", 130, '"new"'), ("y\r", 0, '"old"')):
        result = airflow_xcom("load", str(many), "--overwrite", tty=True, input=[("[y/N]", reply)])
        assert "Replace 18 existing XComs?" in result.screen
        assert (result.status, stored(airflow)["task", -1, "k0"]) == (status, value)


def test_ids_can_be_replaced(airflow: EmbeddedAirflow, run_here: Program, exported: dict[str, Path]) -> None:
    airflow.add_run("dag", OTHER, logical_date=OTHER[8:], state="failed")
    airflow.add_task("copy", "run", "task")
    path = str(exported["csv"])
    assert run_here("load", path, "--run", "latest:failed").stderr == "Wrote 8 XComs.\n"
    assert stored(airflow, OTHER) == stored(airflow, RUN)
    piped = run_here("export", "dag", RUN, "task", "-o", "-").stdout
    result = run_here("load", "-", "--dag", "copy", "--run", "run", input=piped)
    assert (result.status, result.stderr) == (0, "Wrote 7 XComs.\n")
    assert {row.dag_id for row in airflow.xcoms if row.run_id == "run"} == {"copy"}

    run_here("export", "dag", "-o", path, "--force")
    cases = {
        ("--run", OTHER): (2, "XComs of 2 runs"),
        ("--task", "task"): (2, "XComs of 2 tasks"),
        ("--dag", "no-such-dag"): (1, "could not be written"),
    }
    with all_cases() as case:
        for arguments, (status, message) in cases.items():
            with case(arguments):
                result = run_here("load", path, *arguments)
                assert (result.status, message in result.stderr) == (status, True), result.stderr
    result = run_here("load", str(exported["jsonl"]), "--run", "no-such-run")
    assert (result.status, "has no run 'no-such-run'" in result.stderr) == (4, True)


def test_what_airflow_refuses_is_a_failure_and_the_rest_is_written(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
) -> None:
    airflow.add_task("dag", RUN, "task")
    common = {"dag_id": "dag", "run_id": RUN, "task_id": "task", "map_index": -1}
    rows = [
        {**common, "key": "good", "value": 1},
        {**common, "key": "envelope", "value": {"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}},
        {**common, "key": "nan", "value": float("nan")},
        {**common, "key": "..", "value": 1},
        {**common, "key": "one", "value": 1.0},
        {**common, "key": "text", "value": "{'a': 1}", "stringified": True},
        {**common, "run_id": "no-such-run", "key": "key", "value": 1},
        {**common, "map_index": None, "key": "good, too", "value": 2},
    ]
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    result = run_here("load", str(path))
    assert result.status == 1
    lines = result.stderr.splitlines()
    assert lines[0] == "Wrote 2 XComs."
    assert lines[1] == "Error: 6 XComs could not be written:"
    reasons = ("reserved", "nan", "'..'", "1.0 is stored as 1", "only text")
    assert all(reason in line for reason, line in zip(reasons, lines[2:7]))
    assert stored(airflow)["task", -1, "good, too"] == "2"


def test_a_file_that_is_no_export_is_refused_before_anything_is_written(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
) -> None:
    airflow.add_task("dag", RUN, "task")
    good = json.dumps({"dag_id": "dag", "run_id": RUN, "task_id": "task", "key": "key", "value": 1})
    cases = {
        "not.jsonl": f"{good}\nnot JSON",
        "list.jsonl": f"{good}\n[1]",
        "key.jsonl": good + good.replace('"key": "key"', '"key": ""'),
        "index.jsonl": f'{good}\n{good[:-1]}, "map_index": "1"}}',
        "partial.jsonl": '{"airflow_xcom_export": 1, "options": {}}\n' + good,
        "other.csv": "a,b\n1,2\n",
        "empty.sqlite": "",
        "text.parquet": "text",
        "name.txt": good,
    }
    with all_cases() as case:
        for name, content in cases.items():
            path = tmp_path / name
            if path.suffix == ".parquet" and "parquet" not in FORMATS:
                continue
            with case(name):
                path.write_text(content)
                result = run_here("load", str(path))
                assert (result.status, str(path) in result.stderr or name in result.stderr) == (
                    2 if name == "name.txt" else 1,
                    True,
                ), result.stderr
    assert not airflow.xcoms


def test_airflow_before_3_2_is_named(airflow_2: EmbeddedAirflow, run_here: Program, tmp_path: Path) -> None:
    airflow_2.push_xcom("dag", RUN, "task", "key", 1)
    path = str(tmp_path / "out.jsonl")
    assert run_here("export", "-o", path, at=airflow_2).status == 0
    for arguments in (("load", path), ("load", path, "--dry-run"), ("copy", "dag", RUN, OTHER)):
        result = run_here(*arguments, at=airflow_2)
        assert (result.status, "3.2" in result.stderr) == (1, True), result.stderr


class TestCopy:
    def test_copies_what_the_filters_leave(
        self, airflow: EmbeddedAirflow, run_here: Program, exported: dict[str, Path]
    ) -> None:
        result = run_here(
            "copy", "dag", RUN, OTHER, "--task", "task", "--key-prefix", "n", "--dry-run", "--output", "jsonl"
        )
        assert [json.loads(line)["key"] for line in result.stdout.splitlines()] == ["nested", "null", "number"]
        assert (result.status, result.stderr) == (0, f"Would copy 3 XComs to run '{OTHER}'.\n")
        assert not stored(airflow, OTHER)
        assert run_here("copy", "dag", RUN, OTHER).stderr == f"Copied 8 XComs to run '{OTHER}'.\n"
        assert stored(airflow, OTHER) == stored(airflow, RUN)
        airflow.push_xcom("dag", OTHER, "task", "number", "changed")
        result = run_here("copy", "dag", RUN, OTHER)
        assert (result.status, "; 8 exist there (--overwrite replaces them)" in result.stderr) == (0, True)
        assert run_here("copy", "dag", RUN, OTHER, "--overwrite").status == 0
        assert stored(airflow, OTHER) == stored(airflow, RUN)

    def test_lists_its_failures(self, airflow: EmbeddedAirflow, run_here: Program, exported: dict[str, Path]) -> None:
        airflow.push_xcom("dag", RUN, "task", "set", {1, 2})
        result = run_here("copy", "dag", RUN, OTHER)
        assert result.status == 1
        assert result.stderr.startswith("Copied 8 XComs")
        assert "1 XCom could not be copied" in result.stderr
        for arguments in ((RUN, "no-such-run"), ("no-such-run", OTHER), ("latest:failed", OTHER)):
            assert run_here("copy", "dag", *arguments).status == 4
