"""``airflow-xcom list`` and ``runs``."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
import yaml

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support.cases import all_cases

RUN_1, RUN_2 = "scheduled__2024-01-01T00:00:00+00:00", "scheduled__2024-01-02T00:00:00+00:00"


@pytest.fixture(params=["airflow", "airflow_2"])
def either(request: pytest.FixtureRequest) -> Any:
    """Airflow 3, then Airflow 2, with the sample data."""
    server = request.getfixturevalue(request.param)
    server.add_sample_data()
    return server


def test_the_formats_hold_the_same_rows_on_airflow_2_and_3(either: Any, run_here: Program) -> None:
    outputs = {
        name: run_here("list", "etl", "--output", name, at=either).stdout
        for name in ("table", "json", "jsonl", "csv", "yaml")
    }
    rows = json.loads(outputs["json"])
    assert len(rows) == 12
    assert {row["run_id"] for row in rows} == {RUN_1, RUN_2}  # Airflow 2 does not send them
    assert rows == [json.loads(line) for line in outputs["jsonl"].splitlines()] == yaml.safe_load(outputs["yaml"])
    texts = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    assert texts == list(csv.DictReader(outputs["csv"].splitlines()))
    lines = [line.split("\t") for line in outputs["table"].splitlines()]
    assert lines[0] == ["DAG", "RUN", "TASK", "MAP", "KEY", "WRITTEN", "LOGICAL DATE", "RUN AFTER"]
    assert [list(row.values()) for row in texts] == lines[1:]


def test_filters_are_sent_to_the_server(airflow: EmbeddedAirflow, run_here: Program) -> None:
    airflow.add_sample_data()
    with all_cases() as case:
        for arguments, number in (
            (["etl", "latest"], 6),
            (["etl", RUN_1, "load"], 3),
            (["etl", "~", "load", "--map-index", "1"], 2),
            (["--key", "rows"], 2),
            (["--key-pattern", "ITEM_00"], 10),
            (["--key-prefix", "item_14"], 10),
            (["--task-prefix", "report."], 2),
            (["--run-pattern", "01-01"], 6),
            (["--dag-pattern", "etl"], 12),
            (["etl", "--logical-date-gt", "2024-01-01"], 6),
            (["etl", "--run-after-lte", "2024-01-01T00:00:00Z"], 6),
        ):
            with case(arguments):
                result = run_here("list", *arguments, "--output", "jsonl")
                assert (result.status, len(result.stdout.splitlines())) == (0, number), result.stderr
    ordered = run_here("list", "many", "--order-by", "-key", "--limit", "2", "--output", "csv").stdout
    assert [row["key"] for row in csv.DictReader(ordered.splitlines())] == ["item_149", "item_148"]


def test_the_first_rows_are_counted_and_all_are_listed_on_request(either: Any, run_here: Program) -> None:
    first = run_here("list", "many", at=either)
    assert first.stdout.count("\n") == 101
    assert first.stderr == "100 of 150 XComs; --all lists them\n"
    few = run_here("list", "many", "--limit", "120", "--output", "jsonl", at=either)
    assert (few.stdout.count("\n"), few.stderr) == (120, "120 of 150 XComs; --all lists them\n")
    everything = run_here("list", "many", "--all", "--output", "jsonl", at=either)
    assert (everything.stdout.count("\n"), everything.stderr) == (150, "")


def test_a_user_who_may_not_read_runs_sees_dates_in_their_place(airflow_2: EmbeddedAirflow, run_here: Program) -> None:
    airflow_2.add_sample_data()
    airflow_2.add_user("reader", "reader-pw", "can read on XComs")
    reader = {"AIRFLOW_XCOM_USERNAME": "reader", "AIRFLOW_XCOM_PASSWORD": "reader-pw"}
    result = run_here("list", "etl", at=airflow_2, env=reader, tty=True, columns=80)
    assert result.status == 0
    assert result.screen.splitlines()[0].split("  ")[0] == "TASK"
    assert "LOGICAL DATE" in result.screen
    given = run_here("list", "etl", RUN_1, at=airflow_2, env=reader)
    assert RUN_1 in given.stdout


def test_a_narrow_terminal_leaves_out_what_was_typed_and_shortens_ids(
    airflow: EmbeddedAirflow, run_here: Program
) -> None:
    airflow.push_xcom("etl", RUN_1, "load_all_the_orders_of_every_shop", "return_value", 1)
    airflow.push_xcom("etl", RUN_1, "extract", "number of rows", 1, map_index=3)
    shown = {width: run_here("list", "etl", RUN_1, tty=True, columns=width).screen for width in (60, 100, 160)}
    assert shown[60].splitlines() == [
        "TASK                               MAP  KEY",
        "extract                              3  number of rows",
        "load_all_the_orders_of_every_shop       return_value",
        "2 XComs",
    ]
    assert shown[100].splitlines()[0].split() == ["TASK", "MAP", "KEY", "WRITTEN", "LOGICAL", "DATE"]
    assert shown[160].splitlines()[0].split()[:5] == ["DAG", "RUN", "TASK", "MAP", "KEY"]
    assert (
        run_here("list", "etl", "latest", tty=True, columns=60)
        .screen.splitlines()[1]
        .startswith("…2024-01-01T00:00…  ext")
    )


def test_an_empty_list_is_no_failure_but_an_unknown_id_is(either: Any, run_here: Program) -> None:
    either.add_run("quiet", RUN_1, logical_date="2024-01-01T00:00:00+00:00")
    with all_cases() as case:
        for arguments, status, message in (
            (["quiet"], 0, "No XComs"),
            (["etl", RUN_1, "load", "--key", "nope"], 0, "No XComs"),
            (["elt"], 4, "There is no DAG 'elt'. Did you mean 'etl'?"),
            (["etl", "scheduled__2024-01-03T00:00:00+00:00"], 4, f"Did you mean '{RUN_2}' or '{RUN_1}'?"),
            (["etl", RUN_1, "laod"], 4, "DAG 'etl' has no task 'laod'. Did you mean 'load'?"),
            (["etl", "latest:failed"], 4, "DAG 'etl' has no failed run. See: airflow-xcom runs etl"),
            (["etl", "latest:broken"], 2, "There is no state 'broken': use latest:success, latest:failed"),
            (["~", "latest"], 2, "'latest' needs a DAG"),
            (["etl", "latest", "--run-id"], 4, "DAG 'etl' has no run 'latest'."),
        ):
            with case(arguments):
                result = run_here("list", *arguments, at=either)
                assert result.status == status, result.stderr
                assert message in result.stderr, result.stderr


def test_a_filter_that_the_release_lacks_is_named_as_its_option(airflow_2: EmbeddedAirflow, run_here: Program) -> None:
    for option in ("--key-prefix", "--dag-pattern", "--task-prefix", "--run-after-lt", "--logical-date-gte"):
        result = run_here("list", option, "2024", at=airflow_2)
        assert result.status == 1
        assert f"Error: {option} needs Airflow 3." in result.stderr
    assert "Error: --order-by needs" in run_here("list", "--order-by", "key", at=airflow_2).stderr


def test_the_last_runs_are_those_with_the_latest_dates(either: Any, run_here: Program) -> None:
    for day, state in ((5, "failed"), (4, "success"), (6, "running")):  # not in the order of creation
        either.add_run("late", f"run_{day}", logical_date=f"2024-01-0{day}T00:00:00+00:00", state=state)
    listed = run_here("runs", "late", "--output", "jsonl", at=either)
    rows = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [(row["dag_run_id"], row["state"]) for row in rows] == [
        ("run_6", "running"),
        ("run_5", "failed"),
        ("run_4", "success"),
    ]
    failed = run_here("runs", "late", "--state", "failed", "--last", "1", tty=True, columns=60, at=either)
    assert "\x1b[31mfailed\x1b[0m" in failed.terminal
    assert failed.screen.splitlines()[1].startswith("run_5  failed")
    unknown = run_here("runs", "lat", at=either)
    assert (unknown.status, unknown.stdout) == (4, "")
    assert "Did you mean 'late'?" in unknown.stderr
