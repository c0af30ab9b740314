"""A real nginx on loopback, installed if necessary, that strips a prefix from the paths of requests."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "/team-a/airflow"
#: Two usual configurations. Both decode the path and fold its ``..`` and ``//``.
FORMS = {
    "proxy_pass": f"location {PREFIX}/ {{ proxy_pass http://airflow/; }}",
    "rewrite": f"location {PREFIX}/ {{ rewrite ^{PREFIX}(/.*)$ $1 break; proxy_pass http://airflow; }}",
}
_CONFIGURATION = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream airflow {{ server {upstream}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        {location}
    }}
}}
"""


class NoNginx(RuntimeError):
    """nginx is missing and could not be installed; the message has the reason."""


@contextlib.contextmanager
def running_nginx(upstream: str, form: str) -> Iterator[str]:
    """Run an nginx in front of ``upstream`` (``host:port``); the value is the URL of its prefix.

    :raises NoNginx: there is no nginx.
    """
    command = find()
    with tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        text = _CONFIGURATION.format(folder=folder, port=port, upstream=upstream, location=FORMS[form])
        Path(folder, "nginx.conf").write_text(text)
        log = Path(folder, "log")
        with log.open("wb") as out:
            arguments = [command, "-p", folder, "-c", "nginx.conf"]
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            _wait(process, port, log)
            yield f"http://127.0.0.1:{port}{PREFIX}"
        finally:
            process.terminate()
            process.wait(10)


def find() -> str:
    """Return the path of nginx; install it if necessary and possible.

    :raises NoNginx: there is no nginx.
    """
    with Path(tempfile.gettempdir(), f"xcom-client-nginx-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # suites of several Pythons run at once
        command = _installed()
        if command is None:
            _install()
            command = _installed()
    if command is None:
        raise NoNginx("nginx was installed, and is not found")
    return command


def _installed() -> str | None:
    return shutil.which("nginx", path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"]))


def _install() -> None:
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise NoNginx(
            "nginx is not installed, and only root on Debian can install it here: apt-get install nginx-light"
        )
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # With this policy the package starts no server.
    policy = Path("/usr/sbin/policy-rc.d")
    made = not policy.exists()
    if made:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "nginx-light"]):
            command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", *arguments]
            done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300)
            if done.returncode:
                raise NoNginx(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    finally:
        if made:
            policy.unlink()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise NoNginx(f"nginx does not start: {log.read_text()[-500:]}")
