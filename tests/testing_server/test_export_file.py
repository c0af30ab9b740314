"""Files of XComs, one JSON object a line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, Configuration, XComApi

SET = {"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}
ROW = {"dag_id": "etl", "run_id": "manual__1", "task_id": "extract", "map_index": -1, "key": "rows", "value": [1, SET]}
DATED = {**ROW, "run_id": "b", "timestamp": "2024-01-02T03:04:05Z", "logical_date": "2024-01-02T00:00:00+00:00"}
DATELESS = {**DATED, "run_id": "c", "logical_date": None, "map_index": 2, "value": None, "other": "ignored"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "export.jsonl"


def read(airflow: EmbeddedAirflow) -> list[dict[str, Any]]:
    airflow.add_user("u", "p")
    with airflow, ApiClient(Configuration(host=airflow.host, username="u", password="p")) as client:
        return [xcom.to_dict() for xcom in XComApi(client).iter_xcoms()]


@pytest.mark.parametrize("version", ["2.11", "3.3"])
def test_the_server_answers_with_the_values_and_dates_of_the_file(version: str, file: Path) -> None:
    file.write_text("\n\n".join(map(json.dumps, [ROW, DATED, {**DATELESS, "key": "more"}, DATELESS])))
    airflow = EmbeddedAirflow(version)
    assert airflow.load_xcoms(file) == airflow.load_xcoms(str(file)) == 4
    dated, _, dateless, row = read(airflow)
    date = "execution_date" if version == "2.11" else "logical_date"
    assert (dated[date][:19], dated["timestamp"][:19]) == ("2024-01-02T00:00:00", "2024-01-02T03:04:05")
    assert row["value"] == ([1, "(1)"] if version == "2.11" else [1, SET])
    assert (dateless["map_index"], dateless["value"]) == (2, None)
    if version == "3.3":
        assert (dateless[date], dateless["run_after"]) == (None, "2024-01-02T03:04:05Z")


def test_an_export_of_what_a_server_stores_can_be_loaded(file: Path) -> None:
    first, second = EmbeddedAirflow("3.3"), EmbeddedAirflow("3.3")
    first.add_sample_data()
    rows = [{**vars(xcom), "timestamp": str(xcom.timestamp), "logical_date": None} for xcom in first.xcoms]
    file.write_text("\n".join(map(json.dumps, rows)))
    second.load_xcoms(file)
    values = [[(xcom.key, xcom.value, xcom.timestamp) for xcom in airflow.xcoms] for airflow in (first, second)]
    assert values[0] == values[1]
    assert values[0][0][2].tzinfo is dt.timezone.utc


def test_numbers_of_a_server_with_postgresql_stay_exact(file: Path) -> None:
    """SQLite changes these when a task pushes them to Airflow 3."""
    file.write_text("\n".join(json.dumps({**ROW, "key": str(value), "value": value}) for value in (1.0, 2**70)))
    airflow = EmbeddedAirflow("3.3")
    airflow.load_xcoms(file)
    assert [repr(row["value"]) for row in read(airflow)] == ["1.0", str(2**70)]


def test_invalid_lines_are_named(file: Path) -> None:
    lines = ["{", "[1]", "\udcff", json.dumps({"dag_id": "etl"}), *(json.dumps({**ROW, **wrong}) for wrong in WRONG)]
    file.write_bytes("\n".join([*lines, json.dumps(ROW)]).encode(errors="surrogateescape"))
    airflow = EmbeddedAirflow("3.3")
    with pytest.raises(ValueError) as raised:
        airflow.load_xcoms(file)
    head, *problems = str(raised.value).splitlines()
    assert head == f"{file} has invalid lines; the other 1 were loaded:"
    assert problems == [
        "line 1: it is not JSON",
        "line 2: it is not a JSON object",
        "line 3: it is not JSON",
        "line 4: it has no run_id, task_id, key, value",
        "line 5: dag_id must be a str, not int",
        "… and 4 more",
    ]
    assert len(airflow.xcoms) == 1


#: Fields with invalid values; on Airflow 3, a NaN too.
WRONG: list[dict[str, Any]] = [
    {"dag_id": 1},
    {"map_index": "0"},
    {"timestamp": "yesterday"},
    {"logical_date": 1},
    {"value": float("nan")},
]
