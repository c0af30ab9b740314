"""What real sites do to logins, and calls that the embedded server does not have: only real servers are asked."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_client.xcom import ApiClient, ApiException, Configuration, LoginWarning, XComApi
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS

LIMITED = """
from flask_appbuilder.const import AUTH_DB
AUTH_TYPE, AUTH_RATE_LIMITED, AUTH_RATE_LIMIT, WTF_CSRF_ENABLED = AUTH_DB, True, "5 per 40 second", True
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Once for each flavour that the marker names and that is asked."""
    marker = metafunc.definition.get_closest_marker("airflow")
    assert marker is not None
    asked = metafunc.config.getoption("--airflow")
    metafunc.parametrize("flavour", [flavour for flavour in marker.args if flavour in asked])


@contextlib.contextmanager
def running(flavour: str, **options: Any) -> Iterator[str]:
    from tests.support.airflow.server import NoSuitablePython, running_airflow

    version, _, auth = flavour.partition("-")
    with contextlib.ExitStack() as stack:
        try:
            airflow = stack.enter_context(running_airflow(version, auth=auth or None, **options))
        except NoSuitablePython as error:
            pytest.skip(str(error))
        yield airflow.base_url


def read(host: str, times: int = 2, **settings: Any) -> None:
    """Read so many times by a client of its own, as a process of its own would."""
    settings = {"username": "admin", "password": "admin-pw", "retries": 0, **settings}
    with ApiClient(Configuration(host=host, **settings)) as client:
        for _ in range(times):
            assert XComApi(client).get_xcom_entry(*KINDS, "str").value == "hello"


@pytest.mark.airflow("2.11.2-session", "2.11.2-basic,session")
def test_the_limit_of_logins(flavour: str, tmp_path: Path) -> None:
    """Airflow 2's own: 5 in 40 seconds."""
    site, shared = tmp_path / "webserver_config.py", tmp_path / "sessions"
    site.write_text(LIMITED)
    with running(flavour, env={"AIRFLOW__WEBSERVER__CONFIG_FILE": str(site)}) as host:
        for _ in range(8):
            read(host, session_file=shared)  # one login
        for _ in range(4):
            read(host)
        if flavour == "2.11.2-session":
            with pytest.raises(ApiException, match="5 logins per 40 s") as caught:
                read(host)
            assert caught.value.status == 429
        else:
            with pytest.warns(LoginWarning, match="calls go by Basic"):
                read(host)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read(host, session_file=shared)


@pytest.mark.airflow("2.11.2-session", "3.3.2")
def test_a_shared_login_that_the_server_refuses_is_replaced(flavour: str, tmp_path: Path) -> None:
    shared = tmp_path / "sessions"
    with running(flavour) as host:
        read(host, session_file=shared)
        before = shared.read_text()
        read(host, session_file=shared)
        assert shared.read_text() == before
        value = "session=" if flavour.startswith("2") else "Bearer "
        assert value in before
        shared.write_text(before.replace(value, f"{value}x"))
        read(host, session_file=shared)
        assert f"{value}x" not in shared.read_text()


@pytest.mark.airflow("3.3.2")
def test_waiting_for_a_run_is_answered_by_lines_of_json(flavour: str) -> None:
    with running(flavour) as host:
        configuration = Configuration(host=host, username="admin", password="admin-pw")
        with ApiClient(configuration) as client:
            path = "/dags/{dag_id}/dagRuns/{dag_run_id}/wait"
            ids, query = {"dag_id": "contract", "dag_run_id": RUN_1}, {"interval": 1, "result": "kinds"}
            data, status, headers = client.call_api(path, "GET", ids, query)
    assert (status, headers.get("Content-Type")) == (200, None)  # it is not declared
    assert [line["state"] for line in data] == ["success"]
