"""Real Airflow servers, with passwords as Airflow stores them, and with as many XComs as are wanted."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.contract.dataset import USERS
from tests.support.airflow.install import provide
from tests.support.airflow.releases import RELEASES
from tests.support.airflow.server import AirflowServer, running_airflow

from .environments import BENCHMARKS
from .postgresql import serving_postgresql

USERNAME = "admin"
PASSWORD = USERS[USERNAME][0]
#: How Airflow 2 starts its web server unless told: ``[webserver] workers`` and ``worker_class``.
STOCK_WORKERS = 4
_STOCK = ("--workers", str(STOCK_WORKERS), "--worker-class", "sync", "--threads", "1")
#: The variable that tells Airflow its database, and what it reaches PostgreSQL with.
_DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
_DRIVERS = ("psycopg2-binary", "asyncpg")


@dataclasses.dataclass(frozen=True)
class Filler:
    """Puts XComs into the database of an Airflow."""

    python: Path
    environment: dict[str, str]
    template: Path

    def fill(self, count: int) -> None:
        """Make ``count`` XComs, in runs of 250, all there are: those of the contract suite are dropped."""
        command = [self.python, BENCHMARKS / "fill_airflow.py", self.template, str(count), "--password", _stored()]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"the database could not be filled:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")


@contextlib.contextmanager
def serving_airflow(
    version: str, *, stock: bool = False, postgresql: bool = False
) -> Iterator[tuple[AirflowServer, Filler]]:
    """A real Airflow with the XComs of the contract suite; at Airflow 2 with Basic, which all clients speak.

    The contract suite stores passwords by a hash that costs nothing; here it is the one that Airflow makes itself.

    :param stock: of an Airflow 2, with as many workers as it starts unless told, instead of one that has threads.
    :param postgresql: with a database of PostgreSQL, where there are no XComs until it is filled, instead of SQLite.
    """
    release = RELEASES[version]
    python, home, _ = provide(release)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        database = {}
        if postgresql:
            subprocess.run([python, "-m", "pip", "install", "-q", *_DRIVERS], check=True)
            database[_DATABASE] = stack.enter_context(serving_postgresql())
        environment = {**release.environment(home, home / "inputs"), **database}
        filler = Filler(python, environment, home / "airflow.db")
        if postgresql:
            filler.fill(0)
        airflow = stack.enter_context(running_airflow(version, env=database, arguments=_STOCK if stock else ()))
        if stock:
            _wait_for_workers(airflow)
        if not postgresql:
            url = f"sqlite:///{airflow.log_path.with_name('airflow.db')}"
            filler = Filler(python, {**environment, _DATABASE: url}, filler.template)
            filler.fill(0)
        yield airflow, filler


def _wait_for_workers(airflow: AirflowServer) -> None:
    """Wait until every worker has loaded Airflow, which takes it some seconds of CPU time: then they idle."""
    deadline, before = time.monotonic() + 120, [-1]
    while time.monotonic() < deadline:
        pids = re.findall(r"Booting worker with pid: (\d+)", airflow.log_path.read_text("utf-8", "replace"))
        ticks = [int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11]) for pid in pids]
        if len(pids) == STOCK_WORKERS and ticks == before:
            return
        before = ticks
        time.sleep(2)
    raise SystemExit("the workers of Airflow did not come to rest")


def _stored() -> str:
    """As Airflow 2.11 stores the password (werkzeug's default): scrypt, which takes a tenth of a second and more."""
    salt = "benchmark"
    hashed = hashlib.scrypt(PASSWORD.encode(), salt=salt.encode(), n=1 << 15, r=8, p=1, maxmem=132 << 18)
    return f"scrypt:32768:8:1${salt}${hashed.hex()}"
