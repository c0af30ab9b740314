"""What ``/api/v2`` of Airflow 3.0.6 and 3.3.2 answers about XComs and DAG runs.

The order of the checks is that of real servers: routing (404, 405), whether the body is JSON (422),
who asks (401, 403), the parameters or the fields of the body (422), and only then what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from airflow_client.testing import answers_v2 as answers
from airflow_client.testing.answers_v2 import Refusal
from airflow_client.testing.auth_v2 import AuthV2, content_type
from airflow_client.testing.calls_v2 import Call
from airflow_client.testing.dag_runs_v2 import DagRunsV2
from airflow_client.testing.http1 import Crash, Request, Response
from airflow_client.testing.moments import NaiveMoment
from airflow_client.testing.serialization import serialize_v3, serialize_v3_0
from airflow_client.testing.task_instances_v2 import TaskInstancesV2
from airflow_client.testing.told_v2 import CannotDescribe
from airflow_client.testing.users import READS_XCOMS
from airflow_client.testing.validation import Invalid, UnreadableBody, parameters, read_json
from airflow_client.testing.xcoms_v2 import XComsV2

_RUN = "/dags/(?P<dag_id>[^/]+)/dagRuns/(?P<run_id>[^/]+)"
_TASK = _RUN + "/taskInstances/(?P<task_id>[^/]+)"
_GONE = "/api/v1 has been removed in Airflow 3, please use its upgraded version /api/v2 instead."
_HEALTH_MOVED = "Moved in Airflow 3. Please change config to check `/api/v2/monitor/health`"
_HEARTBEATS = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": None},
    "triggerer": {"status": None, "latest_triggerer_heartbeat": None},
    "dag_processor": {"status": None, "latest_dag_processor_heartbeat": None},
}


@dataclass(frozen=True)
class FlavourV2:
    """What differs between the releases."""

    version: str
    git_version: str
    old: bool  #: whether it is Airflow 3.0
    serialize: Callable[[object], str]


FLAVOURS_V2 = {
    "3.0.6": FlavourV2(
        version="3.0.6",
        git_version=".dev0+e965c2e676d85ced65a485d4b2601addc2fd3e97.dirty",
        old=True,
        serialize=serialize_v3_0,
    ),
    "3.3.2": FlavourV2(
        version="3.3.2",
        git_version=".release:aa19d2dbb9ed187ec01957a92848d9b005e9ba9d",
        old=False,
        serialize=serialize_v3,
    ),
}


@dataclass(frozen=True)
class _Route:
    path: re.Pattern[str]
    calls: dict[str, Call]
    readers: str = READS_XCOMS  #: the least role that may read


class ApiV2:
    """Answers requests for one embedded server.

    Args:
        flavour: The release to answer as.
        xcoms: What it answers about XComs.
        dag_runs: What it answers about DAG runs.
        tasks: What it answers about task instances.
        auth: Who asks.
    """

    def __init__(
        self, flavour: FlavourV2, xcoms: XComsV2, dag_runs: DagRunsV2, tasks: TaskInstancesV2, auth: AuthV2
    ) -> None:
        self._flavour = flavour
        self._auth = auth
        key = "[^/]+" if flavour.old else ".*"
        self._routes = [
            _Route(re.compile(f"/api/v2{_TASK}/xcomEntries/(?P<key>{key})"), xcoms.of_one),
            _Route(re.compile(f"/api/v2{_TASK}/xcomEntries"), xcoms.of_all),
            _Route(re.compile("/api/v2/dags/(?P<dag_id>[^/]+)/dagRuns"), dag_runs.of_dag, readers="Viewer"),
            _Route(re.compile(f"/api/v2{_RUN}"), dag_runs.of_run, readers="Viewer"),
            _Route(re.compile(f"/api/v2{_TASK}"), tasks.of_task, readers="Viewer"),
            _Route(re.compile(f"/api/v2{_TASK}/(?P<map_index>[^/]+)"), tasks.of_index, readers="Viewer"),
        ]
        self._public = {
            "/api/v2/version": {"version": flavour.version, "git_version": flavour.git_version},
            "/api/v2/monitor/health": _HEARTBEATS,
        }

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            Crash: A real server answers 500 to this request.
        """
        path, query = _split(request.target)
        try:
            if path.startswith("/auth/"):
                return self._auth.handle(request, path)
            for route in self._routes:
                matched = route.path.fullmatch(path)
                if matched:
                    return self._call(request, route, matched.groupdict(), query)
            return self._elsewhere(request, path)
        except Refusal as refusal:
            return refusal.response
        except Invalid as invalid:
            return Refusal(422, invalid.errors).response
        except UnreadableBody:
            return Refusal(400, "There was an error parsing the body").response
        except NaiveMoment as naive:
            if self._flavour.old:
                raise Crash(str(naive)) from naive
            return answers.database_error().response
        except (OverflowError, UnicodeEncodeError, CannotDescribe) as error:
            raise Crash(str(error)) from error

    def _call(self, request: Request, route: _Route, ids: dict[str, str], query: str) -> Response:
        call = route.calls.get(request.method)
        if call is None:
            return answers.method_not_allowed()
        body = None
        if call.read_body:
            body = read_json(request.body, content_type(request, lenient=self._flavour.old))
        self._auth.authorize(request, route.readers, writes=request.method != "GET")
        if self._flavour.old and request.body and call.read_body and not isinstance(body, (dict, str)):
            raise Crash("a real 3.0 fails on a body that is no object")
        asked = call.read_body(body) if call.read_body else parameters(query, call.parameters)
        return call.answer(ids, asked)

    def _elsewhere(self, request: Request, path: str) -> Response:
        if request.method != "GET":
            return answers.method_not_allowed()
        if path in self._public:
            return answers.ok(self._public[path])
        if path == "/health":
            return answers.not_found(_HEALTH_MOVED)
        if path.startswith("/api/v1/"):
            return answers.not_found(_GONE)
        return answers.not_found("API route not found") if path.startswith("/api/") else answers.interface()


def _split(target: str) -> tuple[str, str]:
    target = re.sub("^https?://[^/?#]*", "", target).partition("#")[0]
    path, _, query = target.partition("?")
    return unquote_to_bytes(path).decode("utf-8", "replace"), query
