"""API of Airflow 3.0.6 to 3.3.2, ``/api/v2``.

Checks come in the order of real servers: routing (404, 405), JSON syntax (422), login (401, 403), parameters or
fields (422).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from airflow_client.testing.airflow3 import responses
from airflow_client.testing.airflow3.auth import AuthManager
from airflow_client.testing.airflow3.calls import Call
from airflow_client.testing.airflow3.dag_runs import DagRuns
from airflow_client.testing.airflow3.dags import Dags
from airflow_client.testing.airflow3.params import UndecodableBody, ValidationError, is_json, read_json, read_query
from airflow_client.testing.airflow3.responses import HttpError
from airflow_client.testing.airflow3.task_instances import TaskInstances
from airflow_client.testing.airflow3.tokens import Tokens
from airflow_client.testing.airflow3.value_rendering import CannotRender
from airflow_client.testing.airflow3.xcoms import XComs
from airflow_client.testing.application import Application, InternalServerError, Request, Response, Settings
from airflow_client.testing.datetimes import NaiveDatetime
from airflow_client.testing.store import Store, UnreadableXCom
from airflow_client.testing.users import READS_XCOMS, Users

GIT_VERSIONS = {
    "3.0.6": ".dev0+e965c2e676d85ced65a485d4b2601addc2fd3e97.dirty",
    "3.1.8": ".dev0+7c1b4e1cc6384096a4f391bbed129f0bc40e1d9d.dirty",
    "3.2.2": ".dev0+cde4885818be51a6cdcfdf9275e100bf070025de.dirty",
    "3.3.2": ".release:aa19d2dbb9ed187ec01957a92848d9b005e9ba9d",
}
_DAG = "/dags/(?P<dag_id>[^/]+)"
_RUN = _DAG + "/dagRuns/(?P<run_id>[^/]+)"
_TASK = _RUN + "/taskInstances/(?P<task_id>[^/]+)"
_V1_REMOVED = "/api/v1 has been removed in Airflow 3, please use its upgraded version /api/v2 instead."
_HEALTH_MOVED = "Moved in Airflow 3. Please change config to check `/api/v2/monitor/health`"
_HEALTH = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": None},
    "triggerer": {"status": None, "latest_triggerer_heartbeat": None},
    "dag_processor": {"status": None, "latest_dag_processor_heartbeat": None},
}


@dataclass(frozen=True)
class _Route:
    """Path of the API with its calls by method, and the role that may read it."""

    path: re.Pattern[str]
    calls: dict[str, Call]
    reader_role: str = READS_XCOMS


class Airflow3(Application):
    """Airflow 3."""

    def __init__(self, version: str, store: Store, users: Users, settings: Settings) -> None:
        fab, self._is_3_0 = settings.auth == "fab", version.startswith("3.0")
        self._tokens = Tokens(users, names_user_by_id=fab, lifetime=settings.token_lifetime, is_3_0=self._is_3_0)
        self._auth_manager = AuthManager(users, self._tokens, fab=fab, is_3_0=self._is_3_0)
        xcoms = XComs(store, settings, is_3_0=self._is_3_0)
        runs = DagRuns(store, settings, is_3_0=self._is_3_0)
        tasks = TaskInstances(store, settings, is_3_0=self._is_3_0)
        dags = Dags(store, settings, is_3_0=self._is_3_0)
        key = "[^/]+" if self._is_3_0 else ".*"
        self._routes = [
            _Route(re.compile(f"/api/v2{_TASK}/xcomEntries/(?P<key>{key})"), xcoms.entry_calls),
            _Route(re.compile(f"/api/v2{_TASK}/xcomEntries"), xcoms.list_calls),
            _Route(re.compile(f"/api/v2{_DAG}"), dags.dag_calls),
            _Route(re.compile(f"/api/v2{_DAG}/details"), dags.details_calls),
            _Route(re.compile(f"/api/v2{_DAG}/tasks"), dags.tasks_calls, "Viewer"),
            _Route(re.compile(f"/api/v2{_DAG}/tasks/(?P<task_id>[^/]+)"), dags.task_calls, "Viewer"),
            _Route(re.compile("/api/v2/importErrors"), dags.import_errors_calls, "Viewer"),
            _Route(re.compile(f"/api/v2{_DAG}/dagRuns"), runs.calls, "Viewer"),
            _Route(re.compile(f"/api/v2{_RUN}"), runs.run_calls, "Viewer"),
            *([] if self._is_3_0 else [_Route(re.compile(f"/api/v2{_RUN}/wait"), runs.wait_calls, "Viewer")]),
            _Route(re.compile(f"/api/v2{_RUN}/taskInstances"), tasks.list_calls, "Viewer"),
            _Route(re.compile(f"/api/v2{_TASK}"), tasks.unmapped_calls, "Viewer"),
            _Route(re.compile(f"/api/v2{_TASK}/listMapped"), tasks.list_mapped_calls, "Viewer"),
            _Route(re.compile(f"/api/v2{_TASK}/logs/(?P<try_number>[^/]+)"), tasks.log_calls, "Viewer"),
            _Route(re.compile(f"/api/v2{_TASK}/(?P<map_index>[^/]+)"), tasks.mapped_calls, "Viewer"),
        ]
        self._public = {
            "/api/v2/version": {"version": version, "git_version": GIT_VERSIONS[version]},
            "/api/v2/monitor/health": _HEALTH,
        }

    def respond(self, request: Request) -> Response:
        """Answer a request."""
        try:
            response = self._route(request)
        except HttpError as error:
            response = error.response
        except ValidationError as invalid:
            response = HttpError(422, invalid.errors).response
        except UndecodableBody:
            response = HttpError(400, "There was an error parsing the body").response
        except NaiveDatetime as naive:
            if self._is_3_0:
                raise InternalServerError(str(naive)) from naive
            response = responses.database_error().response
        except (OverflowError, UnicodeEncodeError, CannotRender, UnreadableXCom) as error:
            raise InternalServerError(str(error)) from error
        return responses.compress(self._auth_manager.end_invalid_cookie(request, response), request)

    def revoke_tokens(self) -> None:
        """Invalidate every token."""
        self._tokens.revoke()

    def expire_tokens(self) -> None:
        """Let every token expire."""
        self._tokens.expire()

    def _route(self, request: Request) -> Response:
        path = request.path
        if path.startswith("/auth/"):
            try:
                return self._auth_manager.respond(request, path)
            except InternalServerError:
                return responses.crash()
        for route in self._routes:
            matched = route.path.fullmatch(path)
            if matched:
                return self._call(request, route, matched.groupdict())
        if request.method != "GET":
            return responses.method_not_allowed()
        if "\n" in path:
            raise HttpError(404, "Not Found")
        if path in self._public:
            return responses.json_response(self._public[path])
        if path == "/health":
            return responses.not_found(_HEALTH_MOVED)
        if path.startswith("/api/v1/"):
            return responses.not_found(_V1_REMOVED)
        return responses.not_found("API route not found") if path.startswith("/api/") else responses.interface()

    def _call(self, request: Request, route: _Route, ids: dict[str, str]) -> Response:
        call = route.calls.get(request.method)
        if call is None:
            return responses.method_not_allowed()
        body = read_json(request, lenient=self._is_3_0) if call.read_body else None
        user = self._auth_manager.authorize(request, route.reader_role if request.method == "GET" else call.writer_role)
        added = call.add(request.headers, user.name)
        if call.read_body is None:
            return call.respond(ids, {**read_query(request, call.parameters), **added})
        if self._is_3_0 and request.body and is_json(request) and not isinstance(body, dict):
            raise InternalServerError("real 3.0 servers fail on a body that is no object")
        return call.respond(ids, {**call.read_body(body), **added})
