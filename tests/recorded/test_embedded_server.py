"""The embedded server answers each recorded request as the real server did."""

from __future__ import annotations

import re
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.contract.fidelity.answers import comparable, differences
from tests.contract.fidelity.cases import FORM, Case
from tests.contract.fidelity.peer import Answer, Peer
from tests.contract.servers import Server
from tests.recorded import lab
from tests.recorded.recordings import OF_THE_LAB, Recording, recordings

#: Pattern of names -> the credentials of its request, where they are not those of admin. See ``Peer``.
USERS = {
    "token-": "",
    "http-health": "",
    "http-version": "",
    "path-unknown-no-auth": "",
    "auth-none": "",
    "write-POST-no-auth": "",
    "auth-wrong-password": "wrong-password",
    "auth-unknown-user": "unknown-user",
    "auth-bearer": "bearer",
    "auth-invalid-token": "bearer",
    "auth-empty-bearer": "bearer-empty",
    "auth-basic": "basic",
    "auth-backend-session-only": "basic",
    "fab-basic-auth": "basic",
    "auth-lowercase-bearer": "lower-case-scheme",
    "auth-expired-token": "expired",
    "auth-wrong-audience": "wrong-audience",
    "auth-wrong-signature": "wrong-signature",
    "auth-token-in-cookie": "token-in-cookie",
    "auth-utf8-password": "odd",
    "auth-403": "nobody",
    "list-tilde-all-public-role": "nobody",
    "fab-nobody": "nobody",
    "auth-viewer": "viewer",
    "fab-viewer": "viewer",
    "write-POST-user-role": "user",
}
#: Name -> headers of its request.
HEADERS = {
    "http-accept-html": {"Accept": "text/html"},
    "http-accept-xml": {"Accept": "application/xml"},
    "http-if-none-match": {"If-None-Match": '"x"'},
    "http-gzip-small": {"Accept-Encoding": "gzip"},
    "http-connection-close": {"Connection": "close"},
    "token-simple-form-body": {"Content-Type": FORM},
    "token-fab-form-body": {"Content-Type": FORM},
    "token-simple-text-body": {"Content-Type": "text/plain"},
}
#: Name -> body of its request; recordings have only those that are JSON.
BODIES = {
    "token-simple-form-body": "username=admin&password=admin-pw",
    "token-fab-form-body": "username=admin&password=admin-pw",
    "token-fab-broken-json": "{",
}
#: Pattern of names -> why its answer is not compared.
NOT_COMPARED = {
    "auth-role-public-none": "the real server had a setting that the embedded server does not have",
    "pandas-": "its values need pandas and numpy",
    "list-tilde-all(-encoded-7E|-viewer)?$": "no recording shows all XComs of the server, which it counts",
    "list-tilde-task": "no recording shows all XComs of the server, which it counts",
    "fab-viewer-tilde-all": "no recording shows all XComs of the server, which it counts",
    "list-filter-order_by_timestamp": "tasks of the real server ran in another order",
    "http-gzip": "recordings are decoded, and have no headers about that",
    "http-config": "the embedded server does not have this call",
    "http-http10": "the request has another version of HTTP; tests/testing_server sends it",
}


def settings(recording: Recording) -> tuple[tuple[str, Any], ...]:
    """Return the settings of the real server that was recorded."""
    if recording.name.startswith("auth-backend-session-only"):
        return (("auth", "session"),)
    if recording.name.startswith("deserialize-on"):
        return (("deserialize_support", True),)
    if recording.name.startswith(("fab-", "token-fab-")):
        return (("auth", "fab"),)
    return ()


def first(table: dict[str, Any], name: str, default: Any) -> Any:
    """Return the value of the first pattern that a name matches from its beginning."""
    return next((value for pattern, value in table.items() if re.match(pattern, name)), default)


def case_of(recording: Recording) -> Case:
    target = re.sub("^/api/v[12]", "", recording.target)
    if target == recording.target or (recording.target.startswith("/api/v2") == recording.version.startswith("2.")):
        target = f"^{recording.target}"
    headers = HEADERS.get(recording.name, {})
    body = BODIES.get(recording.name, recording.request_body)
    return Case(recording.method, target, first(USERS, recording.name, "admin"), body, headers)


@pytest.mark.parametrize("version", OF_THE_LAB)
def test_recorded_requests_have_the_recorded_answers(version: str) -> None:
    groups: dict[Any, list[Recording]] = {}
    for recording in recordings(version):
        if not first(NOT_COMPARED, recording.name, ""):
            groups.setdefault(settings(recording), []).append(recording)
    problems: list[str] = []
    for options, group in groups.items():
        with EmbeddedAirflow(version, **dict(options)) as airflow:
            auth = dict(options).get("auth", "basic" if version.startswith("2.") else "simple")
            lab.fill(airflow, version, auth)
            peer = Peer(Server(airflow.base_url, version, auth, embedded=airflow))
            for recording in group:
                lab.prepare(airflow, recording)
                actual = comparable(peer.ask(case_of(recording)))
                headers = [(name.lower(), value) for name, value in recording.headers.items()]
                expected = comparable(Answer(recording.status, headers, recording.body.encode()))
                problems += [f"{recording.name}: {line}" for line in differences(actual, expected)]
            peer.close()
    assert not problems, f"{len(problems)} differences:\n" + "\n".join(problems[:200])
