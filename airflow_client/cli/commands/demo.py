"""``airflow-xcom demo``."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys

import click

from airflow_client.cli import terminal
from airflow_client.cli.failures import OK, Failure
from airflow_client.testing import EmbeddedAirflow
from airflow_client.testing.demo import add_demo
from airflow_client.testing.signals import wait_for_signal

_USER = "demo"
_LATEST, _BEFORE = "scheduled__2024-03-14T06:00:00+00:00", "scheduled__2024-03-13T06:00:00+00:00"
#: What each command shows, and its arguments.
_STEPS = (
    ("The last runs of a DAG", ["runs", "daily_sales", "--last", "6"]),
    ("The XComs of its latest successful run", ["list", "daily_sales", "latest"]),
    ("A value", ["get", "daily_sales", "latest", "report"]),
    ("A number over the last runs", ["history", "daily_sales", "clean", "--last", "14"]),
    ("What changed from one run to the next", ["diff", "daily_sales", _BEFORE, _LATEST]),
    ("All values of a run as JSON Lines", ["export", "daily_sales", "latest", "-o", "-"]),
    ("A DAG that is called like a function", ["call", "forecast", "predict", "--conf", '{"days": 3}']),
)


@click.command("demo")
@click.option("--serve", is_flag=True, help="Leave the server running, to try the commands yourself.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="PORT", help="Port of the server. Default: a free one."
)
def command(serve: bool, port: int) -> int:
    """Run the commands against an embedded Airflow 3 with a small pipeline, and show their output.

    Nothing is installed, and nothing leaves this machine.
    """
    airflow = EmbeddedAirflow("3.3.2", port=port)
    airflow.add_user(_USER, _USER)
    add_demo(airflow)
    try:
        airflow.start()
    except OSError as error:
        raise Failure(f"Cannot listen on port {port}: {error.strerror}. Choose another --port.") from error
    try:
        if serve:
            _serve(airflow)
        else:
            for title, arguments in _STEPS:
                _run(airflow, title, arguments)
            terminal.note("To try more: airflow-xcom demo --serve. For your Airflow: airflow-xcom login")
    finally:
        airflow.stop()
    return OK


def _run(airflow: EmbeddedAirflow, title: str, arguments: list[str]) -> None:
    prompt = terminal.styled(f"$ airflow-xcom {shlex.join(arguments)}", "bold", sys.stdout)
    print(f"{terminal.styled(f'# {title}', 'dim', sys.stdout)}\n{prompt}", flush=True)
    # The same program in a process of its own, so that the output is what a user sees.
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "airflow_client.cli", *arguments], env=_environment(airflow), check=False
    )
    if done.returncode not in (0, 1):  # a difference is 1
        raise Failure(f"The command ended with status {done.returncode}.")
    print(flush=True)


def _environment(airflow: EmbeddedAirflow) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW_XCOM_")}
    return {**others, **_settings(airflow)}


def _settings(airflow: EmbeddedAirflow) -> dict[str, str]:
    return {
        "AIRFLOW_XCOM_HOST": airflow.base_url,
        "AIRFLOW_XCOM_USERNAME": _USER,
        "AIRFLOW_XCOM_PASSWORD": _USER,
        "NO_PROXY": "127.0.0.1",
    }


def _serve(airflow: EmbeddedAirflow) -> None:
    print(f"Airflow 3.3.2 (embedded) answers at {airflow.base_url}. Ctrl-C stops it.\n\nIn another terminal:\n")
    for name, value in _settings(airflow).items():
        print(f"export {name}={shlex.quote(value)}")
    for title, arguments in _STEPS:
        print(f"\n# {title}\nairflow-xcom {shlex.join(arguments)}")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, _stop)
    try:
        wait_for_signal()
    except KeyboardInterrupt:
        print(file=sys.stderr)


def _stop(*_: object) -> None:
    """Let the server end as it does after Ctrl-C."""
