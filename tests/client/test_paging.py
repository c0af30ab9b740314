"""Paging over sockets: which page is fetched when, and the warnings about a list that changes."""

from __future__ import annotations

import gc
import itertools
import json
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiUnsupportedError,
    ApiValueError,
    Configuration,
    PagingWarning,
    ServiceException,
    XComApi,
)
from airflow_client.xcom.core.listing import RUN_BY_RUN_MIN
from tests.contract import clients
from tests.support.cases import check_each
from tests.support.wait import wait_until
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("airflow-xcom-")]


@pytest.fixture
def server() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("admin", "pw")
        for i in range(35):
            server.push_xcom("dag", RUN, "task", f"k{i:02}", i)
        yield server


@pytest.fixture
def api(server: EmbeddedAirflow) -> Iterator[XComApi]:
    with ApiClient(Configuration(host=server.host, username="admin", password="pw")) as client:
        yield XComApi(client)


def wait_for_second_page(server: EmbeddedAirflow) -> None:
    wait_until(lambda: any("offset=10" in request.query for request in server.requests))


class TestIteration:
    def test_fetches_the_next_page_while_the_caller_works(self, server: EmbeddedAirflow, api: XComApi) -> None:
        rows = api.iter_xcom_entries("dag", RUN, "task", page_size=10)
        server.requests.clear()
        assert next(rows).key == "k00"
        wait_for_second_page(server)
        fetched = [request.query for request in server.requests if "xcomEntries" in request.path]
        assert fetched == ["limit=10", "limit=10&offset=10"]  # and no more than that
        assert [row.key for row in rows] == [f"k{i:02}" for i in range(1, 35)]
        assert threads() == []

    def test_stops_when_the_caller_does(self, server: EmbeddedAirflow, api: XComApi) -> None:
        rows = api.iter_xcom_entries("dag", RUN, "task", page_size=10)
        assert [row.key for row in itertools.islice(rows, 3)] == ["k00", "k01", "k02"]
        rows.close()
        assert threads() == []
        for _ in api.iter_xcom_entries("dag", RUN, "task", page_size=10):
            break
        gc.collect()
        assert threads() == []

    def test_warns_of_deleted_rows(self, server: EmbeddedAirflow, api: XComApi) -> None:
        rows = api.iter_xcom_entries("dag", RUN, "task", page_size=10)
        keys = [next(rows).key]
        wait_for_second_page(server)
        server.delete_xcom("dag", RUN, "task", "k00")
        message = "received 34 rows, of 34 at the end and 35 at the beginning; duplicates dropped: 0"
        with pytest.warns(PagingWarning, match=message) as caught:
            keys += [row.key for row in rows]
        assert caught[0].filename == __file__  # the caller's loop
        assert "k20" not in keys

    def test_warns_of_new_rows(self, server: EmbeddedAirflow, api: XComApi) -> None:
        rows = api.iter_xcom_entries("dag", RUN, "task", page_size=10)
        keys = [next(rows).key]
        wait_for_second_page(server)
        server.push_xcom("dag", RUN, "task", "k00-after", 1)
        with pytest.warns(
            PagingWarning, match="received 35 rows, of 36 at the end and 35 at the beginning; duplicates dropped: 1"
        ):
            keys += [row.key for row in rows]
        assert len(keys) == len(set(keys)) == 35

    def test_raises_the_error_of_a_page_when_its_rows_are_needed(self, wire: WireServer) -> None:
        first = json.dumps({"xcom_entries": [{"key": "a"}], "total_entries": 2})
        wire.answers = [answer(first), answer("", "500 Internal Server Error")]
        with ApiClient(Configuration(host=wire.host.replace("v1", "v2"))) as client:
            rows = XComApi(client).iter_xcom_entries()
            assert next(rows).key == "a"
            with pytest.raises(ServiceException):
                next(rows)
        assert threads() == []

    @pytest.mark.parametrize("side", clients.CLIENTS)
    def test_warns_of_a_release_with_unstable_order(self, side: str) -> None:
        def check(case: tuple[str, bool]) -> None:
            version, unstable = case
            answers = [answer(json.dumps({"xcom_entries": [{"key": key}], "total_entries": 2})) for key in "ab"]
            prefix = "/api/v1" if version.startswith("2") else "/api/v2"
            with (
                WireServer(*answers, version=version) as wire,
                clients.in_use(side),
                clients.ApiClient(Configuration(host=wire.url + prefix)) as client,
                warnings.catch_warnings(record=True) as caught,
            ):
                warnings.simplefilter("always")
                assert [row.key for row in clients.XComApi(client).iter_xcom_entries()] == ["a", "b"]
            assert sum("in no stable order" in str(warning.message) for warning in caught) == unstable

        check_each([("2.8.4", True), ("2.9.0", False), ("3.0.0", False)], check)

    def test_other_keywords_are_refused(self, api: XComApi) -> None:
        for name in ("limit", "offset", "async_req", "_return_http_data_only", "_preload_content"):
            with pytest.raises(ApiTypeError, match=f"unknown keyword: {name}"):
                api.iter_xcom_entries(**{name: 1})

    def test_an_unusable_page_size_is_refused(self, api: XComApi) -> None:
        with pytest.raises(ApiTypeError, match="page_size must be an int"):
            api.iter_xcom_entries(page_size="10")
        with pytest.raises(ApiValueError, match="page_size must be at least 1, got 0"):
            api.iter_xcom_entries(page_size=0)

    def test_a_filter_of_a_newer_release_is_refused(self) -> None:
        with EmbeddedAirflow("2.11.2") as server:
            server.add_user("admin", "pw")
            with ApiClient(Configuration(host=server.host, username="admin", password="pw")) as client:
                with pytest.raises(ApiUnsupportedError):
                    list(XComApi(client).iter_xcom_entries(order_by="key"))


RUNS = tuple(f"manual__2024-01-{day:02}T00:00:00+00:00" for day in range(1, 8))


@pytest.fixture(scope="module")
def long_list() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("2.11.2") as server:
        server.add_user("admin", "pw")
        server.add_user("xcoms", "pw", "can read on XComs")
        for i in range(RUN_BY_RUN_MIN // 7 + 50):
            for run in RUNS:
                server.push_xcom("dag", run, f"task{i % 3}", f"k{i:03}", i)
        server.add_run("dag", "manual__2024-02-01T00:00:00+00:00", logical_date="2024-02-01T00:00:00Z")
        yield server


class TestRunByRun:
    """Long lists of few runs are read run by run: the server would sort the whole list for each page."""

    @pytest.fixture(autouse=True)
    def _eager(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("airflow_client.xcom.core.listing.RUN_BY_RUN_COST", 5_000)

    def read(self, server: EmbeddedAirflow, username: str = "admin", **filters: Any) -> list[Any]:
        server.requests.clear()
        configuration = Configuration(host=server.host, username=username, password="pw")
        with ApiClient(configuration) as client:
            return [
                (row.logical_date, row.task_id, row.key) for row in XComApi(client).iter_xcom_entries("dag", **filters)
            ]

    def test_each_row_is_read_once_in_the_order_of_the_runs(self, long_list: EmbeddedAirflow) -> None:
        rows = self.read(long_list)
        assert len(rows) == len(set(rows)) == (RUN_BY_RUN_MIN // 7 + 50) * 7
        assert rows == sorted(rows)
        assert len([request for request in long_list.requests if request.path.endswith("/dagRuns")]) == 1
        whole = [request for request in long_list.requests if "/dagRuns/~/" in request.path]
        assert len(whole) == 2  # the first, and a count

    def test_a_filter_that_leaves_few_rows_is_read_as_one_list(self, long_list: EmbeddedAirflow) -> None:
        assert len(self.read(long_list, xcom_key="k001")) == 7
        assert [request for request in long_list.requests if request.path.endswith("/dagRuns")] == []

    def test_a_user_who_may_not_read_runs_reads_one_list(self, long_list: EmbeddedAirflow) -> None:
        rows = self.read(long_list, "xcoms")
        assert len(rows) == len(set(rows)) == (RUN_BY_RUN_MIN // 7 + 50) * 7
        assert [key[1] for key in rows] == sorted(key[1] for key in rows)  # task by task

    def test_warns_of_changes(self, long_list: EmbeddedAirflow) -> None:
        configuration = Configuration(host=long_list.host, username="admin", password="pw")
        with ApiClient(configuration) as client:
            rows = XComApi(client).iter_xcom_entries("dag")
            next(rows)
            long_list.push_xcom("dag", RUNS[-1], "task0", "k000-new", 1)
            with pytest.warns(PagingWarning, match="of 3347 at the end and 3346 at the beginning"):
                list(rows)
        long_list.delete_xcom("dag", RUNS[-1], "task0", "k000-new")

    def test_values_have_their_run_ids(self, long_list: EmbeddedAirflow) -> None:
        configuration = Configuration(host=long_list.host, username="admin", password="pw")
        long_list.requests.clear()
        with ApiClient(configuration) as client:
            xcoms = XComApi(client).iter_xcoms("dag", task_id="task1")
            values = [(xcom.run_id, xcom.key) for _, xcom in zip(range(400), xcoms)]
            xcoms.close()
        assert xcoms.counts.total > 1000
        assert len(set(values)) == 400

    @pytest.fixture
    def short_list(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedAirflow]:
        """20 XComs of four runs, which are read run by run too."""
        monkeypatch.setattr("airflow_client.xcom.core.listing.RUN_BY_RUN_MIN", 12)
        monkeypatch.setattr("airflow_client.xcom.core.listing.RUN_BY_RUN_COST", 0.01)
        with EmbeddedAirflow("2.11.2") as server:
            server.add_user("admin", "pw")
            for i in range(5):
                for run in RUNS[:4]:
                    server.push_xcom("dag", run, f"task{i}", "k", i)
            yield server

    def test_a_list_of_runs_that_fails_is_asked_for_once_more(self, short_list: EmbeddedAirflow) -> None:
        with short_list.fail("*/dagRuns", times=1):
            rows = self.read(short_list, page_size=3)
        assert (len(rows), rows) == (20, sorted(rows))
        odd: dict[str, Any] = {"status": 200, "body": {"dag_runs": [{}]}}
        for response, times in (({}, 2), (odd, 1)):
            with short_list.fail("*/dagRuns", **response) as fault:
                rows = self.read(short_list, page_size=3)
            assert [task for _, task, _ in rows] == [f"task{i}" for i in range(5) for _ in range(4)]  # as one list
            assert fault.count == times

    def test_runs_come_in_pages_too(self, short_list: EmbeddedAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("airflow_client.xcom.core.listing.PAGE_SIZE", 3)
        rows = self.read(short_list, page_size=3)
        assert (len(rows), rows) == (20, sorted(rows))
        assert sum(request.path.endswith("/dagRuns") for request in short_list.requests) == 2

    @pytest.mark.parametrize("status", [500, 503])
    def test_a_count_at_the_end_that_fails_loses_no_row(self, short_list: EmbeddedAirflow, status: int) -> None:
        """A 500 may be a new row that the server cannot load."""
        with ApiClient(Configuration(host=short_list.host, username="admin", password="pw")) as client:
            rows = XComApi(client).iter_xcom_entries("dag", page_size=3)
            next(rows)
            with short_list.fail("/dags/dag/dagRuns/~/*", status=status, times=1) as fault:
                assert len(list(rows)) == 19
        assert fault.count == 1
