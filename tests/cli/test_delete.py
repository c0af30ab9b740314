"""``airflow-xcom delete``."""

from __future__ import annotations

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program

RUN = "manual__2024-01-01T00:00:00+00:00"


@pytest.fixture
def filled(airflow: EmbeddedAirflow) -> EmbeddedAirflow:
    for key in ("debug_1", "debug_2", "rows"):
        airflow.push_xcom("etl", RUN, "extract", key, 1)
    for index in range(2):
        airflow.push_xcom("etl", RUN, "load", "rows", index, map_index=index)
    return airflow


def _keys(airflow: EmbeddedAirflow) -> list[str]:
    return [f"{xcom.task_id}[{xcom.map_index}] {xcom.key}" for xcom in airflow.xcoms]


def test_a_terminal_shows_what_would_be_deleted_and_asks(filled: EmbeddedAirflow, airflow_xcom: Program) -> None:
    arguments = ("delete", "etl", RUN, "--key-prefix", "debug_")
    before = _keys(filled)
    refused = airflow_xcom(*arguments, tty=True, input=[("[y/N]", "n\n")])
    assert refused.status == 130
    assert _keys(filled) == before
    accepted = airflow_xcom(*arguments, tty=True, input=[("[y/N]", "y\n")])
    assert accepted.status == 0
    assert "Delete 2 XComs?" in accepted.screen
    assert accepted.screen.endswith("Deleted 2 XComs.")
    assert _keys(filled) == ["extract[-1] rows", "load[0] rows", "load[1] rows"]


def test_scripts_say_yes_and_name_what_they_mean(filled: EmbeddedAirflow, run_here: Program) -> None:
    asked = run_here("delete", "etl", RUN, "extract", "rows")
    assert (asked.status, filled.requests) == (2, [])
    assert "--yes" in asked.stderr
    looked = run_here("delete", "etl", "~", "--dry-run")
    assert (looked.status, looked.stdout.count("\n")) == (0, 6)
    assert "5 XComs would be deleted" in looked.stderr
    assert run_here("delete", "etl", RUN, "extract", "rows", "--yes").status == 0
    assert run_here("delete", "etl", RUN, "load", "--map-index", "1", "--yes").status == 0
    assert _keys(filled) == ["extract[-1] debug_1", "extract[-1] debug_2", "load[0] rows"]


def test_an_xcom_that_is_not_there_is_status_4_and_nothing_that_matches_is_fine(
    filled: EmbeddedAirflow, run_here: Program
) -> None:
    missing = run_here("delete", "etl", RUN, "extract", "row", "--yes")
    assert missing.status == 4
    assert "Did you mean 'rows'?" in missing.stderr
    assert run_here("delete", "etl", RUN, "--key-prefix", "other", "--yes").status == 0
    missing = run_here("delete", "etl", "manual__2", "--yes")
    assert missing.status == 4
    assert f"The last one is:\n  {RUN}" in missing.stderr


def test_a_prefix_is_exact_though_airflow_reads_it_up_to_its_last_letter(
    filled: EmbeddedAirflow, run_here: Program
) -> None:
    filled.push_xcom("etl", RUN, "extract", "debugger", 1)
    result = run_here("delete", "etl", RUN, "--key-prefix", "debug_|zz", "--dry-run", "--output", "csv")
    assert result.stdout.splitlines()[1:] == [f"{RUN},extract,-1,debug_1", f"{RUN},extract,-1,debug_2"]


def test_what_cannot_be_deleted_is_listed(filled: EmbeddedAirflow, run_here: Program) -> None:
    for key in ("..", "two\nlines"):
        filled.push_xcom("etl", RUN, "extract", key, 1)
    result = run_here("delete", "etl", RUN, "extract", "--yes")
    assert result.status == 1
    assert "Deleted 3 XComs; 2 failed." in result.stderr
    assert "extract  ..: " in result.stderr
    assert r"extract  two\x0alines: " in result.stderr
