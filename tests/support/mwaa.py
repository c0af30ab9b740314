"""A stub of Amazon MWAA: three operations of its API, and a web server with its login. It is not MWAA.

Checked against the API's description in botocore and Amazon's documentation; the statuses of refused logins are not
documented.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlencode
from urllib.request import Request, urlopen

from airflow_client.testing.tls import Tls
from tests.support.front import Front, Received, Reply

#: Documented for InvokeRestApi.
PATH_LIMIT = 64


class MwaaStub:
    """One environment: the operations of Amazon's API, and the web server in front of an embedded Airflow.

    :param airflow: the embedded server; it needs a user ``admin`` with the password ``admin``.
    :ivar web: front that answers the login, and passes on the rest.
    :ivar logins: number of logins.
    :ivar denies: True denies the user all operations.
    """

    def __init__(self, airflow: Any, tls: Tls) -> None:
        self._base_url: str = airflow.base_url
        self._is_3 = airflow.host.endswith("/api/v2")
        self._host: str = airflow.host
        self._login_path = "/pluginsv2/aws_mwaa/login" if self._is_3 else "/aws_mwaa/login"
        self._web_tokens: dict[str, float] = {}
        self._sessions: set[str] = set()
        self.logins = 0
        self.denies = False
        self.web = Front(self._base_url, self._answer_web, context=tls.context)

    def end_sessions(self) -> None:
        """End all sessions of Airflow 2."""
        self._sessions.clear()

    def answer_api(self, request: Received) -> Reply:
        """Answer a request to Amazon's API."""
        if not (request.headers.get("Authorization") or "").startswith("AWS4-HMAC-SHA256 ") or self.denies:
            return _error(403, "AccessDeniedException", {"Message": "not authorized"})
        operation = request.path.split("/")[1]
        if operation == "environments":
            return Reply(200, {"Environment": {"WebserverUrl": self.web.netloc}})
        if operation == "webtoken":
            token = secrets.token_urlsafe(200)
            self._web_tokens[token] = time.monotonic() + 60
            return Reply(200, {"WebServerHostname": self.web.netloc, "WebToken": token})
        assert operation == "restapi", request.path
        return self._invoke(json.loads(request.body))

    def _invoke(self, given: dict[str, Any]) -> Reply:
        if len(given["Path"]) > PATH_LIMIT:
            message = "Value at 'path' failed to satisfy constraint: Member must have length less than or equal to 64"
            return _error(400, "ValidationException", {"message": message})
        url = self._host + quote(unquote(given["Path"]), safe="/~")
        if given.get("QueryParameters"):
            url += "?" + urlencode(given["QueryParameters"], doseq=True)
        body = json.dumps(given["Body"]).encode() if "Body" in given else None
        headers = {"Content-Type": "application/json", "Authorization": self._authorization()}
        try:
            with urlopen(Request(url, body, headers, method=given["Method"]), timeout=10) as response:
                return Reply(200, {"RestApiStatusCode": response.status, "RestApiResponse": json.load(response)})
        except HTTPError as error:
            with error:
                data = {"RestApiStatusCode": error.code, "RestApiResponse": json.load(error)}
            return _error(400, f"RestApi{'Client' if error.code < 500 else 'Server'}Exception", data)

    def _answer_web(self, request: Received) -> Reply | dict[str, str | None]:
        if (request.method, request.path) == ("POST", self._login_path):
            if self._web_tokens.pop(request.form().get("token", ""), 0.0) < time.monotonic():
                return Reply(403)
            self.logins += 1
            if self._is_3:
                return Reply(200, headers=(("Set-Cookie", f"_token={self._token()}; Path=/; Secure"),))
            self._sessions.add(session := secrets.token_urlsafe(40))
            return Reply(200, headers=(("Set-Cookie", f"session={session}; Path=/; Secure; HttpOnly"),))
        if self._is_3 or request.cookie("session") not in self._sessions:
            return {}
        return {"Cookie": None, "Authorization": self._authorization()}

    def _authorization(self) -> str:
        return f"Bearer {self._token()}" if self._is_3 else "Basic " + base64.b64encode(b"admin:admin").decode()

    def _token(self) -> str:
        body = json.dumps({"username": "admin", "password": "admin"}).encode()
        with urlopen(Request(f"{self._base_url}/auth/token", body, {"Content-Type": "application/json"})) as response:
            return str(json.load(response)["access_token"])


def _error(status: int, name: str, data: dict[str, Any]) -> Reply:
    return Reply(status, data, (("x-amzn-ErrorType", name),))


@contextmanager
def running(**airflows: Any) -> Iterator[tuple[dict[str, MwaaStub], dict[str, str]]]:
    """Run environments by name (``_`` for ``-``); also yields the variables with which boto3 and requests find them."""
    tls = Tls("127.0.0.1")
    stubs = {name.replace("_", "-"): MwaaStub(airflow, tls) for name, airflow in airflows.items()}
    # One endpoint for all, as Amazon's.
    endpoint = Front("http://unused", lambda request: stubs[request.path.split("/")[2]].answer_api(request))
    variables = {
        "AWS_ENDPOINT_URL_MWAA": endpoint.url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_MAX_ATTEMPTS": "1",
        "REQUESTS_CA_BUNDLE": tls.ca_file,
    }
    with endpoint:
        for stub in stubs.values():
            stub.web.__enter__()
        try:
            yield stubs, variables
        finally:
            for stub in stubs.values():
                stub.web.__exit__()
