"""Every recorded exchange of a real Airflow 2, said again to the client over a socket."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any, Optional
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest

from airflow_client.client import ApiClient, ApiException, Configuration, XComApi, exceptions
from airflow_client.client.model.view import Model
from tests.recordings import Recording, recordings
from tests.wire_server import WireServer

RECORDINGS = recordings("airflow-2.*")
#: Large bodies that were cut when they were recorded: the list of 250 rows, 5 MB, and a list asked for with gzip.
CUT = [recording for recording in RECORDINGS if recording.body is None]
WHOLE = [recording for recording in RECORDINGS if recording.body is not None]

_PATH = re.compile("/api/v1/dags/([^/]+)/dagRuns/([^/]+)/taskInstances/([^/]+)/xcomEntries(?:/([^/]+))?")
_INTEGERS = ("map_index", "limit", "offset")
_BOOLEANS = ("stringify", "deserialize")


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with WireServer(b"") as server:
        yield server


@pytest.fixture(scope="module")
def client(server: WireServer) -> Iterator[ApiClient]:
    configuration = Configuration(host=server.host)
    configuration.retries = 0
    with ApiClient(configuration) as client:
        yield client


def documented_call(recording: Recording) -> Optional[tuple[str, list[str], dict[str, Any]]]:
    """Name and arguments of the documented call that asks for what was recorded; None when none can ask for it."""
    url = urlsplit(recording.target)
    path = _PATH.fullmatch(url.path)
    if recording.method != "GET" or path is None:
        return None
    ids = [unquote(part) for part in path.groups() if part is not None]
    keywords: dict[str, Any] = {}
    for name, text in parse_qsl(url.query, keep_blank_values=True):
        if name in _INTEGERS and re.fullmatch(r"-?\d+", text):
            keywords[name] = int(text)
        elif name in _BOOLEANS and text.lower() in ("true", "false"):
            keywords[name] = text.lower() == "true"
        elif name == "xcom_key" and text:
            keywords[name] = text
        else:
            return None  # refused before it is sent
    if any("/" in id_ for id_ in ids[:3]):
        return None
    return ("get_xcom_entry" if len(ids) == 4 else "get_xcom_entries"), ids, keywords


def raw_call(client: ApiClient, recording: Recording) -> Any:
    """Make a call that the documented ones refuse to make, as the recording has it."""
    url = urlsplit(recording.target)
    path = url.path[len("/api/v1") :] if url.path.startswith("/api/v1") else url.path
    body = json.loads(recording.request_body) if recording.request_body else None
    return client.call_api(
        path,
        recording.method,
        query_params=parse_qsl(url.query, keep_blank_values=True),
        body=body,
        _return_http_data_only=True,
    )


def ask(client: ApiClient, recording: Recording) -> Any:
    call = documented_call(recording)
    if call is None:
        return raw_call(client, recording)
    name, ids, keywords = call
    return getattr(XComApi(client), name)(*ids, **keywords)


def text_of(recording: Recording) -> str:
    """What the server said: the problem's detail, else its title, else the words of the HTML page."""
    assert recording.body is not None
    try:
        problem = json.loads(recording.body)
    except ValueError:
        return html.unescape(re.findall(r">\s*([^<>]*[a-z][^<>]*?)\s*<", recording.body.decode())[-1])
    return str(problem["detail"] or problem["title"])


@pytest.mark.parametrize("recording", WHOLE, ids=str)
def test_a_recorded_exchange_comes_out_exactly(server: WireServer, client: ApiClient, recording: Recording) -> None:
    server.answers = [recording.answer]
    server.requests.clear()
    if 200 <= recording.status <= 299:
        result = ask(client, recording)
        expected = json.loads(recording.body) if recording.body else None
        came = result.to_dict() if isinstance(result, Model) else result
        assert repr(came) == repr(expected)  # repr tells 1 from 1.0 and True, and NaN from nothing
    else:
        with pytest.raises(ApiException) as caught:
            ask(client, recording)
        assert type(caught.value) is exceptions.for_status(recording.status)
        assert caught.value.status == recording.status
        assert " ".join(text_of(recording).split()) in " ".join(str(caught.value).split())
    assert len(server.requests) == 1


@pytest.mark.parametrize("recording", [r for r in WHOLE if documented_call(r)], ids=str)
def test_a_documented_call_sends_what_was_recorded(server: WireServer, client: ApiClient, recording: Recording) -> None:
    server.answers = [recording.answer]
    server.requests.clear()
    try:
        ask(client, recording)
    except ApiException:
        assert recording.status >= 300
    sent, recorded = urlsplit(server.targets[0]), urlsplit(recording.target)
    assert sorted(sent.query.split("&")) == sorted(recorded.query.replace("False", "false").split("&"))
    canonical = "/".join(quote(unquote(segment), safe="") for segment in recorded.path.split("/"))
    if recorded.path != canonical:  # curl was given another spelling of the same, such as %7E for ~
        assert unquote(sent.path) == unquote(recorded.path)
    elif recorded.path.endswith(("/.", "/..")):  # and was told not to fold these
        assert sent.path.rpartition("/")[2] == recorded.path.rpartition("/")[2].replace(".", "%2E")
    else:
        assert sent.path == recorded.path


def test_the_recordings_are_all_there() -> None:
    assert (len(WHOLE), len(CUT)) == (410, 12)
    assert len([r for r in WHOLE if documented_call(r)]) == 358
