"""Install the official clients beside the Airflow servers, and run their scripts."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.airflow.install import install, locked, servers_dir

HERE = Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Client:
    """A release of an official client.

    :ivar version: name of its distribution and its version; that of its lock, too.
    :ivar script: script in this folder that it runs.
    :ivar pythons: minor versions of Python that work with the lock, the preferred one first.
    """

    version: str
    script: str
    pythons: Sequence[str] = ("3.11", "3.12", "3.10", "3.13")

    @property
    def lock(self) -> Path:
        return HERE / "locks" / f"{self.version}.txt"


OFFICIAL_2 = Client("apache-airflow-client-2.10.0", "script_2.py")
OFFICIAL_3 = Client("apache-airflow-client-3.3.2", "script_3.py")
#: Client -> the releases of Airflow that its script is run against.
CLIENTS = {
    OFFICIAL_2: ("2.10.5", "2.11.2"),
    OFFICIAL_3: ("3.3.2",),
    Client("apache-airflow-ctl-0.1.5", "script_airflowctl.py"): ("3.3.2",),
}


def python_of(client: Client) -> Path:
    """Return the Python of a client; the first use installs it.

    Raises AirflowError if that fails, as without a registry.
    """
    digest = hashlib.sha256(client.lock.read_bytes()).hexdigest()[:8]
    folder = servers_dir() / f"{client.version}-{digest}"
    with locked(folder.with_name(f"{folder.name}.lock")) as lock:
        folder.mkdir(exist_ok=True)
        install(client, folder, lock)
    return folder / "venv" / "bin" / "python"


def _environment(home: Path) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    return {**inherited, "HOME": str(home), "AIRFLOW_HOME": str(home), "NO_PROXY": "*", "LC_ALL": "C.UTF-8"}


def output_of(client: Client, url: str, home: Path) -> list[Any]:
    """Run the script of a client against a server, and return what it has printed: one JSON text a line."""
    done = subprocess.run(
        [str(python_of(client)), "-W", "ignore", str(HERE / client.script), url],
        env=_environment(home),
        cwd=home,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{client.script} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr}"
    return [json.loads(line) for line in done.stdout.splitlines()]


class BlockRunner:
    """Run the blocks of one page in one process of a client.

    Raises AirflowError if the client cannot be installed.
    """

    def __init__(self, client: Client, page: str, home: Path) -> None:
        self.page = page
        self.process = subprocess.Popen(
            [str(python_of(client)), "-W", "ignore", str(HERE / "run_blocks.py")],
            env=_environment(home),
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, code: str, line: int) -> str:
        """Execute a block, and return what it has printed; an exception's traceback is part of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"code": code, "line": line, "page": self.page}), file=self.process.stdin, flush=True)
        printed: str = json.loads(self.process.stdout.readline())["printed"]
        return printed

    def close(self) -> None:
        self.process.communicate(timeout=30)
