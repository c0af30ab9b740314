"""Embedded server: start, stop and settings."""

from __future__ import annotations

import os
import time
from types import TracebackType

from airflow_client.testing.application import Request, Response, Settings
from airflow_client.testing.fault_injection import FaultInjection
from airflow_client.testing.fixtures import Fixtures
from airflow_client.testing.http_server import HttpServer
from airflow_client.testing.releases import RELEASES, Release, newest
from airflow_client.testing.request_log import RecordedRequest, record
from airflow_client.testing.since import numbers
from airflow_client.testing.store import Store
from airflow_client.testing.tls import Tls
from airflow_client.testing.validation import check_bool, check_filled, check_int, check_number, check_path, check_str
from airflow_client.testing.worker_thread import run_in_thread

_DAY = 86_400.0


class EmbeddedAirflow(Fixtures, FaultInjection):
    """HTTP server on this machine that answers about XComs, DAGs and their runs as Airflow 2 or 3 does.

    It starts without users and XComs. Use it with ``with`` or ``async with``, or call :meth:`start` and
    :meth:`stop`. Any thread may add users and XComs, before it starts and while it runs. They survive :meth:`stop`, as
    do sessions and tokens.

    :param version: release to answer as: "2.4.3", "2.6.3", "2.7.3", "2.8.4", "2.9.3", "2.10.5" or "2.11.2"
        (``/api/v1``), "3.0.6", "3.1.8", "3.2.2" or "3.3.2" (``/api/v2``).
        A minor version, such as "3.3", is its newest release in this list.
    :param auth: way to log in. Airflow 2: "basic" (the default), "session" (Airflow 2's own default, which refuses
        HTTP Basic) or "basic,session". Airflow 3: "simple" (the default) or "fab", the auth managers; they differ in
        the requests that ``POST /auth/token`` refuses, and in who may write.
    :param host: address to listen on. Only this machine can reach the default.
    :param port: port to listen on; 0, the default, takes a free one at each start.
    :param maximum_page_limit: most rows in a page of a list; a higher ``limit`` is silently lowered to it, except on
        Airflow 3.0.
    :param deserialize_support: whether Airflow 2.7 and later accept ``deserialize=true``; by default they refuse it.
    :param token_lifetime: seconds for which a token of Airflow 3 is valid; a day by default.
    :param tls: whether it speaks HTTPS, with a certificate of an authority of its own; needs trustme, which the extra
        ``testing`` installs. Let clients trust ``ca_certificate``.
    :param record_credentials: whether ``requests`` shows credentials and the bodies of logins; by default, they are
        ``<hidden>``.
    :param database: file in which the server keeps DAGs, runs and XComs, so that they survive the end of the program.
        It does not hold users, sessions and tokens. By default, all data is in memory.
    :ivar version: release that it answers as.
    :ivar requests: record of each request in order of arrival. A request is recorded before it is answered. You can
        ``clear()`` the list.
    :raises TypeError: an argument has the wrong type; the message names it.
    :raises ValueError: an argument has an invalid value; the message names it.
    :raises OSError: ``database`` cannot be opened.
    :raises ImportError: ``tls`` is set, and trustme is not installed.
    """

    version: str
    requests: list[RecordedRequest]

    def __init__(
        self,
        version: str = "2.11.2",
        *,
        auth: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        maximum_page_limit: int = 100,
        deserialize_support: bool = False,
        token_lifetime: float = _DAY,
        tls: bool = False,
        record_credentials: bool = False,
        database: str | os.PathLike[str] | None = None,
    ) -> None:
        self.version = version = newest(check_str("version", version))
        self._release: Release = RELEASES[version]
        auths = self._release.auths
        auth = auths[0] if auth is None else ",".join(sorted(check_str("auth", auth).replace(" ", "").split(",")))
        if auth not in auths:
            raise ValueError(f"auth must be one of {' | '.join(auths)} for Airflow {version}, not {auth!r}")
        store = Store() if database is None else Store(check_path("database", database), self._release.prefix)
        simple_auth, dateless_runs = auth == "simple", version.startswith("3.")
        Fixtures.__init__(self, self._release.serialize, store, simple_auth=simple_auth, dateless_runs=dateless_runs)
        FaultInjection.__init__(self, store, self._release.prefix)
        self.requests = []
        self._records_credentials = check_bool("record_credentials", record_credentials)
        self._address = check_filled("host", host)
        self._tls = Tls(host) if check_bool("tls", tls) else None
        self._port = check_int("port", port, minimum=0, maximum=65535)
        self._settings = Settings(
            release=numbers(version),
            auth=auth,
            maximum_page_limit=check_int("maximum_page_limit", maximum_page_limit, minimum=1),
            deserialize_support=check_bool("deserialize_support", deserialize_support),
            token_lifetime=check_number("token_lifetime", token_lifetime),
            triggered=self._run_triggered,
        )
        self._application = self._release.application(self._store, self._users, self._settings)
        self._server: HttpServer | None = None

    def start(self) -> EmbeddedAirflow:
        """Start to listen and answer, in threads of its own.

        :returns: itself.
        :raises RuntimeError: it already runs.
        :raises OSError: it cannot listen on the address.
        """
        if self._server is not None:
            raise RuntimeError("the embedded server already runs")
        self._settings.stopped.clear()
        self._faults.stop(False)
        context = None if self._tls is None else self._tls.context
        self._server = HttpServer(self._respond, self._address, self._port, self._release.profile, context)
        return self

    def stop(self) -> None:
        """Close the listening socket and every connection, and wait for the threads to end.

        Pending requests are cut off. Stopping a server that does not run does nothing.
        """
        server, self._server = self._server, None
        if server is not None:
            self._settings.stopped.set()
            self._faults.stop(True)
            server.stop()

    def __enter__(self) -> EmbeddedAirflow:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> EmbeddedAirflow:
        try:
            await run_in_thread(self.start)
        except Exception:
            raise
        except BaseException:  # cancelled: the server may have started
            self.stop()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await run_in_thread(self.stop)

    @property
    def base_url(self) -> str:
        """Root of the server, "http://127.0.0.1:PORT", or "https://…" with ``tls``.

        :raises RuntimeError: the server does not run.
        """
        if self._server is None:
            raise RuntimeError("the embedded server does not run: call start(), or use it in a with statement")
        address = f"[{self._address}]" if ":" in self._address else self._address
        return f"{'http' if self._tls is None else 'https'}://{address}:{self._server.port}"

    @property
    def host(self) -> str:
        """Root of the API for ``Configuration(host=…)``, such as "http://127.0.0.1:PORT/api/v1".

        :raises RuntimeError: the server does not run.
        """
        return f"{self.base_url}{self._release.prefix}"

    @property
    def ca_certificate(self) -> str:
        """Path of a PEM file with the certificate that clients must trust, for ``Configuration(ssl_ca_cert=…)``.

        :raises RuntimeError: the server has no TLS.
        """
        if self._tls is None:
            raise RuntimeError("the embedded server has no TLS: create it with tls=True")
        return self._tls.ca_file

    def revoke_tokens(self) -> None:
        """Make all tokens of Airflow 3 invalid, as a new signing secret would: 403."""
        self._application.revoke_tokens()

    def expire_tokens(self) -> None:
        """Let all tokens of Airflow 3 expire: 401."""
        self._application.expire_tokens()

    def expire_sessions(self) -> None:
        """End all sessions of Airflow 2: requests with their cookies become anonymous."""
        self._application.expire_sessions()

    def reset(self) -> None:
        """Remove all users, data, callbacks, faults and recorded requests, and end all sessions and tokens.

        The server keeps running, with its port and its open connections. So a test suite can share one server.
        """
        self._faults.clear()
        self._clear()
        self._application.revoke_tokens()
        self._application.expire_sessions()
        self.requests.clear()

    def _respond(self, request: Request) -> Response:
        started, recorded = time.monotonic(), record(request, with_credentials=self._records_credentials)
        self.requests.append(recorded)
        status: int | None = 500
        try:
            response = self._faults.respond(request, self._application.respond)
            status = None if response.delivery.raw is not None else response.status
        finally:
            recorded.duration = time.monotonic() - started
            recorded.status = status
        return response
