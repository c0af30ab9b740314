"""A web server on loopback in front of an embedded Airflow, as a managed service or a proxy with its own login has."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Optional
from urllib.parse import parse_qs, urlsplit

_HOP_BY_HOP = {"connection", "content-length", "date", "host", "server", "transfer-encoding"}


class Reply(NamedTuple):
    """An answer of the front itself; ``data`` is JSON."""

    status: int
    data: Any = None
    headers: tuple[tuple[str, str], ...] = ()


class Received(NamedTuple):
    """A request, as the front receives it."""

    method: str
    path: str
    headers: Any
    body: bytes

    def cookie(self, name: str) -> Optional[str]:
        cookies = SimpleCookie(", ".join(self.headers.get_all("Cookie", [])))
        return cookies[name].value if name in cookies else None

    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


class Front:
    """Server that answers some requests itself, and passes on the others.

    :param upstream: URL of the Airflow.
    :param answer: receives each request, and returns the front's own answer, or the headers to set before the request
        is passed on (None removes one).
    :param prefix: path that is removed before the request is passed on; others are not found.
    :ivar url: its address, with the prefix.
    :ivar requests: the requests.
    """

    def __init__(
        self,
        upstream: str,
        answer: Callable[[Received], Reply | dict[str, Optional[str]]] = lambda request: {},
        *,
        prefix: str = "",
        context: Optional[ssl.SSLContext] = None,
    ) -> None:
        self.requests: list[Received] = []
        front, netloc = self, urlsplit(upstream).netloc

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                received = Received(self.command, self.path.partition("?")[0], self.headers, body)
                front.requests.append(received)
                answered = Reply(404) if not self.path.startswith(prefix + "/") else answer(received)
                if isinstance(answered, Reply):
                    self.send(answered.status, answered.headers, json.dumps(answered.data).encode())
                    return
                headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
                for name, value in answered.items():
                    headers = {key: text for key, text in headers.items() if key.lower() != name.lower()}
                    if value is not None:
                        headers[name] = value
                upstream = http.client.HTTPConnection(netloc, timeout=30)
                upstream.request(self.command, self.path[len(prefix) :], body, headers)
                response = upstream.getresponse()
                data = response.read()
                passed = [item for item in response.getheaders() if item[0].lower() not in _HOP_BY_HOP]
                self.send(response.status, passed, data)
                upstream.close()

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815  # names of http.server

            def send(self, status: int, headers: Any, body: bytes) -> None:
                self.send_response(status)
                headers = list(headers)
                if not any(name.lower() == "content-type" for name, _ in headers):
                    headers.append(("Content-Type", "application/json"))
                for name, value in (*headers, ("Content-Length", str(len(body)))):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.netloc = f"127.0.0.1:{self._server.server_port}"
        self.url = f"{'http' if context is None else 'https'}://{self.netloc}{prefix}"

    def __enter__(self) -> Front:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def paths(self, method: str) -> list[str]:
        """Return the paths of the requests with ``method``."""
        return [request.path for request in self.requests if request.method == method]
