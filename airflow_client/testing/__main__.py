"""``python -m airflow_client.testing``: an embedded server to play with, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from airflow_client.testing.releases import VERSIONS
from airflow_client.testing.server import EmbeddedAirflow


def main(arguments: list[str] | None = None) -> int:
    """Run a server with the sample data and the user admin/admin until Ctrl-C or SIGTERM.

    Args:
        arguments: The command line without the program's name; ``sys.argv`` by default.

    Returns:
        The exit code: 0, or 1 when the port cannot be had.
    """
    parser = argparse.ArgumentParser(prog="python -m airflow_client.testing", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--version", choices=sorted(VERSIONS), default="2.11.2")
    parser.add_argument("--auth", help="Airflow 2: basic, session or basic,session; Airflow 3: simple or fab")
    options = parser.parse_args(arguments)
    asked_to_stop = threading.Event()

    def stop(*_: object) -> None:
        asked_to_stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        airflow = EmbeddedAirflow(options.version, auth=options.auth, port=options.port)
        airflow.add_user("admin", "admin")
        airflow.add_sample_data()
        with airflow:
            print(_greeting(options.version, airflow.host), flush=True)
            asked_to_stop.wait()
    except (OSError, ValueError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _greeting(version: str, host: str) -> str:
    return f"""Airflow {version} (embedded) answers at {host}
User admin, password admin; Ctrl-C stops it. To read from it:

from airflow_client.xcom import ApiClient, Configuration, XComApi
settings = Configuration(host="{host}", username="admin", password="admin")
print(XComApi(ApiClient(settings)).get_xcom_entries("~", "~", "~", limit=5))
"""


if __name__ == "__main__":
    sys.exit(main())
