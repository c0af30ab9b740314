"""Record requests to real Airflow servers: ``python -m tests.recorded.record 2.4.3 2.6.3``.

Each server holds the XComs of ``tests/contract/dataset.py``. The requests are those whose responses differ between the
releases. Headers of the transfer and what differs from run to run (dates, tokens, cookies, ports) are replaced.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple, Optional
from urllib.parse import quote, urlsplit

from tests.contract.dataset import RUN_1
from tests.support.airflow.releases import RELEASES
from tests.support.airflow.server import AirflowServer, running_airflow

_RUN = f"/dags/contract/dagRuns/{quote(RUN_1, safe='')}"
_TASK = f"{_RUN}/taskInstances"
_KINDS = f"{_TASK}/kinds/xcomEntries"
_MAPPED = f"{_TASK}/mapped/xcomEntries"
_TRANSFER = ("content-length", "content-encoding", "transfer-encoding", "date")
_TOKEN = "JWT.OF.THE-LAB"
_NEW_XCOM = {"key": "recorded", "value": {"a": [1, None]}}


class Request(NamedTuple):
    name: str
    method: str
    #: Below the API's root; with two slashes, below that of the server.
    path: str
    body: Optional[dict[str, Any]] = None
    #: The Authorization header: None for the administrator's.
    authorization: Optional[str] = None


#: Requests whose responses differ between the releases.
REQUESTS = (
    Request("version", "GET", "/version"),
    Request("health", "GET", "/health"),
    Request("health-monitor", "GET", "/monitor/health"),
    Request("list-mapped", "GET", f"{_MAPPED}?limit=4"),
    Request("list-all-runs", "GET", "/dags/close/dagRuns/~/taskInstances/~/xcomEntries"),
    Request("list-map-index", "GET", f"{_MAPPED}?map_index=3"),
    Request("list-key", "GET", f"{_MAPPED}?xcom_key=square&limit=2"),
    Request("list-pattern", "GET", f"{_MAPPED}?xcom_key_pattern=squ&limit=1"),
    Request("list-prefix-pattern", "GET", f"{_MAPPED}?xcom_key_prefix_pattern=squ&limit=1"),
    Request("list-order-by", "GET", f"{_MAPPED}?order_by=-map_index&limit=1"),
    Request("list-limit-0", "GET", f"{_MAPPED}?limit=0"),
    *(Request(f"entry-{key}", "GET", f"{_KINDS}/{key}") for key in ("int", "dict", "none", "set", "datetime_utc")),
    *(Request(f"entry-{key}", "GET", f"{_KINDS}/{key}") for key in ("namedtuple", "pydantic", "uuid", "float_nan")),
    Request("entry-stringify-false", "GET", f"{_KINDS}/dict?stringify=false"),
    Request("entry-stringify-true", "GET", f"{_KINDS}/dict?stringify=true"),
    Request("entry-deserialize", "GET", f"{_KINDS}/dict?deserialize=true"),
    Request("entry-mapped", "GET", f"{_MAPPED}/square"),
    Request("entry-map-index", "GET", f"{_MAPPED}/square?map_index=3"),
    Request("entry-with-slash", "GET", f"{_TASK}/odd_keys/xcomEntries/with%2Fslash"),
    Request("entry-missing", "GET", f"{_KINDS}/nope"),
    Request("entry-no-credentials", "GET", f"{_KINDS}/int", authorization=""),
    Request("entry-bad-token", "GET", f"{_KINDS}/int", authorization="Bearer nope"),
    Request("entry-bad-password", "GET", f"{_KINDS}/int", authorization="Basic bm9wZTpub3Bl"),
    Request("create", "POST", f"{_TASK}/multi/xcomEntries", _NEW_XCOM),
    Request("created", "GET", f"{_TASK}/multi/xcomEntries/recorded"),
    Request("delete", "DELETE", f"{_TASK}/multi/xcomEntries/recorded"),
    Request("dag", "GET", "/dags/contract"),
    Request("dag-missing", "GET", "/dags/nope"),
    Request("tasks", "GET", "/dags/other/tasks"),
    Request("import-errors", "GET", "/importErrors"),
    Request("runs", "GET", "/dags/close/dagRuns?limit=1"),
    Request("runs-fields", "GET", "/dags/close/dagRuns?fields=dag_run_id"),
    Request("runs-updated", "GET", "/dags/close/dagRuns?updated_at_gte=2000-01-01T00:00:00Z&limit=1"),
    Request("runs-order", "GET", "/dags/close/dagRuns?order_by=-start_date&limit=1"),
    Request("run", "GET", _RUN),
    Request("run-missing", "GET", "/dags/contract/dagRuns/nope"),
    Request("task-instance", "GET", f"{_TASK}/multi"),
    Request("task-instance-mapped", "GET", f"{_TASK}/mapped/3"),
    Request("task-instances", "GET", f"{_TASK}?state=failed"),
    Request("task-instances-mapped", "GET", f"{_TASK}/mapped/listMapped?limit=1"),
    Request("path-unknown", "GET", "/nope"),
)


def record(version: str) -> list[dict[str, Any]]:
    """Return the exchanges with a new server."""
    with running_airflow(version) as server:
        authorization = _login(server)
        exchanges = [_exchange(server, request, authorization) for request in REQUESTS]
    # The pages of Airflow 2 about a crash name the machine.
    return [exchange for exchange in exchanges if exchange["status"] != 500 or "<html" not in exchange["body"]]


def _login(server: AirflowServer) -> str:
    if RELEASES[server.version].token_path is None:
        return "Basic " + base64.b64encode(b"admin:admin-pw").decode()
    login = Request("", "POST", "//auth/token", {"username": "admin", "password": "admin-pw"}, "")
    return f"Bearer {json.loads(_send(server, login, '')[1])['access_token']}"


def _send(server: AirflowServer, request: Request, authorization: str) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(urlsplit(server.host).netloc, timeout=60)
    given = authorization if request.authorization is None else request.authorization
    headers = {"Authorization": given} if given else {}
    body = None
    if request.body is not None:
        body, headers["Content-Type"] = json.dumps(request.body), "application/json"
    connection.request(request.method, _target(server, request), body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text


def _target(server: AirflowServer, request: Request) -> str:
    return request.path[1:] if request.path.startswith("//") else urlsplit(server.host).path + request.path


def _exchange(server: AirflowServer, request: Request, authorization: str) -> dict[str, Any]:
    response, text = _send(server, request, authorization)
    exchange: dict[str, Any] = {
        "name": request.name,
        "method": request.method,
        "target": _target(server, request),
        "status": response.status,
        "reason": response.reason,
        "headers": {name: _steady(value) for name, value in response.getheaders() if name.lower() not in _TRANSFER},
        "body": _steady(text),
    }
    if request.body is not None:
        exchange["request_body"] = json.dumps(request.body)
    return exchange


def _steady(text: str) -> str:
    """Replace what differs from run to run."""
    text = re.sub(r"20(2[5-9]|[3-9]\d)-\d\d-\d\d([T ]\d\d:\d\d:\d\d)(\.\d+)?", r"2026-11-29\2", text)
    text = re.sub(r"(2026-11-29[T ])\d\d:\d\d:\d\d", r"\g<1>01:00:00", text)
    unsteady = "duration|pid|file_token|hostname|unixname|fileloc|id|bundle_version|last_parse_duration"
    text = re.sub(rf'("(?:{unsteady})": ?)("[^"]*"|[\d.]+|null)', r"\1null", text)
    text = re.sub(r"Expires=[^;]+", "Expires=Tue, 29 Dec 2026 01:00:00 GMT", text)
    text = re.sub(r"session=[^;]+", "session=00000000-0000-0000-0000-000000000000.sample", text)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", text)


if __name__ == "__main__":
    for _version in sys.argv[1:]:
        lines = [json.dumps(exchange) + "\n" for exchange in record(_version)]
        Path(__file__).with_name(f"airflow-{_version}.jsonl").write_text("".join(lines), encoding="utf-8")
        print(f"Airflow {_version}: {len(lines)} exchanges")
