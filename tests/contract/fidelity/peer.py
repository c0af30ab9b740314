"""Sends the requests to a server, with credentials of every sort, and reads the answers."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import hashlib
import hmac
import http.client
import json
import re
import time
from collections.abc import Mapping
from typing import Any, Optional
from urllib.parse import urlencode, urlsplit

from tests.contract import dataset
from tests.contract.fidelity.cases import FORM, JSON, Case
from tests.contract.servers import Server
from tests.support.airflow.releases import JWT_SECRET

PASSWORDS = {
    **{name: password for name, (password, _) in {**dataset.USERS, **dataset.USERS_OF_FAB}.items()},
    "ghost": "x",
    "user": "user-pw",
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """Response of a server.

    :ivar headers: headers in order, with names in lower case.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known == name), "")


class Peer:
    """One server that is asked."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection: Optional[http.client.HTTPConnection] = None
        self._known: dict[str, dict[str, str]] = {}
        self._csrf = ""

    def ask(self, case: Case) -> Answer:
        """Send a request."""
        headers = {**self._credentials(case.user), **case.all_headers}
        content = case.content
        if content and b"{csrf}" in content:
            content = content.replace(b"{csrf}", self._csrf.encode())
        root = "" if case.target.startswith("^") else self.server.api
        return self._send(case.method, root + case.target.lstrip("^"), content, headers)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, target: str, content: Optional[bytes], headers: Mapping[str, str]) -> Answer:
        for attempt in (1, 2):  # a server may close an idle connection at any time
            if self._connection is None:
                self._connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
            connection = self._connection
            try:
                connection.putrequest(method, target, skip_accept_encoding="Accept-Encoding" in headers)
                if content is not None or method in ("POST", "PUT", "PATCH"):
                    connection.putheader("Content-Length", str(len(content or b"")))
                for name, value in headers.items():
                    connection.putheader(name, value.encode("utf-8"))
                connection.endheaders(content)
                response = connection.getresponse()
                body = response.read()
                break
            except (OSError, http.client.HTTPException):
                self.close()
                if attempt == 2:
                    raise
        if response.will_close:
            self.close()
        received = [(name.lower(), value) for name, value in response.getheaders()]
        if response.headers.get("Content-Encoding") == "gzip" and body:
            body = gzip.decompress(body)
        return Answer(response.status, received, body)

    def _credentials(self, user: str) -> dict[str, str]:
        if user == "form":  # each use of the form needs a new one: a login ends the session
            return self._open_form()
        if user not in self._known:
            self._known[user] = self._new_credentials(user)
        return self._known[user]

    def _new_credentials(self, user: str) -> dict[str, str]:
        if not user:
            return {}
        common = {
            "basic": basic("admin", "admin-pw"),
            "basic-garbage": {"Authorization": "Basic !%$"},
            "wrong-password": basic("admin", "wrong"),
            "bearer": {"Authorization": "Bearer abc.def.ghi"},
            "scheme-alone": {"Authorization": "Basic" if self.server.major == 2 else "Bearer"},
        }
        if user in common:
            return common[user]
        return self._credentials_1(user) if self.server.major == 2 else self._credentials_3(user)

    def _credentials_1(self, user: str) -> dict[str, str]:
        if user in PASSWORDS:
            if "basic" in self.server.auth:
                return basic(user, PASSWORDS[user])
            return self._log_in(user)
        admin = basic("admin", "admin-pw")["Authorization"].partition(" ")[2]
        if user == "session-anonymous":
            return self._open_form()
        if user == "session-and-wrong-password":
            return {**self._log_in("admin"), **basic("admin", "wrong")}
        known = {
            "unknown-user": lambda: basic("ghost", "x"),
            "empty-password": lambda: basic("admin", ""),
            "upper-case": lambda: basic("ADMIN", "admin-pw"),
            "basic-empty": lambda: {"Authorization": "Basic "},
            "no-colon": lambda: {"Authorization": "Basic " + base64.b64encode(b"admin").decode()},
            "lower-case-scheme": lambda: {"Authorization": f"basic {admin}"},
            "two-spaces": lambda: {"Authorization": f"Basic  {admin}"},
            "session": lambda: self._log_in("admin"),
            "session-of-nobody": lambda: self._log_in("nobody"),
            "session-unknown": lambda: {"Cookie": "session=00000000-0000-0000-0000-000000000000.abc"},
        }
        return known[user]()

    def _open_form(self) -> dict[str, str]:
        answer = self._send("GET", "/login/", None, {})
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.body.decode())
        assert found, answer
        self._csrf = found[1]
        return cookie(answer)

    def _log_in(self, user: str) -> dict[str, str]:
        form = {"username": user, "password": PASSWORDS[user]}
        headers = self._open_form()
        body = urlencode({**form, "csrf_token": self._csrf}).encode()
        answer = self._send("POST", "/login/", body, {**headers, "Content-Type": FORM})
        assert answer.status == 302, answer
        return cookie(answer)

    def _credentials_3(self, user: str) -> dict[str, str]:
        if user == "xcoms-only" and self.server.auth == "simple":
            user = "nobody"
        if user in PASSWORDS:
            return {"Authorization": f"Bearer {self._token(user)}"}
        token = self._token("admin")
        claims = json.loads(decode(token.split(".")[1]))
        known = {
            "expired": lambda: self._sign({**claims, "exp": int(time.time()) - 3600}),
            "wrong-audience": lambda: self._sign({**claims, "aud": "other"}),
            "wrong-signature": lambda: f"{token[:-8]}AAAAAAAA",
            "no-expiry": lambda: self._sign({name: value for name, value in claims.items() if name != "exp"}),
            "not-yet-valid": lambda: self._sign({**claims, "nbf": int(time.time()) + 3600}),
            "unknown-subject": lambda: self._sign({**claims, "sub": "9999"}),
            "no-algorithm": lambda: f"{encode({'alg': 'none', 'typ': 'JWT'})}.{encode(claims)}.",
            "bearer-empty": lambda: "",
        }
        if user in known:
            return {"Authorization": f"Bearer {known[user]()}"}
        return {
            "lower-case-scheme": {"Authorization": f"bearer {token}"},
            "two-spaces": {"Authorization": f"Bearer  {token}"},
            "token-in-cookie": {"Cookie": f"_token={token}"},
            "cookie-of-garbage": {"Cookie": "_token=abc.def.ghi"},
        }[user]

    def _token(self, user: str) -> str:
        body = json.dumps({"username": user, "password": PASSWORDS[user]}).encode()
        answer = self._send("POST", "/auth/token", body, {"Content-Type": JSON})
        assert answer.status == 201, answer
        return str(json.loads(answer.body)["access_token"])

    def _sign(self, claims: dict[str, Any]) -> str:
        """Return a token that the server itself could have signed."""
        key = JWT_SECRET.encode()
        if self.server.embedded is not None:
            key = self.server.embedded._application._tokens._secret._key  # type: ignore[attr-defined]
        header = {"alg": "HS512", "kid": "not-used", "typ": "JWT"}
        text = f"{encode(header)}.{encode(claims)}"
        return f"{text}.{base64url(hmac.new(key, text.encode(), hashlib.sha512).digest())}"


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def cookie(answer: Answer) -> dict[str, str]:
    sent = [value.partition(";")[0] for name, value in answer.headers if name == "set-cookie"]
    return {"Cookie": "; ".join(sent)}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode(value: Any) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
