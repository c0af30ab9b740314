"""Send the recorded responses of real Airflow servers to the client again."""

from __future__ import annotations

import contextlib
import html
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple, Optional
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest

from airflow_client.xcom import ApiClient, ApiException, Configuration, XComApi, exceptions
from airflow_client.xcom.core.api_version import MIN_VERSION
from airflow_client.xcom.core.operations import ENTRY_PARAMETERS, FILTERS
from airflow_client.xcom.model import Model
from tests.recorded.recordings import VERSIONS, Recording, recordings
from tests.support.cases import all_cases
from tests.support.wire_server import WireServer, answer

_PATH = re.compile("/api/v[12]/dags/([^/]+)/dagRuns/([^/]+)/taskInstances/([^/]+)/xcomEntries(?:/([^/]+))?")


class Call(NamedTuple):
    """A call of ``XComApi``."""

    name: str
    ids: list[str]
    keywords: dict[str, Any]


def documented_call(recording: Recording) -> Optional[Call]:
    """Return the call of ``XComApi`` that sends the recorded request; None if none can."""
    url = urlsplit(recording.target)
    path = _PATH.fullmatch(url.path)
    if recording.method != "GET" or path is None:
        return None
    ids = [unquote(part) for part in path.groups() if part is not None]
    if any("/" in id_ for id_ in ids[:3]):
        return None
    name = "get_xcom_entry" if len(ids) == 4 else "get_xcom_entries"
    known = (ENTRY_PARAMETERS if len(ids) == 4 else FILTERS).keys()
    release = tuple(map(int, recording.version.split(".")))
    keywords: dict[str, Any] = {}
    for parameter, text in parse_qsl(url.query, keep_blank_values=True):
        value = argument(parameter, text)
        if value is None or parameter not in known or MIN_VERSION.get(parameter, (0,)) > release:
            return None  # the client refuses it
        if parameter == "order_by":
            keywords.setdefault(parameter, []).append(value)
        else:
            keywords[parameter] = value
    return Call(name, ids, keywords)


def argument(parameter: str, text: str) -> Any:
    """Return the argument that the client sends as ``text``; None if there is none."""
    if parameter in ("limit", "offset"):
        return int(text) if re.fullmatch(r"\d+", text) else None
    if parameter in ("map_index", "map_index_filter"):
        return int(text) if re.fullmatch(r"-?\d+", text) else None
    if parameter in ("stringify", "deserialize"):
        return text.lower() == "true" if text.lower() in ("true", "false") else None
    if parameter.startswith(("logical_date_", "run_after_")):
        try:
            date = datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            return None
        return date if date.tzinfo else None
    return text or None


def kind_of(recording: Recording) -> str:
    if recording.target.startswith("/auth/token"):
        return "login"
    call = documented_call(recording)
    return "call_api" if call is None else call.name


#: (release, kind of call) -> its recordings.
RECORDINGS: dict[tuple[str, str], list[Recording]] = {}
for _version in VERSIONS:
    for _recording in recordings(_version):
        RECORDINGS.setdefault((_version, kind_of(_recording)), []).append(_recording)

each_kind = pytest.mark.parametrize(("version", "kind"), [key for key in RECORDINGS if key[1] != "login"])


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    with WireServer(b"", version="x") as server:
        yield server


@contextlib.contextmanager
def replayed(server: WireServer, recording: Recording) -> Iterator[ApiClient]:
    """A client of a server that sends the recorded response."""
    server.version = "" if recording.target.endswith("/version") else recording.version
    server.answers = [recording.response]
    server.requests.clear()
    prefix = recording.target[:7] if recording.target.startswith("/api/v") else "/api/v2"
    configuration = Configuration(host=server.url + prefix)
    configuration.retries = 0
    with ApiClient(configuration) as client:
        yield client


def send(client: ApiClient, recording: Recording) -> Any:
    """Send the recorded request by the documented call, or else by ``call_api``."""
    call = documented_call(recording)
    if call is not None:
        return getattr(XComApi(client), call.name)(*call.ids, **call.keywords)
    url = urlsplit(recording.target)
    body = json.loads(recording.request_body) if recording.request_body else None
    query = parse_qsl(url.query, keep_blank_values=True)
    path = url.path[len("/api/v1") :]
    return client.call_api(path, recording.method, query_params=query, body=body, _return_http_data_only=True)


def reasons_in(recording: Recording) -> list[str]:
    """Return what the server says of an error: each text in its JSON, or the text of its page."""
    try:
        problem = json.loads(recording.body)
    except ValueError:
        page = recording.body
        return [html.unescape(re.findall(r">\s*([^<>]*[a-z][^<>]*?)\s*<", page)[-1] if "<" in page else page)]
    detail = problem.get("detail") or problem.get("title") or problem.get("error")
    if isinstance(detail, list):
        return [item["msg"] for item in detail]
    return [str(text) for text in detail.values()] if isinstance(detail, dict) else [detail]


def assert_raised(error: ApiException, recording: Recording) -> None:
    assert type(error) is exceptions.for_status(recording.status)
    assert error.status == recording.status
    for reason in reasons_in(recording) if recording.body else []:
        assert " ".join(reason.split()) in " ".join(str(error).split())


@each_kind
def test_requests_and_responses_are_exact(server: WireServer, version: str, kind: str) -> None:
    with all_cases() as case:
        for recording in RECORDINGS[version, kind]:
            with case(recording.name), replayed(server, recording) as client:
                if recording.status < 300:
                    result = send(client, recording)
                    data = result.to_dict() if isinstance(result, Model) else result
                    expected = json.loads(recording.body) if recording.body else None
                    assert repr(data) == repr(expected)  # repr differs for 1, 1.0 and True, and shows NaN
                else:
                    with pytest.raises(ApiException) as caught:
                        send(client, recording)
                    assert_raised(caught.value, recording)
                assert len(server.requests) == 1
                if kind != "call_api":
                    assert_sent(server.targets[0], recording)


def assert_sent(target: str, recording: Recording) -> None:
    """Check that a documented call sends the recorded request."""
    sent, recorded = urlsplit(target), urlsplit(recording.target)
    assert sorted(normalized(sent.query)) == sorted(normalized(recorded.query))
    canonical = "/".join(quote(unquote(segment), safe="") for segment in recorded.path.split("/"))
    if recorded.path != canonical:  # curl was given another form of the same path, such as %7E for ~
        assert unquote(sent.path) == unquote(recorded.path)
    elif recorded.path.endswith(("/.", "/..")):  # the client encodes dots, so that nothing folds the path
        assert sent.path.rpartition("/")[2] == recorded.path.rpartition("/")[2].replace(".", "%2E")
    else:
        assert sent.path == recorded.path


def normalized(query: str) -> list[str]:
    """Return the parameters of a query, each in one form: the recorded ones have several."""
    pairs = []
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name in ("stringify", "deserialize"):
            text = text.lower()
        elif "_date_" in name or "_after_" in name:
            text = text.replace("Z", "+00:00")
        pairs.append(f"{name}={text}")
    return pairs


@pytest.mark.parametrize("version", ["3.0.6", "3.3.2"])
def test_logins_return_a_token_or_raise(version: str) -> None:
    rows = answer('{"xcom_entries": [], "total_entries": 0}')
    with all_cases() as case:
        for recording in RECORDINGS[version, "login"]:
            with case(recording.name), WireServer(recording.response, rows, version="3") as server:
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
                        assert_raised(caught.value, recording)
                body = server.requests[0].partition(b"\r\n\r\n")[2]
                assert json.loads(body) == {"username": "admin", "password": "5ecret"}


def test_no_recording_is_missing() -> None:
    kinds = ("get_xcom_entry", "get_xcom_entries", "call_api", "login")
    counts = {version: tuple(len(RECORDINGS.get((version, kind), ())) for kind in kinds) for version in VERSIONS}
    assert counts == {
        **dict.fromkeys(("2.4.3", "2.6.3"), (19, 5, 23, 0)),
        **dict.fromkeys(("2.7.3", "2.8.4", "2.9.3"), (20, 5, 23, 0)),
        "3.1.8": (20, 6, 22, 0),
        "3.2.2": (20, 8, 20, 0),
        "2.10.5": (143, 33, 26, 0),
        "2.11.2": (149, 33, 26, 0),
        "3.0.6": (147, 30, 66, 9),
        "3.3.2": (153, 49, 52, 17),
    }
