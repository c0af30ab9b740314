"""``airflow-xcom login``."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import click

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.connection import (
    PROBE_SECONDS,
    ask_secret,
    connection_options,
    given,
    given_access,
    log_requests,
    remove_logins,
    settings_for,
)
from airflow_client.cli.failures import FAILURE, NOT_ALLOWED, USAGE, Failure, describe, exit_status

if TYPE_CHECKING:
    from airflow_client.xcom.profiles import Access

#: Seconds for the first request that needs the login.
_LOGIN_SECONDS = 30.0


@click.command("login")
@click.argument("url", metavar="[URL]", required=False)
@connection_options
def command(url: Optional[str]) -> None:
    """Log in to an Airflow, and save how to reach it as a profile.

    On a terminal it asks for what is missing. The commands use the profile "default" unless --profile names another.

    The token or password is stored in the system's keyring if the package keyring is installed. Without it, a token is
    stored in a file that only you can read, and a password is not stored: the commands share this login until it
    expires, and then ask for the password again.

    \b
    Examples:
      airflow-xcom login http://localhost:8080 --user admin
      airflow-xcom login --profile prod --token-stdin < token.txt
    """
    from airflow_client.xcom import profiles

    if given("debug"):
        log_requests()
    name = given("profile") or profiles.DEFAULT_PROFILE
    try:
        access = _ask_missing(given_access(), url)
        with xcom.ApiClient(settings_for(access)) as client, _without_logins(access):
            version = client.get_server_version(_request_timeout=PROBE_SECONDS)
            warning = _check_login(client)
        stored = _save(name, access)
    except xcom.ApiValueError as error:
        raise Failure(describe(error), USAGE) from error
    who = access.username or ("your token" if access.access_token else "nobody: it needs no login")
    click.echo(
        f"Logged in to Airflow {version} at {terminal.printable(str(access.host))} as {terminal.printable(who)}."
    )
    click.echo(f"Saved the profile {name} in {profiles.profiles_path()}.")
    if stored:
        click.echo(stored)
    if warning:
        terminal.warn(warning)


def _ask_missing(access: Access, host: Optional[str]) -> Access:
    """Return what the options say, and what a person types for the rest."""
    from airflow_client.xcom.headers import Secret
    from airflow_client.xcom.profiles import check_host, root_of

    host = host or access.host
    if host is None and terminal.is_interactive():
        host = click.prompt("URL of Airflow", default="http://localhost:8080", err=True)
    if host is None:
        raise click.UsageError("Which Airflow? Add its URL.")
    access = access._replace(host=check_host("the URL", host))
    if access.has_secrets and (access.username or access.access_token):
        return access
    if not terminal.is_interactive():
        if access.username or access.has_secrets:
            raise click.UsageError("--user and --password-stdin need each other here, as no terminal can be asked.")
        return access  # a site without a login
    username = access.username or click.prompt(
        "User name (empty for a token)", default="", show_default=False, err=True
    )
    root = terminal.printable(root_of(host))
    if username:
        if access.password is not None:
            return access._replace(username=username)
        password: Secret[Any] = Secret(ask_secret(f"Password of {terminal.printable(username)} at {root}"))
        return access._replace(username=username, password=password)
    token: Secret[Any] = Secret(ask_secret("Token (empty for none)", required=False).strip())
    return access._replace(access_token=token) if token.value else access


@contextmanager
def _without_logins(access: Access) -> Generator[None]:
    """Make the client log in itself; keep the login that commands share if this one fails."""
    from airflow_client.xcom.profiles import root_of

    removed = remove_logins(root_of(str(access.host)), access.username)
    try:
        yield
    except BaseException:
        for file, key, (value, seconds) in removed:
            file.store(key, value, seconds)
        raise


def _check_login(client: xcom.ApiClient) -> str:
    """Make a request that needs a login; return a warning if the user may not make it.

    :raises ApiException: the login was refused.
    """
    try:
        xcom.DAGRunApi(client).get_dag_runs("~", limit=1, _request_timeout=_LOGIN_SECONDS)
    except xcom.ForbiddenException as error:
        if "the credentials are good" not in (error.hint or ""):
            raise
        return describe(error)
    except xcom.ApiException as error:
        if exit_status(error) in (FAILURE, NOT_ALLOWED):
            raise
        return describe(error)
    return ""


def _save(name: str, access: Access) -> str:
    """Save the profile and its secret; return where the secret is."""
    from airflow_client.xcom import profiles

    secret = access.access_token or access.password
    where, text = "ask", ""
    if secret is not None:
        where, text = _store(name, access, str(secret.value))
    values = {"host": str(access.host)}
    if access.username:
        values["user"] = access.username
    if where != "ask":
        values["secret"] = where
    if access.ca_cert:
        values["ca_cert"] = str(Path(access.ca_cert).absolute())
    if access.insecure:
        values["insecure"] = "yes"
    values.update({f"header.{header}": value for header, value in access.headers.items()})
    profiles.write_profile(name, values)
    return text


def _store(name: str, access: Access, secret: str) -> tuple[str, str]:
    """Store a token or a password; return the place for the profile, and a sentence about it."""
    from airflow_client.xcom import profiles
    from airflow_client.xcom.headers import Secret

    hidden, secret = Secret(secret), ""
    what = "token" if access.access_token is not None else "password"
    host = str(access.host)
    try:
        keyring = profiles.keyring_of_system()
        if keyring.get_keyring().priority > 0:
            keyring.set_password(profiles.KEYRING_SERVICE, profiles.keyring_name(host, access.username), hidden.value)
            return "keyring", f"Stored the {what} in the system's keyring ({keyring.get_keyring().name})."
        problem = "there is no keyring on this system"
    except LookupError:
        problem = "to store it in the system's keyring, run: pip install 'keyring>=24'"
    except Exception as error:  # a keyring can fail in many ways
        problem = f"the system's keyring failed: {type(error).__name__}: {error}"
    if what == "token":
        if profiles.private_directory("config") is None:
            raise Failure(f"{profiles.directory('config')} is not writable.")
        profiles.token_file().store(profiles.token_key(host, name), hidden, None)
        return (
            "file",
            f"Stored the token in {profiles.directory('config') / 'tokens'}, which only you can read; {problem}.",
        )
    return "ask", f"The password is not stored; {problem}. {_lifetime(host, str(access.username))}"


def _lifetime(host: str, username: str) -> str:
    """Return a sentence on how long the commands need no password."""
    from airflow_client.xcom.profiles import root_of, session_path
    from airflow_client.xcom.session_file import Key, SessionFile

    path = session_path()
    for kind in ("token", "session") if path is not None else ():
        found = SessionFile(path or "").load(Key(root_of(host), username, kind))
        if found is not None and found[1] is None:
            return "The commands share this login until it expires, and then ask for the password."
        if found is not None:
            hours = (found[1] or 0) / 3600
            return f"The commands share this login for {hours:.0f} h, and then ask for the password."
    return "This Airflow accepts no shared logins, so each command needs the password: set AIRFLOW_XCOM_PASSWORD."
