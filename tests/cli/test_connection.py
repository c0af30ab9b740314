"""Which Airflow and who: options, secrets that are never arguments, shared logins, and what errors say."""

from __future__ import annotations

import ast
import json
import re
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import airflow_client.xcom
from airflow_client import xcom
from airflow_client.cli.failures import describe, in_options
from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support.cases import all_cases
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"


def logins(airflow: EmbeddedAirflow) -> int:
    return sum((one.method, one.target) in (("POST", "/auth/token"), ("POST", "/login/")) for one in airflow.requests)


def test_a_secret_in_an_argument_is_refused_before_anything_is_sent(run_here: Program, wire: WireServer) -> None:
    at = {"at": wire.url}
    cases: list[tuple[list[str], str]] = [
        (["--password", "s3cret"], "--password is not accepted: .* Use --password-stdin, AIRFLOW_XCOM_PASSWORD or"),
        (["--password=s3cret"], "--password is not accepted"),
        (["--token", "s3cret"], "--token is not accepted: .* Use --token-stdin, AIRFLOW_XCOM_TOKEN or"),
        (["--host", f"http://u:s3cret@{wire.url[7:]}"], "--host must not contain a user name or password"),
        (["--host", "example.com"], "--host must be a URL such as"),
        (["--user", "u:s3cret"], "--user takes the name alone"),
        (["--header", "Authorization: s3cret"], "--header must not be Authorization. To log in use --user"),
        (["--header", "cookie: s3cret"], "--header must not be cookie"),
        (["--header", "Proxy-Authorization: s3cret"], "--header must not be Proxy-Authorization"),
        (["--header", "X-Key s3cret"], "--header must be 'Name: value'"),
        (["--header", "X-Key: s3cret\nX: y"], "must not contain line breaks"),
        (["--password-stdin", "--token-stdin"], "exclude each other"),
        (["--user", "u", "--token-stdin"], "exclude each other"),
        (["--user", "u", "--password-stdin"], "there is no password on standard input"),
        (["--ca-cert", "/nowhere.pem"], "does not exist"),
        (["--profile", "nowhere"], "There is no profile 'nowhere'"),
    ]
    with all_cases() as case:
        for arguments, message in cases:
            for line in (["runs", "etl", *arguments], [*arguments, "runs", "etl"]):
                with case(" ".join(line)):
                    result = run_here(*line, **at)
                    assert result.status == 2
                    assert re.search(message, result.stderr), result.stderr
                    assert "s3cret" not in result.stderr
    assert wire.requests == []


def test_options_stand_before_or_behind_the_command(airflow: EmbeddedAirflow, run_here: Program) -> None:
    airflow.add_run("etl", RUN)
    host = ["--host", airflow.base_url, "--user", "admin", "--password-stdin"]
    without = {"at": "http://localhost:1", "env": {"AIRFLOW_XCOM_USERNAME": None}, "input": "admin-pw\n"}
    for line in (
        [*host, "runs", "etl"],
        ["runs", "etl", *host],
        ["--host", "http://localhost:1", "runs", *host, "etl"],
    ):
        result = run_here(*line, "--output", "jsonl", **without)
        assert (result.status, json.loads(result.stdout)["dag_run_id"]) == (0, RUN), result.stderr


def test_headers_and_tokens_are_sent(wire: WireServer, run_here: Program) -> None:
    wire.answers = [answer('{"version": "3.3.2"}'), answer('{"dag_runs": [], "total_entries": 0}')]
    arguments = ("--header", "X-Team: data", "--header", "X-Key: a: b", "--token-stdin")
    result = run_here("runs", "etl", *arguments, "--host", wire.url, input="t0ken\n")
    assert result.status == 0, result.stderr
    for request in wire.requests:
        assert b"x-team: data" in request.lower()
        assert b"x-key: a: b" in request.lower()
        assert b"Authorization: Bearer t0ken" in request


def test_credentials_of_the_environment_do_not_go_to_another_host(wire: WireServer, run_here: Program) -> None:
    wire.answers = [answer('{"version": "3.3.2"}'), answer('{"detail": "Not authenticated"}', "401 Unauthorized")]
    result = run_here("runs", "etl", "--host", wire.url, at="http://elsewhere.test")
    assert result.status == 3
    assert "The credentials of AIRFLOW_XCOM_HOST are for another Airflow, and are not used." in result.stderr
    assert "use --user or --token-stdin, or run airflow-xcom login" in result.stderr
    assert not any(b"admin" in request for request in wire.requests)


def test_a_terminal_asks_for_the_password_and_a_script_logs_in_once(
    airflow: EmbeddedAirflow, airflow_2: EmbeddedAirflow, airflow_xcom: Program, run_here: Program, tmp_path: Path
) -> None:
    env: dict[str, str | None] = {"AIRFLOW_XCOM_PASSWORD": None}
    result = airflow_xcom("runs", "etl", env=env)
    assert result.status == 3
    assert "No password is known, and no login is stored" in result.stderr
    for at in (airflow, airflow_2):
        at.add_run("etl", RUN, logical_date="2024-01-01T00:00:00+00:00")
        result = airflow_xcom("runs", "etl", at=at, env=env, tty=True, input=[("Password of admin at ", "admin-pw\n")])
        assert (result.status, "admin-pw" in result.terminal) == (0, False), result.screen
        assert "manual__2024-01-01" in result.screen
        for _ in range(3):
            assert run_here("runs", "etl", at=at, env=env).status == 0
        assert logins(at) == 1
    sessions = tmp_path / ".local" / "state" / "airflow-xcom" / "sessions"
    assert stat.S_IMODE(sessions.stat().st_mode) == 0o600
    assert stat.S_IMODE(sessions.parent.stat().st_mode) == 0o700
    assert "admin-pw" not in sessions.read_text()
    assert airflow_xcom("runs", "etl", "--user", "admin", env=env, tty=True).status == 0  # nothing is asked


def test_debug_shows_each_request(airflow: EmbeddedAirflow, run_here: Program) -> None:
    result = run_here("runs", "etl", "--debug")
    assert "GET" in result.stderr
    assert "/api/v2/version -> 200" in result.stderr
    assert "POST" in result.stderr
    assert "admin-pw" not in result.stderr
    assert "Traceback" in run_here("runs", "etl", "--debug", at="http://localhost:1").stderr


def test_errors_say_what_to_try_within_seconds(
    airflow: EmbeddedAirflow, airflow_2: EmbeddedAirflow, wire: WireServer, run_here: Program
) -> None:
    page = answer("<h1>Welcome</h1>", Content_Type="text/html")
    sso = answer("", "302 Found", Location="https://login.example.com/oauth2/authorize?secret=1")
    https = airflow.base_url.replace("http:", "https:")
    cases: list[tuple[Any, list[Any], int, str]] = [
        ("http://127.0.0.1:1", [], 1, "Error: http://127.0.0.1:1: Connection refused.\nCheck --host, and that"),
        (https, [], 1, f"the server speaks http at this port, and not https.\nUse --host {airflow.base_url}\n"),
        ("http://nowhere.invalid", [], 1, "Check --host"),
        (f"{airflow.base_url}/api/v1", [], 1, f"use --host {airflow.base_url}/api/v2, or leave the API out of it"),
        (f"{airflow.base_url}/dags/etl", [], 1, f"use --host {airflow.base_url}\n"),
        (wire.url, [page, page], 1, "--host must be the root of Airflow's web server"),
        (wire.url, [sso, sso], 1, "a sign-on page .single sign-on.: .* Use --token-stdin|use --token-stdin"),
        (wire.url, [answer("", "403 Forbidden")] * 2, 3, "a token .--token-stdin. or a header .--header."),
    ]
    with all_cases() as case:
        for at, answers, status, message in cases:
            with case(f"{at} {message}"):
                wire.answers = list(answers)
                began = time.monotonic()
                result = run_here("runs", "etl", at=at)
                assert result.status == status, result.stderr
                assert re.search(message, result.stderr, re.IGNORECASE), result.stderr
                assert "Traceback" not in result.stderr
                assert "Configuration(" not in result.stderr
                assert time.monotonic() - began < 10
    wrong: dict[str, str | None] = {"AIRFLOW_XCOM_PASSWORD": "wrong"}
    for at in (airflow, airflow_2):
        result = run_here("runs", "etl", at=at, env=wrong)
        assert (result.status, "check username and password" in result.stderr) == (3, True), result.stderr


def test_the_help_fits_and_names_all_options(run_here: Program) -> None:
    for columns in ("60", "80", "100"):
        result = run_here("--help", env={"COLUMNS": columns})
        assert result.status == 0
        assert max(map(len, result.stdout.splitlines())) <= int(columns)
        for word in (
            "Connection:",
            "--host URL",
            "--token-stdin",
            "AIRFLOW_XCOM_PROFILE",
            "130",
            "Read XComs:",
            "doctor",
        ):
            assert word in result.stdout
        assert "--password " not in result.stdout
    result = run_here("runs", "--help")
    assert "--host" not in result.stdout.partition("Options:")[2].partition("Connection options")[0]
    assert "Connection options such as --host, --profile and --user: airflow-xcom --help" in result.stdout


# ------------------------------------------------------- the library's words in the command line's terms

#: Words for those who write Python.
_PYTHON = re.compile(
    r"Configuration\b|access_token|default_headers|ssl_ca_cert|assert_hostname|cert_file|\w_xcom|xcom_entr|map_index|"
    r"_request_timeout|stall_timeout|missing_run_timeout|retry_budget|session_file|dag_run_id=|on_error|task_id:|"
    r"session of your own|your own session|ApiClient\b|wait_for_|close\(\)|(?<!-)\bhost (must|may)|"
    r"omit the API from host"
)
#: Modules whose messages the command line never shows: asyncio, object storage, tables, decoding of values.
_ELSEWHERE = re.compile(
    r"async|aiohttp|storage|stored_values|tables|values|xcoms\.py|preloading|_shared_name|model/|api/"
)
#: Beginnings of messages about Python arguments, which the command line does not pass wrongly.
_ARGUMENTS = (
    *("this process was forked", "a client with your own session", "configuration must be", "Configuration has no"),
    *("1 takes its ids by keyword", "wait_for_xcom_entry does not", "Configuration.on_request", "Configuration(host="),
    *("a certificate of the configuration", "BulkWriteResult(", "retry_budget must be", "_request_timeout must be"),
    *("/", "&"),
)


def _messages() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of each message in the library; what a format string inserts is empty."""
    root = Path(airflow_client.xcom.__file__).parent
    for path in sorted(root.rglob("*.py")):
        name = str(path.relative_to(root))
        if _ELSEWHERE.search(name):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        skipped = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
        }
        skipped |= {
            id(child)
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for child in ast.walk(node)
            if child is not node
        }
        for node in ast.walk(tree):
            if id(node) in skipped:
                continue
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield f"{name}:{node.lineno}", node.value
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    part.value if isinstance(part, ast.Constant) else "''" if part.conversion == 114 else "1"
                    for part in node.values
                ]  # type: ignore[attr-defined]
                yield f"{name}:{node.lineno}", "".join(map(str, parts))


def test_every_hint_of_the_library_reads_as_options() -> None:
    messages = list(_messages())
    assert sum("Configuration(host" in text for _, text in messages) > 10
    with all_cases() as case:
        for place, text in messages:
            if text.startswith(_ARGUMENTS):
                continue
            with case(f"{place}: {text}"):
                assert not _PYTHON.search(in_options(text)), in_options(text)


def test_a_hint_is_a_sentence() -> None:
    failure: Callable[..., xcom.ApiException] = xcom.ApiException
    cases = {
        describe(
            failure(404, "Not Found", hint="set Configuration(host='http://x')")
        ): "Not Found (404).\nUse --host http://x",
        describe(
            xcom.ConnectionException(0, "OSError: [Errno 113] No route", request="GET https://x:1/a")
        ): "https://x:1: No route.",
        describe(
            RuntimeError("what")
        ): "RuntimeError: what\nThis is a bug of airflow-xcom. Run the command again with --debug.",
    }
    for given, expected in cases.items():
        assert given == expected
