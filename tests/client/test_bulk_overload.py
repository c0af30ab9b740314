"""Bulk reads from servers that are overloaded, away, or unable to load or to address some XComs."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    OpenApiException,
    ServiceException,
    StalledException,
    XCom,
    XComApi,
)
from tests.support.wire_server import WireServer, answer, requests_on

Handler = Callable[[str, "dict[str, list[str]]"], bytes]
UNAVAILABLE = answer("<h1>503 Service Temporarily Unavailable</h1>", "503 Service Temporarily Unavailable")
BROKEN = answer("Internal Server Error", "500 Internal Server Error")


def blocking(host: str, call: str, **keywords: Any) -> tuple[list[Any], Any]:
    """Return all that ``call`` iterates over, and its counts."""
    with ApiClient(Configuration(host=host, access_token="t")) as client:
        read = getattr(XComApi(client), call)("d", "r", "t", **keywords)
        return list(read), getattr(read, "counts", None)


def awaited(host: str, call: str, **keywords: Any) -> tuple[list[Any], Any]:
    """Do the same with asyncio."""

    async def run() -> tuple[list[Any], Any]:
        async with AsyncApiClient(Configuration(host=host, access_token="t")) as client:
            read = getattr(AsyncXComApi(client), call)("d", "r", "t", **keywords)
            return [item async for item in read], getattr(read, "counts", None)

    return asyncio.run(run())


@pytest.fixture(params=[blocking, awaited])
def read(request: pytest.FixtureRequest) -> Any:
    return request.param


def serve(handler: Handler) -> WireServer:
    """Return a server that answers each request by ``handler(path, query)``; without an answer, it closes."""

    def say(connection: Any, head: bytes) -> None:
        for request in _with_first(head, connection):
            target = urlsplit(request.split(b" ")[1].decode())
            response = handler(unquote(target.path), parse_qs(target.query))
            if not response:
                return
            connection.sendall(response)

    return WireServer(say)


def _with_first(head: bytes, connection: Any) -> Any:
    yield head
    yield from requests_on(connection)


def values(count: int, unreadable: frozenset[int] = frozenset()) -> Handler:
    """Answer with ``count`` XComs; a page that holds an ``unreadable`` one is a 500, as of every Airflow."""

    def handle(path: str, query: dict[str, list[str]]) -> bytes:
        if not path.endswith("/xcomEntries"):
            return answer(json.dumps({"key": path.rpartition("/")[2], "value": 1}))
        start, size = int(query.get("offset", ["0"])[0]), min(int(query["limit"][0]), 100)
        rows = range(start, min(start + size, count))
        if not unreadable.isdisjoint(rows):
            return BROKEN
        entries = [{"dag_id": "d", "run_id": "r", "task_id": "t", "map_index": -1, "key": f"k{i:03}"} for i in rows]
        return answer(json.dumps({"xcom_entries": entries, "total_entries": count}))

    return handle


class TestOverload:
    @pytest.mark.parametrize(("read", "max_workers"), [(blocking, 16), (awaited, 1)])
    def test_a_rate_limit_is_waited_out(self, read: Any, max_workers: int) -> None:
        lock, window = threading.Lock(), [time.monotonic(), 0.0]

        def limited(path: str, query: dict[str, list[str]]) -> bytes:
            with lock:
                if time.monotonic() - window[0] >= 0.5:
                    window[:] = time.monotonic(), 0
                window[1] += 1
                if window[1] > 50:
                    return answer("", "429 Too Many Requests", Retry_After="1")
            return values(80)(path, query)

        with serve(limited) as server:
            xcoms, counts = read(server.url + "/api/v2", "iter_xcoms", max_workers=max_workers)
        assert (len(xcoms), counts.failed) == (80, 0)

    @pytest.mark.parametrize("outage", [UNAVAILABLE, b""], ids=["503", "closed"])
    def test_a_restart_is_waited_out(self, read: Any, outage: bytes) -> None:
        lock, served, back = threading.Lock(), [0], [0.0]

        def restarting(path: str, query: dict[str, list[str]]) -> bytes:
            with lock:
                served[0] += 1
                if served[0] == 60:
                    back[0] = time.monotonic() + 0.3
                if time.monotonic() < back[0]:
                    return outage
            return values(250)(path, query)

        with serve(restarting) as server:
            xcoms, counts = read(server.url + "/api/v2", "iter_xcoms", max_workers=16)
        assert [xcom.key for xcom in xcoms] == [f"k{i:03}" for i in range(250)]
        assert (counts.done, counts.failed) == (250, 0)

    def test_a_page_is_repeated_too(self, read: Any) -> None:
        answers = iter([UNAVAILABLE, UNAVAILABLE])
        with serve(lambda path, query: next(answers, None) or values(3)(path, query)) as server:
            assert len(read(server.url + "/api/v2", "iter_xcom_entries")[0]) == 3

    @pytest.mark.parametrize("on_error", ["raise", "skip"])
    def test_a_stalled_read_ends(self, read: Any, on_error: str) -> None:
        def dead(path: str, query: dict[str, list[str]]) -> bytes:
            return values(20)(path, query) if path.endswith("/xcomEntries") else UNAVAILABLE

        with serve(dead) as server, pytest.raises(StalledException) as caught:
            read(server.url + "/api/v2", "iter_xcoms", stall_timeout=0.3, on_error=on_error)
        error = caught.value
        assert error.stall_timeout == 0.3
        assert error.counts is not None
        assert (error.counts.total, error.counts.done) == (20, 0)
        assert isinstance(error.__cause__, ServiceException)
        assert "0 of 20 XComs were read, then " in str(error)
        assert "stall_timeout is 0.3 s; the last failure was (503)" in str(error)

    def test_one_xcom_that_the_gateway_gives_up_on_fails_alone(self, read: Any) -> None:
        def slow_one(path: str, query: dict[str, list[str]]) -> bytes:
            time.sleep(0.002)
            return answer("", "504 Gateway Timeout") if path.endswith("k007") else values(120)(path, query)

        with serve(slow_one) as server:
            xcoms, counts = read(server.url + "/api/v2", "iter_xcoms", on_error="yield", ordered=False)
        assert (len(xcoms), counts.failed) == (120, 1)
        (error,) = [xcom for xcom in xcoms if isinstance(xcom, OpenApiException)]
        assert isinstance(error, ServiceException)
        assert error.entry is not None
        assert error.entry.key == "k007"


class TestUnreadable:
    BAD = frozenset({37, 180})

    def test_rows_are_skipped(self, read: Any) -> None:
        with serve(values(250, self.BAD)) as server:
            xcoms, counts = read(server.url + "/api/v2", "iter_xcoms", on_error="skip")
        assert [xcom.key for xcom in xcoms] == [f"k{i:03}" for i in range(250) if i not in self.BAD]
        assert (counts.total, counts.done, counts.failed) == (250, 250, 2)

    @pytest.mark.parametrize("call", ["iter_xcoms", "iter_xcom_entries"])
    def test_rows_are_yielded_as_errors_with_their_position(self, read: Any, call: str) -> None:
        with serve(values(250, self.BAD)) as server:
            items, _ = read(server.url + "/api/v2", call, on_error="yield")
        errors = {i: item for i, item in enumerate(items) if isinstance(item, OpenApiException)}
        assert len(items) == 250
        assert {i: error.position for i, error in errors.items()} == {37: 37, 180: 180}
        assert "the server cannot load the XCom at position 37 of the list" in str(errors[37])

    def test_rows_end_the_list_by_default(self, read: Any) -> None:
        with serve(values(250, self.BAD)) as server, pytest.raises(ServiceException) as caught:
            read(server.url + "/api/v2", "iter_xcom_entries")
        assert caught.value.position == 37

    def test_a_page_without_a_readable_row_does_not_end_the_list(self) -> None:
        with serve(values(250, frozenset(range(100, 200)))) as server:
            entries, _ = blocking(server.url + "/api/v2", "iter_xcom_entries", on_error="skip")
        assert len(entries) == 150

    def test_few_requests_find_a_row(self) -> None:
        with serve(values(250, frozenset({37}))) as server:
            seen: list[str] = []
            with ApiClient(Configuration(host=server.url + "/api/v2", access_token="t")) as client:
                client.configuration.on_attempt = lambda attempt: seen.append(attempt.path_template)
                list(XComApi(client).iter_xcom_entries(on_error="skip"))
        assert len(seen) <= 30

    def test_a_server_that_answers_500_to_everything_ends_the_list(self, read: Any) -> None:
        with serve(lambda path, query: BROKEN) as server, pytest.raises(ServiceException) as caught:
            read(server.url + "/api/v2", "iter_xcom_entries", on_error="skip")
        assert caught.value.position in (None, 0)

    def test_a_500_of_an_overloaded_server_is_no_unreadable_row(self, read: Any) -> None:
        answers = iter([BROKEN])
        with serve(lambda path, query: next(answers, None) or values(250)(path, query)) as server:
            xcoms, counts = read(server.url + "/api/v2", "iter_xcoms")
        assert (len(xcoms), counts.failed) == (250, 0)


@pytest.mark.parametrize("version", ["3.3.2", "2.11.2"])
class TestUnreachable:
    """Ids that Airflow stores, and that no path of its API names."""

    RUNS = ("a", "~", "b/c", "d")

    @pytest.fixture
    def api(self, version: str, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr("airflow_client.xcom.core.listing.RUN_BY_RUN_MIN", 12)
        monkeypatch.setattr("airflow_client.xcom.core.listing.RUN_BY_RUN_COST", 0.01)
        with EmbeddedAirflow(version) as server:
            server.add_user("admin", "pw")
            for run_id in self.RUNS:
                for i in range(5):
                    server.add_xcom("dag", run_id, "task", f"k{i}", i)
            with ApiClient(Configuration(host=server.host, username="admin", password="pw")) as client:
                yield XComApi(client)

    @pytest.mark.parametrize("page_size", [3, 100], ids=["run by run", "as a whole"])
    def test_a_list_has_each_row_once(self, api: XComApi, page_size: int) -> None:
        rows = [
            (row["task_id"], row.get("run_id") or row["execution_date"], row.key)
            for row in api.iter_xcom_entries("dag", page_size=page_size)
        ]
        assert len(rows) == len(set(rows)) == 20

    @pytest.mark.parametrize("page_size", [3, 100], ids=["run by run", "as a whole"])
    def test_each_value_is_its_own_run_s_or_an_error_that_says_why(self, api: XComApi, page_size: int) -> None:
        items = list(api.iter_xcoms("dag", page_size=page_size, on_error="yield"))
        errors = [item for item in items if isinstance(item, OpenApiException)]
        assert sorted((x.run_id, x.value) for x in items if isinstance(x, XCom)) == [
            (run_id, i) for run_id in "ad" for i in range(5)
        ]
        assert {type(error) for error in errors} == {ApiValueError}
        reasons = [str(error) for error in errors]
        assert sum("must not contain '/'" in reason for reason in reasons) == 5
        assert sum("its dag_run_id is '~', which means all" in reason for reason in reasons) == 5
