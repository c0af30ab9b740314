"""The embedded server: what a test fills and starts."""

from __future__ import annotations

import math
from types import TracebackType

from airflow_client.testing import releases
from airflow_client.testing.arguments import flag, text, whole
from airflow_client.testing.contents import Contents
from airflow_client.testing.http1 import HttpServer, Request, Response
from airflow_client.testing.releases import Credentials, Settings

_DAY = 86_400.0


class EmbeddedAirflow(Contents):
    """A real HTTP server on this machine that answers about XComs and DAG runs as an Airflow 2 or 3 does.

    It starts with no users and no XComs. Use it as a context manager, or call :meth:`start` and
    :meth:`stop`. XComs and users can be added before it starts and while it runs, from any thread,
    and they outlive :meth:`stop`: a server that is started again still has them, and still knows
    who is logged in.

    Args:
        version: The release to answer as: "2.10.5" or "2.11.2" (``/api/v1``), "3.0.6" or "3.3.2"
            (``/api/v2``).
        auth: How one logs in. Airflow 2: "basic" (the default), "session" (what Airflow 2 is
            delivered with: HTTP Basic is refused) or "basic,session". Airflow 3: "simple" (the
            default) or "fab", which differ in what ``POST /auth/token`` refuses and in who may
            write.
        host: The address to listen on. The default can be reached from this machine only.
        port: The port to listen on; 0, the default, takes a free one at each start.
        maximum_page_limit: The most rows in a page of a list, 100 by default; a higher ``limit`` is
            silently cut to it. Airflow 3.0 does not cut.
        deserialize_support: Whether an Airflow 2 answers ``deserialize=true``, or refuses it (the
            default, also Airflow's).
        token_lifetime: For how many seconds a token of an Airflow 3 is valid; a day by default.

    Attributes:
        requests: ``(method, target)`` of each request in the order of their coming, the target
            being what stood in the request line, as in ``("GET", "/api/v1/version?a=%20")``. It is
            noted before the answer is sent, so a client that has its answer finds its request here.
            A plain list: read it, ``clear()`` it.

    Raises:
        TypeError: An argument has the wrong type; the message names it.
        ValueError: An argument has an impossible value; the message names it.
    """

    requests: list[tuple[str, str]]

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
    ) -> None:
        if text("version", version) not in releases.VERSIONS:
            known = ", ".join(sorted(releases.VERSIONS))
            raise ValueError(f"version must be one of {known}, not {version!r}")
        known_auths = releases.auths(version)
        auth = known_auths[0] if auth is None else ",".join(sorted(text("auth", auth).replace(" ", "").split(",")))
        if auth not in known_auths:
            raise ValueError(f"auth must be one of {' | '.join(known_auths)} for Airflow {version}, not {auth!r}")
        if not isinstance(token_lifetime, (int, float)) or isinstance(token_lifetime, bool):
            raise TypeError(f"token_lifetime must be a number, not {type(token_lifetime).__name__}")
        if not (math.isfinite(token_lifetime) and token_lifetime >= 0):
            raise ValueError(f"token_lifetime must be a number of seconds, not {token_lifetime}")
        third = version.startswith("3.")
        super().__init__(releases.serializer(version), simple_auth=auth == "simple", undated=third)
        self.requests = []
        self._version = version
        self._address = text("host", host)
        self._port = whole("port", port, minimum=0, maximum=65535)
        self._settings = Settings(
            auth=auth,
            maximum_page_limit=whole("maximum_page_limit", maximum_page_limit, minimum=1),
            deserialize_support=flag("deserialize_support", deserialize_support),
            token_lifetime=float(token_lifetime),
        )
        self._credentials = Credentials(self._users, version, self._settings)
        self._server: HttpServer | None = None

    # -------------------------------------------------------------------------- running

    def start(self) -> EmbeddedAirflow:
        """Listen and answer, in threads of its own.

        Returns:
            Itself.

        Raises:
            RuntimeError: It runs already.
            OSError: The address cannot be listened on.
        """
        if self._server is not None:
            raise RuntimeError("the embedded server runs already")
        api = releases.build(self._version, self._settings, self._store, self._users, self._credentials)

        def answer(request: Request) -> Response:
            self.requests.append((request.method, request.target))
            return api.handle(request)

        self._server = HttpServer(answer, self._address, self._port, releases.manners(self._version))
        return self

    def stop(self) -> None:
        """Close the listening socket and every connection, and wait for all its threads to end.

        Requests that are being answered are cut off. Stopping a server that does not run does
        nothing.
        """
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> EmbeddedAirflow:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def base_url(self) -> str:
        """The root of the server, "http://127.0.0.1:PORT".

        Raises:
            RuntimeError: The server does not run.
        """
        if self._server is None:
            raise RuntimeError("the embedded server does not run: start() it, or use it in a with")
        address = f"[{self._address}]" if ":" in self._address else self._address
        return f"http://{address}:{self._server.port}"

    @property
    def host(self) -> str:
        """The API's root, such as "http://127.0.0.1:PORT/api/v1": what ``Configuration(host=…)`` takes.

        Raises:
            RuntimeError: The server does not run.
        """
        return f"{self.base_url}{releases.prefix(self._version)}"

    # -------------------------------------------------------------------------- logging out

    def revoke_tokens(self) -> None:
        """Make all tokens given so far invalid, as when an Airflow 3 gets another secret: 403."""
        self._credentials.tokens.revoke()

    def expire_sessions(self) -> None:
        """End all sessions of an Airflow 2: requests with their cookies are those of strangers again."""
        self._credentials.sessions.expire()
