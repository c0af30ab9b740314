"""The servers of the contract suite: the embedded server, or a real Airflow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Optional

from airflow_client.testing import EmbeddedAirflow
from tests.contract import dataset, triggered

#: Releases and the way to log in: the ``auth_backends`` of Airflow 2, the auth manager of Airflow 3.
#: The first of each release is the one that most tests use.
FLAVOURS = ("2.10.5", "2.11.2", "2.11.2-session", "2.11.2-basic,session", "3.0.6", "3.3.2", "3.3.2-fab")
#: Other releases: the embedded server answers as these in the tests marked ``every_release`` alone.
OTHER_RELEASES = ("2.4.3", "2.6.3", "2.7.3", "2.8.4", "2.9.3", "3.1.8", "3.2.2")


#: Databases of real servers beside SQLite: ``3.3.2-postgresql``, ``3.3.2-fab-postgresql``.
DATABASES = ("postgresql", "mariadb")
#: Releases whose real servers can have a scheduler.
SCHEDULED = ("2.11.2", "3.3.2")


def parse_flavour(flavour: str) -> tuple[str, str, str]:
    """Return the release, the way to log in, and the database."""
    version, *options = flavour.split("-")
    database = options.pop() if options and options[-1] in DATABASES else "sqlite"
    return version, options[0] if options else "basic" if version.startswith("2.") else "simple", database


#: For ``pytest.mark.airflow``: all releases but the oldest.
SINCE_2_7 = ("2.7", "2.8", "2.9", "2.1", "3.")
SINCE_2_5 = ("2.6", *SINCE_2_7)


class Server:
    """A server that holds :mod:`tests.contract.dataset`, and what to expect of it.

    :ivar url: the root of Airflow, for ``Configuration(host=…)``.
    :ivar version: the release of Airflow.
    :ivar release: its numbers, to compare.
    :ivar auth: the way to log in.
    :ivar database: the kind of its database: ``sqlite``, ``postgresql`` or ``mariadb``.
    :ivar database_url: the URL of a real server's database; None for the embedded server.
    :ivar embedded: the embedded server; None for a real one.
    """

    def __init__(
        self,
        url: str,
        version: str,
        auth: str,
        database: str = "sqlite",
        database_url: Optional[str] = None,
        embedded: Optional[EmbeddedAirflow] = None,
    ) -> None:
        self.url = url
        self.database = database
        self.database_url = database_url
        self.embedded = embedded
        self.version = version
        self.release = tuple(map(int, version.split(".")))
        self.auth = auth
        self.major = int(version.partition(".")[0])
        self.api = "/api/v1" if self.major == 2 else "/api/v2"

    @property
    def refusal(self) -> int:
        """The status without credentials: some releases give the caller the public role instead."""
        return 403 if self.gives_public_role else 401

    @property
    def gives_public_role(self) -> bool:
        return self.release[:2] in ((2, 9), (2, 11))

    @property
    def sends_json(self) -> bool:
        """True if the server can send values as JSON: it has the parameter ``stringify``."""
        return self.release >= (2, 10)

    @property
    def json_parameters(self) -> dict[str, Any]:
        """The parameters of a read whose value is JSON if the server can send JSON."""
        return {"stringify": False} if self.sends_json else {}

    def sent(self, value: Any) -> Any:
        """Return the value of such a read."""
        return value if self.sends_json else str(value)

    @property
    def knows_map_index(self) -> bool:
        """True if XComs have a ``map_index``; the lists of earlier releases have no filters either."""
        return self.release >= (2, 7)

    @property
    def has_notes(self) -> bool:
        """True if DAG runs have notes."""
        return self.release >= (2, 5)

    @property
    def takes_slashes(self) -> bool:
        """True if a key may have slashes."""
        return self.release >= (3, 1) or (2, 10) <= self.release < (3,)

    @property
    def has_stable_order(self) -> bool:
        """True if the order of lists is total."""
        return self.release >= (2, 9)

    @property
    def refused_kinds(self) -> dict[str, Any]:
        """The values that this release refuses when a task pushes them."""
        return dataset.refused_by(self.version, self.database)

    @property
    def kinds(self) -> dict[str, Any]:
        """The values that the task ``kinds`` has stored."""
        everything = dataset.TASKS["contract"]["kinds"]
        return {key: value for key, value in everything.items() if key not in self.refused_kinds}

    @property
    def odd_keys(self) -> list[str]:
        """The odd keys that the database has stored."""
        return [key for key in dataset.ODD_KEYS if key not in self.refused_kinds]

    @property
    def default_limit(self) -> int:
        return 100 if self.major == 2 else 50

    @property
    def page_limit(self) -> Optional[int]:
        """The maximum number of rows of a page; None for no maximum."""
        return None if self.release[:2] == (3, 0) else 100

    @property
    def poll_interval(self) -> float:
        """Seconds between two reads while a test waits: a real server takes longer to respond."""
        return 0.2 if self.embedded is None else 0.05

    @property
    def knows_roles(self) -> bool:
        """True if a site can create a role that may read XComs alone: up to 2.7, they need more permissions."""
        return self.auth != "simple" and self.release >= (2, 8)

    @property
    def takes_basic(self) -> bool:
        return "basic" in self.auth


@contextlib.contextmanager
def embedded(version: str, auth: str, *, deserialize_support: bool = False) -> Iterator[Server]:
    with EmbeddedAirflow(version, auth=auth, deserialize_support=deserialize_support) as airflow:
        server = Server(airflow.base_url, version, auth, embedded=airflow)
        fill(airflow, server)
        yield server


@contextlib.contextmanager
def real(
    version: str,
    auth: str,
    database: str = "sqlite",
    *,
    scheduler: bool = False,
    deserialize_support: bool = False,
) -> Iterator[Server]:
    from tests.support.airflow.server import running_airflow

    variables = {"AIRFLOW__API__ENABLE_XCOM_DESERIALIZE_SUPPORT": str(deserialize_support)}
    with running_airflow(version, auth=auth, env=variables, database=database, scheduler=scheduler) as airflow:
        yield Server(airflow.base_url, version, auth, database, airflow.database_url)


def fill(airflow: EmbeddedAirflow, server: Server) -> None:
    """Fill the embedded server with what the tasks of a real one push, and with the DAGs to trigger."""
    triggered.add_dags(airflow)
    users = {**dataset.USERS, **(dataset.USERS_OF_FAB if server.auth != "simple" else {})}
    for name, (password, role) in users.items():
        airflow.add_user(name, password, role)
    for dag_id, run_ids in dataset.RUNS.items():
        for run_id in run_ids:
            _run(airflow, server, dag_id, run_id)
        if server.major == 3 and dag_id == "other":
            airflow.add_run("other", dataset.RUN_WITHOUT_DATE, logical_date=None, run_after=dataset.RUN_AFTER)
            _run(airflow, server, "other", dataset.RUN_WITHOUT_DATE)
        airflow.add_dag(dag_id, is_paused=True)


def _run(airflow: EmbeddedAirflow, server: Server, dag_id: str, run_id: str) -> None:
    for task_id, values in dataset.TASKS[dag_id].items():
        for key, value in values.items():
            try:
                airflow.push_xcom(dag_id, run_id, task_id, key, dataset.value_in(run_id, value))
            except TypeError:
                assert key in server.refused_kinds
    for task_id, instances in dataset.MAPPED.get(dag_id, {}).items():
        for map_index, values in enumerate(instances):
            for key, value in values.items():
                airflow.push_xcom(dag_id, run_id, task_id, key, value, map_index=map_index)
