"""A ``.netrc`` of the user's adds nothing to the credentials that are configured; without any it is read as always."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests

from airflow_client.xcom import ApiClient, AsyncApiClient, AsyncXComApi, Configuration, XComApi
from tests.support.wire_server import WireServer, answer, entry

IDS = ("d", "r", "t", "k")
OF_NETRC = "Basic bmV0cmMtdXNlcjpuZXRyYy13b3Jk"
FORM = '<form><input name="csrf_token" value="t"><input name="password"></form>'
TOKEN = [answer('{"access_token": "t0ken"}', "201 Created"), entry("k")]
SESSION = [answer(FORM, Set_Cookie="session=s"), answer("", "302 Found", Location="/home"), entry("k")]


@pytest.fixture(autouse=True)
def _netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login netrc-user password netrc-word")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))


def read(side: str, configuration: Configuration) -> Any:
    """A value, read by a session of the user's."""
    if side == "requests":
        with requests.Session() as session, ApiClient(configuration, session=session) as client:
            return XComApi(client).get_xcom_entry(*IDS).value

    async def run() -> Any:
        async with aiohttp.ClientSession(trust_env=True) as session:
            async with AsyncApiClient(configuration, session=session) as client:
                return (await AsyncXComApi(client).get_xcom_entry(*IDS)).value

    return asyncio.run(run())


@pytest.mark.parametrize("side", ["requests", "aiohttp"])
@pytest.mark.parametrize(
    ("path", "login", "said", "sent"),
    [
        ("/api/v2", None, TOKEN, [None, "Bearer t0ken"]),
        ("/api/v1", "session", SESSION, [None, None, None]),
        ("/api/v1", "basic", [entry("k")], ["Basic dTpw"]),
        ("", None, [answer('{"version": "3.3.2"}'), *TOKEN], [None, None, "Bearer t0ken"]),
    ],
)
def test_adds_nothing(wire: WireServer, side: str, path: str, login: Any, said: Any, sent: list[Any]) -> None:
    wire.answers = list(said)
    configuration = Configuration(host=wire.url + path, username="u", password="p")
    configuration.login = login
    assert read(side, configuration) == 1
    assert [wire.header("Authorization", at) for at in range(len(wire.requests))] == sent


@pytest.mark.parametrize("side", ["requests", "aiohttp"])
def test_is_read_where_nothing_is_configured(wire: WireServer, side: str) -> None:
    wire.answers = [entry("k")]
    assert read(side, Configuration(host=wire.host)) == 1
    assert wire.header("Authorization") == OF_NETRC
