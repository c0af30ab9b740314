"""XComs that a real server cannot load, such as those that it pickled before a setting changed."""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from airflow_client.xcom import OpenApiException, ServiceException
from tests.contract.expected import MANY
from tests.contract.servers import Server

BAD = ("k0037", "k0180")
_WHERE = "WHERE dag_id = ? AND run_id = ? AND task_id = ? AND key = ?"


@pytest.fixture(autouse=True)
def unreadable_values(server: Server) -> Iterator[None]:
    """Replace two values in the server's database by bytes that are neither JSON nor of a known class."""
    if server.embedded is not None:
        bad = [xcom for xcom in server.embedded.xcoms if (xcom.dag_id, xcom.key) in {(MANY[0], key) for key in BAD}]
        with server.embedded.unreadable(bad[0]), server.embedded.unreadable(bad[1]):
            yield
        return
    if server.database != "sqlite":
        pytest.skip("SQLite's file is changed without a driver of a database")
    assert server.database_url is not None
    file = server.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, timeout=30)) as database:
        stored = {key: database.execute(f"SELECT value FROM xcom {_WHERE}", (*MANY, key)).fetchone()[0] for key in BAD}
        set_values(database, dict.fromkeys(BAD, b"\x80\x04\x95 a pickle"))
    yield
    with closing(sqlite3.connect(file, timeout=30)) as database:
        set_values(database, stored)


def set_values(database: sqlite3.Connection, values: dict[str, Any]) -> None:
    for key, value in values.items():
        database.execute(f"UPDATE xcom SET value = ? {_WHERE}", (value, *MANY, key))
    database.commit()


@pytest.mark.every_client
@pytest.mark.parametrize("call", ["iter_xcoms", "iter_xcom_entries"])
def test_all_other_rows_are_read(api: Any, call: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Airflow 2.[4-8].* lists XComs in no stable order")
        items = list(getattr(api, call)(*MANY, on_error="yield"))
    errors = [item for item in items if isinstance(item, OpenApiException)]
    assert [item.key for item in items if item not in errors] == [f"k{i:04d}" for i in range(250) if i not in (37, 180)]
    assert [error.position for error in errors] == [37, 180]


def test_a_page_with_one_is_a_500(api: Any) -> None:
    with pytest.raises(ServiceException):
        api.get_xcom_entries(*MANY)
