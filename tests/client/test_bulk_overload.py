"""Bulk reads from servers that are overloaded, away, or unable to load or to address some XComs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow, RecordedRequest
from airflow_client.xcom import (
    ApiClient,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    OpenApiException,
    PagingWarning,
    ServiceException,
    StalledException,
    XCom,
    XComApi,
)
from tests.support.wire_server import WireServer, answer

#: XComs of the task "t"; the tasks "few" and "some" have the first 20 and 80 of these.
KEYS = [f"k{i:03}" for i in range(250)]
ENTRIES, LIST = "*/xcomEntries/*", "*/xcomEntries"


@pytest.fixture(scope="module")
def airflow() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("admin", "pw")
        for task, count in (("t", 250), ("few", 20), ("some", 80)):
            for key in KEYS[:count]:
                server.push_xcom("d", "r", task, key, 1)
        yield server


def configuration(airflow: EmbeddedAirflow) -> Configuration:
    return Configuration(host=airflow.host, username="admin", password="pw")


def blocking(airflow: EmbeddedAirflow, call: str, task: str = "t", **keywords: Any) -> tuple[list[Any], Any]:
    """Return all that ``call`` iterates over, and its counts."""
    with ApiClient(configuration(airflow)) as client:
        read = getattr(XComApi(client), call)("d", "r", task, **keywords)
        return list(read), getattr(read, "counts", None)


def awaited(airflow: EmbeddedAirflow, call: str, task: str = "t", **keywords: Any) -> tuple[list[Any], Any]:
    """Do the same with asyncio."""

    async def run() -> tuple[list[Any], Any]:
        async with AsyncApiClient(configuration(airflow)) as client:
            read = getattr(AsyncXComApi(client), call)("d", "r", task, **keywords)
            return [item async for item in read], getattr(read, "counts", None)

    return asyncio.run(run())


@pytest.fixture(params=[blocking, awaited])
def read(request: pytest.FixtureRequest) -> Any:
    return request.param


class TestOverload:
    @pytest.mark.parametrize(("read", "max_workers"), [(blocking, 16), (awaited, 1)])
    def test_a_rate_limit_is_waited_out(self, airflow: EmbeddedAirflow, read: Any, max_workers: int) -> None:
        with airflow.limit_rate(50, "*/xcomEntries*", seconds=0.5):
            xcoms, counts = read(airflow, "iter_xcoms", "some", max_workers=max_workers)
        assert (len(xcoms), counts.failed) == (80, 0)

    @pytest.mark.parametrize("outage", ["fail", "drop"])
    def test_a_restart_is_waited_out(self, airflow: EmbeddedAirflow, read: Any, outage: str) -> None:
        def stop(_request: RecordedRequest) -> None:
            fault = getattr(airflow, outage)(path="*/xcomEntries*")
            threading.Timer(0.3, fault.remove).start()

        with airflow.on_request(stop, "*/k060", times=1) as stopped:
            xcoms, counts = read(airflow, "iter_xcoms", max_workers=16)
        assert [xcom.key for xcom in xcoms] == KEYS
        assert (counts.done, counts.failed, stopped.count) == (250, 0, 1)

    def test_a_page_is_repeated_too(self, airflow: EmbeddedAirflow, read: Any) -> None:
        with airflow.fail(LIST, times=2) as fault:
            assert len(read(airflow, "iter_xcom_entries", "few")[0]) == 20
        assert fault.count == 2

    @pytest.mark.parametrize("on_error", ["raise", "skip"])
    def test_a_stalled_read_ends(self, airflow: EmbeddedAirflow, read: Any, on_error: str) -> None:
        with airflow.fail(ENTRIES), pytest.raises(StalledException) as caught:
            read(airflow, "iter_xcoms", "few", stall_timeout=0.3, on_error=on_error)
        error = caught.value
        assert error.stall_timeout == 0.3
        assert error.counts is not None
        assert (error.counts.total, error.counts.done) == (20, 0)
        assert isinstance(error.__cause__, ServiceException)
        assert "0 of 20 XComs were read, then " in str(error)
        assert "stall_timeout is 0.3 s; the last failure was (503)" in str(error)

    @pytest.mark.parametrize("call", ["iter_xcoms", "iter_xcom_entries"])
    def test_a_stalled_list_ends(self, airflow: EmbeddedAirflow, read: Any, call: str) -> None:
        with airflow.fail(LIST), pytest.raises(StalledException, match=r"stall_timeout is 0\.3 s"):
            read(airflow, call, "few", stall_timeout=0.3)

    def test_one_xcom_that_the_gateway_gives_up_on_fails_alone(self, airflow: EmbeddedAirflow, read: Any) -> None:
        with airflow.fail("*/k007", status=504), airflow.delay(0.002, ENTRIES):
            xcoms, counts = read(airflow, "iter_xcoms", "some", on_error="yield", ordered=False)
        assert (len(xcoms), counts.failed) == (80, 1)
        (error,) = [xcom for xcom in xcoms if isinstance(xcom, OpenApiException)]
        assert isinstance(error, ServiceException)
        assert error.entry is not None
        assert error.entry.key == "k007"


@contextlib.contextmanager
def unreadable(airflow: EmbeddedAirflow, *keys: str) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for xcom in airflow.xcoms:
            if xcom.task_id == "t" and xcom.key in keys:
                stack.enter_context(airflow.unreadable(xcom))
        yield


class TestUnreadable:
    BAD = ("k037", "k180")

    def test_rows_are_skipped(self, airflow: EmbeddedAirflow, read: Any) -> None:
        with unreadable(airflow, *self.BAD):
            xcoms, counts = read(airflow, "iter_xcoms", on_error="skip")
        assert [xcom.key for xcom in xcoms] == [key for key in KEYS if key not in self.BAD]
        assert (counts.total, counts.done, counts.failed) == (250, 250, 2)

    @pytest.mark.parametrize("call", ["iter_xcoms", "iter_xcom_entries"])
    def test_rows_are_yielded_as_errors_with_their_position(
        self, airflow: EmbeddedAirflow, read: Any, call: str
    ) -> None:
        with unreadable(airflow, *self.BAD):
            items, _ = read(airflow, call, on_error="yield")
        errors = {i: item for i, item in enumerate(items) if isinstance(item, OpenApiException)}
        assert len(items) == 250
        assert {i: error.position for i, error in errors.items()} == {37: 37, 180: 180}
        assert "the server cannot load the XCom at position 37 of the list" in str(errors[37])

    def test_rows_end_the_list_by_default(self, airflow: EmbeddedAirflow, read: Any) -> None:
        with unreadable(airflow, *self.BAD), pytest.raises(ServiceException) as caught:
            read(airflow, "iter_xcom_entries")
        assert caught.value.position == 37

    def test_a_page_without_a_readable_row_does_not_end_the_list(self, airflow: EmbeddedAirflow) -> None:
        with unreadable(airflow, *KEYS[100:200]):
            entries, _ = blocking(airflow, "iter_xcom_entries", on_error="skip")
        assert len(entries) == 150

    def test_few_requests_find_a_row(self, airflow: EmbeddedAirflow) -> None:
        airflow.requests.clear()
        with unreadable(airflow, "k037"):
            blocking(airflow, "iter_xcom_entries", on_error="skip")
        assert sum(request.path.endswith("/xcomEntries") for request in airflow.requests) <= 30

    @pytest.mark.parametrize("page_size", [5, 100])
    def test_a_server_that_answers_500_to_everything_ends_the_list(
        self, airflow: EmbeddedAirflow, read: Any, page_size: int
    ) -> None:
        with airflow.fail("*/xcomEntries*", status=500), pytest.raises(ServiceException) as caught:
            read(airflow, "iter_xcom_entries", on_error="skip", page_size=page_size)
        assert caught.value.position in (None, 0)

    def test_a_500_of_an_overloaded_server_is_no_unreadable_row(self, airflow: EmbeddedAirflow, read: Any) -> None:
        with airflow.fail(LIST, status=500, times=1), airflow.fail(LIST, status=503, times=1) as unavailable:
            xcoms, counts = read(airflow, "iter_xcoms")
        assert (len(xcoms), counts.failed) == (250, 0)
        assert unavailable.count == 1

    def test_an_empty_page_after_a_500_ends_the_list(self, wire: WireServer) -> None:
        wire.answers = [answer("", "500 What"), answer('{"xcom_entries": [], "total_entries": 3}')]
        with ApiClient(Configuration(host=wire.url + "/api/v2")) as client:
            with pytest.warns(PagingWarning, match="received 0 rows, of 3"):
                assert list(XComApi(client).iter_xcom_entries()) == []
        assert len(wire.requests) == 2


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
                    server.push_xcom("dag", run_id, "task", f"k{i}", i)
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
