"""The servers that the contract suite asks: the embedded one, or a real Airflow."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from airflow_client.testing import EmbeddedAirflow
from tests.contract import pushed

EMBEDDED = ("2.10.5", "2.11.2")


class Server:
    """A server with what :mod:`tests.contract.pushed` tells in it.

    :ivar host: for ``Configuration(host=…)``.
    :ivar version: the release of Airflow that it is, or answers as.
    """

    def __init__(self, host: str, version: str) -> None:
        self.host = host
        self.version = version

    @property
    def refusal(self) -> int:
        """The status for missing or wrong credentials: 2.11 takes the caller for the public role instead."""
        return 401 if self.version == "2.10.5" else 403


@contextlib.contextmanager
def embedded(version: str) -> Iterator[Server]:
    with EmbeddedAirflow(version) as server:
        fill(server)
        yield Server(server.host, version)


@contextlib.contextmanager
def real(version: str) -> Iterator[Server]:
    from tests.airflow.server import running_airflow

    with running_airflow(version) as server:
        yield Server(server.host, version)


def fill(server: EmbeddedAirflow) -> None:
    """Push into the embedded server what the tasks of a real one push."""
    for name, (password, role) in pushed.USERS.items():
        server.add_user(name, password, role)
    for dag_id, run_ids in pushed.RUNS.items():
        for run_id in run_ids:
            for task_id, values in pushed.TASKS[dag_id].items():
                _push(server, dag_id, run_id, task_id, -1, values)
            for task_id, instances in pushed.MAPPED.get(dag_id, {}).items():
                for map_index, values in enumerate(instances):
                    _push(server, dag_id, run_id, task_id, map_index, values)


def _push(
    server: EmbeddedAirflow, dag_id: str, run_id: str, task_id: str, map_index: int, values: dict[str, object]
) -> None:
    for key, value in values.items():
        try:
            server.add_xcom(dag_id, run_id, task_id, key, value, map_index=map_index)
        except TypeError:
            assert key in pushed.REFUSED
