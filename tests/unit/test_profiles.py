"""Address and credentials from options, the environment and profiles: precedence, and what is never sent elsewhere."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_client.xcom import ApiTypeError, ApiValueError, Configuration, profiles
from airflow_client.xcom.headers import Secret
from airflow_client.xcom.profiles import Access, find_access
from tests.support.cases import all_cases
from tests.support.full_disk import full_disk

A, B = "http://a.test", "http://b.test"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def save(text: str) -> None:
    profiles.profiles_path().parent.mkdir(parents=True, exist_ok=True)
    profiles.profiles_path().write_text(text)


def described(access: Access) -> tuple[Any, ...]:
    """Return the host, the user, and what is known of the password and the token."""
    secrets = [secret and (secret.value if isinstance(secret.value, str) else "stored") for secret in access[3:5]]
    return (access.host, access.username, *secrets)


def set_variables(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name in ("HOST", "USERNAME", "PASSWORD", "TOKEN", "PROFILE"):
        monkeypatch.delenv(f"AIRFLOW_XCOM_{name}", raising=False)
    for name, value in values.items():
        monkeypatch.setenv(f"AIRFLOW_XCOM_{name}", value)


def options(**given: Any) -> Access:
    secrets = {name: Secret(given.pop(name)) for name in ("password", "access_token") if name in given}
    return Access("--host", **given, **secrets)


def test_the_first_source_decides_and_secrets_stay_with_their_host(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(f"[default]\nhost = {A}\nuser = ada\nsecret = keyring\n[other]\nhost = {B}/api/v2\nsecret = file\n")
    env = {"HOST": A, "USERNAME": "eve", "PASSWORD": "pw-env", "TOKEN": "", "PROFILE": ""}
    cases: dict[str, tuple[Access, dict[str, str], str | None, tuple[Any, ...]]] = {
        "the default profile": (options(), {}, None, (A, "ada", "stored", None)),
        "a named profile": (options(), {}, "other", (B + "/api/v2", None, None, "stored")),
        "a profile named by the environment": (
            options(),
            {"PROFILE": "other"},
            None,
            (B + "/api/v2", None, None, "stored"),
        ),
        "the environment before the profile": (options(), env, None, (A, "eve", "pw-env", None)),
        "a named profile before the environment's host": (
            options(),
            env,
            "other",
            (B + "/api/v2", None, None, "stored"),
        ),
        "an option before all": (options(host=B), env, None, (B, None, None, None)),
        "the same Airflow by another path of the API": (
            options(host=A + "/api/v1"),
            {},
            None,
            (A + "/api/v1", "ada", "stored", None),
        ),
        "another path is another Airflow": (options(host=A + "/team"), env, None, (A + "/team", None, None, None)),
        "a password of the environment for an option's host": (
            options(host=B, username="bob"),
            {"PASSWORD": "pw"},
            None,
            (B, "bob", "pw", None),
        ),
        "a password of the environment for a profile's user": (
            options(),
            {"PASSWORD": "pw"},
            None,
            (A, "ada", "pw", None),
        ),
        "another user's password is not used": (options(username="bob"), env, None, (A, "bob", None, None)),
        "nor is a token, for a user that an option names": (
            options(username="bob"),
            {"HOST": A, "TOKEN": "t"},
            None,
            (A, "bob", None, None),
        ),
        "a token before user and password of one source": (
            options(),
            {**env, "TOKEN": "t"},
            None,
            (A, None, None, "t"),
        ),
        "a password before a token of a later source": (
            options(password="pw"),
            {"USERNAME": "eve", "HOST": A},
            None,
            (A, "eve", "pw", None),
        ),
        "an option's token before the environment's": (
            options(access_token="mine"),
            {**env, "TOKEN": "t"},
            None,
            (A, None, None, "mine"),
        ),
    }
    with all_cases() as case:
        for name, (given, variables, profile, expected) in cases.items():
            with case(name):
                set_variables(monkeypatch, variables)
                assert described(find_access(given, profile=profile)) == expected
    set_variables(monkeypatch, env)
    assert find_access(options(host=B)).unused == ("AIRFLOW_XCOM_HOST", "profile default")


def refusal(message: str, profile: str | None) -> str:
    """Return what a crash report would show of a refused setting."""
    with pytest.raises(ApiValueError, match=message) as caught:
        find_access(profile=profile)
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    return "".join(report.format())


def test_wrong_settings_are_refused_with_their_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[tuple[str, dict[str, str], str | None, str]] = [
        ("", {}, None, "no host is known: set AIRFLOW_XCOM_HOST"),
        ("", {}, "prod", "there is no profile 'prod'; there are: none"),
        ("[one]\nhost = http://x\n", {}, "prod", "there is no profile 'prod'; there are: one"),
        ("[default]\nhots = http://x\n", {}, None, "has no field 'hots' .did you mean host"),
        ("[default]\nhost = http://x\npassword = s3cret\n", {}, None, "has a password: a profile holds no secrets"),
        ("[default]\nhost = http://u:s3cret@x\n", {}, None, "must not contain a user name or password"),
        ("[default]\nuser = x\n", {}, None, "has no host"),
        ("[default]\nhost = http://x\nsecret = vault\n", {}, None, "secret must be one of keyring, file, ask"),
        ("[default]\nhost = http://x\ninsecure = perhaps\n", {}, None, "insecure must be yes or no"),
        ("[default\n", {}, None, "the profiles cannot be read"),
        ("", {"HOST": "http://u:s3cret@x"}, None, "AIRFLOW_XCOM_HOST must not contain a user name or password"),
        ("", {"HOST": "x.test"}, None, "AIRFLOW_XCOM_HOST must be a URL"),
    ]
    with all_cases() as case:
        for text, variables, profile, message in cases:
            with case(message):
                save(text)
                set_variables(monkeypatch, {"PASSWORD": "s3cret", **variables})
                assert "s3cret" not in refusal(message, profile)


def test_a_profile_has_settings_of_the_connection(home: Path) -> None:
    save("# by hand\n[default]\nhost = https://a.test\nca_cert = ~/ca.pem\ninsecure = yes\nheader.X-Team = data = 1\n")
    configuration = Configuration.from_env()
    assert (configuration.host, configuration.has_credentials) == ("https://a.test", False)
    assert (configuration.ssl_ca_cert, configuration.verify_ssl) == (str(home / "ca.pem"), False)
    request: Any = type("Request", (), {"headers": {}})()
    assert configuration.on_request is not None
    configuration.on_request(request)
    assert request.headers == {"X-Team": "data = 1"}


def test_writing_keeps_the_other_lines(home: Path) -> None:
    save("# mine\n[one]\nhost = http://one\n\n; two is slow\n[two]\nhost = http://two\n")
    profiles.write_profile("one", {"host": "http://new", "user": "ada"})
    profiles.write_profile("three", {"host": "http://three"})
    text = profiles.profiles_path().read_text()
    assert text.startswith("# mine\n")
    assert {name: values["host"] for name, values in profiles.read_profiles().items()} == {
        "two": "http://two",
        "one": "http://new",
        "three": "http://three",
    }
    profiles.write_profile("one", None)
    assert list(profiles.read_profiles()) == ["two", "three"]
    with pytest.raises(ApiValueError, match="the name of a profile has letters"):
        profiles.write_profile("a]\nb", {})


def test_a_file_that_cannot_be_read_or_written_stays_as_it_is(home: Path) -> None:
    save("[one]\nhost = http://one\n")
    before = profiles.profiles_path().read_bytes()
    with full_disk(), pytest.raises(ApiValueError, match=r"the profiles cannot be written: .*File too large"):
        profiles.write_profile("two", {"host": "http://two"})
    profiles.profiles_path().write_bytes(b"\xff" + before)
    with pytest.raises(ApiValueError, match=r"the profiles cannot be read: .*can't decode byte 0xff"):
        profiles.write_profile("two", {"host": "http://two"})
    assert [file.read_bytes() for file in profiles.directory("config").iterdir()] == [b"\xff" + before]


def test_a_home_that_is_no_directory_has_no_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    set_variables(monkeypatch, {"HOST": A, "USERNAME": "ada"})
    assert Configuration.from_env().session_file is None
    with pytest.raises(ApiValueError, match="the profiles cannot be written: /dev/null/airflow-xcom is not writable"):
        profiles.write_profile("one", {"host": A})


def test_directories_are_those_of_platformdirs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platformdirs = pytest.importorskip("platformdirs")
    theirs: dict[str, Callable[..., Path]] = {
        "config": platformdirs.user_config_path,
        "state": platformdirs.user_state_path,
        "cache": platformdirs.user_cache_path,
    }
    for named in ("", str(home / "xdg")):
        for kind, path in theirs.items():
            monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", named)
            assert profiles.directory(kind) == path("airflow-xcom", appauthor=False), (kind, named)
    monkeypatch.setattr(sys, "platform", "win32")
    assert profiles.directory("cache") == home / "airflow-xcom" / "Cache"
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert profiles.directory("cache") == home / "Library" / "Caches" / "airflow-xcom"


def test_from_env_reads_the_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_XCOM_HOST", A)
    monkeypatch.setenv("AIRFLOW_XCOM_TOKEN", "t0ken")
    configuration = Configuration.from_env()
    assert (configuration.host, configuration.access_token, configuration.session_file) == (A, "t0ken", None)

    class Mine(Configuration):
        pass

    assert type(Mine.from_env()) is Mine
    with pytest.raises(ApiTypeError, match="profile must be a str, not int"):
        Configuration.from_env(1)  # type: ignore[arg-type]
    assert "t0ken" not in repr(find_access())


def test_a_stored_token_is_read_when_it_is_needed_and_only_from_a_private_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(f"[default]\nhost = {A}\nsecret = file\n")
    supply = Configuration.from_env().access_token
    assert callable(supply)
    with pytest.raises(
        LookupError, match=r"has no token of profile 'default' for http://a.test: run airflow-xcom login"
    ):
        supply()
    profiles.token_file().store(profiles.token_key(A, "default"), Secret("t0ken"), None)
    assert supply() == "t0ken"
    path = profiles.directory("config") / "tokens"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    save(f"[default]\nhost = {B}\nsecret = file\n")  # the token is none of another host's
    moved = Configuration.from_env().access_token
    assert callable(moved)
    with pytest.raises(LookupError, match=r"for http://b.test"):
        moved()
    monkeypatch.setitem(sys.modules, "keyring", None)
    save(f"[default]\nhost = {A}\nsecret = keyring\n")
    elsewhere = Configuration.from_env().access_token
    assert callable(elsewhere)
    with pytest.raises(LookupError, match="the package keyring is not installed: pip install 'keyring>=24'"):
        elsewhere()
    path.chmod(0o640)
    with pytest.raises(ApiValueError, match=r"can be used by others .mode 0640."):
        supply()
