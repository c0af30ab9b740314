"""``login`` and ``logout``: what is asked, what is checked, and where secrets are stored."""

from __future__ import annotations

import json
import stat
import urllib.request
from pathlib import Path
from typing import Any

import keyring
import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, Configuration, UnauthorizedException, XComApi
from tests.cli.conftest import Program
from tests.cli.test_connection import RUN, logins
from tests.support.keyring_backend import FileKeyring

#: The profile alone decides.
ALONE: dict[str, str | None] = {
    "AIRFLOW_XCOM_HOST": None,
    "AIRFLOW_XCOM_USERNAME": None,
    "AIRFLOW_XCOM_PASSWORD": None,
}


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keyring of the machine stays as it is; processes get the same by their environment."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(keyring.core, "_keyring_backend", keyring.backends.fail.Keyring())


def config(home: Path) -> Path:
    return home / ".config" / "airflow-xcom"


def token_of(airflow: EmbeddedAirflow) -> str:
    request = urllib.request.Request(
        f"{airflow.base_url}/auth/token",
        data=json.dumps({"username": "admin", "password": "admin-pw"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(json.load(response)["access_token"])


def test_a_person_logs_in(airflow: EmbeddedAirflow, airflow_xcom: Program, run_here: Program, tmp_path: Path) -> None:
    airflow.add_run("etl", RUN)
    answers = [
        ("URL of Airflow", f"{airflow.base_url}\n"),
        ("User name", "admin\n"),
        ("Password of admin at", "admin-pw\n"),
    ]
    result = airflow_xcom(
        "login",
        env={**ALONE, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
        tty=True,
        input=answers,
        columns=200,
    )
    assert result.status == 0, result.screen
    assert f"Logged in to Airflow 3.3.2 at {airflow.base_url} as admin." in result.screen
    assert "The password is not stored; there is no keyring on this system." in result.screen
    assert "The commands share this login for 24 h, and then ask for the password." in result.screen
    assert "admin-pw" not in result.terminal
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"admin-pw" not in path.read_bytes()
    assert (config(tmp_path) / "profiles.ini").read_text() == f"[default]\nhost = {airflow.base_url}\nuser = admin\n"
    assert run_here("runs", "etl", env=ALONE).status == 0
    assert logins(airflow) == 1
    result = run_here("logout", env=ALONE)
    assert (result.status, result.stdout) == (0, "Deleted the profile default.\n")
    result = run_here("runs", "etl", env=ALONE)
    assert (result.status, result.stderr[:14]) == (2, "Error: Which A")
    assert run_here("logout", env=ALONE).status == 4


def test_a_refused_login_saves_nothing_and_keeps_the_login_before(
    airflow: EmbeddedAirflow, airflow_2: EmbeddedAirflow, run_here: Program, tmp_path: Path
) -> None:
    for at in (airflow, airflow_2):
        login = ("login", at.base_url, "--user", "admin", "--password-stdin")
        assert run_here(*login, env=ALONE, input="admin-pw\n").status == 0
        before = (config(tmp_path) / "profiles.ini").read_text()
        result = run_here(*login, env=ALONE, input="wrong\n")
        assert (result.status, "check username and password" in result.stderr) == (3, True), result.stderr
        assert (config(tmp_path) / "profiles.ini").read_text() == before
        assert run_here("runs", "~", env=ALONE).status == 0  # by the login before
    result = run_here("login", airflow.base_url, "--token-stdin", "--profile", "bad", env=ALONE, input="a.b.c\n")
    assert result.status == 3, result.stderr
    for arguments, message in (
        ((), "Which Airflow? Add its URL."),
        ((airflow.base_url, "--user", "admin"), "no terminal can be asked"),
        ((airflow.base_url, "--token-stdin", "--profile", "a b"), "the name of a profile has letters"),
        (("http://u:pw@x.test",), "must not contain a user name or password"),
    ):
        result = run_here("login", *arguments, env=ALONE, input=f"{token_of(airflow)}\n")
        assert (result.status, message in result.stderr) == (2, True), result.stderr


def test_a_user_without_permission_may_save_a_profile(airflow_2: EmbeddedAirflow, run_here: Program) -> None:
    airflow_2.add_user("nobody", "pw", "Public")
    result = run_here("login", airflow_2.base_url, "--user", "nobody", "--password-stdin", env=ALONE, input="pw\n")
    assert result.status == 0, result.stderr
    assert "can read on DAG Runs" in result.stderr


def test_a_token_is_stored_in_a_private_file(airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path) -> None:
    token = token_of(airflow)
    result = run_here("login", airflow.base_url, "--token-stdin", "--profile", "ci", env=ALONE, input=f"{token}\n")
    assert result.status == 0, result.stderr
    tokens = config(tmp_path) / "tokens"
    assert f"Stored the token in {tokens}, which only you can read" in result.stdout
    assert (stat.S_IMODE(tokens.stat().st_mode), token in tokens.read_text()) == (0o600, True)
    assert token not in (config(tmp_path) / "profiles.ini").read_text() + result.stdout
    assert run_here("runs", "~", "--profile", "ci", env=ALONE).status == 0
    tokens.chmod(0o644)
    result = run_here("runs", "~", "--profile", "ci", env=ALONE)
    assert (result.status, "can be used by others (mode 0644)" in result.stderr) == (3, True), result.stderr
    tokens.chmod(0o600)
    assert run_here("logout", "ci", env=ALONE).status == 0
    assert token not in tokens.read_text()


def test_secrets_are_stored_in_a_keyring(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring.core, "_keyring_backend", FileKeyring())
    path, token = tmp_path / "keyring.json", token_of(airflow)
    env: dict[str, str | None] = {**ALONE, "TEST_KEYRING": str(path)}
    result = run_here("login", airflow.base_url, "--user", "admin", "--password-stdin", env=env, input="admin-pw\n")
    assert result.stdout.endswith("Stored the password in the system's keyring (Test keyring).\n"), result.stderr
    result = run_here("login", airflow.base_url, "--token-stdin", "--profile", "ci", env=env, input=f"{token}\n")
    assert result.status == 0, result.stderr
    assert json.loads(path.read_text()) == {
        f"airflow-xcom/admin at {airflow.base_url}": "admin-pw",
        f"airflow-xcom/token at {airflow.base_url}": token,
    }
    for file in (tmp_path / ".config").rglob("*"):
        assert not file.is_file() or (token not in file.read_text() and "admin-pw" not in file.read_text())
    airflow.revoke_tokens()  # a shared login that has ended is replaced with the keyring's password
    assert run_here("runs", "~", env=env).status == 0
    path.write_text("locked")
    (tmp_path / ".local/state/airflow-xcom/sessions").unlink()
    result = run_here("runs", "~", env=env)
    assert (result.status, "The keyring is locked" in result.stderr) == (3, True), result.stderr
    path.write_text("{}")
    result = run_here("runs", "~", "--profile", "ci", env=env)
    assert (result.status, "run airflow-xcom login --profile ci" in result.stderr) == (3, True), result.stderr
    for name in ("default", "ci"):
        assert run_here("logout", name, env=env).status == 0


def test_from_env_uses_the_login_of_a_profile(
    airflow: EmbeddedAirflow, run_here: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", *ALONE):
        monkeypatch.delenv(name, raising=False)
    login: tuple[Any, ...] = ("login", airflow.base_url, "--user", "admin", "--password-stdin")
    assert run_here(*login, env=ALONE, input="admin-pw\n").status == 0
    with ApiClient(Configuration.from_env()) as client:
        assert XComApi(client).get_xcom_entries("~", "~", "~").total_entries == 0
    assert logins(airflow) == 1
    airflow.revoke_tokens()
    with ApiClient(Configuration.from_env("default")) as client:
        with pytest.raises(UnauthorizedException, match="no password is known, and no login is stored"):
            XComApi(client).get_xcom_entries("~", "~", "~")
