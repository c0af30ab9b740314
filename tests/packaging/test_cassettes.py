"""Cassettes of vcrpy hold no credentials with ``vcr_options``, and a replay needs no server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow, vcr_options
from airflow_client.xcom import ApiClient, AsyncApiClient, AsyncXComApi, Configuration, XComApi

vcr = pytest.importorskip("vcr", reason="vcrpy is not installed: tox installs it for one of the Pythons")

IDS = ("etl", "manual__1", "extract", "rows")


def read(host: str) -> list[Any]:
    with ApiClient(Configuration(host=host, username="ada", password="pass-word")) as client:
        return [XComApi(client).get_xcom_entry(*IDS, stringify=False).value for _ in range(2)]


def read_with_asyncio(host: str) -> list[Any]:
    async def steps() -> list[Any]:
        async with AsyncApiClient(Configuration(host=host, username="ada", password="pass-word")) as client:
            return [(await AsyncXComApi(client).get_xcom_entry(*IDS, stringify=False)).value for _ in range(2)]

    return asyncio.run(steps())


@pytest.mark.parametrize("reader", [read, read_with_asyncio], ids=["urllib3", "aiohttp"])
@pytest.mark.parametrize(
    ("version", "auth"), [("2.11", "basic"), ("2.11", "session"), ("3.3", "simple"), ("3.3", "fab")]
)
def test_credentials_are_hidden(reader: Callable[[str], Any], version: str, auth: str, tmp_path: Path) -> None:
    recorder = vcr.VCR(**vcr_options())
    cassette = tmp_path / "cassette.yaml"
    with EmbeddedAirflow(version, auth=auth, record_credentials=True) as airflow:
        airflow.add_user("ada", "pass-word")
        airflow.push_xcom(*IDS, 1234)
        host = airflow.base_url
        with recorder.use_cassette(str(cassette)):
            assert reader(host) == [1234, 1234]
        credentials = {"pass-word", "eyJ"}  # a token
        for request in airflow.requests:
            for name in ("authorization", "cookie", "x-csrftoken"):
                credentials.update(request.headers.get(name, "").replace("session=", "").split())
        credentials -= {"Basic", "Bearer"}
        sent = len(airflow.requests)
    recorded = cassette.read_text(encoding="utf-8")
    assert [secret for secret in credentials if secret in recorded] == []
    assert len(credentials) > 2
    with recorder.use_cassette(str(cassette), record_mode="none") as tape:
        assert reader(host) == [1234, 1234]
    assert tape.play_count == len(tape) == sent
