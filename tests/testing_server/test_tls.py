"""The embedded server with TLS."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import http.client
import socket
import ssl
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, AsyncApiClient, AsyncXComApi, Configuration, TlsException, XComApi
from tests.testing_server.client import RUN, filled

pytest.importorskip("trustme")


def connection_to(airflow: EmbeddedAirflow) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=airflow.ca_certificate)
    return http.client.HTTPSConnection(airflow.base_url[len("https://") :], timeout=10, context=context)


@pytest.mark.parametrize("version", ["2.11.2", "3.3.2"])
def test_clients_that_trust_its_authority_read_from_it(version: str) -> None:
    with filled(version, tls=True) as airflow:
        assert airflow.base_url.startswith("https://127.0.0.1:")

        def configuration(**trust: str) -> Configuration:
            return Configuration(host=airflow.base_url, username="admin", password="admin-pw", retries=0, **trust)

        trusting = configuration(ssl_ca_cert=airflow.ca_certificate)

        async def read() -> object:
            async with AsyncApiClient(trusting) as client:
                return (await AsyncXComApi(client).get_xcom_entry("lab", RUN, "kinds", "str")).value

        with ApiClient(trusting) as client:
            assert XComApi(client).get_xcom_entry("lab", RUN, "kinds", "str").value == "hello"
        assert asyncio.run(read()) == "hello"
        airflow.requests.clear()
        with ApiClient(configuration()) as client, pytest.raises(TlsException):
            XComApi(client).get_xcom_entry("lab", RUN, "kinds", "str")
        assert airflow.requests == []


def test_redirects_lead_to_https() -> None:
    with filled(tls=True) as airflow, contextlib.closing(connection_to(airflow)) as connection:
        run = quote(RUN, safe="")
        connection.request("GET", f"/api/v1/dags/lab/dagRuns/{run}/taskInstances/kinds/xcomEntries//str")
        response = connection.getresponse()
        assert response.status == 308
        assert response.headers["Location"].startswith(f"{airflow.base_url}/api/v1/dags/")


def test_faults_strike_tls_too() -> None:
    with filled("3.3.2", tls=True) as airflow:
        for when, reset, error in (
            ("before", False, http.client.RemoteDisconnected),
            ("before", True, ConnectionResetError),
            ("middle", False, http.client.IncompleteRead),
            ("after", False, (http.client.RemoteDisconnected, ssl.SSLError, ConnectionError)),
        ):
            airflow.drop(when, times=1, reset=reset)
            with contextlib.closing(connection_to(airflow)) as connection, pytest.raises(error):
                read_twice(connection)
        airflow.garbage(times=1)
        with contextlib.closing(connection_to(airflow)) as connection, pytest.raises(http.client.BadStatusLine):
            read_twice(connection)


def read_twice(connection: http.client.HTTPSConnection) -> None:
    for _ in range(2):
        connection.request("GET", "/api/v2/version")
        connection.getresponse().read()


def test_a_client_without_a_handshake_blocks_neither_others_nor_the_stop() -> None:
    with filled("3.3.2", tls=True) as airflow:
        address = ("127.0.0.1", int(airflow.base_url.rpartition(":")[2]))
        with socket.create_connection(address) as silent, socket.create_connection(address) as plain:
            plain.sendall(b"GET /api/v2/version HTTP/1.1\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                assert not plain.recv(65536).startswith(b"HTTP")
            with contextlib.closing(connection_to(airflow)) as connection:
                connection.request("GET", "/api/v2/version")
                assert connection.getresponse().status == 200
            airflow.stop()
            assert silent.recv(1) == b""
        certificate = airflow.ca_certificate
        with airflow, contextlib.closing(connection_to(airflow)) as connection:
            connection.request("GET", "/api/v2/version")
            assert connection.getresponse().status == 200
        assert airflow.ca_certificate == certificate
    assert Path(certificate).read_text().startswith("-----BEGIN CERTIFICATE-----")


def test_the_authority_is_deleted_with_the_server() -> None:
    airflow = EmbeddedAirflow(tls=True)
    path = Path(airflow.ca_certificate)
    assert path.exists()
    del airflow
    gc.collect()
    assert not path.parent.exists()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RuntimeError, match="tls=True"):
        _ = EmbeddedAirflow().ca_certificate
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(ImportError, match=r"trustme: pip install 'trustme>=1'$"):
        EmbeddedAirflow(tls=True)
