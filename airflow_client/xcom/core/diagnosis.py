"""Requests that find the cause of a failure: the API of the other Airflow, or the other of http and https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_client.xcom.core.api_version import API_VERSIONS
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.exceptions import ApiException, TlsException, TransportException, UnexpectedContentException
from airflow_client.xcom.headers import Headers

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from airflow_client.xcom.core.policy import AuthFor, CallContext, Flow
    from airflow_client.xcom.core.server import Server

    T = TypeVar("T")

#: Timeouts in seconds of the requests for the other API, and with the other scheme.
_ASK, _PROBE = 5.0, 1.0


def with_diagnosis(steps: Flow[T], server: Server, auth_for: AuthFor, context: CallContext) -> Flow[T]:
    """Run ``steps``; if they fail because the host names the API of the other Airflow, say so in the hint."""
    try:
        return (yield from steps)
    except ApiException as error:
        api_version = server.api_version
        if api_version is not None and server.version is None and _is_no_path(error, server):
            yield from _ask_for_other(server, auth_for, context)
            if server.other is not None:
                error.hint = server.other
        raise


def _is_no_path(error: ApiException, server: Server) -> bool:
    """Return True if the server seems to have neither the API nor its login."""
    assert server.api_version is not None  # noqa: S101
    if isinstance(error, UnexpectedContentException):
        is_login = (error.reason or "").startswith("cannot log in")
        return error.status == 0 or (is_login and not 300 <= error.status <= 399)
    return not server.is_found and server.api_version.is_path_not_found(error.status, error.error)


def _ask_for_other(server: Server, auth_for: AuthFor, context: CallContext) -> Flow[None]:
    """Look for another version of the API than the host names, once per client."""
    if server.is_other_asked:
        return
    server.is_other_asked = True
    for api_version in API_VERSIONS:
        if api_version is server.api_version:
            continue
        try:
            version = (yield from server.ask_version(api_version, auth_for, context.aside(_ASK)))[2]
        except ApiException:
            continue
        if version is not None:
            server.other = (
                f"this server is Airflow {version}, whose API is {api_version.prefix}: set "
                f"Configuration(host={server.origin + server.root + api_version.prefix!r}), or leave the API out of it"
            )


def check_scheme(server: Server, error: TransportException, context: CallContext) -> Flow[None]:
    """Try the other of http and https after the first request to the server failed, once per client.

    :raises TlsException: the server speaks the other one.
    """
    if server.is_reached or server.is_scheme_checked or not error.is_scheme_doubtful:
        return
    server.is_scheme_checked = True
    scheme, _, address = server.origin.partition("://")
    other = "http" if scheme == "https" else "https"
    # Without the user's headers: they may be secrets, and must not be sent unencrypted.
    request = Request(
        "GET", f"{other}://{address}", f"{server.root}/", Headers({"Accept": "*/*", "Connection": "close"}), None
    )
    aside = context.aside(min(_PROBE, context.remaining() / 4))
    aside.on_request = None
    try:
        yield from aside.send(request)
    except TransportException as failure:
        # An untrusted certificate shows that the server speaks TLS.
        if not isinstance(failure, TlsException) or failure.is_scheme_doubtful:
            return
    raise TlsException(
        0,
        f"the server speaks {other} at this port, and not {scheme}",
        request=error.request,
        hint=f"set Configuration(host={f'{other}://{address}{server.root}'!r})",
    ) from error.__cause__
