"""A ``.netrc`` file of the user is read only if the configuration has no credentials."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests

from airflow_client.xcom import ApiClient, ApiValueError, AsyncApiClient, AsyncXComApi, Configuration, XComApi
from tests.support.cases import check_each
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


def read(library: str, configuration: Configuration) -> Any:
    """Read a value with a session of the user."""
    if library == "requests":
        with requests.Session() as session, ApiClient(configuration, session=session) as client:
            return XComApi(client).get_xcom_entry(*IDS).value

    async def run() -> Any:
        async with aiohttp.ClientSession(trust_env=True) as session:
            async with AsyncApiClient(configuration, session=session) as client:
                return (await AsyncXComApi(client).get_xcom_entry(*IDS)).value

    return asyncio.run(run())


#: aiohttp 3.11 would add the credentials of ``.netrc``, so the client refuses such a session.
_CAN_REPLACE = pytest.mark.skipif(not hasattr(aiohttp, "ClientMiddlewareType"), reason="needs aiohttp 3.12")


@pytest.mark.parametrize("library", ["requests", pytest.param("aiohttp", marks=_CAN_REPLACE)])
def test_configured_credentials_are_used_alone(wire: WireServer, library: str) -> None:
    def check(case: tuple[str, Any, list[Any], list[Any]]) -> None:
        path, login, answers, sent = case
        wire.requests.clear()
        wire.answers = list(answers)
        configuration = Configuration(host=wire.url + path, username="u", password="p")
        configuration.login = login
        assert read(library, configuration) == 1
        assert [wire.header("Authorization", at) for at in range(len(wire.requests))] == sent

    check_each(
        [
            ("/api/v2", None, TOKEN, [None, "Bearer t0ken"]),
            ("/api/v1", "session", SESSION, [None, None, None]),
            ("/api/v1", "basic", [entry("k")], ["Basic dTpw"]),
            ("", None, [answer('{"version": "3.3.2"}'), *TOKEN], [None, None, "Bearer t0ken"]),
        ],
        check,
    )


def test_a_session_that_would_replace_configured_credentials_is_refused(
    wire: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(aiohttp, "ClientMiddlewareType", raising=False)  # aiohttp 3.11 does not have it
    with pytest.raises(ApiValueError, match=r"aiohttp before 3.12 sends credentials from \.netrc: update aiohttp"):
        read("aiohttp", Configuration(host=wire.host, access_token="t"))
    assert wire.requests == []


@pytest.mark.parametrize("library", ["requests", "aiohttp"])
def test_it_is_read_without_configured_credentials(wire: WireServer, library: str) -> None:
    wire.answers = [entry("k")]
    assert read(library, Configuration(host=wire.host)) == 1
    assert wire.header("Authorization") == OF_NETRC
