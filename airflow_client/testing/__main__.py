"""Run an embedded server with sample data until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading

from airflow_client.testing.embedded_airflow import EmbeddedAirflow
from airflow_client.testing.releases import RELEASES


def main(argv: list[str] | None = None) -> int:
    """Serve the sample data to the user admin with the password admin, until Ctrl-C or SIGTERM.

    :param argv: command line without the program's name; ``sys.argv`` by default.
    :returns: exit code; 1 if the server cannot start.
    """
    parser = argparse.ArgumentParser(prog="python -m airflow_client.testing", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--version", choices=sorted(RELEASES), default="2.11.2")
    parser.add_argument("--auth", help="Airflow 2: basic, session or basic,session; Airflow 3: simple or fab")
    options = parser.parse_args(argv)
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        airflow = EmbeddedAirflow(options.version, auth=options.auth, port=options.port)
        airflow.add_user("admin", "admin")
        airflow.add_sample_data()
        with airflow:
            print(_greeting(options.version, airflow.host), flush=True)
            stopped.wait()
    except (OSError, ValueError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def _greeting(version: str, host: str) -> str:
    return f"""Airflow {version} (embedded) answers at {host}
User admin, password admin; Ctrl-C stops it. To read from it:

from airflow_client.xcom import ApiClient, Configuration, XComApi
configuration = Configuration(host="{host}", username="admin", password="admin")
print(XComApi(ApiClient(configuration)).get_xcom_entries("~", "~", "~", limit=5))
"""


if __name__ == "__main__":
    sys.exit(main())
