"""Several clients at once: writes of one XCom, and lists that change while they are read."""

from __future__ import annotations

import threading
import uuid
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_client.xcom import ApiClient, ConflictException, PagingWarning, XComApi
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1
from tests.contract.expected import MANY
from tests.contract.servers import Server

pytestmark = pytest.mark.airflow("3.3")

WRITERS = 4
TASK = {"dag_id": "many", "dag_run_id": RUN_1, "task_id": "many"}


@pytest.fixture
def prefix(server: Server) -> Iterator[str]:
    """The beginning of new keys, before all others in a list; deleted after the test."""
    if server.embedded is None and server.database == "sqlite":
        pytest.skip("with SQLite, Airflow answers concurrent writes with 500")
    prefix = f"a-{uuid.uuid4()}-"
    yield prefix
    with ApiClient(configuration(server)) as client:
        XComApi(client).delete_xcom_entries(**TASK, xcom_key_prefix_pattern=prefix)


@pytest.fixture
def apis(server: Server) -> Iterator[list[XComApi]]:
    """Clients of their own, as several scripts have them."""
    clients = [ApiClient(configuration(server)) for _ in range(WRITERS)]
    for client in clients:
        client.get_server_version()
    yield [XComApi(client) for client in clients]
    for client in clients:
        client.close()


def outcome(call: Any, **keywords: Any) -> Any:
    try:
        return call(**keywords).value
    except ConflictException:
        return "conflict"


def test_creations_at_the_same_time_conflict_or_the_last_one_stays(
    server: Server, apis: list[XComApi], prefix: str
) -> None:
    """Airflow looks whether the XCom exists, then deletes what is there and inserts."""
    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(5):
            ids = {**TASK, "xcom_key": f"{prefix}{number}"}
            calls = [
                pool.submit(outcome, api.create_xcom_entry, **ids, value=writer) for writer, api in enumerate(apis)
            ]
            outcomes = [call.result() for call in calls]
            if server.embedded:
                assert outcomes.count("conflict") == WRITERS - 1
            stored = apis[0].get_xcom_entry(*MANY, ids["xcom_key"]).value
            assert outcomes[stored] == stored


# The response may have the value of another writer.
@pytest.mark.filterwarnings("ignore:the server's database changed the value")
def test_put_never_fails_for_other_writers(apis: list[XComApi], prefix: str) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(5):
            ids = {**TASK, "xcom_key": f"{prefix}{number}"}
            calls = [pool.submit(api.put_xcom_entry, **ids, value=writer) for writer, api in enumerate(apis)]
            for call in calls:
                assert call.result().value in range(WRITERS)
            assert apis[0].get_xcom_entry(*MANY, ids["xcom_key"]).value in range(WRITERS)


def test_updates_of_different_xcoms_are_all_stored(apis: list[XComApi], prefix: str) -> None:
    def work(writer: int) -> None:
        ids = {**TASK, "xcom_key": f"{prefix}{writer}"}
        apis[writer].create_xcom_entry(**ids, value=0)
        for number in range(1, 6):
            apis[writer].update_xcom_entry(**ids, value=[writer, number])

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(work, range(WRITERS)))
    values = {xcom.key: xcom.value for xcom in apis[0].iter_xcoms(*MANY, xcom_key_prefix_pattern=prefix)}
    assert values == {f"{prefix}{writer}": [writer, 5] for writer in range(WRITERS)}


def test_lists_that_change_have_no_row_twice_and_warn_of_missing_rows(apis: list[XComApi], prefix: str) -> None:
    """Rows at the beginning come and go, so that pages shift by up to 10 rows."""
    stop = threading.Event()
    changes = 0

    def change() -> None:
        nonlocal changes
        while not stop.is_set():
            keys = [f"{prefix}{number}" for number in range(10)]
            for key in keys:
                apis[0].create_xcom_entry(**TASK, xcom_key=key, value=1)
            for key in keys:
                apis[0].delete_xcom_entry(**TASK, xcom_key=key)
            changes += 20

    expected = {f"k{number:04}" for number in range(250)}
    writer = threading.Thread(target=change)
    writer.start()
    try:
        for _ in range(3):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                xcoms = list(apis[1].iter_xcoms(*MANY, page_size=25, max_workers=4))
            keys = [xcom.key for xcom in xcoms]
            assert len(keys) == len(set(keys))
            assert {key for key in keys if not key.startswith(prefix)} <= expected
            assert all(xcom.value == int(xcom.key[1:]) for xcom in xcoms if xcom.key in expected)
            if not expected <= set(keys):
                assert [warning.category for warning in caught] == [PagingWarning]
    finally:
        stop.set()
        writer.join()
    assert changes > 10
