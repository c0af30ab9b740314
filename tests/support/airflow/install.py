"""Install an Airflow and create its database, once; both stay in a folder for later starts.

``<folder>/<version>-<hash of the lock>/`` has ``venv/``, ``installed`` (written last: without it
the installation starts again), ``seed-<hash>/`` (renamed to that when it is complete) and the
logs. A venv cannot be renamed: its scripts contain its path.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Optional, Protocol

from .databases import running_database
from .errors import AirflowError, NoSuitablePython, tail
from .releases import HERE, Release

CHECKOUT = HERE.parents[2]
DATASET = HERE.parents[1] / "contract" / "dataset.py"
DAGS = HERE / "dags"
PREPARE_COMMON = HERE / "prepare_common.py"
#: How many seeds of earlier datasets stay, for those who switch between branches.
KEPT_SEEDS = 3
_PROBE = """
import sys, ssl, sqlite3, venv, ensurepip
print('%d.%d' % sys.version_info[:2], sys.executable)
"""


class Installable(Protocol):
    """What is installed: its name and version, the minor versions of Python that it works with, and its lock."""

    @property
    def version(self) -> str: ...

    @property
    def pythons(self) -> Sequence[str]: ...

    @property
    def lock(self) -> Path: ...


def servers_dir() -> Path:
    """Return the folder of the installations."""
    return Path(os.environ.get("AIRFLOW_SERVERS_DIR") or CHECKOUT / ".airflow").resolve()


def find_python(version: str, pythons: Sequence[str]) -> Path:
    """Return an interpreter for Airflow ``version``: the first of ``pythons`` that is found and runs.

    A file on PATH is not enough: pyenv has shims for versions that are not enabled, and the Python of a
    distribution may lack ``venv``.
    """
    folders = [Path(folder) for folder in os.get_exec_path() if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders += sorted(pyenv.glob("versions/*/bin"), reverse=True)
    for python in pythons:
        candidates = [Path(sys.executable)] if sys.prefix == sys.base_prefix else []
        candidates += [folder / f"python{python}" for folder in folders]
        for candidate in candidates:
            found = _probe(candidate) if candidate.is_file() else None
            if found and found[0] == python:
                return Path(found[1])
    wanted = " or ".join(pythons)
    raise NoSuitablePython(f"Airflow {version} needs Python {wanted} with venv, on PATH or in {pyenv}/versions")


def _probe(python: Path) -> Optional[tuple[str, str]]:
    """Return (minor version, real path) of an interpreter, or None if it does not run."""
    command = [str(python), "-I", "-c", _PROBE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    minor, _, path = done.stdout.strip().partition(" ")
    return minor, path


@contextlib.contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold a lock between processes; it is released when the last process with the descriptor ends.

    Child processes inherit the descriptor: a pip that outlives a killed test process still keeps others from
    installing into the same folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _run(command: Sequence[str], env: Mapping[str, str], log: Path, lock: int, cwd: Path) -> None:
    with log.open("ab") as out:
        done = subprocess.run(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
        )
    if done.returncode:
        failed = f"{' '.join(command)} ended with {done.returncode}"
        raise AirflowError(f"{failed}; the end of {log}:\n{tail(log)}")


def _installer_environment() -> dict[str, str]:
    """Return the environment with registries, proxies and certificates, but without settings that redirect pip."""
    redirecting = ("TARGET", "PREFIX", "ROOT", "USER", "CONSTRAINT", "REQUIREMENT")
    unwanted = {f"PIP_{name}" for name in redirecting} | {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    env = {name: value for name, value in os.environ.items() if name not in unwanted}
    # uv has names of its own.
    for theirs, ours in (("UV_DEFAULT_INDEX", "PIP_INDEX_URL"), ("SSL_CERT_FILE", "PIP_CERT")):
        if ours in env:
            env.setdefault(theirs, env[ours])
    return env


def install(release: Installable, folder: Path, lock: int) -> None:
    """Install the packages of a lock into ``folder/venv``, unless they are there."""
    marker, venv, log = folder / "installed", folder / "venv", folder / "install.log"
    python = venv / "bin" / "python"
    if marker.exists() and _probe(python):  # the Python it was made from may be gone since
        return
    marker.unlink(missing_ok=True)
    base = find_python(release.version, release.pythons)
    for path in folder.glob("*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    env = _installer_environment()
    _run([str(base), "-m", "venv", str(venv)], env, log, lock, folder)
    pip = [str(python), "-m", "pip", "install", "-q", "--no-input", "-r", str(release.lock)]
    uv = shutil.which("uv")
    try:
        if not uv:
            raise AirflowError("no uv")
        options = ["--quiet", "--compile-bytecode", "--python", str(python)]
        _run([uv, "pip", "install", *options, "-r", str(release.lock)], env, log, lock, folder)
    except AirflowError:  # uv does not read the files with pip's settings
        _run(pip, env, log, lock, folder)
    marker.touch()


def _inputs(release: Release) -> list[Path]:
    return [DATASET, release.prepare, PREPARE_COMMON, *sorted(DAGS.glob("*.py"))]


def _make_seed(release: Release, database: str, folder: Path, lock: int) -> Path:
    """Return the folder with the data of the database for the current ``_inputs``, and a copy of them."""
    for left_over in folder.glob("preparing-*"):
        shutil.rmtree(left_over)
    prefix = "seed-" if database == "sqlite" else f"{database}-seed-"
    work = Path(tempfile.mkdtemp(prefix="preparing-", dir=folder))
    try:
        inputs = work / "inputs"
        inputs.mkdir()
        digest = hashlib.sha256()
        # The copies are hashed and run: the originals may be edited meanwhile.
        for source in _inputs(release):
            content = source.read_bytes()
            (inputs / source.name).write_bytes(content)
            digest.update(f"{source.name} {len(content)}\n".encode() + content)
        seed = folder / f"{prefix}{digest.hexdigest()[:12]}"
        if not seed.exists():
            home = work / "home"
            home.mkdir()
            for script in (PREPARE_COMMON, release.prepare):
                (inputs / script.name).rename(work / script.name)  # not among the DAGs
            log = folder / "prepare.log"
            log.unlink(missing_ok=True)
            command = [str(folder / "venv/bin/python"), str(work / release.prepare.name)]
            env = release.environment(home, inputs)
            if database == "sqlite":
                _run(command, env, log, lock, home)
                (home / "airflow.db").rename(work / "airflow.db")
            else:
                with running_database(database, None, keep=work / "data") as url:
                    _run(command, {**env, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url}, log, lock, home)
            shutil.rmtree(home)
            work.rename(seed)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    os.utime(seed)
    for old in sorted(folder.glob(f"{prefix}*"), key=lambda path: path.stat().st_mtime)[:-KEPT_SEEDS]:
        shutil.rmtree(old)
    return seed


def folder_of(release: Release) -> Path:
    """Return the folder of the installation."""
    digest = hashlib.sha256(release.lock.read_bytes()).hexdigest()[:8]
    return servers_dir() / f"{release.version}-{digest}"


def python_of(release: Release) -> Path:
    """Return the Python of the installation."""
    return folder_of(release) / "venv" / "bin" / "python"


def provide(release: Release, database: str = "sqlite") -> tuple[Path, Path, Path]:
    """Return the Python of the installation, a new AIRFLOW_HOME, and the data of a database server.

    Install and prepare them if necessary. The home has ``inputs/``, with the DAGs and ``dataset``, and, with SQLite,
    ``airflow.db``. The caller deletes it.
    """
    folder = folder_of(release)
    with locked(folder.with_name(f"{folder.name}.lock")) as lock:
        folder.mkdir(exist_ok=True)
        install(release, folder, lock)
        seed = _make_seed(release, database, folder, lock)
        home = Path(tempfile.mkdtemp(prefix=f"airflow-{release.version}-"))
        try:
            if database == "sqlite":
                shutil.copyfile(seed / "airflow.db", home / "airflow.db")
            shutil.copytree(seed / "inputs", home / "inputs")
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
    return python_of(release), home, seed / "data"
