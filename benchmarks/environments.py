"""The contenders, and the environment that each one runs in: made on first use, in ``benchmarks/.environments/``."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent
CHECKOUT = BENCHMARKS.parent
ENVIRONMENTS = BENCHMARKS / ".environments"
#: What the library's distribution is built of.
_SOURCES = ("airflow_client", "setup.py", "pyproject.toml", "README.md", "LICENSE")
_VERSIONS = """
import importlib.metadata, json
print(json.dumps({found.metadata["Name"]: found.version for found in importlib.metadata.distributions()}))
"""


@dataclasses.dataclass(frozen=True)
class Environment:
    """A virtual environment with ``packages`` in it, and this library with ``checkout``."""

    name: str
    packages: tuple[str, ...] = ()
    checkout: bool = False


@dataclasses.dataclass(frozen=True)
class Contender:
    """``label`` stands in the tables; ``module`` is in ``benchmarks/contenders`` and runs in ``environment``."""

    label: str
    module: str
    environment: Environment


_OURS = Environment("ours", checkout=True)
_EXTRAS = Environment("ours-extras", ("aiohttp", "msgspec"), checkout=True)
OURS = Contender("ours", "ours", _OURS)
OURS_SPEED = Contender("ours, with `speed`", "ours_speed", _EXTRAS)
OURS_ASYNC = Contender("ours, asyncio", "ours_async", _EXTRAS)
OURS_SOAK = Contender("ours", "ours_soak", _OURS)
OURS_AIRFLOW = Contender("ours", "ours_airflow", _OURS)
BY_HAND = Contender("by hand", "by_hand", Environment("by-hand", ("urllib3",)))
HTTP_CLIENT = Contender("http.client", "with_http_client", Environment("http-client"))
REQUESTS = Contender("requests", "with_requests", Environment("requests", ("requests",)))
HTTPX = Contender("httpx", "with_httpx", Environment("httpx", ("httpx",)))
AIOHTTP = Contender("aiohttp by hand", "with_aiohttp", Environment("aiohttp", ("aiohttp",)))
_OFFICIAL_2 = Environment("official-2", ("apache-airflow-client==2.10.0",))
_OFFICIAL_3 = Environment("official-3", ("apache-airflow-client==3.3.2",))
OFFICIAL_2 = Contender("official 2.10.0", "official_2", _OFFICIAL_2)
OFFICIAL_3 = Contender("official 3.3.2", "official_3", _OFFICIAL_3)
OFFICIAL_2_AIRFLOW = Contender("official 2.10.0", "official_2_airflow", _OFFICIAL_2)
OFFICIAL_3_AIRFLOW = Contender("official 3.3.2", "official_3_airflow", _OFFICIAL_3)
#: What runs where this library is installed, without anything else.
NEEDS_NOTHING_ELSE = (OURS, OURS_SOAK, BY_HAND, HTTP_CLIENT)


class Interpreters:
    """Finds each contender's Python, making its environment if need be.

    :ivar own: whether they all run in this process' own environment, where only ``NEEDS_NOTHING_ELSE`` can.
    :ivar versions: by the name of the environments used, what is installed there.
    """

    def __init__(self, own: bool = False) -> None:
        self.own = own
        self.versions: dict[str, dict[str, str]] = {}
        self._pythons: dict[Environment, Path] = {}

    def of(self, contender: Contender) -> Path:
        environment = contender.environment
        if environment not in self._pythons:
            python = Path(sys.executable) if self.own else provide(environment)
            self._pythons[environment] = python
            if not self.own:
                told = subprocess.run([python, "-I", "-c", _VERSIONS], capture_output=True, text=True, check=True)
                self.versions[environment.name] = json.loads(told.stdout)
        return self._pythons[environment]

    def popen(self, command: Sequence[str]) -> subprocess.Popen[str]:
        """A process of a contender, with pipes; it cannot import this checkout by accident, and uses no proxy."""
        unwanted = re.compile("PYTHON.*|.*_proxy", re.IGNORECASE)
        variables = {name: value for name, value in os.environ.items() if not unwanted.fullmatch(name)}
        if self.own:
            variables["PYTHONPATH"] = os.pathsep.join(sys.path)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=variables, cwd="/")


def provide(environment: Environment) -> Path:
    """The Python of an environment; installed when it is not there, or the checkout has changed since."""
    folder = ENVIRONMENTS / f"{environment.name}-{sys.version_info.major}.{sys.version_info.minor}"
    python, marker = folder / "bin" / "python", folder / "installed"
    wanted = "\n".join([*environment.packages, _digest() if environment.checkout else ""])
    with _locked():
        if not marker.exists() or marker.read_text() != wanted:
            print(f"installing the environment {folder.name} ...", file=sys.stderr, flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            _run(sys.executable, "-m", "venv", "--without-pip", str(folder))
            with tempfile.TemporaryDirectory() as copy:
                packages = list(environment.packages)
                if environment.checkout:
                    packages.append(_copied(Path(copy)))
                if packages:
                    _run(sys.executable, "-m", "pip", "--python", str(python), "install", "-q", *packages)
            marker.write_text(wanted)
    return python


def _digest() -> str:
    """Changes with the library."""
    digest = hashlib.sha256()
    for path in [*sorted((CHECKOUT / "airflow_client").rglob("*.py")), CHECKOUT / "setup.py"]:
        digest.update(f"{path.relative_to(CHECKOUT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _copied(folder: Path) -> str:
    """A copy of what the distribution is built of: a build leaves files behind, which the next one would pick up."""
    for name in _SOURCES:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return str(folder)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
