"""The servers that the contract suite asks: the embedded one, or a real Airflow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Optional

from airflow_client.testing import EmbeddedAirflow
from tests.contract import pushed

#: Releases, and how one logs in: with Airflow 2 by the ``auth_backends``, with Airflow 3 by the auth manager.
FLAVOURS = ("2.10.5", "2.11.2", "2.11.2-session", "2.11.2-basic,session", "3.0.6", "3.3.2", "3.3.2-fab")


class Server:
    """A server with what :mod:`tests.contract.pushed` tells in it, and what is to be expected of it.

    :ivar url: Airflow's root, for ``Configuration(host=…)``.
    :ivar version: the release of Airflow that it is, or answers as.
    :ivar auth: how one logs in.
    :ivar embedded: the embedded server, None for a real one.
    """

    def __init__(self, url: str, version: str, auth: str, embedded: Optional[EmbeddedAirflow] = None) -> None:
        self.url = url
        self.embedded = embedded
        self.version = version
        self.auth = auth
        self.major = int(version.partition(".")[0])
        self.api = "/api/v1" if self.major == 2 else "/api/v2"

    @property
    def refusal(self) -> int:
        """The status for missing credentials: 2.11 takes the caller for the public role instead."""
        return 403 if self.version == "2.11.2" else 401

    @property
    def refused_kinds(self) -> dict[str, Any]:
        """What this release refuses when a task pushes it."""
        if self.version == "3.0.6":
            return pushed.REFUSED_BY_AIRFLOW_3_0
        return pushed.REFUSED if self.major == 2 else pushed.REFUSED_BY_AIRFLOW_3

    @property
    def kinds(self) -> dict[str, Any]:
        """What the task ``kinds`` pushed with success."""
        everything = pushed.TASKS["contract"]["kinds"]
        return {key: value for key, value in everything.items() if key not in self.refused_kinds}

    @property
    def default_limit(self) -> int:
        return 100 if self.major == 2 else 50

    @property
    def page_limit(self) -> Optional[int]:
        """How many rows a page has at most, None for any number."""
        return None if self.version == "3.0.6" else 100

    @property
    def knows_roles(self) -> bool:
        """Whether a site can make roles of its own."""
        return self.auth != "simple"

    @property
    def takes_basic(self) -> bool:
        return "basic" in self.auth


@contextlib.contextmanager
def embedded(version: str, auth: str) -> Iterator[Server]:
    with EmbeddedAirflow(version, auth=auth) as airflow:
        server = Server(airflow.base_url, version, auth, airflow)
        fill(airflow, server)
        yield server


@contextlib.contextmanager
def real(version: str, auth: str) -> Iterator[Server]:
    from tests.airflow.server import running_airflow

    with running_airflow(version, auth=auth) as airflow:
        yield Server(airflow.base_url, version, auth)


def fill(airflow: EmbeddedAirflow, server: Server) -> None:
    """Push into the embedded server what the tasks of a real one push."""
    users = {**pushed.USERS, **(pushed.USERS_OF_FAB if server.knows_roles else {})}
    for name, (password, role) in users.items():
        airflow.add_user(name, password, role)
    for dag_id, run_ids in pushed.RUNS.items():
        for run_id in run_ids:
            _run(airflow, server, dag_id, run_id)
        if server.major == 3 and dag_id == "other":
            airflow.add_run("other", pushed.RUN_WITHOUT_DATE, logical_date=None, run_after=pushed.RUN_AFTER)
            _run(airflow, server, "other", pushed.RUN_WITHOUT_DATE)


def _run(airflow: EmbeddedAirflow, server: Server, dag_id: str, run_id: str) -> None:
    for task_id, values in pushed.TASKS[dag_id].items():
        for key, value in values.items():
            try:
                airflow.add_xcom(dag_id, run_id, task_id, key, pushed.value_in(run_id, value))
            except TypeError:
                assert key in server.refused_kinds
    for task_id, instances in pushed.MAPPED.get(dag_id, {}).items():
        for map_index, values in enumerate(instances):
            for key, value in values.items():
                airflow.add_xcom(dag_id, run_id, task_id, key, value, map_index=map_index)
