"""``airflow-xcom history`` and ``diff``."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program


def run_id(day: int) -> str:
    return f"scheduled__2024-01-{day:02}T00:00:00+00:00"


@pytest.fixture
def sales(airflow: EmbeddedAirflow) -> EmbeddedAirflow:
    """Six runs; the third failed before it pushed, and the fifth succeeded without the XCom."""
    for day, rows in ((1, 100), (2, 120), (4, 90), (6, 90.5)):
        airflow.push_xcom("sales", run_id(day), "count", "rows", rows)
        airflow.push_xcom("sales", run_id(day), "count", "return_value", {"shops": [{"orders": day}], "ok": True})
    airflow.add_run("sales", run_id(3), logical_date="2024-01-03T00:00:00+00:00", state="failed")
    airflow.add_run("sales", run_id(5), logical_date="2024-01-05T00:00:00+00:00", state="success")
    return airflow


def test_a_history_has_a_row_for_each_run_with_changes_and_gaps(sales: EmbeddedAirflow, run_here: Program) -> None:
    result = run_here("history", "sales", "count", "rows", "--output", "jsonl")
    assert result.status == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["run_id"] for row in rows] == [run_id(day) for day in range(1, 7)]
    assert [row.get("value", "none") for row in rows] == [100, 120, "none", 90, "none", 90.5]
    assert [row["change"] for row in rows] == [None, 20, None, -30, None, 0.5]
    assert [row["problem"] for row in rows] == [None, None, "no XCom", None, "no XCom", None]
    assert result.stderr == "6 runs: 4 values, 2 without the XCom (1 failed)\n"
    exported = run_here("history", "sales", "count", "rows", "--csv", "--last", "2").stdout
    assert [(row["value"], row["change"]) for row in csv.DictReader(exported.splitlines())] == [("", ""), ("90.5", "")]


def test_a_terminal_shows_numbers_with_bars(sales: EmbeddedAirflow, run_here: Program) -> None:
    screen = run_here("history", "sales", "count", "rows", tty=True, columns=60).screen
    assert screen.splitlines()[-3:] == [
        "▃█ ▁ ▁",
        "min 90  max 120  mean 100.125",
        "6 runs: 4 values, 2 without the XCom (1 failed)",
    ]
    assert max(map(len, screen.splitlines())) <= 60
    others = run_here("history", "sales", "count", tty=True, columns=120).screen
    assert "min " not in others
    assert '{"shops": [{"orders": 1}], "ok": true}' in others


def test_a_path_selects_a_number_inside_the_value(sales: EmbeddedAirflow, run_here: Program) -> None:
    result = run_here(
        "history", "sales", "count", "--path", "shops[0].orders", "--output", "jsonl", "--state", "success"
    )
    assert [json.loads(line).get("value") for line in result.stdout.splitlines()] == [1, 2, 4, None, 6]
    wrong = run_here("history", "sales", "count", "--path", "shops[")
    assert (wrong.status, wrong.stdout) == (2, "")
    assert "--path is not a JMESPath" in wrong.stderr


def test_a_history_without_values_says_why(sales: EmbeddedAirflow, run_here: Program) -> None:
    sales.push_xcom("sales", run_id(6), "load", "return_value", 1, map_index=0)
    for arguments, message in (
        (["slaes", "count"], "There is no DAG 'slaes'. Did you mean 'sales'?"),
        (["sales", "cuont"], "DAG 'sales' has no task 'cuont'. Did you mean 'count'?"),
        (["sales", "count", "row"], "Task 'count' has no XCom 'row'. Did you mean 'rows'?"),
        (["sales", "load"], "Task 'load' is mapped: add --map-index"),
    ):
        result = run_here("history", *arguments)
        assert (result.status, result.stdout) == (4, "")
        assert message in result.stderr


def test_plots_are_drawn_in_three_formats(sales: EmbeddedAirflow, run_here: Program, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name, start in (("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.html", b"<!DOCTYPE html>")):
        result = run_here("history", "sales", "count", "rows", "--plot", str(tmp_path / name))
        assert result.status == 0, result.stderr
        assert f"Wrote {tmp_path / name}" in result.stderr
        assert (tmp_path / name).read_bytes().startswith(start)
    page = (tmp_path / "a.html").read_text("utf-8")
    assert "<svg" in page
    assert f"<td>{run_id(6)}</td><td>2024-01-06T00:00:00+00:00</td><td>90.5</td>" in page
    texts = run_here("history", "sales", "count", "--plot", str(tmp_path / "b.png"))
    assert (texts.status, (tmp_path / "b.png").exists()) == (1, False)
    assert "There are no numbers to draw" in texts.stderr


def test_a_plot_that_cannot_be_drawn_fails_before_anything_is_read(
    airflow: EmbeddedAirflow, run_here: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = run_here("history", "sales", "count", "--plot", "a.gif")
    assert (wrong.status, wrong.stderr) == (2, "Error: --plot writes files that end with .png, .svg, .html.\n")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("airflow_client.cli.plots.find_spec", lambda name: None)
    missing = run_here("history", "sales", "count", "--plot", "a.png")
    assert missing.status == 1
    assert missing.stderr == "Error: --plot needs matplotlib: pip install 'matplotlib>=3.7'\n"
    assert list(airflow.requests) == []


@pytest.fixture
def runs(airflow: EmbeddedAirflow) -> EmbeddedAirflow:
    """Two runs that differ in every way."""
    before = {"rows": 1, "files": ["a", "b"], "same": {"x": None}}
    after = {"rows": True, "files": ["a", "c", "b"], "same": {"x": None}, "new": 1}
    airflow.push_xcom("etl", run_id(1), "load", "return_value", before)
    airflow.push_xcom("etl", run_id(2), "load", "return_value", after)
    airflow.push_xcom("etl", run_id(1), "old\u202e", "gone", "\x1b[2J" + "x" * 100_000)
    airflow.push_xcom("etl", run_id(2), "map", "appeared", 5, map_index=0)
    for day in (1, 2):
        airflow.push_xcom("etl", run_id(day), "load", "equal", [1, 2, {"a": "b"}])
    return airflow


def test_differences_are_rows_and_the_status_is_1(runs: EmbeddedAirflow, run_here: Program) -> None:
    result = run_here("diff", "etl", run_id(1), "latest", "--output", "jsonl")
    assert result.status == 1
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["change"], row["task_id"], row["map_index"], row["key"], row["path"]) for row in rows] == [
        ("changed", "load", -1, "return_value", "rows"),
        ("added", "load", -1, "return_value", "files[1]"),
        ("added", "load", -1, "return_value", "new"),
        ("added", "map", 0, "appeared", ""),
        ("removed", "old\u202e", -1, "gone", ""),
    ]
    by_path = {(row["key"], row["path"]): row for row in rows}
    assert by_path["return_value", "rows"]["before"] == 1
    assert by_path["return_value", "rows"]["after"] is True
    assert (by_path["return_value", "files[1]"]["change"], by_path["return_value", "files[1]"]["after"]) == (
        "added",
        "c",
    )
    assert "before" not in by_path["appeared", ""]
    assert len(by_path["gone", ""]["before"]) == 100_004
    assert result.stderr == "1 added, 1 removed, 1 changed, 1 equal\n"
    some = run_here("diff", "etl", run_id(1), run_id(2), "--task", "load", "--key", "equal")
    assert (some.status, some.stderr) == (0, "1 XCom, all equal\n")


def test_a_terminal_shows_differences_in_colors_and_short(runs: EmbeddedAirflow, run_here: Program) -> None:
    result = run_here("diff", "etl", run_id(1), run_id(2), tty=True, columns=60)
    lines = result.screen.splitlines()
    assert lines[:7] == [
        f"--- {run_id(1)}",
        f"+++ {run_id(2)}",
        "~ load return_value",
        "    ~ rows  1 → true",
        '    + files[1]  "c"',
        "    + new  1",
        "+ map[0] appeared  5",
    ]
    assert lines[7].startswith('- old\\u202e gone  "\\u001b[2Jxxx')
    assert max(map(len, lines)) <= 60
    assert "\x1b[31m1\x1b[0m → \x1b[32mtrue\x1b[0m" in result.terminal
    assert "\x1b[2J" not in result.terminal


def test_runs_that_do_not_exist_are_no_difference(runs: EmbeddedAirflow, run_here: Program) -> None:
    result = run_here("diff", "etl", run_id(1), run_id(3))
    assert (result.status, result.stdout) == (4, "")
    assert "DAG 'etl' has no run" in result.stderr
    assert run_here("diff", "etl", "latest", "latest").status == 0
