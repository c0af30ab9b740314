"""``airflow-xcom set``."""

from __future__ import annotations

from pathlib import Path

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program

RUN = "manual__2024-01-01T00:00:00+00:00"


def test_a_value_is_stored_as_the_json_that_was_typed(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
) -> None:
    airflow.add_task("etl", RUN, "extract")
    file = tmp_path / "value.json"
    file.write_text('{"größe": [1, 2.50]}', "utf-8")
    for arguments, stored in (
        (["42"], 42),
        (["42", "--text"], "42"),
        (["--", "-5"], -5),
        (['"42"'], "42"),
        (["null"], None),
        (["false"], False),
        (["1267650600228229401496703205376.5"], 1267650600228229401496703205376.5),
        (["--file", str(file)], {"größe": [1, 2.5]}),
        (["--file", "-"], [1]),
        (["--file", "-", "--text"], "[1]\n"),
    ):
        result = run_here("set", "etl", RUN, "extract", "k", *arguments, input="[1]\n")
        assert (result.status, result.stdout) == (0, ""), (arguments, result.stderr)
        assert result.stderr == f"Set 'k' of task 'extract' in run {RUN!r}.\n"
        (xcom,) = airflow.xcoms
        assert xcom.value == stored, arguments


def test_what_is_not_strict_json_is_refused_before_anything_is_sent(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path
) -> None:
    for text, problem in (
        ("hello", "For a string, add --text"),
        ("NaN", "JSON has no NaN"),
        ("[Infinity]", "JSON has no Infinity"),
        ('{"a": 1, "a": 2}', "the key 'a' occurs twice"),
        ("[" * 100_000, "nested too deeply"),
        ("1 2", "Extra data"),
        ("", "VALUE is not JSON"),
    ):
        result = run_here("set", "etl", RUN, "extract", "k", text)
        assert result.status == 2, text[:20]
        assert problem in result.stderr, result.stderr
    assert run_here("set", "etl", RUN, "extract", "k").status == 2
    file = tmp_path / "latin-1.txt"
    file.write_bytes(b"gr\xf6\xdfe")
    result = run_here("set", "etl", RUN, "extract", "k", "--text", "--file", str(file))
    assert result.status == 2
    assert "is not UTF-8 text" in result.stderr
    assert airflow.requests == []


def test_a_run_or_task_that_is_not_there_is_named_with_what_there_is(
    airflow: EmbeddedAirflow, run_here: Program
) -> None:
    airflow.add_task("etl", RUN, "extract")
    assert "Did you mean 'extract'?" in run_here("set", "etl", RUN, "extrac", "k", "1").stderr
    result = run_here("set", "etl", "manual__2", "extract", "k", "1")
    assert result.status == 4
    assert f"The last one is:\n  {RUN}" in result.stderr


def test_airflow_2_cannot_store_values_and_the_error_names_the_release(
    airflow_2: EmbeddedAirflow, run_here: Program
) -> None:
    result = run_here("set", "etl", RUN, "extract", "k", "1", at=airflow_2)
    assert result.status == 1
    assert "needs Airflow 3.2 or later" in result.stderr
