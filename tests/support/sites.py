"""Stubs of the endpoints that the pages in ``docs/sites`` describe, in front of embedded servers."""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Optional
from urllib.request import Request, urlopen

from airflow_client.testing import EmbeddedAirflow
from airflow_client.testing.tls import Tls
from tests.support import mwaa
from tests.support.front import Front, Received, Reply
from tests.support.keycloak import signed_jwt

#: Addresses in the pages -> real ones, and variables of the environment.
Surroundings = tuple[dict[str, str], dict[str, str]]
Airflows = dict[str, EmbeddedAirflow]

BASIC = "Basic " + base64.b64encode(b"admin:admin").decode()


def token_of(airflow: EmbeddedAirflow) -> str:
    """Return a token of an embedded Airflow 3 for its user ``admin``."""
    body = json.dumps({"username": "admin", "password": "admin"}).encode()
    request = Request(f"{airflow.base_url}/auth/token", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as response:
        return str(json.load(response)["access_token"])


@contextmanager
def nothing(airflows: Airflows) -> Iterator[Surroundings]:
    yield {}, {}


@contextmanager
def mwaa_environments(airflows: Airflows) -> Iterator[Surroundings]:
    with mwaa.running(my_environment=airflows["3.3.2"], my_airflow_2=airflows["2.11.2"]) as (_, variables):
        yield {}, variables


class GoogleStub:
    """A stub of Google's token endpoint for service accounts.

    :ivar tokens: the tokens that it issued.
    :ivar audiences: the audience of each identity token.
    """

    def __init__(self, lifetime: int = 3600) -> None:
        self.tokens: list[str] = []
        self.audiences: list[str] = []
        self._lifetime = lifetime
        self.front = Front("http://unused", self._answer)

    def _answer(self, request: Received) -> Reply:
        form = request.form()
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return Reply(400, {"error": "unsupported_grant_type"})
        payload = form["assertion"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if "target_audience" in claims:
            self.audiences.append(claims["target_audience"])
            self.tokens.append(
                signed_jwt("key", self._lifetime, aud=claims["target_audience"], number=len(self.tokens))
            )
            return Reply(200, {"id_token": self.tokens[-1]})
        self.tokens.append(f"ya29.{len(self.tokens)}")
        return Reply(200, {"access_token": self.tokens[-1], "expires_in": self._lifetime, "token_type": "Bearer"})


@contextmanager
def google_account(stub: GoogleStub) -> Iterator[dict[str, str]]:
    """Run the endpoint; yields the variables that name a service account of it."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with stub.front, tempfile.TemporaryDirectory() as folder:
        account = {
            "type": "service_account",
            "project_id": "project",
            "client_email": "reports@project.iam.gserviceaccount.com",
            "private_key_id": "1",
            "private_key": key.decode(),
            "token_uri": f"{stub.front.url}/token",
        }
        file = Path(folder, "account.json")
        file.write_text(json.dumps(account), encoding="utf-8")
        yield {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}


def google_login(stub: GoogleStub, header: str, sign: dict[str, Optional[str]]) -> Callable[[Received], Any]:
    """Return the answer of a front that wants a token of Google, and redirects others to a login page."""

    def answer(request: Received) -> Any:
        scheme, _, token = (request.headers.get(header) or "").partition(" ")
        if scheme != "Bearer" or token not in stub.tokens:
            return Reply(302, headers=(("Location", "https://accounts.google.com/o/oauth2/v2/auth"),))
        return {header: None, **sign}

    return answer


@contextmanager
def composer(airflows: Airflows) -> Iterator[Surroundings]:
    """A web server of Composer, and a ``gcloud`` that prints a token for it."""
    stub, tls, airflow = GoogleStub(), Tls("127.0.0.1"), airflows["2.11.2"]
    stub.tokens.append("ya29.of-gcloud")
    web = Front(airflow.base_url, google_login(stub, "Authorization", {"Authorization": BASIC}), context=tls.context)
    with web, google_account(stub) as variables, tempfile.TemporaryDirectory() as folder:
        gcloud = Path(folder, "gcloud")
        gcloud.write_text('#!/bin/sh\n[ "$*" = "auth print-access-token" ] && echo ya29.of-gcloud\n', encoding="utf-8")
        gcloud.chmod(0o755)
        path = os.pathsep.join([folder, str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        documented = "https://example-dot-europe-west1.composer.googleusercontent.com"
        yield {documented: web.url}, {**variables, "PATH": path, "REQUESTS_CA_BUNDLE": tls.ca_file}


@contextmanager
def proxies(airflows: Airflows) -> Iterator[Surroundings]:
    """IAP with and without Airflow's own login, and an oauth2-proxy."""
    stub, tls = GoogleStub(), Tls("127.0.0.1")
    airflow_2, airflow_3 = airflows["2.11.2"].base_url, airflows["3.3.2"].base_url

    def oauth2_proxy(request: Received) -> Any:
        bearer = request.headers.get("Authorization") == "Bearer token-of-the-company"
        if bearer or request.cookie("_oauth2_proxy") == "value":
            return {"Authorization": None} if bearer else {}
        return Reply(302, headers=(("Location", "https://login.example.com/authorize"),))

    fronts = {
        "https://iap.example.com": Front(
            airflow_2, google_login(stub, "Authorization", {"Authorization": BASIC}), context=tls.context
        ),
        "https://airflow.example.com": Front(
            airflow_3, google_login(stub, "Proxy-Authorization", {}), context=tls.context
        ),
        "https://oauth2-proxy.example.com": Front(airflow_3, oauth2_proxy, context=tls.context),
        "https://oauth2-proxy-2.example.com": Front(airflow_2, oauth2_proxy, context=tls.context),
    }
    with google_account(stub) as variables:
        with fronts_running(fronts.values()):
            addresses = {documented: front.url for documented, front in fronts.items()}
            yield addresses, {**variables, "REQUESTS_CA_BUNDLE": tls.ca_file}


@contextmanager
def fronts_running(fronts: Any) -> Iterator[None]:
    started = [front.__enter__() for front in fronts]
    try:
        yield
    finally:
        for front in started:
            front.__exit__()


@contextmanager
def astro(airflows: Airflows) -> Iterator[Surroundings]:
    def answer(request: Received) -> Any:
        if request.headers.get("Authorization") != "Bearer token-of-the-deployment":
            return Reply(401, {"detail": "Unauthorized"})
        return {"Authorization": f"Bearer {token_of(airflows['3.3.2'])}"}

    tls = Tls("127.0.0.1")
    with Front(airflows["3.3.2"].base_url, answer, prefix="/dqsd7v9r", context=tls.context) as web:
        variables = {"ASTRO_API_TOKEN": "token-of-the-deployment", "REQUESTS_CA_BUNDLE": tls.ca_file}
        yield {"https://company.astronomer.run/dqsd7v9r": web.url}, variables


@contextmanager
def kubernetes(airflows: Airflows) -> Iterator[Surroundings]:
    def virtual_host(request: Received) -> Any:
        return {} if request.headers["Host"] == "airflow.example.com" else Reply(404, {"detail": "default backend"})

    tls, upstream = Tls("airflow.example.com"), airflows["3.3.2"].base_url
    ingress = Front(upstream, prefix="/team-a/airflow", context=tls.context)
    with ingress, Front(upstream, virtual_host, context=tls.context) as ip:
        addresses = {
            "https://airflow.example.com/team-a/airflow": ingress.url,
            "/etc/ssl/company-ca.pem": tls.ca_file,
            "https://10.0.0.10": ip.url,
        }
        yield addresses, {}


@contextmanager
def keycloak(airflows: Airflows) -> Iterator[Surroundings]:
    """``/auth/token`` of the Keycloak auth manager, which also takes the credentials of a client."""
    airflow = airflows["3.3.2"]

    def answer(request: Received) -> Any:
        if request.path != "/auth/token":
            return {}
        given = json.loads(request.body)
        person = {"username": "reader", "password": "password-in-keycloak"}
        client = {"grant_type": "client_credentials", "client_id": "reports", "client_secret": "client-secret"}
        if given not in (person, client):
            return Reply(401, {"detail": "Invalid credentials"})
        return Reply(201, {"access_token": token_of(airflow)})

    with Front(airflow.base_url, answer) as web:
        yield {"http://airflow.example.com": web.url}, {}


#: The surroundings of each page, and the libraries that it needs.
PAGES: dict[str, tuple[Callable[[Airflows], AbstractContextManager[Surroundings]], tuple[str, ...]]] = {
    "docs/sites/astronomer.md": (astro, ("trustme",)),
    "docs/sites/composer.md": (composer, ("google.auth", "requests", "trustme")),
    "docs/sites/keycloak.md": (keycloak, ()),
    "docs/sites/kubernetes.md": (kubernetes, ("trustme",)),
    "docs/sites/mwaa.md": (mwaa_environments, ("boto3", "requests", "trustme")),
    "docs/sites/sso-proxies.md": (proxies, ("google.auth", "requests", "trustme")),
}
