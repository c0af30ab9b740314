"""Options that say which Airflow to use, and the client they make."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Callable, NamedTuple, Optional, TypeVar

import click

from airflow_client import xcom
from airflow_client.cli.failures import USAGE, Failure

F = TypeVar("F", bound=Callable[..., Any])

_KEY = "airflow_client.cli.connection"


class Airflow(NamedTuple):
    """A client of one Airflow and its calls."""

    client: xcom.ApiClient
    xcoms: xcom.XComApi
    dag_runs: xcom.DAGRunApi


def _remember(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    # An option behind the command replaces the same option before it.
    if value is not None:
        ctx.find_root().meta.setdefault(_KEY, {})[parameter.name] = value


def _option(*names: str, **settings: Any) -> Callable[[F], F]:
    return click.option(*names, callback=_remember, expose_value=False, default=None, **settings)


_OPTIONS = (
    _option("--host", metavar="URL", help="URL of Airflow."),
    _option("--user", metavar="NAME", help="User name."),
    _option("--debug", is_flag=True, help="Show each request, and the traceback of an error."),
)


def connection_options(command: F) -> F:
    """Add the options that say which Airflow to use, for :func:`connect`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def given(name: str) -> Optional[Any]:
    """Return the value of one of the options, None if it is not given."""
    return click.get_current_context().find_root().meta.get(_KEY, {}).get(name)


def configuration() -> xcom.Configuration:
    """Return the configuration that the options, the environment or a profile describe.

    :raises Failure: no host is known (status 2).
    """
    host = given("host") or os.environ.get("AIRFLOW_XCOM_HOST")
    if not host:
        raise Failure("Which Airflow? Set --host or AIRFLOW_XCOM_HOST, or run airflow-xcom login.", USAGE)
    return xcom.Configuration(
        host=host,
        username=given("user") or os.environ.get("AIRFLOW_XCOM_USERNAME"),
        password=os.environ.get("AIRFLOW_XCOM_PASSWORD"),
        access_token=os.environ.get("AIRFLOW_XCOM_TOKEN"),
    )


@contextmanager
def connect() -> Generator[Airflow]:
    """Open a client with the options of the command that runs.

    :raises Failure: no host is known (status 2).
    """
    with xcom.ApiClient(configuration()) as client:
        client.get_server_version()  # a wrong host fails here; bulk reads would wait for the server to come back
        yield Airflow(client, xcom.XComApi(client), xcom.DAGRunApi(client))
