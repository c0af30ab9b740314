"""A real nginx on loopback, installed if necessary, in front of one Airflow or several."""

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

from tests.support import debian

PREFIX = "/team-a/airflow"
#: Two usual configurations that strip a prefix. Both decode the path and fold its ``..`` and ``//``.
STRIPPING = {
    "proxy_pass": f"location {PREFIX}/ {{ proxy_pass http://airflow/; }}",
    "rewrite": f"location {PREFIX}/ {{ rewrite ^{PREFIX}(/.*)$ $1 break; proxy_pass http://airflow; }}",
}
#: Hands the paths on as they come, to an Airflow whose ``base_url`` has the prefix.
KEEPING = f"location {PREFIX}/ {{ proxy_pass http://airflow; }}"
_CONFIGURATION = """
daemon off;
{user}
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
    gzip_types application/json;
    gzip_proxied any;
    gzip_min_length 100;
    upstream airflow {{ {upstreams} keepalive 4; }}
    server {{
        listen 127.0.0.1:{port}{tls};
        proxy_http_version 1.1;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        {location}
    }}
}}
"""
_TLS = " ssl; gzip on; ssl_certificate {certificate}; ssl_certificate_key {certificate}"


class NoNginx(RuntimeError):
    """nginx is missing and could not be installed; the message has the reason."""


@contextlib.contextmanager
def running_nginx(*upstreams: str, location: str, certificate: Path | None = None) -> Iterator[str]:
    """Run an nginx in front of ``upstreams`` (``host:port``), in turns; the value is the URL of its prefix.

    :param location: one of ``STRIPPING``, or ``KEEPING``.
    :param certificate: a PEM file with key and certificate, for TLS; then it compresses responses too.
    :raises NoNginx: there is no nginx.
    """
    command = find()
    with tempfile.TemporaryDirectory() as folder:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        text = _CONFIGURATION.format(
            folder=folder,
            port=port,
            upstreams=" ".join(f"server {upstream};" for upstream in upstreams),
            tls=_TLS.format(certificate=certificate) if certificate else "",
            location=location,
            # The workers of root's nginx are of another user, who may not read the folder.
            user="user root;" if os.getuid() == 0 else "",
        )
        Path(folder, "nginx.conf").write_text(text)
        log = Path(folder, "log")
        with log.open("wb") as out:
            arguments = [command, "-p", folder, "-c", "nginx.conf"]
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            _wait(process, port, log)
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}{PREFIX}"
        finally:
            process.terminate()
            process.wait(10)


def find() -> str:
    """Return the path of nginx; install it if necessary and possible.

    :raises NoNginx: there is no nginx.
    """
    try:
        return debian.find("nginx-light", _installed)
    except debian.NotInstalled as error:
        raise NoNginx(str(error)) from error


def _installed() -> str | None:
    return shutil.which("nginx", path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"]))


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise NoNginx(f"nginx does not start: {log.read_text()[-500:]}")
