"""The table of compatibility in the documentation: each cell is what the server does."""

from __future__ import annotations

import pytest

from airflow_client.xcom import ApiClient
from tests.contract import compatibility
from tests.contract.conftest import configuration
from tests.contract.servers import Server
from tests.support.cases import all_cases


@pytest.mark.every_release
def test_each_cell_is_what_the_server_does(server: Server) -> None:
    if server.database != "sqlite":
        pytest.skip("the table is about servers with SQLite")
    expected = compatibility.answers()[server.version]
    with ApiClient(configuration(server)) as client, all_cases() as case:
        asked = compatibility.Asked(server, client)
        for row in compatibility.ROWS:
            with case(row.name):
                assert row.answer(asked) == expected[row.name]
