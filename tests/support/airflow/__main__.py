"""``python -m tests.support.airflow VERSION``: a real Airflow server to try things on, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from .databases import DATABASES
from .errors import AirflowError
from .install import DATASET, servers_dir
from .releases import RELEASES
from .server import running_airflow


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.support.airflow", description=__doc__)
    parser.add_argument("version", choices=list(RELEASES))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--auth", help="2: basic (the default), session, basic,session; 3: simple (the default), fab")
    parser.add_argument("--database", default="sqlite", choices=["sqlite", *DATABASES], help="2.11.2 and 3.3.2")
    parser.add_argument("--scheduler", action="store_true", help="run what is triggered (2.11.2 and 3.3.2)")
    arguments = parser.parse_args()
    # SIGTERM too is to leave the block below in good order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"starting (the first time it is installed into {servers_dir()}) ...", flush=True)
    try:
        with running_airflow(
            arguments.version,
            auth=arguments.auth,
            port=arguments.port,
            scheduler=arguments.scheduler,
            database=arguments.database,
        ) as server:
            print(f"host:   {server.host}")
            print(f"log:    {server.log_path}")
            print(f"users:  see USERS in {DATASET}, among them admin with admin-pw")
            login = "-u admin:admin-pw"
            token_path = RELEASES[server.version].token_path
            if token_path:
                body = '{"username": "admin", "password": "admin-pw"}'
                url = server.base_url + token_path
                print(f"token:  curl -H 'Content-Type: application/json' -d '{body}' {url}")
                login = "-H 'Authorization: Bearer TOKEN'"
            print(f"try:    curl {login} '{server.host}/dags/contract/dagRuns'")
            print(f"stop:   Ctrl-C here, or kill {os.getpid()}", flush=True)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        return 0
    except (AirflowError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
