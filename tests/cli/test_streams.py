"""Pipes and terminals."""

from __future__ import annotations

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program


def test_a_terminal_shows_columns_and_a_pipe_gets_tabs(airflow: EmbeddedAirflow, airflow_xcom: Program) -> None:
    airflow.add_sample_data()
    piped = airflow_xcom("runs", "etl")
    assert (piped.status, piped.stderr) == (0, "")
    assert piped.stdout.splitlines()[1].split("\t")[0] == "scheduled__2024-01-02T00:00:00+00:00"
    shown = airflow_xcom("runs", "etl", tty=True, columns=100)
    assert shown.status == 0
    assert "\x1b[" in shown.terminal
    assert "RUN" in shown.screen.splitlines()[0]
