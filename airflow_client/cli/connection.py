"""Options that say which Airflow to use and how to log in, and the client they make."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

import click

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.failures import NOT_ALLOWED, USAGE, Failure, describe, in_options
from airflow_client.cli.wording import capitalized

if TYPE_CHECKING:
    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.profiles import Access, Credential
    from airflow_client.xcom.session_file import Key, SessionFile

F = TypeVar("F", bound=Callable[..., Any])

_KEY = "airflow_client.cli.connection"
#: Seconds to find out whether there is an Airflow at the host.
PROBE_SECONDS = 10.0
#: Headers that log in, or that belong to the connection.
_REFUSED_HEADERS = ("authorization", "cookie", "proxy-authorization", "host", "content-length", "transfer-encoding")


class Airflow:
    """A client of one Airflow and its calls, which are imported by the command that needs them."""

    def __init__(self, client: xcom.ApiClient) -> None:
        self.client = client

    @cached_property
    def api_version(self) -> ApiVersion:
        """What the server's API can do; the first use may send a request."""
        api_version: ApiVersion = self.client.run(self.client.api_version_flow())
        return api_version

    @cached_property
    def xcoms(self) -> xcom.XComApi:
        """XCom calls."""
        return xcom.XComApi(self.client)

    @cached_property
    def dag_runs(self) -> xcom.DAGRunApi:
        """DAG run calls."""
        return xcom.DAGRunApi(self.client)


class ConnectionOption(click.Option):
    """Option of every command, which the help of the program shows, and not that of each command."""

    def get_help_record(self, ctx: click.Context) -> Optional[tuple[str, str]]:
        return None if ctx.parent is not None else super().get_help_record(ctx)


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    # An option behind the command replaces the same option before it.
    if value is not None and value != ():
        ctx.meta.setdefault(_KEY, {})[parameter.name] = value


def _host(ctx: click.Context, parameter: click.Parameter, value: Optional[str]) -> None:
    if value is not None:
        from airflow_client.xcom.profiles import check_host

        try:
            value = check_host("--host", value)
        except xcom.ApiValueError as error:
            raise _usage_error(ctx, in_options(str(error))) from None  # the URL may hold a password
    _remember(ctx, parameter, value)


def _user(ctx: click.Context, parameter: click.Parameter, value: Optional[str]) -> None:
    if value is not None and ":" in value:
        raise _usage_error(
            ctx, "--user takes the name alone, without ':' and a password. For the password use --password-stdin"
        )
    _remember(ctx, parameter, value)


def _headers(ctx: click.Context, parameter: click.Parameter, value: Sequence[str]) -> None:
    from airflow_client.xcom.headers import Headers

    headers = Headers()
    for line in value:
        name, colon, text = line.partition(":")
        name = name.strip()
        if not colon:
            raise _usage_error(ctx, "--header must be 'Name: value'")
        if name.lower() in _REFUSED_HEADERS:
            raise _usage_error(ctx, f"--header must not be {name}. To log in use --user or --token-stdin")
        try:
            headers[name] = text.strip()
        except (xcom.ApiTypeError, xcom.ApiValueError) as error:
            raise _usage_error(ctx, f"--header: {error}") from None
    _remember(ctx, parameter, headers.to_dict() or None)


def _refuse_secret(ctx: click.Context, parameter: click.Parameter, value: Optional[str]) -> None:
    if value is not None:
        raise _usage_error(
            ctx,
            f"--{parameter.name} is not accepted: other users of this machine can read arguments, and the shell stores "
            f"them. Use --{parameter.name}-stdin, AIRFLOW_XCOM_{str(parameter.name).upper()} or airflow-xcom login",
        )


def _complete_profile(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    from airflow_client.xcom.profiles import read_profiles

    try:
        return [name for name in read_profiles() if name.startswith(incomplete)]
    except xcom.ApiValueError:
        return []


def _usage_error(ctx: click.Context, message: str) -> click.UsageError:
    return click.UsageError(f"{message}." if message[-1] not in ".'" else message, ctx)


def _option(*names: str, callback: Callable[..., None] = _remember, **settings: Any) -> Callable[[F], F]:
    settings.setdefault("default", None)
    return click.option(*names, cls=ConnectionOption, callback=callback, expose_value=False, **settings)


_OPTIONS = (
    _option("--host", metavar="URL", callback=_host, help="URL of Airflow."),
    _option("--profile", metavar="NAME", shell_complete=_complete_profile, help="Profile that login saved."),
    _option("--user", metavar="NAME", callback=_user, help="User name. A terminal asks for the password."),
    _option("--password-stdin", is_flag=True, help="Read the password from standard input."),
    _option("--token-stdin", is_flag=True, help="Read a token from standard input."),
    _option(
        "--header",
        metavar="'NAME: X'",
        multiple=True,
        callback=_headers,
        help="Header to add to each request; repeatable.",
    ),
    _option(
        "--ca-cert",
        metavar="FILE",
        type=click.Path(exists=True),
        help="Certificates to trust, as PEM.",
    ),
    _option("--insecure", is_flag=True, help="Accept any certificate."),
    _option("--debug", is_flag=True, help="Show requests and tracebacks."),
    _option("--password", hidden=True, is_flag=False, flag_value="", callback=_refuse_secret),
    _option("--token", hidden=True, is_flag=False, flag_value="", callback=_refuse_secret),
)


def connection_options(command: F) -> F:
    """Add the options that say which Airflow to use, for :func:`connect`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given(name: str) -> Optional[Any]:
    """Return the value of one of the options, None if it is not given."""
    return click.get_current_context().meta.get(_KEY, {}).get(name)


def access(*, reads_stdin: bool = True) -> Access:
    """Return the address and credentials that the options, the environment or a profile say.

    :param reads_stdin: read the password or token of ``--password-stdin`` and ``--token-stdin``.
    :raises Failure: no host is known, or a setting is not valid (status 2).
    """
    from airflow_client.xcom.profiles import find_access

    options = given_access(reads_stdin=reads_stdin)
    try:
        return find_access(options, profile=given("profile"))
    except xcom.ApiValueError as error:
        text = in_options(str(error))
        if text.startswith("no host is known"):
            text = "Which Airflow? Use --host or --profile, set AIRFLOW_XCOM_HOST, or run: airflow-xcom login"
        raise Failure(capitalized(text), USAGE) from error


def given_access(*, reads_stdin: bool = True) -> Access:
    """Return what the options alone say.

    :raises click.UsageError: two of them contradict each other.
    """
    from airflow_client.xcom.headers import Secret
    from airflow_client.xcom.profiles import Access

    if given("password_stdin") and given("token_stdin"):
        raise click.UsageError("--password-stdin and --token-stdin exclude each other.")
    if given("user") and given("token_stdin"):
        raise click.UsageError("--user and --token-stdin exclude each other: a token belongs to a user.")
    password: Credential = Secret(read_secret("password")) if reads_stdin and given("password_stdin") else None
    token: Credential = Secret(read_secret("token")) if reads_stdin and given("token_stdin") else None
    return Access(
        "--host",
        given("host"),
        given("user"),
        password,
        token,
        given("ca_cert"),
        given("insecure"),
        given("header") or {},
    )


def read_secret(what: str) -> str:
    """Return the first line of standard input; a terminal asks for it, and shows nothing of it.

    :raises click.UsageError: it is empty.
    """
    if sys.stdin.isatty():
        return ask_secret(what.capitalize())
    line = sys.stdin.readline().rstrip("\r\n")
    if not line.strip():
        raise click.UsageError(f"--{what}-stdin: there is no {what} on standard input.")
    return line.strip() if what == "token" else line


def ask_secret(text: str, *, required: bool = True) -> str:
    """Ask for a secret on the terminal, which shows nothing of what is typed.

    :raises click.Abort: nothing was typed, and the secret is required.
    """
    import getpass  # click's own prompt appears before the terminal stops to show what is typed

    try:
        secret = getpass.getpass(f"{text}: ")
    except (EOFError, KeyboardInterrupt):
        raise click.Abort from None
    if required and not secret:
        raise click.Abort
    return secret


class PasswordPrompt:
    """Password of a user: of a keyring, or as typed; read once, when a login needs it."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._answer: Any = None

    def __call__(self) -> str:
        from airflow_client.xcom.headers import Secret
        from airflow_client.xcom.profiles import no_password, root_of

        stored = self._access.password
        if self._answer is None and stored is not None:
            try:
                self._answer = Secret(stored.value() if callable(stored.value) else stored.value)
            except Exception as error:  # a keyring can fail in many ways
                if not terminal.is_interactive():
                    raise
                terminal.note(describe(error) if isinstance(error, Failure) else str(error))
        if self._answer is None and not terminal.is_interactive():
            return no_password()
        if self._answer is None:
            user, host = self._access.username, root_of(self._access.host or "")
            self._answer = Secret(
                ask_secret(f"Password of {terminal.printable(str(user))} at {terminal.printable(host)}")
            )
        password: str = self._answer.value
        return password


def has_stored_login(access: Access) -> bool:
    """Return whether the commands before stored a login of the user."""
    from airflow_client.xcom.profiles import root_of, session_path
    from airflow_client.xcom.session_file import Key, SessionFile

    path = session_path()
    if path is None:
        return False
    file, root = SessionFile(path), root_of(access.host or "")
    return any(file.load(Key(root, access.username or "", kind)) for kind in ("token", "session"))


def checked_access() -> Access:
    """Return :func:`access`, with a warning if there are credentials for another Airflow alone."""
    found = access()
    if found.unused and found.access_token is None and found.password is None:
        terminal.warn(f"The credentials of {', '.join(found.unused)} are for another Airflow, and are not used.")
    return found


def settings_for(found: Access, ask: Optional[Callable[[], str]] = None) -> xcom.Configuration:
    """Return the configuration for an address and credentials.

    Commands share logins by a file of the user, so that a script logs in once.

    :param ask: returns the password if it is not known; by default a question on the terminal.
    """
    from airflow_client.xcom import profiles

    settings = profiles.settings_of(found, profiles.no_password)
    if "password" in settings:
        settings["session_file"] = profiles.session_path()
        if callable(settings["password"]):
            settings["password"] = ask or PasswordPrompt(found)
    if found.insecure:
        warnings.filterwarnings("ignore", message="Unverified HTTPS request")
    return xcom.Configuration(**settings)


def remove_logins(root: str, username: Optional[str]) -> list[tuple[SessionFile, Key, tuple[Any, Optional[float]]]]:
    """Remove the logins of a user that commands share, and return them with their file."""
    from airflow_client.xcom.profiles import session_path
    from airflow_client.xcom.session_file import Key, SessionFile

    path, removed = session_path(), []
    for kind in ("token", "session") if path is not None and username else ():
        file, key = SessionFile(path or ""), Key(root, username or "", kind)
        found = file.load(key)
        if found is not None:
            file.forget(key, found[0])
            removed.append((file, key, found))
    return removed


@contextmanager
def connect() -> Generator[Airflow]:
    """Open a client with the options of the command that runs.

    It asks for the password first if one is needed, because a question would disturb a progress bar.

    :raises Failure: no host is known (status 2), or no password (status 3).
    """
    if given("debug"):
        log_requests()
    found = checked_access()
    settings = settings_for(found)
    with xcom.ApiClient(settings) as client:
        client.get_server_version(_request_timeout=PROBE_SECONDS)  # bulk reads would wait for the server to come back
        prompt = settings.password
        if isinstance(prompt, PasswordPrompt) and not has_stored_login(found):
            try:
                prompt()
            except click.Abort:
                raise
            except Exception as error:  # a keyring can fail in many ways
                raise Failure(f"{capitalized(str(error))}.", NOT_ALLOWED) from error
        yield Airflow(client)


def log_requests() -> None:
    """Print each request of the command to standard error."""
    import logging

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            terminal.note(self.format(record))

    logger, handler = logging.getLogger("airflow_client"), Handler()
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    ctx = click.get_current_context()
    ctx.call_on_close(lambda: logger.removeHandler(handler))
    ctx.call_on_close(lambda: logger.setLevel(logging.NOTSET))
