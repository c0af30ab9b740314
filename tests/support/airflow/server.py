"""Start a real Airflow on loopback that holds the XComs of ``tests/contract/dataset.py``."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Callable, Optional
from urllib.parse import urlsplit

from .databases import running_database
from .errors import AirflowError, NoSuitablePython, tail
from .install import provide
from .releases import RELEASES, Release

__all__ = ["AirflowError", "AirflowServer", "NoSuitablePython", "running_airflow"]

START_SECONDS = 240.0
#: A DAG that a scheduler must have read before the server is ready.
TRIGGERED_DAG = "triggered_echo"
_NAME, _PASSWORD = "admin", "admin-pw"


@dataclasses.dataclass(frozen=True)
class AirflowServer:
    """A running server, with a database that is deleted with it."""

    version: str
    #: The way to log in, as given to ``running_airflow``.
    auth: str
    #: ``http://127.0.0.1:PORT``, and the prefix if there is one.
    base_url: str
    #: ``base_url`` with ``/api/v1`` or ``/api/v2``.
    host: str
    #: The output of the server; deleted with it.
    log_path: Path
    #: The process that ends the server when it ends.
    pid: int
    #: Airflow's ``sql_alchemy_conn``.
    database_url: str


@contextlib.contextmanager
def running_airflow(
    version: str,
    *,
    auth: Optional[str] = None,
    env: Mapping[str, str] = {},
    port: int = 0,
    prefix: str = "",
    arguments: Sequence[str] = (),
    scheduler: bool = False,
    database: str = "sqlite",
) -> Iterator[AirflowServer]:
    """A running Airflow ``version``; the first use installs it and executes the DAG runs.

    ``auth``: for Airflow 2 its backends, ``basic`` (the default), ``session``, ``basic,session``, or the
    dotted names of modules; for Airflow 3 its auth manager, ``simple`` (the default) or, not with 3.0.6,
    ``fab``. ValueError if the release does not have it.
    ``env``: more variables for the server, such as ``AIRFLOW__API__MAXIMUM_PAGE_LIMIT``.
    ``port``: by default, the kernel picks one.
    ``prefix``: the path of the server's root, such as ``/team-a/airflow``.
    ``arguments``: more arguments for the server's command; they override its own.
    ``scheduler``: start a scheduler too, which runs what is triggered. ValueError if the release has none here.
    ``database``: ``sqlite``, ``postgresql`` or ``mariadb``; the latter two only for releases whose lock has a driver.

    Raises NoSuitablePython if this machine cannot run the release, AirflowError with the end of the
    log if anything fails.
    """
    if version not in RELEASES:
        raise ValueError(f"no Airflow {version!r} here; there are {', '.join(RELEASES)}")
    release = RELEASES[version]
    auth = release.default_auth if auth is None else auth
    auth_variables = release.auth_environment(auth)
    if scheduler and not release.scheduler:
        raise ValueError(f"no scheduler for Airflow {version} here")
    python, home, data = provide(release, database)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        variables = {**release.environment(home, home / "inputs"), **auth_variables, **env}
        if database != "sqlite":
            variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = stack.enter_context(running_database(database, data))
        # The server inherits this listening socket: nothing else can take the port. Requests wait in
        # the queue until the server is up.
        with contextlib.closing(_listen(port)) as listener:
            base_url = f"http://127.0.0.1:{listener.getsockname()[1]}{prefix}"
            if prefix:
                variables[release.base_url_variable] = base_url
            commands = [[str(python), *release.command(listener.fileno()), *arguments]]
            if release.scheduler and scheduler:
                variables.update(release.scheduler.environment(home / "inputs", base_url))
                commands += [[str(python), "-m", "airflow", *command] for command in release.scheduler.commands]
            server, process = _spawn(release, auth, home, commands, variables, listener, base_url)
        try:
            _wait_until_ready(release, server, process, scheduler=scheduler)
            yield server
        finally:
            _stop(process)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _spawn(
    release: Release,
    auth: str,
    home: Path,
    commands: Sequence[Sequence[str]],
    variables: Mapping[str, str],
    listener: socket.socket,
    base_url: str,
) -> tuple[AirflowServer, subprocess.Popen[bytes]]:
    log_path = home / "server.log"
    descriptor = listener.fileno()
    supervisor = [sys.executable, "-I", "-S", str(Path(__file__).with_name("supervisor.py"))]
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            [*supervisor, str(descriptor), str(home), json.dumps(commands)],
            env=variables,
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(descriptor,),
            start_new_session=True,  # Ctrl-C in the terminal is not for the server
        )
    host = base_url + release.api_root
    database_url = variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    return AirflowServer(release.version, auth, base_url, host, log_path, process.pid, database_url), process


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close the supervisor's standard input, upon which it kills the server."""
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()  # upon which the kernel kills the server
        process.wait()


def _wait_until_ready(
    release: Release, server: AirflowServer, process: subprocess.Popen[bytes], *, scheduler: bool
) -> None:
    """Return when the server is healthy, of the right version, and warmed up, and its scheduler has read the DAGs."""
    deadline = time.monotonic() + START_SECONDS

    def wait_for(path: str, is_ready: Callable[[bytes], bool], authorization: str = "") -> None:
        status, body = 0, b""
        while status != 200 or not is_ready(body):
            if process.poll() is not None:
                problem = f"ended with {process.returncode}"
            elif time.monotonic() > deadline:
                problem = f"not ready after {START_SECONDS:.0f} s: {path} {status} {body[:200]!r}"
            else:
                time.sleep(0.05 if status else 0)
                status, body = _get(server, path, deadline, authorization)
                continue
            raise AirflowError(f"Airflow {release.version} {problem}:\n{tail(server.log_path)}")

    wait_for(release.health_path, lambda body: True)
    status, body = _get(server, release.version_path, deadline)
    if status != 200 or json.loads(body).get("version") != release.version:
        raise AirflowError(f"not Airflow {release.version}: {status} {body[:200]!r}")
    authorization = _credentials(release, server, deadline)
    _get(server, release.warm_up_path, deadline, authorization)
    if release.scheduler and scheduler:
        if release.scheduler.warm_up_path:
            _get(server, release.scheduler.warm_up_path, deadline)
        wait_for(release.health_path, lambda body: json.loads(body)["scheduler"]["status"] == "healthy")
        # The prepared database names the files from which it was made.
        home = str(server.log_path.parent)
        dag_path = f"{release.api_root}/dags/{TRIGGERED_DAG}"
        wait_for(dag_path, lambda body: json.loads(body)["fileloc"].startswith(home), authorization)


def _credentials(release: Release, server: AirflowServer, deadline: float) -> str:
    """Return the Authorization header of admin."""
    if not release.token_path:
        return "Basic " + base64.b64encode(f"{_NAME}:{_PASSWORD}".encode()).decode()
    login = json.dumps({"username": _NAME, "password": _PASSWORD})
    status, body = _send(server, "POST", release.token_path, deadline, {"Content-Type": "application/json"}, login)
    if status != 201:
        problem = f"no token from Airflow {release.version}: {status} {body[:200]!r}"
        raise AirflowError(f"{problem}:\n{tail(server.log_path)}")
    return f"Bearer {json.loads(body)['access_token']}"


def _get(server: AirflowServer, path: str, deadline: float, authorization: str = "") -> tuple[int, bytes]:
    return _send(server, "GET", path, deadline, {"Authorization": authorization} if authorization else {})


def _send(
    server: AirflowServer,
    method: str,
    path: str,
    deadline: float,
    headers: Mapping[str, str],
    content: Optional[str] = None,
) -> tuple[int, bytes]:
    """Return status and body of the response, or (0, the problem); no proxy is used."""
    timeout = max(1.0, min(30.0, deadline - time.monotonic()))
    base = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(base.netloc, timeout=timeout)
    try:
        connection.request(method, base.path + path, content, headers=dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        return 0, repr(error).encode()
    finally:
        connection.close()
