"""The embedded server: what a test fills and starts."""

from __future__ import annotations

import datetime as dt
from types import TracebackType
from typing import Any

from airflow_client.testing.api_v1 import FLAVOURS, ApiV1
from airflow_client.testing.arguments import date_within, flag, identify, instant, now, text, whole
from airflow_client.testing.http1 import HttpServer, Request, Response
from airflow_client.testing.sample import fill
from airflow_client.testing.serialization import serialize
from airflow_client.testing.store import Entry, Store
from airflow_client.testing.users import ROLES, Users


class EmbeddedAirflow:
    """A real HTTP server on this machine that answers ``/api/v1`` about XComs as an Airflow 2 does.

    It starts with no users and no XComs. Use it as a context manager, or call :meth:`start` and
    :meth:`stop`. XComs and users can be added before it starts and while it runs, from any thread,
    and they outlive :meth:`stop`: a server that is started again still has them.

    Args:
        version: The release to answer as: "2.11.2" or "2.10.5". They differ in what strangers are
            told (403 or 401), and in their documentation's address within errors.
        host: The address to listen on. The default can be reached from this machine only.
        port: The port to listen on; 0, the default, takes a free one at each start.
        maximum_page_limit: The most rows in a page of a list, 100 by default; a higher ``limit`` is
            silently cut to it.
        deserialize_support: Whether ``deserialize=true`` is answered, or refused (the default, also
            Airflow's).

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
        host: str = "127.0.0.1",
        port: int = 0,
        maximum_page_limit: int = 100,
        deserialize_support: bool = False,
    ) -> None:
        if text("version", version) not in FLAVOURS:
            known = ", ".join(sorted(FLAVOURS))
            raise ValueError(f"version must be one of {known}, not {version!r}")
        self.requests = []
        self._version = version
        self._address = text("host", host)
        self._port = whole("port", port, minimum=0, maximum=65535)
        self._maximum_page_limit = whole("maximum_page_limit", maximum_page_limit, minimum=1)
        self._deserialize_support = flag("deserialize_support", deserialize_support)
        self._store = Store()
        self._users = Users()
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
        api = ApiV1(
            FLAVOURS[self._version],
            self._store,
            self._users,
            maximum_page_limit=self._maximum_page_limit,
            deserialize_support=self._deserialize_support,
        )

        def answer(request: Request) -> Response:
            self.requests.append((request.method, request.target))
            return api.handle(request)

        self._server = HttpServer(answer, self._address, self._port)
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
        """The API's root, "http://127.0.0.1:PORT/api/v1": what ``Configuration(host=…)`` takes.

        Raises:
            RuntimeError: The server does not run.
        """
        return f"{self.base_url}/api/v1"

    # -------------------------------------------------------------------------- filling

    def add_user(self, username: str, password: str, role: str = "Admin") -> None:
        """Add a user who may log in with HTTP Basic, or change one.

        Args:
            username: The name; upper and lower case are the same, as in Airflow.
            password: The password; an empty one never logs in.
            role: "Admin" (the default), "Op", "User" and "Viewer" may read XComs; "Public" is
                answered 403.

        Raises:
            TypeError: An argument is not a str.
            ValueError: ``username`` is empty or has a colon in it, or ``role`` is none of the
                above.
        """
        if ":" in text("username", username) or not username:
            raise ValueError(f"username must not be empty, nor have a colon in it: {username!r}")
        if text("role", role) not in ROLES:
            raise ValueError(f"role must be one of {', '.join(ROLES)}, not {role!r}")
        self._users.add(username, text("password", password), role)

    def add_xcom(
        self,
        dag_id: str,
        run_id: str,
        task_id: str,
        key: str,
        value: Any,
        *,
        map_index: int = -1,
        execution_date: dt.datetime | str | None = None,
        timestamp: dt.datetime | str | None = None,
    ) -> None:
        """Push an XCom, as a task would; an earlier one under the same key is replaced.

        Args:
            dag_id: The DAG.
            run_id: The run, such as "manual__2024-01-01T00:00:00+00:00".
            task_id: The task.
            key: The key; "return_value" is what a task returns.
            value: Anything that Airflow 2 can push. It is stored as Airflow stores it, and told
                accordingly: a tuple, say, as the text "(1,2)".
            map_index: Which instance of a mapped task pushed; -1, the default, for a task that is
                not mapped.
            execution_date: The logical date of the run: an aware datetime or ISO 8601 text with an
                offset. By default the date within the run id, or now. A run keeps the date of its
                first XCom.
            timestamp: When it was pushed, in the same forms; now by default.

        Raises:
            TypeError: An argument has the wrong type, or Airflow 2 refuses to push ``value``.
            ValueError: An id or the key is empty or is no valid Unicode, ``map_index`` is below -1,
                a date has no offset or cannot be read, or the run has another execution date
                already.
        """
        identify(dag_id, run_id, task_id, key, map_index)
        entry = Entry(
            dag_id=dag_id,
            execution_date=self._date_of_run(dag_id, run_id, execution_date),
            key=key,
            map_index=map_index,
            task_id=task_id,
            timestamp=now() if timestamp is None else instant("timestamp", timestamp),
            value=serialize(value),
        )
        self._store.put(entry, run_id)

    def delete_xcom(self, dag_id: str, run_id: str, task_id: str, key: str, *, map_index: int = -1) -> bool:
        """Remove an XCom.

        Args:
            dag_id: The DAG.
            run_id: The run.
            task_id: The task.
            key: The key.
            map_index: Which instance of a mapped task; -1, the default, for a task that is not
                mapped.

        Returns:
            Whether there was one.

        Raises:
            TypeError: An argument has the wrong type.
            ValueError: An id or the key is empty or is no valid Unicode, or ``map_index`` is below
                -1.
        """
        identify(dag_id, run_id, task_id, key, map_index)
        return self._store.delete(dag_id, run_id, task_id, key, map_index)

    def add_sample_data(self) -> None:
        """Add XComs to play with: of three small DAGs, of many kinds, with a mapped task."""
        fill(self.add_xcom)

    def _date_of_run(self, dag_id: str, run_id: str, given: dt.datetime | str | None) -> str:
        known = self._store.execution_date(dag_id, run_id)
        if given is None:
            return known or date_within(run_id) or now()
        date = instant("execution_date", given)
        if known is not None and date != known:
            raise ValueError(f"execution_date of {run_id!r} is {known} already, not {date}")
        return date
