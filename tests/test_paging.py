"""Paging: what is fetched when, what comes twice, and what is told of a list that changes."""

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
    XComCollection,
)
from airflow_client.xcom.core.listing import DEDUPLICATED_ROWS, RUN_BY_RUN_MIN, PageCursor, RowCounts
from tests.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"


def page(keys: Any, total: int) -> XComCollection:
    return XComCollection(xcom_entries=[{"key": key} for key in keys], total_entries=total)


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("airflow-xcom-")]


@pytest.fixture
def server() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("admin", "pw")
        for i in range(35):
            server.add_xcom("dag", RUN, "task", f"k{i:02}", i)
        yield server


@pytest.fixture
def api(server: EmbeddedAirflow) -> Iterator[XComApi]:
    with ApiClient(Configuration(host=server.host, username="admin", password="pw")) as client:
        yield XComApi(client)


def take(tally: RowCounts, pages: PageCursor, page: XComCollection) -> list[str]:
    tally.count(page)
    return [row.key for row in pages.take(page)]


class TestPages:
    def test_advance_by_the_rows_received(self) -> None:
        pages = PageCursor(tally := RowCounts())
        assert take(tally, pages, page("abc", 5)) == ["a", "b", "c"]
        assert (pages.offset, pages.has_more) == (3, True)
        assert take(tally, pages, page("de", 5)) == ["d", "e"]
        assert (pages.offset, pages.has_more, tally.warning()) == (5, False, None)

    def test_end_where_the_rows_end(self) -> None:
        pages = PageCursor(tally := RowCounts())
        take(tally, pages, page("abc", 5))
        assert take(tally, pages, page("", 5)) == []
        assert not pages.has_more
        assert "received 3 rows, of 5 at the end" in str(tally.warning())

    def test_leave_out_what_comes_twice(self) -> None:
        pages = PageCursor(tally := RowCounts())
        take(tally, pages, page("abc", 5))
        assert take(tally, pages, page("cde", 6)) == ["d", "e"]
        assert "received 5 rows, of 6 at the end and 5 at the beginning; duplicates dropped: 1" in str(tally.warning())

    def test_remember_so_many_rows_and_no_more(self) -> None:
        pages = PageCursor(tally := RowCounts())
        total = 3 * DEDUPLICATED_ROWS
        for start in range(0, total, 1000):
            assert len(take(tally, pages, page(range(start, start + 1000), total))) == 1000
        assert len(pages._hashes) == len(pages._recent) == DEDUPLICATED_ROWS
        assert tally.warning() is None


class TestIteration:
    def test_fetches_the_next_page_while_the_caller_works(self, server: EmbeddedAirflow, api: XComApi) -> None:
        rows = api.iter_xcom_entries("dag", RUN, "task", page_size=10)
        server.requests.clear()
        assert next(rows).key == "k00"
        for _ in range(200):
            if sum("offset=10" in target for _, target in server.requests):
                break
            threading.Event().wait(0.01)
        fetched = [target.partition("?")[2] for _, target in server.requests if "xcomEntries" in target]
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

    def test_tells_of_rows_that_were_deleted(self, server: EmbeddedAirflow, api: XComApi) -> None:
        rows = api.iter_xcom_entries("dag", RUN, "task", page_size=10)
        came = [next(rows).key]
        while sum("offset=10" in target for _, target in server.requests) == 0:
            threading.Event().wait(0.01)
        server.delete_xcom("dag", RUN, "task", "k00")
        said = "received 34 rows, of 34 at the end and 35 at the beginning; duplicates dropped: 0"
        with pytest.warns(PagingWarning, match=said) as told:
            came += [row.key for row in rows]
        assert told[0].filename == __file__  # it points at the loop
        assert "k20" not in came  # which is what is told

    def test_tells_of_rows_that_were_written(self, server: EmbeddedAirflow, api: XComApi) -> None:
        rows = api.iter_xcom_entries("dag", RUN, "task", page_size=10)
        came = [next(rows).key]
        while sum("offset=10" in target for _, target in server.requests) == 0:
            threading.Event().wait(0.01)
        server.add_xcom("dag", RUN, "task", "k00-after", 1)
        with pytest.warns(
            PagingWarning, match="received 35 rows, of 36 at the end and 35 at the beginning; duplicates dropped: 1"
        ):
            came += [row.key for row in rows]
        assert len(came) == len(set(came)) == 35

    def test_raises_what_a_page_raises_where_it_is_needed(self, wire: WireServer) -> None:
        first = json.dumps({"xcom_entries": [{"key": "a"}], "total_entries": 2})
        wire.answers = [answer(first), answer("", "500 Internal Server Error")]
        with ApiClient(Configuration(host=wire.host.replace("v1", "v2"))) as client:
            rows = XComApi(client).iter_xcom_entries()
            assert next(rows).key == "a"
            with pytest.raises(ServiceException):
                next(rows)
        assert threads() == []

    @pytest.mark.parametrize(("version", "unstable"), [("2.9.3", True), ("2.10.0", False), ("3.0.0", False)])
    def test_tells_of_an_order_that_cannot_be_relied_on(self, version: str, unstable: bool) -> None:
        answers = [answer(json.dumps({"xcom_entries": [{"key": key}], "total_entries": 2})) for key in "ab"]
        with WireServer(*answers, version=version) as wire:
            prefix = "/api/v1" if version.startswith("2") else "/api/v2"
            with (
                ApiClient(Configuration(host=wire.url + prefix)) as client,
                warnings.catch_warnings(record=True) as told,
            ):
                warnings.simplefilter("always")
                assert [row.key for row in XComApi(client).iter_xcom_entries()] == ["a", "b"]
        assert [str(warning.message) for warning in told if "in no stable order" in str(warning.message)] == (
            [str(told[0].message)] if unstable else []
        )

    @pytest.mark.parametrize("name", ["limit", "offset", "async_req", "_return_http_data_only", "_preload_content"])
    def test_what_it_does_not_take(self, api: XComApi, name: str) -> None:
        with pytest.raises(ApiTypeError, match=f"unknown keyword: {name}"):
            api.iter_xcom_entries(**{name: 1})

    def test_a_page_size_that_is_none(self, api: XComApi) -> None:
        with pytest.raises(ApiTypeError, match="page_size must be an int"):
            api.iter_xcom_entries(page_size="10")
        with pytest.raises(ApiValueError, match="page_size must be at least 1, got 0"):
            api.iter_xcom_entries(page_size=0)

    def test_a_filter_that_the_server_does_not_have(self) -> None:
        with EmbeddedAirflow("2.11.2") as server:
            server.add_user("admin", "pw")
            with ApiClient(Configuration(host=server.host, username="admin", password="pw")) as client:
                with pytest.raises(ApiUnsupportedError):
                    list(XComApi(client).iter_xcom_entries(order_by="key"))


RUNS = tuple(f"manual__2024-01-{day:02}T00:00:00+00:00" for day in range(1, 8))


@pytest.fixture(scope="module")
def long() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("2.11.2") as server:
        server.add_user("admin", "pw")
        server.add_user("xcoms", "pw", "can read on XComs")
        for i in range(RUN_BY_RUN_MIN // 7 + 50):
            for run in RUNS:
                server.add_xcom("dag", run, f"task{i % 3}", f"k{i:03}", i)
        server.add_run("dag", "manual__2024-02-01T00:00:00+00:00", logical_date="2024-02-01T00:00:00Z")
        yield server


class TestRunByRun:
    """A long list of few runs, which the server would sort for each page."""

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

    def test_gives_every_row_once_in_the_order_of_the_runs(self, long: EmbeddedAirflow) -> None:
        rows = self.read(long)
        assert len(rows) == len(set(rows)) == (RUN_BY_RUN_MIN // 7 + 50) * 7
        assert rows == sorted(rows)
        assert len([target for _, target in long.requests if "/dagRuns?" in target]) == 1
        assert len([target for _, target in long.requests if "/dagRuns/~/" in target]) == 2  # the first, and a count

    def test_is_not_worth_it_where_a_filter_leaves_few(self, long: EmbeddedAirflow) -> None:
        assert len(self.read(long, xcom_key="k001")) == 7
        assert [target for _, target in long.requests if "/dagRuns?" in target] == []

    def test_is_not_for_a_user_who_may_not_read_runs(self, long: EmbeddedAirflow) -> None:
        rows = self.read(long, "xcoms")
        assert len(rows) == len(set(rows)) == (RUN_BY_RUN_MIN // 7 + 50) * 7
        assert [key[1] for key in rows] == sorted(key[1] for key in rows)  # task by task

    def test_tells_of_what_changed(self, long: EmbeddedAirflow) -> None:
        configuration = Configuration(host=long.host, username="admin", password="pw")
        with ApiClient(configuration) as client:
            rows = XComApi(client).iter_xcom_entries("dag")
            next(rows)
            long.add_xcom("dag", RUNS[-1], "task0", "k000-new", 1)
            with pytest.warns(PagingWarning, match="of 3347 at the end and 3346 at the beginning"):
                list(rows)
        long.delete_xcom("dag", RUNS[-1], "task0", "k000-new")

    def test_gives_the_values_with_their_runs(self, long: EmbeddedAirflow) -> None:
        configuration = Configuration(host=long.host, username="admin", password="pw")
        long.requests.clear()
        with ApiClient(configuration) as client:
            xcoms = XComApi(client).iter_xcoms("dag", task_id="task1")
            seen = [(xcom.run_id, xcom.key) for _, xcom in zip(range(400), xcoms)]
            xcoms.close()
        assert xcoms.counts.total > 1000
        assert len(set(seen)) == 400
