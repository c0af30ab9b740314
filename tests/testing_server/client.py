"""Plain HTTP requests to an embedded server, without the library."""

from __future__ import annotations

import base64
import http.client
import json
import socket
from typing import Any, NamedTuple, Optional

from airflow_client.testing import EmbeddedAirflow

RUN = "manual__2024-01-01T00:00:00+00:00"
_TASK = "/dags/lab/dagRuns/manual__2024-01-01T00%3A00%3A00%2B00%3A00/taskInstances/kinds/xcomEntries"
TASK_2 = f"/api/v1{_TASK}"
TASK_3 = f"/api/v2{_TASK}"
TIMESTAMP = "2026-11-22T06:09:26.833597Z"
JSON = {"Content-Type": "application/json"}


class Reply(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def filled(version: str = "2.11.2", **settings: Any) -> EmbeddedAirflow:
    """Return a server with a user of each role, named after it, and one XCom."""
    airflow = EmbeddedAirflow(version, **settings)
    for role in ("Admin", "Op", "User", "Viewer", "Public"):
        airflow.add_user(role.lower(), f"{role.lower()}-pw", role)
    airflow.push_xcom("lab", RUN, "kinds", "str", "hello", timestamp=TIMESTAMP)
    return airflow


def connect(airflow: EmbeddedAirflow) -> socket.socket:
    host, port = airflow.base_url[len("http://") :].rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=10)


def send(airflow: EmbeddedAirflow, data: bytes) -> bytes:
    """Send bytes on a new connection, and return all that arrives until the server closes it."""
    with connect(airflow) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def request(
    airflow: EmbeddedAirflow, method: str, target: str, body: Any = None, headers: Optional[dict[str, str]] = None
) -> Reply:
    """Send one request; ``headers`` are the credentials of an admin by default."""
    connection = http.client.HTTPConnection(airflow.base_url[len("http://") :], timeout=10)
    try:
        sent = dict(credentials(airflow) if headers is None else headers)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, target, body.encode() if isinstance(body, str) else body, sent)
        response = connection.getresponse()
        return Reply(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


def get(airflow: EmbeddedAirflow, target: str, headers: Optional[dict[str, str]] = None) -> Reply:
    return request(airflow, "GET", target, None, headers)


def credentials(airflow: EmbeddedAirflow, username: str = "admin") -> dict[str, str]:
    if airflow.host.endswith("v1"):
        return basic(username, f"{username}-pw")
    return {"Authorization": f"Bearer {token(airflow, username)}"}


def basic(username: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()}


def token(airflow: EmbeddedAirflow, username: str = "admin", path: str = "/auth/token") -> str:
    reply = request(airflow, "POST", path, {"username": username, "password": f"{username}-pw"}, {})
    assert reply.status == 201
    return str(reply.json["access_token"])
