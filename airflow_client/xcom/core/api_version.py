"""Differences between the versions of Airflow's API, and hints for errors. No other module depends on the version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from airflow_client.xcom.exceptions import ApiUnsupportedError

if TYPE_CHECKING:
    from typing import Any

    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.model.error import Error

    Release = tuple[int, ...]
    Requirement = tuple[Release, str]


#: First release with each call or parameter that Airflow 3.0 lacks, from the official clients and real servers.
MIN_VERSION: dict[str, Release] = {
    "create_xcom_entry": (3, 2),
    "update_xcom_entry": (3, 2),
    "delete_xcom_entry": (3, 2),
    **{f"{name}_pattern": (3, 1) for name in ("xcom_key", "dag_display_name", "run_id", "task_id")},
    **{f"{name}_prefix_pattern": (3, 2, 2) for name in ("xcom_key", "dag_display_name", "run_id", "task_id")},
    **{f"{name}_{bound}": (3, 1) for name in ("logical_date", "run_after") for bound in ("gte", "gt", "lte", "lt")},
    "map_index_filter": (3, 1),
    "order_by": (3, 2, 2),
}
_BASIC = (
    "the server's [api] auth_backends has airflow.api.auth.backend.basic_auth (Airflow 2's default, session, refuses "
    "Basic) or airflow.api.auth.backend.session with a login form for user name and password"
)
_WRITES_REASON = "3.0 and 3.1 store the value as JSON text, so it would read back as a str"


class ApiVersion:
    """One version of the API.

    :cvar prefix: path of the API below Airflow's root.
    :cvar airflow: Airflow's name and major version.
    :cvar order_since: first release with a total order of lists; None if all releases have it.
    :cvar json_since: first release that can send values as JSON rather than text; None if all releases always do.
    :cvar login_methods: accepted values of ``Configuration.login``; the first is the default.
    :cvar shared_setting: setting that all servers behind one address must share.
    """

    prefix: str
    airflow: str
    order_since: Release | None
    json_since: Release | None
    login_methods: tuple[str, ...]
    shared_setting: str

    def requirement(self, operation: Operation[Any]) -> Requirement | None:
        """Return the latest release that ``operation`` needs and the call or parameter that needs it, or None.

        :raises ApiUnsupportedError: no release with this API supports it.
        """
        if operation.name is None or (not operation.query and operation.name not in MIN_VERSION):
            return None
        names = (operation.name, *(name for name, _ in operation.query))
        return max(((MIN_VERSION[name], name) for name in names if name in MIN_VERSION), default=None)

    def check(self, requirement: Requirement, version: str) -> None:
        """Raise ApiUnsupportedError if a server of release ``version`` does not meet ``requirement``."""
        since, name = requirement
        if _release(version) < since:
            reason = f" ({_WRITES_REASON})" if name in ("create_xcom_entry", "update_xcom_entry") else ""
            raise ApiUnsupportedError(
                f"{name} needs Airflow {'.'.join(map(str, since))} or later{reason}; this server is Airflow {version}"
            )

    def order_warning(self, version: str) -> str | None:
        """Return a warning if lists of release ``version`` have no stable order, else None."""
        if self.order_since is None or _release(version) >= self.order_since:
            return None
        return (
            f"Airflow {version} lists XComs in no stable order (Airflow 2.10 and later do): "
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
            return redirect_of(request, response)[1]
        if is_plain_http_refused(status, response.data):
            return HTTPS_PORT
        if self.is_path_not_found(status, error):
            other = " and ".join(f"{api_version.prefix} is {api_version.airflow}'s" for api_version in API_VERSIONS)
            return f"the server has no such path: check Configuration(host=…); {other}; or omit the API from host"
        if self.is_xcom_not_found(status, error):
            return (
                "list the existing XComs with get_xcom_entries; a mapped task's XCom needs map_index; ids and keys "
                "must match exactly"
            )
        if status == 400 and "not in spec" in detail:
            return "this Airflow release does not know the parameter: omit it, or check which release added it"
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
        hint = _hint_of_refusal(request, status, auth.name, proof, self.shared_setting, _BASIC, is_token_bad)
        if error is None:
            hint += ". The answer is not Airflow's own: a proxy or gateway in front of it may have refused the request"
        return hint


class ApiV1(ApiVersion):
    """``/api/v1``: Airflow 2.0 to 2.11. The server rejects parameters that its release does not know."""

    prefix = "/api/v1"
    airflow = "Airflow 2"
    order_since: Release | None = (2, 10)
    json_since: Release | None = (2, 10)
    login_methods: tuple[str, ...] = ("auto", "basic", "session")
    shared_setting = "[webserver] secret_key"

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

    def proof(self, status: int, error: Error | None, auth: Auth) -> str | None:
        # Airflow 3 looks at the token first, and has words of its own for a bad one.
        return "call" if status == 403 and error is not None and error.text == "Forbidden" else auth.proof


def _detail(error: Error | None) -> str:
    return (error.text if error is not None else None) or ""


V1, V2 = ApiV1(), ApiV2()
#: Versions in the order in which discovery tries them.
API_VERSIONS: tuple[ApiVersion, ...] = (V2, V1)


def _release(version: str) -> Release:
    return tuple(map(int, re.findall(r"\d{1,9}", version)[:3]))


#: Names of Airflow's permissions by the last segment of a path that has one.
_RESOURCES = {"xcomEntries": "XComs", "taskInstances": "Task Instances", "dagRuns": "DAG Runs", "dags": "DAGs"}
_ACTIONS = {"POST": "create", "PATCH": "edit", "PUT": "edit", "DELETE": "delete"}


def _permission(request: Request) -> str:
    """Name the permission that ``request`` needs, such as ``"can read on XComs"``."""
    segments = request.path_template.split("/")
    resource = next((_RESOURCES[name] for name in reversed(segments) if name in _RESOURCES), None)
    if resource is None:
        return "it lacks the permission for this"
    action = "read" if segments[-1] == "list" else _ACTIONS.get(request.method, "read")
    needed = f'"can {action} on {resource}"'
    if resource == "DAGs":
        return f"it lacks the permission {needed}"
    dag_id = unquote(request.target.partition("/dags/")[2].partition("/")[0])
    one = f' or "can read on DAG:{dag_id:.100}"' if dag_id not in ("", "~") else ""
    return f'it lacks the permission {needed}, or that to read the DAG ("can read on DAGs"{one})'


def _hint_of_refusal(
    request: Request,
    status: int,
    auth_name: str,
    proof: str | None,
    shared_setting: str,
    basic: str,
    is_token_bad: bool,
) -> str:
    """Return the hint for a 401 or 403.

    :param auth_name: how the request was authenticated, as :attr:`Auth.name` says it.
    :param proof: what proved the credentials: a "login", a "call", or None.
    :param shared_setting: the setting that all servers behind one address must share.
    :param basic: what to check if user name and password are sent with each request.
    :param is_token_bad: the server says that the token itself is bad.
    """
    by_password = auth_name in ("Basic", "user name and password")
    several = (
        f"several servers behind this address have different secrets ({shared_setting} must be the same on all of them)"
    )
    if proof is None:
        helps = "check that they are valid for this server and have not expired"
        if by_password:
            helps = f"check username and password, and that {basic}"
        elif auth_name in ("token login", "session login"):
            helps = "check username and password"
        return f"{auth_name}: these credentials were refused: {helps}"
    before = f"{auth_name}: the server accepted these credentials before"
    by_form_alone = by_password and proof == "login"
    if is_token_bad:
        return f"{before}, and now says that the token is bad: {several}"
    if status == 403:
        hint = f"{auth_name}: the credentials are good, but the user may not do this: {_permission(request)}"
        return f"{hint}. Or they are not accepted in this way: check that {basic}" if by_form_alone else hint
    if by_form_alone:
        return f"{auth_name}: the login form accepted them, but the API did not: check that {basic}"
    return f"{before}: they have expired or were revoked, or {several}"


#: Paths below Airflow's root that the client requests.
_OURS = re.compile(r"/(api/v\d|auth/token|login/)")
#: Words in the path of a sign-on page.
_SIGN_ON = re.compile(r"(?i)log-?in|sign-?in|sign-?on|sso|saml|oauth|oidc|openid|authori[sz]e|/auth\b|adfs|idp")


def redirect_of(request: Request, response: Response) -> tuple[str, str]:
    """Return the target of a redirect, and a hint.

    :returns: the target without its query, which may contain secrets, and the hint.
    """
    requested = urlsplit(request.origin + request.target)
    try:
        new = urlsplit(urljoin(requested.geturl(), response.headers.get("Location") or ""))
        origin, path = f"{new.scheme}://{new.netloc.rpartition('@')[2]}", new.path
    except ValueError:  # it is no URL
        return "an address that is no URL", "the server's redirect cannot be read. Redirects are not followed"
    target = f"{origin}{path}"[:500]
    ours = _OURS.search(requested.path)
    if ours and path.endswith(requested.path[ours.start() :]) and target != requested.geturl().partition("?")[0]:
        root = target[: -len(requested.path[ours.start() :])]
        kind = (
            "the same over https"
            if (requested.scheme, new.scheme) == ("http", "https")
            else "the same at another address"
        )
        meaning = f"{kind}: set Configuration(host={root!r})"
    elif _SIGN_ON.search(path) or (origin != request.origin and _SIGN_ON.search(origin)):
        meaning = (
            "a sign-on page (single sign-on): the site did not accept the request's credentials, or has a "
            "login in front of Airflow. Pass access_token=…, or a session of your own that is logged in"
        )
    elif origin != request.origin:
        meaning = (
            "another server: check Configuration(host=…); it may also be single sign-on, which needs access_token=…"
        )
    else:
        meaning = (
            "another path: check Configuration(host=…). It can also be another XCom: a key that begins with '/' cannot "
            "be asked for on Airflow 2"
        )
    return target, f"the server redirects to {target}, {meaning}. Redirects are not followed"


HTTPS_PORT = "the server speaks HTTPS at this port, and was sent plain HTTP: set Configuration(host='https://…')"


def is_plain_http_refused(status: int, body: bytes | None) -> bool:
    """Return True if an HTTPS server says that it received plain HTTP (nginx, Go, Apache)."""
    text = (body or b"")[:2000].lower()
    return status == 400 and any(
        words in text for words in (b"https port", b"https server", b"ssl-enabled server port")
    )
