"""Hints for refused requests and redirects, for all versions of the API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from airflow_client.xcom.core.messages import Request, Response

#: Names of Airflow's permissions by the last segment of a path that has one.
_RESOURCES = {
    "xcomEntries": "XComs",
    "logs": "Task Logs",
    "taskInstances": "Task Instances",
    "tasks": "Task Instances",
    "dagRuns": "DAG Runs",
    "dags": "DAGs",
    "importErrors": "ImportError",
}
_ACTIONS = {"POST": "create", "PATCH": "edit", "PUT": "edit", "DELETE": "delete"}


def permission(request: Request) -> str:
    """Name the permission that ``request`` needs, such as ``"can read on XComs"``."""
    segments = request.path_template.split("/")
    resource = next((_RESOURCES[name] for name in reversed(segments) if name in _RESOURCES), None)
    if resource is None:
        return "it lacks the permission for this"
    action = "read" if segments[-1] == "list" else _ACTIONS.get(request.method, "read")
    needed = f'"can {action} on {resource}"'
    if resource in ("DAGs", "ImportError"):
        return f"it lacks the permission {needed}"
    dag_id = unquote(request.target.partition("/dags/")[2].partition("/")[0])
    verb = "read" if action == "read" else "edit"
    one = f' or "can {verb} on DAG:{dag_id:.100}"' if dag_id not in ("", "~") else ""
    return f'it lacks the permission {needed}, or that to {verb} the DAG ("can {verb} on DAGs"{one})'


def refused(
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
        hint = f"{auth_name}: the credentials are good, but the user may not do this: {permission(request)}"
        return f"{hint}. Or they are not accepted in this way: check that {basic}" if by_form_alone else hint
    if by_form_alone:
        return f"{auth_name}: the login form accepted them, but the API did not: check that {basic}"
    return f"{before}: they have expired or were revoked, or {several}"


#: Paths below Airflow's root that the client requests.
_OURS = re.compile(r"/(api/v\d|auth/token|login/)")
#: Words in the path of a sign-on page.
_SIGN_ON = re.compile(r"(?i)log-?in|sign-?in|sign-?on|sso|saml|oauth|oidc|openid|authori[sz]e|/auth\b|adfs|idp")


def redirect(request: Request, response: Response) -> tuple[str, str]:
    """Return the target of a redirect, and a hint.

    :returns: the target without its query, which may contain secrets, and the hint.
    """
    asked = urlsplit(request.origin + request.target)
    try:
        new = urlsplit(urljoin(asked.geturl(), response.headers.get("Location") or ""))
        origin, path = f"{new.scheme}://{new.netloc.rpartition('@')[2]}", new.path
    except ValueError:  # it is no URL
        return "an address that is no URL", "the server's redirect cannot be read. Redirects are not followed"
    target = f"{origin}{path}"[:500]
    ours = _OURS.search(asked.path)
    if ours and path.endswith(asked.path[ours.start() :]) and target != asked.geturl().partition("?")[0]:
        root = target[: -len(asked.path[ours.start() :])]
        kind = (
            "the same over https" if (asked.scheme, new.scheme) == ("http", "https") else "the same at another address"
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
