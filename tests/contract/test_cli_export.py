"""``airflow-xcom export``, ``load`` and ``copy``: what the program writes is what the client reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_client.xcom import XCom
from tests.contract.dataset import RUN_1, RUN_2
from tests.contract.expected import KINDS
from tests.contract.servers import Server
from tests.support import program
from tests.support.program import Result

Program = Callable[..., Result]
pytestmark = pytest.mark.airflow("2.11", "3.3")


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Program:
    settings = {"AIRFLOW_XCOM_HOST": server.url, "AIRFLOW_XCOM_USERNAME": "admin", "AIRFLOW_XCOM_PASSWORD": "admin-pw"}
    return lambda *arguments: program.run_here(arguments, program.environment(tmp_path, settings))


def expected_rows(api: Any, *ids: str) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines export."""
    return [
        {
            **{name: getattr(xcom, name) for name in ("dag_id", "run_id", "task_id", "map_index", "key", "value")},
            "timestamp": xcom.timestamp.isoformat(),
            "logical_date": xcom.logical_date and xcom.logical_date.isoformat(),
        }
        for xcom in api.iter_xcoms(*ids, on_error="yield")
        if isinstance(xcom, XCom)
    ]


@pytest.mark.parametrize("ids", [KINDS, ("~", "~", "mapped"), ("~", "~", "odd_keys")], ids=lambda ids: ids[2])
def test_an_export_has_what_the_client_reads(api: Any, run: Program, tmp_path: Path, ids: tuple[str, ...]) -> None:
    path = tmp_path / "out.jsonl"
    result = run("export", *ids, "-o", str(path))
    assert [repr(json.loads(line)) for line in path.read_bytes().splitlines()] == [*map(repr, expected_rows(api, *ids))]
    errors = tmp_path / "out.errors.jsonl"  # keys that this release lists and does not accept in a path
    failures = [json.loads(line) for line in errors.read_bytes().splitlines()] if errors.exists() else []
    assert result.status == (1 if failures else 0)
    assert all("/" in row["key"] for row in failures)


def test_the_last_runs(run: Program) -> None:
    lines = run("export", "contract", "--last-runs", "1", "-o", "-").stdout.splitlines()
    assert {json.loads(line)["run_id"] for line in lines} == {RUN_2}
    lines = run("export", "--last-runs", "1", "--key", "return_value", "-o", "-").stdout.splitlines()
    runs = {(row["dag_id"], row["run_id"]) for row in map(json.loads, lines)}
    assert len(runs) == len({dag_id for dag_id, _ in runs})


@pytest.mark.airflow("3.3")
def test_load_and_copy_write_what_was_read(api: Any, run: Program, tmp_path: Path) -> None:
    ids = {"dag_id": "contract", "dag_run_id": RUN_1, "task_id": "kinds"}
    values = {"cli text": "42", "cli/number": 42, "cli_false": False, "cli_null": None, "cli_nested": {"é": [1, {}]}}
    for key, value in values.items():
        api.put_xcom_entry(**ids, xcom_key=key, value=value)
    path = str(tmp_path / "out.sqlite")
    assert run("export", "contract", RUN_1, "--key-prefix", "cli", "-o", path).status == 0

    def read(run_id: str) -> dict[str, str]:
        xcoms = api.iter_xcoms("contract", run_id, "kinds", xcom_key_prefix_pattern="cli")
        return {xcom.key: json.dumps(xcom.value) for xcom in xcoms}

    expected = {key: json.dumps(value) for key, value in values.items()}
    try:
        api.delete_xcom_entries(**ids, xcom_key_prefix_pattern="cli")
        assert run("load", path).stderr == "Wrote 5 XComs.\n"
        assert read(RUN_1) == expected
        api.put_xcom_entry(**ids, xcom_key="cli text", value="changed")
        assert (
            run("load", path).stderr == "Wrote 0 XComs; 5 existed and are as they were (--overwrite replaces them).\n"
        )
        assert run("load", path, "--overwrite").status == 0
        assert read(RUN_1) == expected
        assert run("copy", "contract", RUN_1, RUN_2, "--key-prefix", "cli").status == 0
        assert read(RUN_2) == expected
        result = run("copy", "contract", RUN_1, RUN_2, "--key", "set", "--overwrite")
        assert (result.status, "reserved" in result.stderr) == (1, True)
        result = run("load", path, "--run", "no-such-run")
        assert (result.status, "no-such-run" in result.stderr) == (4, True)
    finally:
        for run_id in (RUN_1, RUN_2):
            api.delete_xcom_entries(**{**ids, "dag_run_id": run_id}, xcom_key_prefix_pattern="cli")


@pytest.mark.airflow("2.11")
def test_airflow_2_cannot_load(run: Program, tmp_path: Path) -> None:
    path = str(tmp_path / "out.jsonl")
    assert run("export", "contract", RUN_1, "mapped", "-o", path).status == 0
    result = run("load", path)
    assert (result.status, "3.2" in result.stderr) == (1, True)
