"""Real sites: limits of logins, several servers, proxies and databases. These tests need real servers."""

from __future__ import annotations

import contextlib
import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest
import trustme

from airflow_client.xcom import (
    ApiClient,
    ApiException,
    Configuration,
    LoginWarning,
    UnauthorizedException,
    UnexpectedContentException,
    XComApi,
)
from tests.contract import dataset
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS, MANY
from tests.contract.servers import Server, parse_flavour
from tests.support import keycloak, nginx
from tests.support.debian import NotInstalled

if TYPE_CHECKING:
    from tests.support.airflow.server import AirflowServer

LIMITED = """
from flask_appbuilder.const import AUTH_DB
AUTH_TYPE, AUTH_RATE_LIMITED, AUTH_RATE_LIMIT, WTF_CSRF_ENABLED = AUTH_DB, True, "5 per 40 second", True
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize by the servers that the marker names and the command line requests, if the test starts its own."""
    if "flavour" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("airflow")
    assert marker is not None
    requested = metafunc.config.getoption("--airflow")
    metafunc.parametrize("flavour", [flavour for flavour in marker.args if flavour in requested])


@contextlib.contextmanager
def running_server(flavour: str, **options: Any) -> Iterator[AirflowServer]:
    from tests.support.airflow.server import NoSuitablePython, running_airflow

    version, auth, database = parse_flavour(flavour)
    with contextlib.ExitStack() as stack:
        try:
            airflow = stack.enter_context(running_airflow(version, auth=auth, database=database, **options))
        except (NoSuitablePython, NotInstalled) as error:
            pytest.skip(str(error))
        yield airflow


@contextlib.contextmanager
def running(flavour: str, **options: Any) -> Iterator[str]:
    with running_server(flavour, **options) as airflow:
        yield airflow.base_url


@contextlib.contextmanager
def behind_nginx(*urls: str, **options: Any) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        try:
            netlocs = [urlsplit(url).netloc for url in urls]
            front = stack.enter_context(nginx.running_nginx(*netlocs, **options))
        except nginx.NoNginx as error:
            pytest.skip(str(error))
        yield front


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
    env = {
        "AIRFLOW__WEBSERVER__CONFIG_FILE": str(site),
        "AIRFLOW__WEBSERVER__AUTH_RATE_LIMITED": "True",
        "AIRFLOW__WEBSERVER__AUTH_RATE_LIMIT": "5 per 40 second",
    }
    with running(flavour, env=env) as host:
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


@pytest.mark.real_servers("2.11.2-session", "3.3.2")
def test_a_shared_login_that_the_server_refuses_is_replaced(server: Server, tmp_path: Path) -> None:
    shared = tmp_path / "sessions"
    read(server.url, session_file=shared)
    before = shared.read_text()
    read(server.url, session_file=shared)
    assert shared.read_text() == before
    value = "session=" if server.major == 2 else "Bearer "
    assert value in before
    shared.write_text(before.replace(value, f"{value}x"))
    read(server.url, session_file=shared)
    assert f"{value}x" not in shared.read_text()


@pytest.mark.airflow("2.11.2-session", "3.3.2")
def test_an_airflow_below_a_path_is_found_and_behind_tls_and_gzip_too(flavour: str, tmp_path: Path) -> None:
    """The logins too: over TLS, Airflow 2's form needs a Referer."""
    authority, pem = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    env = {"AIRFLOW__WEBSERVER__ENABLE_PROXY_FIX": "True"}
    with running_server(flavour, prefix=nginx.PREFIX, env=env) as airflow:
        for host in (airflow.base_url, airflow.base_url + "/", airflow.host):
            read(host)
        with pytest.raises(UnexpectedContentException):
            read(airflow.base_url[: -len(nginx.PREFIX)])
        with behind_nginx(airflow.base_url, location=nginx.KEEPING, certificate=pem) as front:
            configuration = Configuration(host=front, username="admin", password="admin-pw", retries=0)
            configuration.ssl_ca_cert = str(tmp_path / "ca.pem")
            with ApiClient(configuration) as client:
                api = XComApi(client)
                big = ("contract", RUN_1, "big", "return_value")
                options = {"_headers": {"Accept-Encoding": "gzip"}, "_return_http_data_only": False}
                xcom, _, headers = api.get_xcom_entry(*big, **options)
                assert (xcom.value, headers["Content-Encoding"]) == ("x" * (5 * 1024 * 1024), "gzip")
                ids = ("contract", RUN_1, "odd_keys")
                for key in dataset.ODD_KEYS:
                    if flavour == "3.3.2" or not key.startswith("/"):  # for these, Airflow 2 redirects
                        assert api.get_xcom_entry(*ids, key).value == f"value of {key}"


@pytest.mark.real_servers("2.11.2-session", "3.3.2")
def test_servers_behind_one_address_need_the_same_secret(server: Server) -> None:
    """Requests reach them in turns, so that no login is used on its own server alone."""
    flavour = f"{server.version}-{server.auth}"
    secrets = ("AIRFLOW__WEBSERVER__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET")
    env = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": str(server.database_url)}
    with running(flavour, env=env) as same:
        with behind_nginx(server.url, same, location=nginx.STRIPPING["proxy_pass"]) as front:
            attempts: list[Any] = []
            read(front, times=8, on_attempt=attempts.append)
            assert [attempt.method for attempt in attempts].count("POST") == 1  # one login
    with running(flavour, env={**env, **dict.fromkeys(secrets, "another-secret-" * 5)}) as other:
        with behind_nginx(server.url, other, location=nginx.STRIPPING["proxy_pass"]) as front:
            with pytest.raises(ApiException, match="have different secrets") as caught:
                read(front, times=8)
            assert caught.value.status == (403 if server.major == 3 else 400)  # 400: of the login form


@pytest.mark.real_servers("3.3.2")
def test_tokens_of_client_credentials_are_renewed(server: Server) -> None:
    """The endpoint is a stub, which signs tokens that Airflow takes for its own."""
    from tests.support.airflow.releases import JWT_SECRET

    def issue() -> tuple[str, int]:
        claims = {"sub": "admin", "role": "admin", "aud": "apache-airflow"}
        return keycloak.signed_jwt(JWT_SECRET, 2, **claims), 2

    def access_token(client_secret: str = keycloak.CLIENT_SECRET) -> str:
        form = {"grant_type": "client_credentials", "client_id": keycloak.CLIENT_ID, "client_secret": client_secret}
        try:
            with urlopen(stub.url + keycloak.PATH, urlencode(form).encode(), timeout=10) as response:
                return str(json.load(response)["access_token"])
        except HTTPError as error:
            error.close()
            raise

    with keycloak.KeycloakStub(issue) as stub:
        with ApiClient(Configuration(host=server.url, access_token=access_token, retries=0)) as client:
            api, end = XComApi(client), time.monotonic() + 30
            while stub.issued < 3 and time.monotonic() < end:
                assert api.get_xcom_entry(*KINDS, "str").value == "hello"
        assert stub.issued == 3
        configuration = Configuration(host=server.url, access_token=lambda: access_token("wrong"), retries=0)
        with ApiClient(configuration) as client, pytest.raises(UnauthorizedException, match="HTTP Error 401"):
            XComApi(client).get_xcom_entry(*KINDS, "str")
        assert stub.issued == 3


@pytest.mark.airflow("2.11.2-postgresql", "3.3.2-postgresql")
@pytest.mark.parametrize("processes", [2, 4])
def test_eight_workers_read_from_several_processes_of_a_server(flavour: str, processes: int) -> None:
    with running(flavour, arguments=["--workers", str(processes)]) as host:
        with ApiClient(Configuration(host=host, username="admin", password="admin-pw", retries=0)) as client:
            for ordered in (True, False):
                xcoms = XComApi(client).iter_xcoms(*MANY, max_workers=8, ordered=ordered)
                found = [(xcom.key, xcom.value) for xcom in xcoms]
                assert (found if ordered else sorted(found)) == [(f"k{i:04d}", i) for i in range(250)]
