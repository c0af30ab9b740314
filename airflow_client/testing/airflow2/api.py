"""API of Airflow 2.4.3 to 2.11.2, ``/api/v1``.

Checks come in the order of real servers: routing (404, 405, 308), query or body (400, 415), login (401, 403).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from airflow_client.testing.airflow2 import responses
from airflow_client.testing.airflow2.auth import Authentication, Sessions
from airflow_client.testing.airflow2.dag_runs import (
    GET_ONE_PARAMETERS,
    GET_PARAMETERS,
    POST_FIELDS,
    DagRuns,
)
from airflow_client.testing.airflow2.dags import DAG_PARAMETERS, IMPORT_ERRORS_PARAMETERS, TASKS_PARAMETERS, Dags
from airflow_client.testing.airflow2.params import Reader, read_body, read_query
from airflow_client.testing.airflow2.responses import Crash, Problem, TooLarge, routing_problem
from airflow_client.testing.airflow2.task_instances import (
    LIST_MAPPED_PARAMETERS,
    LIST_PARAMETERS,
    LOG_PARAMETERS,
    TaskInstances,
)
from airflow_client.testing.airflow2.value_rendering import CannotDeserialize
from airflow_client.testing.airflow2.web import WebInterface
from airflow_client.testing.airflow2.xcoms import ENTRY_PARAMETERS, XComs
from airflow_client.testing.airflow2.xcoms import LIST_PARAMETERS as LIST_XCOMS_PARAMETERS
from airflow_client.testing.application import Application, InternalServerError, Request, Response, Settings
from airflow_client.testing.since import known
from airflow_client.testing.store import Store, UnreadableXCom
from airflow_client.testing.users import READS_XCOMS, Users

_PREFIX = "/api/v1"
_DAG = "/dags/(?P<dag_id>[^/]+)"
_RUN = _DAG + "/dagRuns/(?P<run_id>[^/]+)"
_TASK = _RUN + "/taskInstances/(?P<task_id>[^/]+)"
_NOT_ALLOWED = "The method is not allowed for the requested URL."
_NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually"
    " please check your spelling and try again."
)
#: First release with each parameter that Airflow 2.4 lacks.
PARAMETERS_SINCE = {
    **dict.fromkeys(("map_index", "xcom_key"), (2, 7)),
    **dict.fromkeys(("updated_at_gte", "updated_at_lte"), (2, 6)),
    "fields": (2, 9),
    "stringify": (2, 10),
}
#: First release with each component in the response about health.
_COMPONENTS_SINCE = {"triggerer": (2, 6), "dag_processor": (2, 7)}
_HEALTH = {
    "dag_processor": {"latest_dag_processor_heartbeat": None, "status": None},
    "metadatabase": {"status": "healthy"},
    "scheduler": {"latest_scheduler_heartbeat": None, "status": "unhealthy"},
    "triggerer": {"latest_triggerer_heartbeat": None, "status": None},
}


@dataclass(frozen=True)
class _Traits:
    """Differences between the releases.

    :ivar anonymous: arguments of the problem of requests without valid credentials.
    :ivar varies_by_cookie: whether pages and routing errors send ``Vary: Cookie``, rather than start a session.
    :ivar merged_slashes: pattern of the slashes that are merged before a redirect.
    :ivar unquoted: characters that a redirect does not quote.
    """

    git_version: str
    anonymous: tuple[int, str, None, str]
    varies_by_cookie: bool
    merged_slashes: str
    unquoted: str


_ANONYMOUS = (401, "Unauthorized", None, "Unauthenticated")
_PUBLIC = (403, "Forbidden", None, "PermissionDenied")


def _traits_2_10(git_version: str, anonymous: tuple[int, str, None, str] = _ANONYMOUS) -> _Traits:
    """Return the traits of Airflow 2.10 and earlier."""
    return _Traits(
        git_version=git_version,
        anonymous=anonymous,
        varies_by_cookie=False,
        merged_slashes="//",
        unquoted="!$'()*+,/:;|~",
    )


TRAITS = {
    "2.4.3": _traits_2_10(".release:2.4.3+c53a3e153f0ab5ca933a94adc01dc6314ea8d4d1"),
    "2.6.3": _traits_2_10(".release:eb24742d5300d2d87b17b4bcd67f639dbafd9818"),
    "2.7.3": _traits_2_10(".release:f1243537838516b8bb8156130bc001595bfbeb01"),
    "2.8.4": _traits_2_10(".release:34ea330b786457ab2ec591395a834e564dc999ec"),
    "2.9.3": _traits_2_10(".release:81845de9d95a733b4eb7826aaabe23ba9813eba3", _PUBLIC),
    "2.10.5": _traits_2_10(".release:b93c3db6b1641b0840bd15ac7d05bc58ff2cccbf"),
    "2.11.2": _Traits(
        git_version="",
        anonymous=_PUBLIC,
        varies_by_cookie=True,
        merged_slashes="/{2,}",
        unquoted="!$&'()*+,/:;=@~",
    ),
}


@dataclass(frozen=True)
class _Route:
    """Path of the API.

    :ivar respond: answers a request with its ids and its parameters; None if the path only receives redirects.
    :ivar readers: readers of its parameters; None if it has none and needs no login.
    :ivar role: role that may call it.
    :ivar posted: whether it is for POST, with parameters in the body.
    :ivar negotiated: whether its parameters include the header ``Accept``.
    :ivar any_query: whether it ignores query parameters.
    """

    path: re.Pattern[str]
    respond: Callable[[dict[str, str], dict[str, Any]], Response] | None
    readers: Mapping[str, Reader] | None = None
    role: str = READS_XCOMS
    posted: bool = False
    negotiated: bool = False
    any_query: bool = False


class Airflow2(Application):
    """Airflow 2."""

    def __init__(self, version: str, store: Store, users: Users, settings: Settings) -> None:
        self._release = version
        self._traits = traits = TRAITS[version]
        self._sessions = Sessions()
        self._authentication = Authentication(users, self._sessions, takes_basic="basic" in settings.auth)
        self._web = WebInterface(users, self._sessions, varies_by_cookie=traits.varies_by_cookie)
        xcoms, dags = XComs(store, settings), Dags(store, settings)
        runs, tasks = DagRuns(store, settings), TaskInstances(store, settings)
        self._numbers = release = settings.release
        # A key may contain slashes but not start with one, and a newline only as its first character.
        key = "(?P<key>[^/].*)" if release >= (2, 10) else "(?P<key>[^/]+)"
        reader = READS_XCOMS if release >= (2, 8) else "Viewer"  # which may read runs and task instances too
        entry_parameters = known(ENTRY_PARAMETERS, PARAMETERS_SINCE, release)
        run_parameters = known(GET_PARAMETERS, PARAMETERS_SINCE, release)
        self._routes = [
            _Route(
                _path(_TASK + "/xcomEntries"),
                xcoms.list_xcoms,
                known(LIST_XCOMS_PARAMETERS, PARAMETERS_SINCE, release),
                role=reader,
            ),
            _Route(_path(f"{_TASK}/xcomEntries/{key}"), xcoms.get_xcom, entry_parameters, role=reader),
            _Route(_path(_DAG + "/dagRuns"), runs.trigger, runs.trigger_fields, role="User", posted=True),
            _Route(_path(_DAG + "/dagRuns"), runs.get, run_parameters, role="Viewer"),
            _Route(_path("/dags/~/dagRuns/list"), runs.post, POST_FIELDS, "Viewer", posted=True, any_query=True),
            _Route(_path(_RUN), runs.get_one, known(GET_ONE_PARAMETERS, PARAMETERS_SINCE, release), role="Viewer"),
            _Route(_path(_TASK), tasks.get_unmapped, {}, role="Viewer"),
            _Route(_path(_TASK + r"/(?P<map_index>\d+)"), tasks.get_mapped, {}, role="Viewer"),
            _Route(_path(_TASK + "/listMapped"), tasks.list_mapped, LIST_MAPPED_PARAMETERS, role="Viewer"),
            _Route(
                _path(_TASK + r"/logs/(?P<try_number>\d+)"), tasks.get_log, LOG_PARAMETERS, "Viewer", negotiated=True
            ),
            _Route(_path(_RUN + "/taskInstances"), tasks.list_all, LIST_PARAMETERS, role="Viewer"),
            _Route(_path(_DAG), dags.get, DAG_PARAMETERS),
            _Route(_path(_DAG + "/details"), dags.get_details, DAG_PARAMETERS),
            _Route(_path(_DAG + "/tasks"), dags.list_tasks, TASKS_PARAMETERS, role="Viewer"),
            _Route(_path(_DAG + "/tasks/(?P<task_id>[^/]+)"), dags.get_task, {}, role="Viewer"),
            _Route(_path("/importErrors"), dags.list_import_errors, IMPORT_ERRORS_PARAMETERS, role="Viewer"),
            _Route(_path("/version"), self._version),
            _Route(_path("/health"), self._health),
            # Real servers have these paths, so one with an empty id is redirected to them.
            _Route(_path("/dags(/[^/]+(/dagRuns(/[^/]+(/taskInstances(/[^/]+)?)?)?)?)?"), None),
        ]

    def respond(self, request: Request) -> Response:
        """Answer a request."""
        response = self._respond(request)
        if self._numbers < (2, 9):
            headers = [header for header in response.headers if header != ("Cache-Control", "no-store")]
            response = replace(response, headers=headers)
        return response

    def _respond(self, request: Request) -> Response:
        path = "/" + request.path.lstrip("/")
        found = self._match(path, request.method)
        if found is None:
            return self._respond_without_route(request, path)
        route, ids = found
        if request.method == "OPTIONS" and route.respond:
            methods = [] if self._match(path, "POST") == found else ["POST"]
            return responses.options(*methods)
        if request.method not in ("GET", "HEAD") and not route.posted:
            return self._routing_error(request, 405, _NOT_ALLOWED)
        if route.respond is None:
            return self._routing_error(request, 404, _NOT_FOUND)
        try:
            params = {}
            if route.readers is not None:
                if not (route.posted and route.any_query):
                    params = read_query(request, {} if route.posted else route.readers)
                if route.posted:
                    params = read_body(request, route.readers)
                self._authorize(request, route.role)
            if route.negotiated:
                params["accept"] = request.headers.get("accept", "")
            return route.respond(ids, params)
        except Problem as problem:
            return responses.problem(problem, self._release)
        except Crash:
            return responses.crash()
        except TooLarge:
            return responses.too_large()
        except (OverflowError, CannotDeserialize, UnreadableXCom) as error:
            raise InternalServerError(str(error)) from error

    def expire_sessions(self) -> None:
        """End every session."""
        self._sessions.end_all()

    def _version(self, *_: object) -> Response:
        return responses.json_object({"git_version": self._traits.git_version, "version": self._release})

    def _health(self, *_: object) -> Response:
        return responses.json_object(known(_HEALTH, _COMPONENTS_SINCE, self._numbers))

    def _authorize(self, request: Request, role: str) -> None:
        user = self._authentication.user(request)
        if user is None:
            raise Problem(*self._traits.anonymous)
        if not user.has(role):
            raise Problem(403, "Forbidden", None, "PermissionDenied")

    def _match(self, path: str, method: str) -> tuple[_Route, dict[str, str]] | None:
        for route in self._routes:
            matched = route.path.fullmatch(path)
            if matched and (method == "POST" or not route.posted):
                return route, matched.groupdict()
        return None

    def _respond_without_route(self, request: Request, path: str) -> Response:
        merged = re.sub(self._traits.merged_slashes, "/", path)
        if merged != path and self._match(merged, request.method):
            if request.method not in ("GET", "HEAD", "OPTIONS"):
                return self._routing_error(request, 405, _NOT_ALLOWED)
            query = f"?{request.query}" if request.query else ""
            location = f"{request.origin}{quote(merged, safe=self._traits.unquoted)}"
            return responses.redirect(308, location + query, self._web.cookies(request))
        if path.startswith(_PREFIX):
            return self._routing_error(request, 404, _NOT_FOUND)
        if path == "/health" and request.method in ("GET", "HEAD"):
            return self._health()
        return self._web.respond(request, path)

    def _routing_error(self, request: Request, status: int, detail: str) -> Response:
        return responses.problem(routing_problem(status, detail), self._release, self._web.cookies(request))


def _path(pattern: str) -> re.Pattern[str]:
    return re.compile(_PREFIX + pattern)
