"""The databases of a real Airflow beside SQLite: PostgreSQL and MariaDB, from Debian's packages.

A database server runs in a folder of its own in the folder for temporary files, and listens on a socket file in it:
two suites never meet. It runs for as long as the process that started it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Callable, Optional

from tests.support import debian

from .errors import AirflowError, tail

SUPERVISOR = Path(__file__).with_name("supervisor.py")
START_SECONDS = 60.0


@dataclasses.dataclass(frozen=True)
class Database:
    """A kind of database server."""

    package: str
    #: The name of a program in ``folders``.
    program: str
    #: Folders of programs beside those of PATH, with ``*``.
    folders: str
    #: The user who runs the server if root starts it.
    user: str
    #: (programs, folder) -> commands that make an empty database in it.
    create: Callable[[Path, Path], Sequence[Sequence[str]]]
    #: (programs, folder) -> the command that serves it.
    serve: Callable[[Path, Path], Sequence[str]]
    #: (programs, folder) -> a command that ends with 0 when the server is up.
    ping: Callable[[Path, Path], Sequence[str]]
    #: (programs, folder) -> a command that makes the database of Airflow.
    create_database: Callable[[Path, Path], Sequence[str]]
    #: (programs, folder) -> a command that stops it so that the folder can be copied.
    stop: Callable[[Path, Path], Sequence[str]]
    #: folder -> Airflow's ``sql_alchemy_conn``.
    url: Callable[[Path], str]


_POSTGRESQL = Database(
    package="postgresql",
    program="postgres",
    folders="usr/lib/postgresql/*/bin",
    user="postgres",
    # Sites have the order of a language, as en_US.UTF-8 has; it does not depend on the locales of this machine.
    create=lambda programs, folder: [
        [
            str(programs / "initdb"),
            *("-D", str(folder / "data"), "--username=airflow", "--auth=trust", "--encoding=UTF8", "--no-sync"),
            *("--locale-provider=icu", "--icu-locale=en-US", "--locale=C.UTF-8"),
        ]
    ],
    serve=lambda programs, folder: [
        str(programs / "postgres"),
        *("-D", str(folder / "data"), "-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"),
        # The data is deleted with the server.
        *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"),
    ],
    ping=lambda programs, folder: [str(programs / "pg_isready"), "-q", "-h", str(folder)],
    create_database=lambda programs, folder: [
        *(str(programs / "createdb"), "-h", str(folder), "-U", "airflow", "airflow")
    ],
    stop=lambda programs, folder: [*(str(programs / "pg_ctl"), "stop", "-s", "-D", str(folder / "data"), "-m", "fast")],
    url=lambda folder: f"postgresql+psycopg2://airflow@/airflow?host={folder}",
)
_MARIADB = Database(
    package="mariadb-server",
    program="mariadbd",
    folders="usr/sbin",
    user="mysql",
    create=lambda programs, folder: [
        [
            "mariadb-install-db",
            *("--no-defaults", f"--datadir={folder / 'data'}", "--auth-root-authentication-method=normal"),
            "--skip-test-db",
        ]
    ],
    serve=lambda programs, folder: [
        str(programs / "mariadbd"),
        *("--no-defaults", f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}", "--skip-networking"),
        *(f"--pid-file={folder / 'pid'}", "--explicit-defaults-for-timestamp=1", "--character-set-server=utf8mb4"),
        *("--collation-server=utf8mb4_unicode_ci", "--innodb-flush-log-at-trx-commit=0", "--max-allowed-packet=64M"),
    ],
    ping=lambda programs, folder: ["mariadb-admin", "-s", "-u", "root", f"--socket={folder / 'socket'}", "ping"],
    create_database=lambda programs, folder: [
        *("mariadb-admin", "-u", "root", f"--socket={folder / 'socket'}", "create", "airflow")
    ],
    stop=lambda programs, folder: ["mariadb-admin", "-u", "root", f"--socket={folder / 'socket'}", "shutdown"],
    url=lambda folder: f"mysql+pymysql://root@localhost/airflow?unix_socket={folder / 'socket'}&charset=utf8mb4",
)
DATABASES = {"postgresql": _POSTGRESQL, "mariadb": _MARIADB}


def programs_of(database: Database) -> Path:
    """Return the folder of the programs; install the package if necessary.

    :raises debian.NotInstalled: there is no such database here.
    """

    def search() -> Optional[str]:
        found = [path for path in sorted(Path("/").glob(database.folders)) if (path / database.program).exists()]
        return str(found[-1]) if found else None

    return Path(debian.find(database.package, search))


@contextlib.contextmanager
def running_database(name: str, seed: Optional[Path], keep: Optional[Path] = None) -> Iterator[str]:
    """Run a database server on a copy of the data ``seed``, or on new data; the value is its URL for Airflow.

    :param keep: a new folder for the data after a clean stop; by default the data is deleted.
    :raises debian.NotInstalled: there is no such database here.
    """
    database = DATABASES[name]
    programs = programs_of(database)
    folder = Path(tempfile.mkdtemp(prefix=f"airflow-{name}-"))
    try:
        log = folder / "log"
        if seed:
            subprocess.run(["cp", "-a", str(seed), str(folder / "data")], check=True)
        as_user = _own(database, folder)
        if not seed:
            for command in database.create(programs, folder):
                _run([*as_user, *command], log, folder)
        # Closing the pipe kills the server, and so does the end of this process.
        with Path(os.devnull).open() as no_listener, log.open("ab") as out:
            supervisor = [sys.executable, "-I", "-S", str(SUPERVISOR), str(no_listener.fileno()), str(folder)]
            process = subprocess.Popen(
                [*supervisor, json.dumps([[*as_user, *database.serve(programs, folder)]])],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                pass_fds=(no_listener.fileno(),),
                start_new_session=True,
            )
        assert process.stdin
        try:
            _wait(database.ping(programs, folder), process, log)
            if not seed:
                _run(database.create_database(programs, folder), log, folder)
            yield database.url(folder)
            if keep:
                _run([*as_user, *database.stop(programs, folder)], log, folder)
                process.wait(30)
                subprocess.run(["cp", "-a", str(folder / "data"), str(keep)], check=True)
        finally:
            process.stdin.close()
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(database: Database, folder: Path) -> list[str]:
    """Give the folder to the user who runs the server; return the start of a command that becomes that user."""
    if os.getuid() != 0:
        return []
    shutil.chown(folder, database.user, database.user)
    user = f"--reuid={database.user}", f"--regid={database.user}"
    return ["setpriv", *user, "--clear-groups", "--pdeathsig", "KILL"]


def _run(command: Sequence[str], log: Path, folder: Path) -> None:
    with log.open("ab") as out:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    if done.returncode:
        raise AirflowError(f"{' '.join(command)} ended with {done.returncode}:\n{tail(log)}")


def _wait(ping: Sequence[str], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if subprocess.run(ping, capture_output=True).returncode == 0:
            return
        time.sleep(0.05)
    raise AirflowError(f"the database does not start:\n{tail(log)}")
