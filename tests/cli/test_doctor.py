"""``doctor``: each check says what was found, and what to change."""

from __future__ import annotations

import json
import re
import ssl
from typing import Any

import trustme

from airflow_client.testing import EmbeddedAirflow
from tests.cli.conftest import Program
from tests.support.cases import all_cases
from tests.support.wire_server import WireServer, answer

CHECKS = [
    *("Host", "Python packages", "Proxy", "DNS", "Connection", "TLS", "API", "Login", "Read DAG runs", "Read XComs"),
    *("Page limit", "Write XComs", "Clock", "Speed"),
]


def findings(result: Any) -> dict[str, dict[str, str]]:
    return {finding["check"]: finding for finding in json.loads(result.stdout)}


def test_a_good_connection(airflow: EmbeddedAirflow, airflow_2: EmbeddedAirflow, run_here: Program) -> None:
    for at, api, login, write in (
        (airflow, "Airflow 3.3.2, /api/v2", "user admin, by /auth/token", "allowed"),
        (airflow_2, "Airflow 2.11.2, /api/v1", "user admin, by /login/", "not before Airflow 3.2"),
    ):
        for index in range(150):
            at.push_xcom("etl", f"run_{index}", "extract", "rows", index)
        at.requests.clear()
        result = run_here("doctor", "--output", "json", at=at)
        found = findings(result)
        assert (result.status, list(found)) == (0, CHECKS), result.stderr
        assert {finding["status"] for finding in found.values()} == {"ok"}
        assert (found["API"]["detail"], found["Login"]["detail"]) == (api, login)
        assert (found["Write XComs"]["detail"], found["Page limit"]["detail"]) == (write, "100 rows")
        assert found["Read XComs"]["detail"] == "allowed, 150 XComs"
        assert found["Host"]["detail"] == f"{at.base_url} (from AIRFLOW_XCOM_HOST)"
        assert not any(one.method in ("DELETE", "POST") and "/xcomEntries" in one.target for one in at.requests)
        found = findings(run_here("doctor", "--output", "json", at=at))
        assert found["Login"]["detail"] == "user admin, with the login of an earlier command"


def test_what_is_wrong_is_said_with_what_to_change(
    airflow: EmbeddedAirflow, airflow_2: EmbeddedAirflow, wire: WireServer, run_here: Program
) -> None:
    airflow.add_user("viewer", "pw", "Viewer")
    airflow_2.add_user("public", "pw", "Public")
    page = answer("<h1>Welcome</h1>", Content_Type="text/html")

    def user(name: str, password: str = "pw") -> dict[str, str | None]:
        return {"AIRFLOW_XCOM_USERNAME": name, "AIRFLOW_XCOM_PASSWORD": password}

    proxy: dict[str, str | None] = {"HTTP_PROXY": "http://127.0.0.1:1"}
    cases: list[tuple[str, Any, dict[str, str | None], int, str, str, str]] = [
        (
            "refused",
            "http://127.0.0.1:1",
            {},
            1,
            "Connection",
            "port 1: Connection refused",
            "Check the port in --host",
        ),
        ("no such host", "http://nowhere.invalid", {}, 1, "DNS", "nowhere.invalid: ", "Check --host"),
        (
            "http",
            airflow.base_url.replace("http", "https"),
            {},
            1,
            "TLS",
            "",
            "The server may expect HTTP, not HTTPS: check --host",
        ),
        ("another server", wire.url, {}, 1, "API", "No Airflow API was found", "root of Airflow's web server"),
        (
            "wrong password",
            airflow,
            user("admin", "wrong"),
            3,
            "Login",
            "user admin, by /auth/token: Invalid",
            "check username",
        ),
        ("wrong password 2", airflow_2, user("admin", "wrong"), 3, "Login", "Forbidden", "check username and password"),
        (
            "no credentials",
            airflow,
            {"AIRFLOW_XCOM_USERNAME": None},
            3,
            "Login",
            "without a login: Not auth",
            "run airflow-xcom login",
        ),
        ("bad token", airflow, {"AIRFLOW_XCOM_TOKEN": "a.b.c"}, 3, "Login", "token: Invalid JWT", "have not expired"),
        ("no permission", airflow_2, user("public"), 3, "Read XComs", "Forbidden", "can read on XComs"),
        ("proxy", airflow, proxy, 1, "API", "", "proxy could not be used: check HTTP_PROXY"),
    ]
    with all_cases() as case:
        for name, at, env, status, check, detail, advice in cases:
            with case(name):
                wire.answers = [page, page]
                result = run_here("doctor", "--output", "json", at=at, env=env)
                found = findings(result)
                assert result.status == status, result.stdout
                assert found[check]["status"] == "failed"
                assert detail in found[check]["detail"]
                assert advice in found[check]["advice"]
                assert "Configuration(" not in result.stdout
    result = run_here("doctor", "--output", "json", env=user("viewer"))
    finding = findings(result)["Write XComs"]
    assert (result.status, finding["status"], finding["detail"]) == (0, "warning", "not allowed")
    assert "can edit on XComs" in finding["advice"]


def test_certificates_and_clocks(run_here: Program, tmp_path: Any) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(trusted)
    version = answer('{"version": "3.3.2"}', Date="Wed, 01 Jan 2020 00:00:00 GMT")
    with WireServer(context=context) as server:
        host = server.url.replace("127.0.0.1", "localhost")
        found = findings(run_here("doctor", "--output", "json", at=host))
        assert found["TLS"]["status"] == "failed"
        assert "use --ca-cert FILE, or set SSL_CERT_FILE" in found["TLS"]["advice"]
        server.answers = [version] * 3
        found = findings(run_here("doctor", "--output", "json", "--ca-cert", str(trusted), at=host))
        assert re.fullmatch(r"TLSv1\.\d, certificate valid for \d+ days", found["TLS"]["detail"])
        result = run_here("doctor", "--output", "json", "--insecure", at=host)
        assert findings(result)["TLS"]["status"] == "warning"
        assert "Unverified" not in result.stderr


def test_a_clock_that_differs(wire: WireServer, run_here: Program) -> None:
    runs = answer('{"dag_runs": [], "total_entries": 0}', Date="Wed, 01 Jan 2020 00:00:00 GMT")
    xcoms = answer('{"xcom_entries": [], "total_entries": 0}')
    missing = answer('{"detail": "not found"}', "404 Not Found")
    wire.answers = [answer('{"version": "3.3.2"}'), runs, xcoms, missing, *[runs] * 20]
    found = findings(run_here("doctor", "--output", "json", "--host", wire.url))
    assert found["Clock"]["status"] == "warning"
    assert re.fullmatch(r"the server is \d+ s behind this machine", found["Clock"]["detail"])
    assert "NTP" in found["Clock"]["advice"]


def test_the_screen(airflow: EmbeddedAirflow, run_here: Program) -> None:
    for columns in (60, 100):
        result = run_here("doctor", tty=True, columns=columns, env={"AIRFLOW_XCOM_PASSWORD": "wrong"})
        lines = result.screen.splitlines()
        assert max(map(len, lines)) <= columns
        assert f"✓ Host            {airflow.base_url}" in lines[0]
        assert any(line.startswith("✗ Login           user admin, by /auth/token") for line in lines)
        assert any(line.startswith("                  → Token login: ") for line in lines)
    assert "\x1b[32m✓\x1b[0m" in result.terminal
    assert "\x1b" not in run_here("doctor", env={"NO_COLOR": "1"}).stdout
