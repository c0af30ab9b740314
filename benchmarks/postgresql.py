"""A PostgreSQL of its own in a temporary folder: the database of most Airflows that are not for trying out."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Optional

_START_SECONDS = 60


def programs() -> Optional[Path]:
    """Where ``initdb`` and ``postgres`` are, None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "postgres").exists()), None)


@contextlib.contextmanager
def serving_postgresql() -> Iterator[str]:
    """SQLAlchemy's URL of an empty database."""
    folder = programs()
    assert folder is not None, "who asks has looked for programs()"
    # PostgreSQL refuses to run as root, who has a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        home = Path(name)
        if user is not None:
            shutil.chown(home, user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        data, log = home / "data", home / "log"
        options = ["-D", str(data), "-U", "airflow", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run([folder / "initdb", *options], user=user, check=True, stdout=subprocess.DEVNULL, cwd=home)
        command = [folder / "postgres", "-D", str(data), "-k", name, "-h", "127.0.0.1", "-p", str(port)]
        with log.open("wb") as out, subprocess.Popen(command, user=user, cwd=home, stdout=out, stderr=out) as server:
            try:
                _wait(folder, port, server, log)
                yield f"postgresql+psycopg2://airflow@127.0.0.1:{port}/postgres"
            finally:
                server.terminate()


def _wait(folder: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    asked = [folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + _START_SECONDS
    while subprocess.run(asked, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"PostgreSQL did not start:\n{log.read_text('utf-8', 'replace')}")
        time.sleep(0.1)
