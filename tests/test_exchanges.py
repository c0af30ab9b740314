"""Every recorded exchange of real Airflow servers, said again to the client over a socket."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Optional
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest

from airflow_client.xcom import ApiClient, ApiException, Configuration, XComApi, exceptions
from airflow_client.xcom.core.api_version import MIN_VERSION
from airflow_client.xcom.core.operations import ENTRY_PARAMETERS, FILTERS
from airflow_client.xcom.model import Model
from tests.recordings import Recording, recordings
from tests.support.wire_server import WireServer, answer

ALL = recordings("airflow-*")
#: Shortened when they were recorded (lists of 100 rows, values of 5 MB, ids of 5,000 letters), and one garbled.
CUT = [recording for recording in ALL if recording.body is None]
WHOLE = [recording for recording in ALL if recording.body is not None]
LOGINS = [r for r in WHOLE if r.target.startswith("/auth/token") and r.method == "POST"]
#: Not of the API: a page of the UI, and a GET of where tokens are given.
OUTSIDE = [r for r in WHOLE if not r.target.startswith("/api/") and r not in LOGINS]
#: What the client refuses to send: bodies that are not JSON.
UNSENDABLE = [r for r in WHOLE if r.name.endswith(("write-POST-NaN", "write-POST-broken-json"))]
SAID = [r for r in WHOLE if r not in LOGINS and r not in OUTSIDE and r not in UNSENDABLE]

_PATH = re.compile("/api/v[12]/dags/([^/]+)/dagRuns/([^/]+)/taskInstances/([^/]+)/xcomEntries(?:/([^/]+))?")


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with WireServer(b"", version="x") as server:
        yield server


@pytest.fixture
def client(server: WireServer, recording: Recording) -> Iterator[ApiClient]:
    server.version = "" if recording.target.endswith("/version") else recording.version
    prefix = recording.target[:7] if recording.target.startswith("/api/v") else "/api/v2"
    configuration = Configuration(host=server.url + prefix)
    configuration.retries = 0
    server.answers = [recording.answer]
    server.requests.clear()
    with ApiClient(configuration) as client:
        yield client


def documented_call(recording: Recording) -> Optional[tuple[str, list[str], dict[str, Any]]]:
    """Name and arguments of the documented call that asks for what was recorded; None when none can ask for it."""
    url = urlsplit(recording.target)
    path = _PATH.fullmatch(url.path)
    if recording.method != "GET" or path is None:
        return None
    ids = [unquote(part) for part in path.groups() if part is not None]
    if any("/" in id_ for id_ in ids[:3]):
        return None
    keywords: dict[str, Any] = {}
    for name, text in parse_qsl(url.query, keep_blank_values=True):
        value = argument(name, text)
        known = (ENTRY_PARAMETERS if len(ids) == 4 else FILTERS).keys()
        has_it = MIN_VERSION.get(name, (0,)) <= tuple(map(int, recording.version.split(".")))
        if value is None or name not in known or not has_it:
            return None  # refused before it is sent
        keywords[name] = [*keywords[name], value] if name in keywords else [value] if name == "order_by" else value
    return ("get_xcom_entry" if len(ids) == 4 else "get_xcom_entries"), ids, keywords


def argument(name: str, text: str) -> Any:
    """The argument that is sent as ``text``; None when there is none."""
    if name in ("limit", "offset"):
        return int(text) if re.fullmatch(r"\d+", text) else None
    if name in ("map_index", "map_index_filter"):
        return int(text) if re.fullmatch(r"-?\d+", text) else None
    if name in ("stringify", "deserialize"):
        return text.lower() == "true" if text.lower() in ("true", "false") else None
    if name.startswith(("logical_date_", "run_after_")):
        try:
            moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            return None
        return moment if moment.tzinfo else None
    return text or None


def raw_call(client: ApiClient, recording: Recording) -> Any:
    """Make a call that the documented ones refuse to make, as the recording has it."""
    url = urlsplit(recording.target)
    body = json.loads(recording.request_body) if recording.request_body else None
    query = parse_qsl(url.query, keep_blank_values=True)
    path = url.path[len("/api/v1") :].replace("%zz", "%25zz")  # the one escape that is none
    return client.call_api(path, recording.method, query_params=query, body=body, _return_http_data_only=True)


def ask(client: ApiClient, recording: Recording) -> Any:
    call = documented_call(recording)
    if call is None:
        return raw_call(client, recording)
    name, ids, keywords = call
    return getattr(XComApi(client), name)(*ids, **keywords)


def words_of(recording: Recording) -> list[str]:
    """What the server said: each text in the JSON of its error, or the words of its page."""
    assert recording.body is not None
    try:
        problem = json.loads(recording.body)
    except ValueError:
        page = recording.body.decode()
        return [html.unescape(re.findall(r">\s*([^<>]*[a-z][^<>]*?)\s*<", page)[-1] if "<" in page else page)]
    said = problem.get("detail") or problem.get("title") or problem.get("error")
    if isinstance(said, list):
        return [item["msg"] for item in said]
    return [str(text) for text in said.values()] if isinstance(said, dict) else [said]


def assert_refusal(caught: ApiException, recording: Recording) -> None:
    assert type(caught) is exceptions.for_status(recording.status)
    assert caught.status == recording.status
    for words in words_of(recording) if recording.body else []:
        assert " ".join(words.split()) in " ".join(str(caught).split())


@pytest.mark.parametrize("recording", SAID, ids=str)
def test_a_recorded_exchange_comes_out_exactly(server: WireServer, client: ApiClient, recording: Recording) -> None:
    if 200 <= recording.status <= 299:
        result = ask(client, recording)
        expected = json.loads(recording.body) if recording.body else None
        came = result.to_dict() if isinstance(result, Model) else result
        assert repr(came) == repr(expected)  # repr tells 1 from 1.0 and True, and NaN from nothing
    else:
        with pytest.raises(ApiException) as caught:
            ask(client, recording)
        assert_refusal(caught.value, recording)
    assert len(server.requests) == 1


@pytest.mark.parametrize("recording", [r for r in SAID if documented_call(r)], ids=str)
def test_a_documented_call_sends_what_was_recorded(server: WireServer, client: ApiClient, recording: Recording) -> None:
    try:
        ask(client, recording)
    except ApiException:
        assert recording.status >= 300
    sent, recorded = urlsplit(server.targets[0]), urlsplit(recording.target)
    assert sorted(spelling(sent.query)) == sorted(spelling(recorded.query))
    canonical = "/".join(quote(unquote(segment), safe="") for segment in recorded.path.split("/"))
    if recorded.path != canonical:  # curl was given another spelling of the same, such as %7E for ~
        assert unquote(sent.path) == unquote(recorded.path)
    elif recorded.path.endswith(("/.", "/..")):  # and was told not to fold these
        assert sent.path.rpartition("/")[2] == recorded.path.rpartition("/")[2].replace(".", "%2E")
    else:
        assert sent.path == recorded.path


def spelling(query: str) -> list[str]:
    """The parameters of a query, in one spelling of what curl was told in several."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return [
        f"{name}={text.replace('Z', '+00:00') if '_date_' in name or '_after_' in name else text}"
        for name, text in (
            (name, text.lower() if name in ("stringify", "deserialize") else text) for name, text in pairs
        )
    ]


@pytest.mark.parametrize("recording", LOGINS, ids=str)
def test_a_recorded_token_login(recording: Recording) -> None:
    with WireServer(recording.answer, answer('{"xcom_entries": [], "total_entries": 0}'), version="3") as server:
        configuration = Configuration(host=server.url + "/api/v2", username="admin", password="5ecret")
        configuration.retries = 0
        with ApiClient(configuration) as client:
            if recording.status == 201:
                XComApi(client).get_xcom_entries("d", "r", "t")
                assert server.header("Authorization") == "Bearer JWT.OF.THE-LAB"
            else:
                with pytest.raises(ApiException) as caught:
                    XComApi(client).get_xcom_entries("d", "r", "t")
                assert "5ecret" not in str(caught.value)
                assert_refusal(caught.value, recording)
        assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == {"username": "admin", "password": "5ecret"}


def test_the_recordings_are_all_there() -> None:
    counts = [len(group) for group in (ALL, CUT, LOGINS, OUTSIDE, UNSENDABLE, SAID)]
    assert counts == [965, 29, 26, 2, 2, 906]
    assert len([recording for recording in SAID if documented_call(recording)]) == 736
