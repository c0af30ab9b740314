"""Checks of ``airflow-xcom doctor``: each is a line with what was found, and what to change if it is not good."""

from __future__ import annotations

import contextlib
import email.utils
import os
import platform
import socket
import ssl
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, Optional
from urllib.parse import urlsplit

from airflow_client import xcom
from airflow_client.cli.connection import PROBE_SECONDS, has_stored_login
from airflow_client.cli.deadline import within
from airflow_client.cli.failures import FAILURE, NOT_ALLOWED, describe, in_options
from airflow_client.cli.wording import capitalized

if TYPE_CHECKING:
    from airflow_client.xcom.profiles import Access

OK, WARNING, FAILED = "ok", "warning", "failed"
#: Seconds for a name lookup, a connection, and each request.
_LIMIT = 5.0
_REQUEST_LIMIT = 15.0
#: Rows that the check of the page limit asks for, and requests at once.
_ROWS, _AT_ONCE = 1_000, 8
#: Days before the end of a certificate, and seconds of a clock, that are worth a warning.
_CERTIFICATE_DAYS, _CLOCK_SECONDS = 14, 30
#: Ids of an XCom that does not exist, for a write that changes nothing.
_NOTHING = "airflow-xcom-doctor"
_OF_NOTHING = f' or "can edit on DAG:{_NOTHING}"'
_DAG_RUNS = "/dags/~/dagRuns"
_XCOMS = "/dags/~/dagRuns/~/taskInstances/~/xcomEntries"


class Finding(NamedTuple):
    """Result of a check.

    :ivar check: name of the check.
    :ivar status: ``"ok"``, ``"warning"`` or ``"failed"``.
    :ivar detail: what was found.
    :ivar advice: what to change.
    :ivar exit_status: exit status of the program if the check failed.
    """

    check: str
    status: str
    detail: str
    advice: str = ""
    exit_status: int = FAILURE


class _End(Exception):
    """The next checks make no sense."""


def run_checks(access: Access, configuration: xcom.Configuration) -> Iterator[Finding]:
    """Yield the result of each check as it ends. Checks that make no sense after a failure are left out."""
    yield Finding("Host", OK, f"{access.host} (from {access.source})")
    yield from _environment()
    yield from _session_file(configuration)
    with contextlib.suppress(_End):
        yield from _network(configuration)
        with xcom.ApiClient(configuration) as client:
            yield from _airflow(client, access)


def _network(configuration: xcom.Configuration) -> Iterator[Finding]:
    from airflow_client.xcom.transport import proxy_for
    from airflow_client.xcom.urls import origin_and_path

    parts = urlsplit(origin_and_path(configuration.host)[0])
    origin = f"{parts.scheme}://{parts.netloc}"
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        proxy = proxy_for(configuration, origin)
    except xcom.ApiValueError as error:
        yield Finding("Proxy", FAILED, str(error), "Correct the variable, or unset it")
        raise _End from error
    if proxy is not None:
        yield Finding("Proxy", OK, f"{proxy.url} (from {proxy.source})", "")
        return  # it looks the name up and connects; the next check goes through it
    yield Finding("Proxy", OK, "none")
    try:
        addresses = within(_LIMIT, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, TimeoutError) as error:
        yield Finding("DNS", FAILED, f"{host}: {_text(error)}", "Check --host, the network and the VPN")
        raise _End from error
    yield Finding("DNS", OK, ", ".join(dict.fromkeys(str(address[4][0]) for address in addresses)))
    began = time.monotonic()
    try:
        connection = socket.create_connection((host, port), _LIMIT)
    except OSError as error:
        advice = "Check the port in --host, and that the server is running; a firewall may block it"
        yield Finding("Connection", FAILED, f"port {port}: {_text(error)}", advice)
        raise _End from error
    with connection:
        yield Finding("Connection", OK, f"port {port}, {_milliseconds(time.monotonic() - began)}")
        if parts.scheme == "https":
            yield from _tls(connection, host, configuration)
        else:
            is_local = host in ("localhost", "::1") or host.startswith("127.")
            advice = "" if is_local else "Passwords and values are readable on the way: use https if the server has it"
            yield Finding("TLS", OK if is_local else WARNING, "none: http", advice)


def _tls(connection: socket.socket, host: str, configuration: xcom.Configuration) -> Iterator[Finding]:
    from airflow_client.xcom.transport import load_certificates, tls_failure

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not configuration.verify_ssl:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        load_certificates(context, configuration)
        connection.settimeout(_LIMIT)
        with context.wrap_socket(connection, server_hostname=host) as secure:
            version, certificate = secure.version(), secure.getpeercert()
    except (OSError, xcom.ApiValueError) as error:  # ssl.SSLError is an OSError
        advice = in_options(tls_failure(error)[1]) if isinstance(error, ssl.SSLError) else "Check --ca-cert"
        yield Finding("TLS", FAILED, _text(error), capitalized(advice))
        raise _End from error
    if not configuration.verify_ssl:
        advice = "Trust the server's certificate by --ca-cert FILE instead of --insecure"
        yield Finding("TLS", WARNING, f"{version}, the certificate is not verified", advice)
        return
    ends = str((certificate or {}).get("notAfter", ""))
    days = (ssl.cert_time_to_seconds(ends) - time.time()) / 86_400 if ends else float("inf")
    detail = f"{version}, certificate valid for {days:.0f} days" if ends else str(version)
    if days < _CERTIFICATE_DAYS:
        yield Finding("TLS", WARNING, detail, f"Renew the server's certificate before {ends}")
    else:
        yield Finding("TLS", OK, detail)


def _airflow(client: xcom.ApiClient, access: Access) -> Iterator[Finding]:
    try:
        version = client.get_server_version(_request_timeout=PROBE_SECONDS)
    except xcom.ApiException as error:
        yield _failed("API", error)
        raise _End from error
    yield Finding("API", OK, f"Airflow {version}, {client.run(client.api_version_flow()).prefix}")
    may_read_runs = yield from _login(client, access)
    yield from _permissions(client)
    if may_read_runs:
        yield from _clock_and_speed(client)


def _login(client: xcom.ApiClient, access: Access) -> Generator[Finding, None, bool]:
    """Make a request that needs a login; return True if the user may make it."""
    is_stored = access.username is not None and has_stored_login(access)
    attempts: list[Any] = []
    client.configuration.on_attempt = attempts.append
    error: Optional[xcom.ApiException] = None
    try:
        client.call_api(_DAG_RUNS, "GET", query_params={"limit": 1}, _request_timeout=_REQUEST_LIMIT)
    except xcom.ApiException as failure:
        error = failure
    finally:
        client.configuration.on_attempt = None
    path = next((one.path_template for one in attempts if one.method == "POST"), None)
    if access.access_token is not None:
        way = "token"
    elif access.username is None:
        way = "no user name and no token: requests are sent without a login"
    else:
        by = f"by {path}" if path else "with the login of an earlier command" if is_stored else "by HTTP Basic"
        way = f"user {access.username}, {by}"
    is_refused = isinstance(error, (xcom.UnauthorizedException, xcom.ForbiddenException))
    if error is not None and not (is_refused and "the credentials are good" in (error.hint or "")):
        if access.unused:
            way += f"; the credentials of {', '.join(access.unused)} are for another Airflow"
        finding = _failed("Login", error)
        yield finding._replace(detail=f"{way}: {finding.detail}", exit_status=NOT_ALLOWED if is_refused else FAILURE)
        raise _End from error
    yield Finding("Login", OK, way)
    yield Finding("Read DAG runs", OK, "allowed") if error is None else _failed("Read DAG runs", error)
    return error is None


def _permissions(client: xcom.ApiClient) -> Iterator[Finding]:
    """Check what the user may do; a write goes to an XCom that does not exist."""
    try:
        page = client.call_api(_XCOMS, "GET", query_params={"limit": _ROWS}, _request_timeout=_REQUEST_LIMIT)[0]
        yield Finding("Read XComs", OK, f"allowed, {page['total_entries']} XComs")
        yield _page_limit(len(page["xcom_entries"]), page["total_entries"])
    except (xcom.ApiException, LookupError, TypeError) as error:
        yield _failed("Read XComs", error)
    try:
        xcom.XComApi(client).update_xcom_entry(
            dag_id=_NOTHING,
            dag_run_id=_NOTHING,
            task_id=_NOTHING,
            xcom_key=_NOTHING,
            value=None,
            _request_timeout=_REQUEST_LIMIT,
        )
    except xcom.NotFoundException:
        yield Finding("Write XComs", OK, "allowed")
    except xcom.ApiUnsupportedError:
        yield Finding("Write XComs", OK, "not before Airflow 3.2")
    except xcom.ForbiddenException as error:
        yield Finding("Write XComs", WARNING, "not allowed", _advice(error).replace(_OF_NOTHING, ""))
    except xcom.ApiException as error:
        yield _failed("Write XComs", error)


def _page_limit(rows: int, total: int) -> Finding:
    if rows >= min(total, _ROWS):
        return Finding("Page limit", OK, f"{rows} rows or more")
    advice = (
        "Lists take fewer requests with a larger [api] maximum_page_limit on the server" if total > 10 * rows else ""
    )
    return Finding("Page limit", OK, f"{rows} rows", advice)


def _clock_and_speed(client: xcom.ApiClient) -> Iterator[Finding]:
    def request(_number: int) -> float:
        began = time.monotonic()
        client.call_api(_DAG_RUNS, "GET", query_params={"limit": 1}, _request_timeout=_REQUEST_LIMIT)
        return time.monotonic() - began

    try:
        alone = min(map(request, range(3)))
        yield from _clock(client.last_response)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            began = time.monotonic()
            list(threads.map(request, range(_AT_ONCE)))
            at_once = time.monotonic() - began
    except xcom.ApiException as error:
        yield _failed("Speed", error)
        return
    detail = f"{_milliseconds(alone)} alone, {_milliseconds(at_once)} for {_AT_ONCE} at once"
    is_serial = at_once > _AT_ONCE * alone * 0.9 and alone > 0.02
    yield Finding(
        "Speed", OK, detail, "More API workers on the server would answer requests at once" if is_serial else ""
    )


def _clock(response: Any) -> Iterator[Finding]:
    date = response.headers.get("Date") if response is not None else None
    with contextlib.suppress(TypeError, ValueError):
        difference = email.utils.parsedate_to_datetime(date or "").timestamp() - time.time()
        if abs(difference) > _CLOCK_SECONDS:
            side = "ahead of" if difference > 0 else "behind"
            advice = "Set both clocks by NTP: logins and certificates depend on them"
            yield Finding("Clock", WARNING, f"the server is {abs(difference):.0f} s {side} this machine", advice)
        else:
            yield Finding("Clock", OK, "the same as the server's")


def _environment() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        official = version("apache-airflow-client")
    except PackageNotFoundError:
        yield Finding(
            "Python packages", OK, f"airflow-xcom-client {xcom.__version__}, Python {platform.python_version()}"
        )
        return
    yield Finding(
        "Python packages",
        WARNING,
        f"airflow-xcom-client {xcom.__version__} beside apache-airflow-client {official}",
        "Both install airflow_client/client: in scripts, import airflow_client.xcom, which works beside it",
    )


def _session_file(configuration: xcom.Configuration) -> Iterator[Finding]:
    from airflow_client.xcom.profiles import directory
    from airflow_client.xcom.session_file import Key, SessionFile

    if configuration.session_file is None:
        if configuration.username is not None and configuration.access_token is None:
            advice = f"Make {directory('state')} writable"
            yield Finding("Shared login", WARNING, "commands cannot share a login", advice)
        return
    try:
        SessionFile(configuration.session_file).load(Key("", "", ""))
    except xcom.ApiValueError as error:
        detail = in_options(str(error))
        configuration.session_file = None
        yield Finding("Shared login", WARNING, detail, f"Delete {os.fspath(directory('state') / 'sessions')}")


def _failed(check: str, error: BaseException) -> Finding:
    is_refused = isinstance(error, (xcom.UnauthorizedException, xcom.ForbiddenException))
    text, _, advice = describe(error).partition("\n")
    return Finding(check, FAILED, text.rstrip("."), advice.rstrip("."), NOT_ALLOWED if is_refused else FAILURE)


def _advice(error: xcom.ApiException) -> str:
    return describe(error).partition("\n")[2].rstrip(".")


def _text(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return str(text)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.0095 else f"{seconds * 1000:.1f} ms"
