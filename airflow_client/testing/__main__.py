"""Serve an embedded Airflow until Ctrl-C. It answers as a real one does, to the user admin with the password admin.

Without --load, --record, --seed-demo and --database, it has sample data.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
from typing import NoReturn

from airflow_client.testing.demo import add_demo
from airflow_client.testing.embedded_airflow import EmbeddedAirflow
from airflow_client.testing.releases import nearest
from airflow_client.testing.signals import wait_for_signal
from airflow_client.xcom.exceptions import OpenApiException

_DEFAULT_VERSION = "2.11"
_TERMINATED = 128 + signal.SIGTERM


def main(argv: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM.

    :param argv: command line without the program's name; ``sys.argv`` by default.
    :returns: exit code: 0 after Ctrl-C, 143 after SIGTERM, 1 if the server cannot start.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    if options.dag and not options.record:
        parser.error("--dag needs --record")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background processes ignore it
    signal.signal(signal.SIGTERM, _terminate)
    try:
        with _open(options) as airflow:
            print(_greeting(airflow.version, airflow.host), flush=True)
            wait_for_signal()
    except KeyboardInterrupt:
        return 0
    except (OSError, ValueError, OpenApiException) as error:
        print(f"cannot start: {_reason(error, options)}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m airflow_client.testing", description=__doc__)
    parser.add_argument("--version", help=f"such as 3.3 or 3.3.2; default: {_DEFAULT_VERSION}, or as with --record")
    parser.add_argument("--auth", help="Airflow 2: basic, session or basic,session; Airflow 3: simple or fab")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; default: only this machine")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--load", action="append", default=[], metavar="FILE", help="add XComs of `airflow-xcom export`"
    )
    credentials = "AIRFLOW_XCOM_USERNAME and AIRFLOW_XCOM_PASSWORD, AIRFLOW_XCOM_TOKEN, or a profile of airflow-xcom"
    record = f"add the DAG runs and XComs of a real Airflow; to log in: {credentials}"
    parser.add_argument("--record", metavar="URL", help=record)
    parser.add_argument("--dag", action="append", default=[], metavar="DAG_ID", help="record only this DAG")
    parser.add_argument("--seed-demo", action="store_true", help="add a pipeline with 14 runs, one of them failed")
    parser.add_argument("--database", metavar="FILE", help="keep the data in a file")
    return parser


def _open(options: argparse.Namespace) -> EmbeddedAirflow:
    if not options.record:
        return _filled(options, options.version or _DEFAULT_VERSION)
    from airflow_client.testing import recording

    with recording.open_client(options.record) as client:
        airflow = _filled(options, options.version or nearest(client.get_server_version()))
        recorded = recording.record(airflow, client, options.dag)
    skipped = f"; {recorded.skipped} XComs could not be read" if recorded.skipped else ""
    print(f"recorded {recorded.runs} DAG runs and {recorded.xcoms} XComs{skipped}", file=sys.stderr)
    return airflow


def _filled(options: argparse.Namespace, version: str) -> EmbeddedAirflow:
    airflow = EmbeddedAirflow(
        version, auth=options.auth, host=options.host, port=options.port, database=options.database
    )
    airflow.add_user("admin", "admin")
    for file in options.load:
        print(f"loaded {airflow.load_xcoms(file)} XComs from {file}", file=sys.stderr)
    if options.seed_demo:
        add_demo(airflow)
    if not (options.load or options.record or options.seed_demo or options.database):
        airflow.add_sample_data()
    return airflow


def _terminate(*_: object) -> NoReturn:
    sys.exit(_TERMINATED)


def _reason(error: Exception, options: argparse.Namespace) -> str:
    if isinstance(error, OpenApiException):
        hint = getattr(error, "hint", None)
        reason = getattr(error, "reason", None) or error
        return f"{options.record} cannot be recorded: {reason}" + (f"\nHint: {hint}" if hint else "")
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"port {options.port} of {options.host} is in use. Choose another --port"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _greeting(version: str, host: str) -> str:
    return f"""Airflow {version} (embedded) answers at {host}
User admin, password admin; Ctrl-C stops it. To read from it:

from airflow_client.xcom import ApiClient, Configuration, XComApi
configuration = Configuration(host="{host}", username="admin", password="admin")
print(XComApi(ApiClient(configuration)).get_xcom_entries("~", "~", "~", limit=5))
"""


if __name__ == "__main__":
    sys.exit(main())
