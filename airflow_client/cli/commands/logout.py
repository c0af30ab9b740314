"""``airflow-xcom logout``."""

from __future__ import annotations

import contextlib
from typing import Optional

import click

from airflow_client import xcom
from airflow_client.cli.connection import connection_options, given, remove_logins
from airflow_client.cli.failures import NOT_FOUND, USAGE, Failure, describe


@click.command("logout")
@click.argument("name", metavar="[PROFILE]", required=False)
@connection_options
def command(name: Optional[str]) -> None:
    """Delete a profile, with its password or token and the logins that commands share.

    \b
    Examples:
      airflow-xcom logout
      airflow-xcom logout prod
    """
    from airflow_client.xcom import profiles

    name = name or given("profile") or profiles.DEFAULT_PROFILE
    try:
        saved = profiles.read_profiles()
        if name not in saved:
            known = ", ".join(saved) or "none"
            raise Failure(f"There is no profile {name!r}; there are: {known}.", NOT_FOUND)
        host, username = saved[name].get("host", ""), saved[name].get("user")
        with contextlib.suppress(xcom.ApiValueError):  # a profile edited by hand may name no host
            key = profiles.token_key(host, name)
            token = profiles.token_file().load(key)
            if token is not None:
                profiles.token_file().forget(key, token[0])
            remove_logins(profiles.root_of(host), username)
            if saved[name].get("secret") == "keyring":
                _delete_from_keyring(profiles.keyring_name(host, username))
        profiles.write_profile(name, None)
    except xcom.ApiValueError as error:
        raise Failure(describe(error), USAGE) from error
    click.echo(f"Deleted the profile {name}.")


def _delete_from_keyring(name: str) -> None:
    from airflow_client.xcom import profiles

    with contextlib.suppress(Exception):  # it is gone, or cannot be reached
        profiles.keyring_of_system().delete_password(profiles.KEYRING_SERVICE, name)
