"""Differences between the versions of Airflow's API. No other module depends on the version."""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING
from urllib.parse import quote

from airflow_client.xcom.core import hints
from airflow_client.xcom.core.validation import json_body
from airflow_client.xcom.exceptions import ApiUnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.model.dag_run import FailedTask
    from airflow_client.xcom.model.error import Error

    Release = tuple[int, ...]
    Requirement = tuple[Release, str]
    T = TypeVar("T")


#: First release with each call or parameter that Airflow 3.0 lacks, from the official clients and real servers.
MIN_VERSION: dict[str, Release] = {
    "create_xcom_entry": (3, 2),
    "update_xcom_entry": (3, 2),
    "put_xcom_entry": (3, 2),
    "delete_xcom_entry": (3, 2),
    "delete_xcom_entries": (3, 2),
    "copy_xcom_entries": (3, 2),
    **{f"{name}_pattern": (3, 1) for name in ("xcom_key", "dag_display_name", "run_id", "task_id")},
    **{f"{name}_prefix_pattern": (3, 2, 2) for name in ("xcom_key", "dag_display_name", "run_id", "task_id")},
    **{f"{name}_{bound}": (3, 1) for name in ("logical_date", "run_after") for bound in ("gte", "gt", "lte", "lt")},
    "map_index_filter": (3, 1),
    "order_by": (3, 2, 2),
}
#: First release of Airflow 2 with each parameter or field that Airflow 2.4 lacks; earlier ones refuse it.
MIN_VERSION_2: dict[str, Release] = {
    "map_index": (2, 7),
    "xcom_key": (2, 7),
    "stringify": (2, 10),
    "fields": (2, 9),
    "note": (2, 5),
    "updated_at_gte": (2, 6),
    "updated_at_lte": (2, 6),
}
#: Above all releases.
_NEWEST: Release = (999,)
_BASIC = (
    "the server's [api] auth_backends has airflow.api.auth.backend.basic_auth (Airflow 2's default, session, refuses "
    "Basic) or airflow.api.auth.backend.session with a login form for user name and password"
)
_STORE_VALUES = ("create_xcom_entry", "update_xcom_entry", "put_xcom_entry", "copy_xcom_entries")
_WRITES_REASON = "3.0 and 3.1 store the value as JSON text, so it would read back as a str"


class ApiVersion:
    """One version of the API.

    :cvar prefix: path of the API below Airflow's root.
    :cvar airflow: Airflow's name and major version.
    :cvar order_since: first release with a total order of lists; None if all releases have it.
    :cvar json_since: first release that can send values as JSON rather than text; None if all releases always do.
    :cvar login_methods: accepted values of ``Configuration.login``; the first is the default.
    :cvar shared_setting: setting that all servers behind one address must share.
    :cvar run_names: this API's names of filters and fields of DAG runs that have another name, or None for those that
        it lacks.
    :cvar newest_first: order of DAG runs from the latest on.
    :cvar health_path: path of the state of Airflow's components.
    """

    prefix: str
    airflow: str
    order_since: Release | None
    json_since: Release | None
    login_methods: tuple[str, ...]
    shared_setting: str
    run_names: Mapping[str, str | None]
    newest_first: str
    health_path: str

    def adapt(self, operation: Operation[T]) -> Operation[T]:
        """Return ``operation`` with the names that this API uses for filters and fields of DAG runs.

        :raises ApiUnsupportedError: this API lacks one.
        """
        if operation.name not in ("get_dag_runs", "get_dag_run", "post_dag_run", "get_log", "get_health"):
            return operation
        adapted = copy(operation)
        if operation.name == "get_health":
            adapted.path = adapted.path_template = self.health_path
        adapted.query = [
            (self._run_name(name), self._order(text) if name == "order_by" else text) for name, text in operation.query
        ]
        if operation.fields is not None:
            fields = {self.run_names.get(name) or name: value for name, value in operation.fields.items()}
            adapted.body = json_body("dag_run", self._run_body(fields))
        return adapted

    def _run_name(self, name: str) -> str:
        adapted = self.run_names.get(name, name)
        if adapted is None:
            raise ApiUnsupportedError(f"{self.airflow} has no {name} of DAG runs; this server has {self.prefix}")
        return adapted

    def _order(self, field: str) -> str:
        prefix = "-" if field.startswith("-") else ""
        return prefix + self._run_name(field[len(prefix) :])

    def _run_body(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON body that triggers a DAG run."""
        raise NotImplementedError

    def log_lines(self, log: Any) -> list[str]:
        """Return the lines of a task's log, as the server sent it.

        :raises LookupError, TypeError, AttributeError: it has another form.
        """
        raise NotImplementedError

    def page_of(self, dag_id: str, dag_run_id: str, task: FailedTask | None) -> str:
        """Return the path of the page of a DAG run, or of a task in it, in Airflow's user interface."""
        raise NotImplementedError

    def requirement(self, operation: Operation[Any]) -> Requirement | None:
        """Return the latest release that ``operation`` needs and the call or parameter that needs it, or None.

        :raises ApiUnsupportedError: no release with this API supports it.
        """
        if operation.name is None:
            return None
        if operation.name.endswith(("_dag_runs", "_dag_run")):
            has_two_orders = sum(name == "order_by" for name, _ in operation.query) > 1  # 3.0 uses the last one
            return ((3, 1), "order_by with several fields") if has_two_orders else None
        if not operation.query and operation.name not in MIN_VERSION:
            return None
        names = (operation.name, *(name for name, _ in operation.query))
        return max(((MIN_VERSION[name], name) for name in names if name in MIN_VERSION), default=None)

    def check(self, requirement: Requirement, version: str) -> None:
        """Raise ApiUnsupportedError if a server of release ``version`` does not meet ``requirement``."""
        since, name = requirement
        if _release(version) < since:
            reason = f" ({_WRITES_REASON})" if name in _STORE_VALUES else ""
            raise ApiUnsupportedError(
                f"{name} needs Airflow {'.'.join(map(str, since))} or later{reason}; this server is Airflow {version}"
            )

    def order_warning(self, version: str) -> str | None:
        """Return a warning if lists of release ``version`` have no stable order, else None."""
        if self.order_since is None or _release(version) >= self.order_since:
            return None
        return (
            f"Airflow {version} lists XComs in no stable order (Airflow 2.9 and later do): "
            "pages can miss rows of mapped tasks"
        )

    def sends_json(self, version: str) -> bool:
        """Return True if release ``version`` can send values as JSON."""
        return self.json_since is None or _release(version) >= self.json_since

    def is_xcom_not_found(self, status: int, error: Error | None) -> bool:
        """Return True if the response means that the XCom, and not the path, does not exist."""
        return status == 404 and "XCom" in _detail(error)

    def is_task_or_run_not_found(self, status: int, error: Error | None) -> bool:
        """Return True if the response means that the task instance or the DAG run, and not the path, does not exist."""
        text = _detail(error).lower()
        return status == 404 and ("task instance" in text or "dagrun" in text)

    def is_task_mapped(self, status: int, error: Error | None) -> bool:
        """Return True if the response means that the task instance exists, but needs a map index."""
        return status == 404 and "Task instance is mapped" in _detail(error)

    def choose_stringify(self, stringify: bool | None, version: str) -> bool | None:
        """Return the parameter that makes a server of release ``version`` send values as text or as JSON.

        :param stringify: what the client's configuration says; None: as JSON if the server can.
        :returns: None to not send the parameter.
        :raises ApiUnsupportedError: the server can only send text.
        """
        if self.json_since is None:
            return stringify
        if self.sends_json(version):
            return bool(stringify)
        if stringify is False:
            since = ".".join(map(str, self.json_since))
            raise ApiUnsupportedError(
                f"stringify=False needs Airflow {since} or later; this server is Airflow {version}, "
                "which sends values as text"
            )
        return None

    def is_path_not_found(self, status: int, error: Error | None) -> bool:
        """Return True if a response says that the server has no such path, rather than no such object."""
        detail = _detail(error)
        is_removed = "has been removed in Airflow 3" in detail or "route not found" in detail or detail == "Not Found"
        return status == 404 and (error is None or is_removed)

    def hint(self, request: Request, response: Response, error: Error | None, auth: Auth) -> str | None:
        """Return a sentence on what to try after an error response, or None.

        :param error: the body as Airflow's error, or None.
        :param auth: the credentials that were sent.
        """
        status, detail = response.status, _detail(error)
        if status in (401, 403):
            return self._hint_refused(request, status, error, auth)
        if 300 <= status <= 399:
            return hints.redirect(request, response)[1]
        if hints.is_plain_http_refused(status, response.data):
            return hints.HTTPS_PORT
        if self.is_path_not_found(status, error):
            other = " and ".join(f"{api_version.prefix} is {api_version.airflow}'s" for api_version in API_VERSIONS)
            return f"the server has no such path: check Configuration(host=…); {other}; or omit the API from host"
        if self.is_xcom_not_found(status, error):
            return (
                "list the existing XComs with get_xcom_entries; a mapped task's XCom needs map_index; ids and keys "
                "must match exactly"
            )
        if status == 422 and "reserved serialization keys" in detail:
            return (
                "Airflow's own envelopes (of a datetime, a tuple, a set, …) come from tasks only: the REST API refuses "
                "them in values, so it can neither create nor copy such an XCom"
            )
        if status == 500 and error is None and request.method == "POST" and request.target.endswith("/xcomEntries"):
            return "the task instance may not exist: a mapped task needs map_index, and the run must have that index"
        if status == 400 and ("not in spec" in detail or "Unknown field" in detail):
            return _hint_unknown_parameter(detail)
        if status == 400 and len(request.target) > 4000:
            return "the ids are too long: the server limits a request line (gunicorn's default: 4094 bytes)"
        return None

    def proof(self, status: int, error: Error | None, auth: Auth) -> str | None:
        """Return what has proven the credentials, this refusal included."""
        return auth.proof

    def _hint_refused(self, request: Request, status: int, error: Error | None, auth: Auth) -> str:
        if auth.name == "none":
            return "no credentials were sent: set Configuration(username=…, password=…) or access_token=…"
        proof, is_token_bad = self.proof(status, error, auth), "JWT" in _detail(error)
        hint = hints.refused(request, status, auth.name, proof, self.shared_setting, _BASIC, is_token_bad)
        if error is None:
            hint += ". The answer is not Airflow's own: a proxy or gateway in front of it may have refused the request"
        return hint


class ApiV1(ApiVersion):
    """``/api/v1``: Airflow 2.0 to 2.11. The server rejects parameters that its release does not know."""

    prefix = "/api/v1"
    airflow = "Airflow 2"
    order_since: Release | None = (2, 9)
    json_since: Release | None = (2, 10)
    login_methods: tuple[str, ...] = ("auto", "basic", "session")
    shared_setting = "[webserver] secret_key"
    run_names: Mapping[str, str | None] = {
        "logical_date": "execution_date",
        "run_after": None,
        **{f"logical_date_{bound}": f"execution_date_{bound}" for bound in ("gte", "lte")},
        **{f"run_after_{bound}": None for bound in ("gte", "lte")},
    }
    newest_first = "-execution_date"
    health_path = "/health"

    def adapt(self, operation: Operation[T]) -> Operation[T]:
        adapted = super().adapt(operation)
        if operation.name == "get_log":  # as JSON, it would be the text of a Python list
            adapted.headers, adapted.is_text = {"Accept": "text/plain"}, True
        return adapted

    def log_lines(self, log: Any) -> list[str]:
        return log.splitlines()  # type: ignore[no-any-return]

    def page_of(self, dag_id: str, dag_run_id: str, task: FailedTask | None) -> str:
        path = f"/dags/{quote(dag_id)}/grid?dag_run_id={quote(dag_run_id, safe='')}"
        if task is None:
            return path
        index = "" if task.map_index < 0 else f"&map_index={task.map_index}"
        return f"{path}&task_id={quote(task.task_id, safe='')}{index}&tab=logs"

    def hint(self, request: Request, response: Response, error: Error | None, auth: Auth) -> str | None:
        if response.status == 500 and "/xcomEntries/" in request.target:
            if "None is not of type 'string'" in _detail(error):
                return "the value is None, which Airflow 2.9 and earlier cannot send"
            if error is None:
                return (
                    "Airflow 2.6 and earlier cannot send the XComs of a mapped task with several instances; any "
                    "release fails on a value that it cannot load"
                )
        return super().hint(request, response, error, auth)

    def _hint_refused(self, request: Request, status: int, error: Error | None, auth: Auth) -> str:
        hint = super()._hint_refused(request, status, error, auth)
        if '"can read on XComs"' in hint:
            hint += '. Airflow 2.7 and earlier also need "can read on DAG Runs" and "can read on Task Instances"'
        return hint

    def _run_body(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in fields.items() if value is not None or name != "execution_date"}

    def requirement(self, operation: Operation[Any]) -> None:
        requirement = super().requirement(operation)
        if requirement is not None:
            since, name = requirement
            raise ApiUnsupportedError(
                f"{name} needs Airflow {'.'.join(map(str, since))} or later; this server has {self.prefix} (Airflow 2)"
            )


class ApiV2(ApiVersion):
    """``/api/v2``: Airflow 3. The server ignores parameters that its release does not know, so this does."""

    prefix = "/api/v2"
    airflow = "Airflow 3"
    order_since: Release | None = None
    json_since: Release | None = None
    login_methods: tuple[str, ...] = ("token",)
    shared_setting = "[api_auth] jwt_secret"
    run_names: Mapping[str, str | None] = {
        "execution_date": "logical_date",
        "fields": None,
        **{f"execution_date_{bound}": f"logical_date_{bound}" for bound in ("gte", "lte")},
    }
    newest_first = "-run_after"
    health_path = "/monitor/health"

    def log_lines(self, log: Any) -> list[str]:
        lines: list[str] = []
        for message in log["content"]:
            if isinstance(message, str):
                lines += message.splitlines()
                continue
            lines += " ".join(filter(None, map(message.get, ("timestamp", "level", "event")))).splitlines()
            for error in message.get("error_detail") or ():
                frames = error["frames"]
                lines += [f'  File "{at["filename"]}", line {at["lineno"]}, in {at["name"]}' for at in frames]
                lines += f"{error['exc_type']}: {error['exc_value']}".splitlines()
        return lines

    def page_of(self, dag_id: str, dag_run_id: str, task: FailedTask | None) -> str:
        path = f"/dags/{quote(dag_id)}/runs/{quote(dag_run_id, safe='')}"
        if task is None:
            return path
        index = "" if task.map_index < 0 else f"/mapped/{task.map_index}"
        return f"{path}/tasks/{quote(task.task_id)}{index}"

    def _run_body(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"logical_date": None, **fields}

    def proof(self, status: int, error: Error | None, auth: Auth) -> str | None:
        # Airflow 3 looks at the token first, and has words of its own for a bad one.
        return "call" if status == 403 and error is not None and error.text == "Forbidden" else auth.proof


def _hint_unknown_parameter(detail: str) -> str:
    names = re.findall(r"\w+", detail)
    known = [
        f"{name} needs Airflow {'.'.join(map(str, MIN_VERSION_2[name]))}" for name in names if name in MIN_VERSION_2
    ]
    if known:
        return f"{', '.join(known)} or later: omit it on this server"
    return "this Airflow release does not know the parameter: omit it, or check which release added it"


def _detail(error: Error | None) -> str:
    return (error.text if error is not None else None) or ""


V1, V2 = ApiV1(), ApiV2()
#: Versions in the order in which discovery tries them.
API_VERSIONS: tuple[ApiVersion, ...] = (V2, V1)


def _release(version: str) -> Release:
    """Return the numbers of a version; one without numbers counts as the newest release."""
    return tuple(map(int, re.findall(r"\d{1,9}", version)[:3])) or _NEWEST
