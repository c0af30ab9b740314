"""``airflow-xcom login``, ``doctor`` and completion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.dataset import RUN_1
from tests.contract.servers import Server
from tests.support.program import Result, environment, run_here


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return tmp_path


def run(home: Path, *arguments: str, **settings: Any) -> Result:
    variables = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", **settings.pop("variables", {})}
    return run_here(arguments, environment(home, variables), **settings)


def log_in(server: Server, home: Path) -> Result:
    return run(home, "login", server.url, "--user", "admin", "--password-stdin", input="admin-pw\n")


def test_a_login_is_checked_saved_and_shared(server: Server, home: Path) -> None:
    result = run(home, "login", server.url, "--user", "admin", "--password-stdin", input="wrong\n")
    assert (result.status, result.stdout) == (3, ""), result.stderr
    assert "check username and password" in result.stderr
    result = log_in(server, home)
    assert result.status == 0, result.stderr
    assert f"Logged in to Airflow {server.version} at {server.url} as admin." in result.stdout
    assert "The commands share this login" in result.stdout
    for _ in range(3):  # without a password
        assert run(home, "runs", "contract", "--last", "1").status == 0
    assert run(home, "logout").status == 0
    assert run(home, "runs", "contract", "--last", "1").status == 2


def test_doctor_finds_nothing_wrong(server: Server, home: Path) -> None:
    assert log_in(server, home).status == 0
    result = run(home, "doctor", "--output", "json")
    found = {finding["check"]: finding for finding in json.loads(result.stdout)}
    assert (result.status, [name for name, finding in found.items() if finding["status"] == "failed"]) == (0, [])
    assert f"Airflow {server.version}" in found["API"]["detail"]
    assert found["Login"]["detail"] == "user admin, with the login of an earlier command"
    has_writes = server.version >= "3.2"
    assert found["Write XComs"]["detail"] == ("allowed" if has_writes else "not before Airflow 3.2")
    assert found["Clock"]["status"] == "ok"
    assert "for 8 at once" in found["Speed"]["detail"]


def test_the_server_s_ids_complete(server: Server, home: Path) -> None:
    assert log_in(server, home).status == 0

    def complete(line: str) -> list[str]:
        variables = {"_AIRFLOW_XCOM_COMPLETE": "bash_complete", "COMP_LINE": line, "COMP_POINT": str(len(line))}
        result = run(home, variables={**variables, "COMP_WORDBREAKS": " "})
        return [item.partition(",")[2].strip("'") for item in result.stdout.splitlines() if item]

    assert complete("airflow-xcom get contr")[0] == "contract"
    assert RUN_1 in complete("airflow-xcom get contract ")
    assert "kinds" in complete(f"airflow-xcom get contract {RUN_1} k")
    assert complete(f"airflow-xcom get contract {RUN_1} kinds i")
