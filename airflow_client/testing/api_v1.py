"""What ``/api/v1`` of Airflow 2.10.5 and 2.11.2 answers about XComs and DAG runs.

The order of the checks is that of real servers: routing (404, 405, 308), the query's parameters or
the body (400, 415), who asks (401, 403), and only then what was asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from airflow_client.testing import answers_v1 as answers
from airflow_client.testing.auth_v1 import AuthV1
from airflow_client.testing.dag_runs_v1 import DagRunsV1
from airflow_client.testing.filters import compares
from airflow_client.testing.http1 import Crash, Request, Response
from airflow_client.testing.query_v1 import Problem, boolean, integer, natural, page_limit, parameters, split, text
from airflow_client.testing.store import Store
from airflow_client.testing.task_instances_v1 import TaskInstancesV1
from airflow_client.testing.told_v1 import CannotDeserialize, describe, deserialize, native
from airflow_client.testing.users import READS_XCOMS
from airflow_client.testing.web_v1 import WebV1

_PREFIX = "/api/v1"
_TASK = "/dags/(?P<dag_id>[^/]+)/dagRuns/(?P<run_id>[^/]+)/taskInstances/(?P<task_id>[^/]+)"
_NOT_ALLOWED = "The method is not allowed for the requested URL."
_NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually"
    " please check your spelling and try again."
)
_HEARTBEATS = {
    "dag_processor": {"latest_dag_processor_heartbeat": None, "status": None},
    "metadatabase": {"status": "healthy"},
    "scheduler": {"latest_scheduler_heartbeat": None, "status": "unhealthy"},
    "triggerer": {"latest_triggerer_heartbeat": None, "status": None},
}


@dataclass(frozen=True)
class Flavour:
    """What differs between the releases."""

    version: str
    git_version: str
    stranger: tuple[str, str, str]  #: status, title and error type for those without credentials
    varies: bool  #: whether pages and routing errors say ``Vary: Cookie`` (else they start a session)
    public_role: bool  #: whether strangers have a role, and who is logged in is known to any backend
    doubled: str  #: which slashes in a path become one, before it is redirected (a pattern)
    unquoted: str  #: the marks that a redirect leaves as they are


FLAVOURS = {
    "2.10.5": Flavour(
        version="2.10.5",
        git_version=".release:b93c3db6b1641b0840bd15ac7d05bc58ff2cccbf",
        stranger=("401 UNAUTHORIZED", "Unauthorized", "Unauthenticated"),
        varies=False,
        public_role=False,
        doubled="//",
        unquoted="!$'()*+,/:;|~",
    ),
    "2.11.2": Flavour(
        version="2.11.2",
        git_version="",
        stranger=("403 FORBIDDEN", "Forbidden", "PermissionDenied"),
        varies=True,
        public_role=True,
        doubled="/{2,}",
        unquoted="!$&'()*+,/:;=@~",
    ),
}


@dataclass(frozen=True)
class _Route:
    """A path and what answers it; to a POST if there is something to read its body with, else to a GET."""

    path: re.Pattern[str]
    answer: Callable[[dict[str, str], dict[str, Any]], Response] | None
    parameters: Mapping[str, Callable[[str, str], Any]] | None = None
    read_body: Callable[[Request], dict[str, Any]] | None = None
    role: str = READS_XCOMS  #: the least role that may ask


class ApiV1:
    """Answers requests for one embedded server.

    Args:
        flavour: The release to answer as.
        store: Where the XComs are.
        auth: Who asks.
        web: Answers what is not for the API.
        maximum_page_limit: The most rows in a page.
        deserialize_support: Whether ``deserialize=true`` is allowed.
    """

    def __init__(
        self,
        flavour: Flavour,
        store: Store,
        auth: AuthV1,
        web: WebV1,
        *,
        maximum_page_limit: int,
        deserialize_support: bool,
    ) -> None:
        self._flavour = flavour
        self._store = store
        self._auth = auth
        self._web = web
        self._maximum_page_limit = maximum_page_limit
        self._deserialize_support = deserialize_support
        runs = DagRunsV1(store, maximum_page_limit=maximum_page_limit)
        tasks = TaskInstancesV1(store)
        self._routes = [
            _Route(
                _path(_TASK + "/xcomEntries"),
                self._list,
                {"map_index": integer, "xcom_key": text, "limit": integer, "offset": natural},
            ),
            # A key may hold slashes, but not start with one, and no newline behind
            # its first character.
            _Route(
                _path(_TASK + "/xcomEntries/(?P<key>[^/].*)"),
                self._single,
                {"map_index": integer, "deserialize": boolean, "stringify": boolean},
            ),
            _Route(_path("/dags/~/dagRuns/list"), runs.post, read_body=runs.read_body, role="Viewer"),
            _Route(_path(_TASK), tasks.single, {}, role="Viewer"),
            _Route(_path(_TASK + r"/(?P<map_index>\d+)"), tasks.mapped, {}, role="Viewer"),
            _Route(
                _path("/dags/(?P<dag_id>[^/]+)/dagRuns/(?P<run_id>[^/]+)"),
                runs.single,
                {"fields": text},
                role="Viewer",
            ),
            _Route(_path("/dags/(?P<dag_id>[^/]+)/dagRuns"), runs.get, runs.parameters, role="Viewer"),
            _Route(_path("/version"), self._version),
            _Route(_path("/health"), self._health),
            # Not served here, but real: with an empty id in it, another path is
            # redirected to one of these.
            _Route(_path("/dags(/[^/]+(/dagRuns(/[^/]+(/taskInstances(/[^/]+)?)?)?)?)?"), None),
        ]

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            Crash: A real server answers 500 to this request.
        """
        path, query = split(request.target)
        found = self._find(path, request.method)
        if found is None:
            return self._without_route(request, path, query)
        route, ids = found
        if request.method == "OPTIONS" and route.answer:
            return answers.options()
        if request.method not in ("GET", "HEAD") and not route.read_body:
            return self._routing_error(request, "405 METHOD NOT ALLOWED", _NOT_ALLOWED)
        if route.answer is None:
            return self._routing_error(request, "404 NOT FOUND", _NOT_FOUND)
        try:
            if route.read_body:
                asked = route.read_body(request)
            elif route.parameters is not None:
                asked = parameters(query, route.parameters)
            else:
                return route.answer(ids, {})
            self._authorize(request, route.role)
            return route.answer(ids, asked)
        except Problem as problem:
            return self._problem(problem)
        except (OverflowError, CannotDeserialize) as error:
            raise Crash(str(error)) from error

    # ----------------------------------------------------------------- the four answers

    def _list(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        wanted: dict[str, str | int | None] = {name: value for name, value in ids.items() if value != "~"}
        wanted.update(key=asked.get("xcom_key"), map_index=asked.get("map_index"))
        total, entries = self._store.page(
            [compares(name, "=", value) for name, value in wanted.items() if value is not None],
            limit=page_limit(asked.get("limit"), self._maximum_page_limit),
            offset=asked.get("offset", 0),
        )
        return answers.page(total, entries)

    def _single(self, ids: dict[str, str], asked: dict[str, Any]) -> Response:
        wants_objects = asked.get("deserialize", False)
        if wants_objects and not self._deserialize_support:
            detail = "XCom deserialization is disabled in configuration."
            raise Problem("400 BAD REQUEST", "Bad Request", detail, "BadRequest")
        entry = self._store.get(**ids, map_index=asked.get("map_index", -1))
        if entry is None:
            raise Problem("404 NOT FOUND", "XCom entry not found", None, "NotFound")
        stored = json.loads(entry.value)
        value = deserialize(stored) if wants_objects else describe(stored)
        if asked.get("stringify", True):
            value = None if value is None else str(value)
        elif wants_objects:
            if isinstance(stored, float) and stored != stored:
                raise Crash("real servers fail on this one number, when asked in this one way")
            value = native(value)
        return answers.entry(entry, value)

    def _version(self, *_: object) -> Response:
        version = {"git_version": self._flavour.git_version, "version": self._flavour.version}
        return answers.ok(version)

    def _health(self, *_: object) -> Response:
        return answers.ok(_HEARTBEATS)

    # --------------------------------------------------------------------- the refusals

    def _authorize(self, request: Request, role: str) -> None:
        user = self._auth.user(request)
        if user is None:
            status, title, kind = self._flavour.stranger
            raise Problem(status, title, None, kind)
        if not user.has(role):
            raise Problem("403 FORBIDDEN", "Forbidden", None, "PermissionDenied")

    def _problem(self, problem: Problem) -> Response:
        where = f"https://airflow.apache.org/docs/apache-airflow/{self._flavour.version}"
        known = problem.kind != "about:blank"
        kind = f"{where}/stable-rest-api-ref.html#section/Errors/{problem.kind}" if known else problem.kind
        return answers.problem(problem.status, problem.title, problem.detail, kind)

    def _find(self, path: str, method: str) -> tuple[_Route, dict[str, str]] | None:
        for route in self._routes:
            match = route.path.fullmatch(path)
            if match and (method == "POST" or not route.read_body):
                return route, match.groupdict()
        return None

    def _without_route(self, request: Request, path: str, query: str) -> Response:
        merged = re.sub(self._flavour.doubled, "/", path)
        found = self._find(merged, request.method) if merged != path else None
        if found:
            if request.method in ("GET", "HEAD", "OPTIONS"):
                path = quote(merged, safe=self._flavour.unquoted)
                target = f"{path}?{query}" if query else path
                host = request.headers.get("host", "localhost")
                return answers.redirect("308 PERMANENT REDIRECT", f"http://{host}{target}", self._web.session(request))
            return self._routing_error(request, "405 METHOD NOT ALLOWED", _NOT_ALLOWED)
        if path.startswith(_PREFIX):
            return self._routing_error(request, "404 NOT FOUND", _NOT_FOUND)
        return self._web.handle(request, path, query) or answers.page_not_found(self._web.session(request))

    def _routing_error(self, request: Request, status: str, detail: str) -> Response:
        return answers.problem(status, status[4:].title(), detail, "about:blank", self._web.session(request))


def _path(pattern: str) -> re.Pattern[str]:
    return re.compile(_PREFIX + pattern)
