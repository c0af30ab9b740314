"""Flavours: a release of Airflow with a way to log in, its table of requests, and its servers."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.contract import servers
from tests.contract.fidelity.cases import Case
from tests.contract.fidelity.tables import flavour_table
from tests.contract.servers import Server


class Flavour:
    """One flavour, such as "2.11.2" or "3.3.2-fab".

    Requests write to the servers, which therefore are not those of other tests.

    :ivar name: name, as for the option ``--airflow``.
    :ivar cases: requests, in order.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.version, _, auth = name.partition("-")
        self.auth = auth or ("basic" if self.version.startswith("2.") else "simple")
        self.cases: list[Case] = flavour_table(self.version, self.auth)
        # One flavour of Airflow 2 has this setting, which is off by default.
        self._deserializes = self.auth == "session"

    def embedded(self) -> AbstractContextManager[Server]:
        return servers.embedded(self.version, self.auth, deserialize_support=self._deserializes)

    def real(self) -> AbstractContextManager[Server]:
        return servers.real(self.version, self.auth, deserialize_support=self._deserializes)
