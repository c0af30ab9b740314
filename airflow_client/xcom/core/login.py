"""Which way to authenticate a configuration asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_client.xcom.core.auth import Auth, Bearer
from airflow_client.xcom.core.token_login import SuppliedToken, TokenLogin
from airflow_client.xcom.core.web_login import PasswordLogin, SessionLogin
from airflow_client.xcom.exceptions import ApiValueError
from airflow_client.xcom.headers import Secret

if TYPE_CHECKING:
    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.api_version import ApiVersion


def auth_for(configuration: Configuration, dialect: ApiVersion | None) -> Auth:
    """The way to authenticate that ``configuration`` asks for: a token, else user name and password, else none.

    :param dialect: the server's; None while it is not known, when nobody logs in with a password yet.
    """
    # No credential is in a variable of this function: a traceback that shows them begins here.
    if callable(configuration.access_token):
        return SuppliedToken(configuration.access_token)
    if configuration.access_token is not None:
        return Bearer(Secret(configuration.access_token))
    if dialect is None or configuration.username is None or configuration.password is None:
        return Auth()
    way = configuration.login or dialect.logins[0]
    if way not in dialect.logins:
        ways = ", ".join(map(repr, dialect.logins))
        raise ApiValueError(f"login must be None or one of {ways} at {dialect.airflow}, not {way!r}")
    username, password = configuration.username, Secret(configuration.password)
    if way == "token":
        return TokenLogin(username, password)
    if way == "session":
        return SessionLogin(username, password)
    return PasswordLogin(username, password, uses_sessions=way == "auto")
