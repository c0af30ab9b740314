"""A stub of Keycloak's token endpoint for clients with a secret. It is not Keycloak: it knows this request alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable
from urllib.parse import parse_qs

PATH = "/realms/company/protocol/openid-connect/token"
CLIENT_ID, CLIENT_SECRET = "reports", "client-secret"


class KeycloakStub:
    """A server on loopback that answers ``PATH``.

    :param issue: returns a token and its lifetime in seconds.
    :ivar url: its root.
    :ivar issued: number of tokens.
    """

    def __init__(self, issue: Callable[[], tuple[str, int]]) -> None:
        self.issued = 0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                given = {name: values[0] for name, values in form.items()}
                expected = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_type": "client_credentials"}
                if self.path != PATH or given != expected:
                    self.answer(401, {"error": "unauthorized_client"})
                    return
                token, seconds = issue()
                stub.issued += 1
                self.answer(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})

            def answer(self, status: int, data: dict[str, Any]) -> None:
                body = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> KeycloakStub:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def signed_jwt(secret: str, seconds: int, **claims: Any) -> str:
    """Return a token signed with HS512, valid from now on."""
    now = int(time.time())
    claims = {"iat": now, "nbf": now, "exp": now + seconds, **claims}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS512", "typ": "JWT"}, claims)
    ]
    signature = hmac.new(secret.encode(), b".".join(parts), hashlib.sha512).digest()
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()
