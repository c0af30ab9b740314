"""Bulk reads with threads and with asyncio: order, memory, errors, and no leftovers at the end."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    OpenApiException,
    PagingWarning,
    ServiceException,
    XCom,
    XComApi,
)
from airflow_client.xcom.core.bulk import PREFETCH
from airflow_client.xcom.hooks import Attempt
from tests.support.cases import check_each
from tests.support.wire_server import WireServer, answer

RUN = "manual__2024-01-01T00:00:00+00:00"
IDS = ("dag", RUN, "task")
KEYS = [f"k{i:03}" for i in range(120)]
#: More DAGs, with the keys of their XComs.
DAGS = {
    "letters": list("abcdefgh"),
    "stopping": ["a", *(f"late{i}" for i in range(7))],
    "window": [*(f"gone{i}" for i in range(PREFETCH * 2)), *(f"k{i:02}" for i in range(PREFETCH * 4))],
    "many": [f"m{i:02}" for i in range(60)],
}
NOT_FOUND = {"detail": "XCom entry with key: `gone` not found"}
Read = Callable[..., Any]


def client_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("airflow-xcom-")]


@pytest.fixture(scope="module")
def airflow() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("admin", "pw")
        for i, key in enumerate(KEYS):
            server.push_xcom(*IDS, key, i)
        for dag_id, keys in DAGS.items():
            for key in keys:
                server.push_xcom(dag_id, RUN, "task", key, f"value of {key}")
        yield server


@pytest.fixture(scope="module")
def host(airflow: EmbeddedAirflow) -> str:
    return airflow.host.replace("://", "://admin:pw@")


def reads(airflow: EmbeddedAirflow) -> int:
    return sum("/xcomEntries" in request.path for request in airflow.requests)


def configuration(host: str) -> Configuration:
    configuration = Configuration(host=host)
    configuration.retries = 0
    return configuration


def blocking(host: str, *ids: str, **keywords: Any) -> tuple[list[Any], Any]:
    """Return all that ``iter_xcoms`` yields, and its counts."""
    with ApiClient(configuration(host)) as client:
        xcoms = XComApi(client).iter_xcoms(*ids, **keywords)
        return list(xcoms), xcoms.counts


def awaited(host: str, *ids: str, **keywords: Any) -> tuple[list[Any], Any]:
    """The same with asyncio."""

    async def run() -> tuple[list[Any], Any]:
        async with AsyncApiClient(configuration(host)) as client:
            xcoms = AsyncXComApi(client).iter_xcoms(*ids, **keywords)
            return [xcom async for xcom in xcoms], xcoms.counts

    return asyncio.run(run())


@pytest.fixture(params=[blocking, awaited])
def read(request: pytest.FixtureRequest) -> Read:
    read: Read = request.param
    return read


def entry(key: str) -> bytes:
    return answer(json.dumps({"key": key, "value": f"value of {key}"}))


class TestOrder:
    def test_is_that_of_the_list(self, host: str, read: Read) -> None:
        for max_workers in (1, 3, 8):
            xcoms, counts = read(host, *IDS, max_workers=max_workers)
            values = [(xcom.key, xcom.value, xcom.run_id) for xcom in xcoms]
            assert values == [(key, i, RUN) for i, key in enumerate(KEYS)]
            assert (counts.total, counts.done, counts.deleted, counts.failed) == (120, 120, 0, 0)
            assert counts.stringified is False

    def test_of_arrival_yields_all_too(self, host: str, read: Read) -> None:
        xcoms, _ = read(host, *IDS, ordered=False, page_size=40)
        assert sorted(xcom.key for xcom in xcoms) == KEYS

    def test_of_arrival_does_not_wait_for_a_slow_value(self, airflow: EmbeddedAirflow, host: str, read: Read) -> None:
        with airflow.delay(60, "*/a") as delay, airflow.on_request(lambda _: delay.remove(), "*/h"):
            xcoms, _ = read(host, "letters", max_workers=2, ordered=False)
        assert [xcom.key for xcom in xcoms][:6] == list("bcdefg")
        assert sorted(xcom.key for xcom in xcoms) == DAGS["letters"]

    def test_filters_select_the_rows(self, host: str, read: Read) -> None:
        xcoms, counts = read(host, xcom_key="k007")
        assert [xcom.value for xcom in xcoms] == [7]
        assert counts.total == 1
        assert read(host, "nope")[0] == []


class TestErrors:
    @pytest.fixture
    def failing(self, airflow: EmbeddedAirflow) -> Iterator[None]:
        with airflow.fail("*/c", status=500), airflow.fail("*/d", status=404, body=NOT_FOUND):
            yield

    def test_end_the_read_by_default(self, failing: None, host: str, read: Read) -> None:
        with pytest.raises(ServiceException) as caught:
            read(host, "letters")
        assert caught.value.entry is not None
        assert caught.value.entry.key == "c"
        assert client_threads() == []

    def test_are_raised_after_the_values_before_them(self, failing: None, host: str) -> None:
        with ApiClient(configuration(host)) as client:
            xcoms = XComApi(client).iter_xcoms("letters")
            assert [next(xcoms).key, next(xcoms).key] == ["a", "b"]
            with pytest.raises(ServiceException):
                next(xcoms)
            with pytest.raises(StopIteration):
                next(xcoms)

    def test_a_deleted_run_is_none(self, read: Read) -> None:
        with EmbeddedAirflow("2.11.2") as server:
            server.add_user("admin", "pw")
            for run_id in ("r", RUN):
                server.push_xcom("dag", run_id, "task", "k", run_id)
            with server.on_request(lambda _: server.delete_run("dag", "r"), "*/dagRuns/list"):
                xcoms, counts = read(server.host.replace("://", "://admin:pw@"), "dag")
        assert [xcom.value for xcom in xcoms] == [RUN]
        assert (counts.total, counts.done, counts.deleted) == (2, 2, 1)

    def test_are_skipped(self, failing: None, host: str, read: Read) -> None:
        xcoms, counts = read(host, "letters", on_error="skip")
        assert [xcom.key for xcom in xcoms] == list("abefgh")
        assert (counts.done, counts.deleted, counts.failed) == (8, 1, 1)

    @pytest.mark.parametrize("status", [404, 500], ids=["deleted", "failed"])
    def test_a_whole_window_of_them_does_not_end_the_read(
        self, airflow: EmbeddedAirflow, host: str, read: Read, status: int
    ) -> None:
        """All values in progress are skipped, and the first of them arrives last."""
        with airflow.fail("*/gone*", status=status, body=NOT_FOUND), airflow.delay(0.15, "*/gone0"):
            xcoms, counts = read(host, "window", on_error="skip", max_workers=2)
        assert [xcom.key for xcom in xcoms] == DAGS["window"][PREFETCH * 2 :]
        assert (counts.done, counts.deleted + counts.failed) == (PREFETCH * 6, PREFETCH * 2)

    def test_are_yielded(self, failing: None, host: str, read: Read) -> None:
        xcoms, _ = read(host, "letters", on_error="yield")
        assert [type(xcom) for xcom in xcoms] == [XCom, XCom, ServiceException, *[XCom] * 4]
        assert isinstance(xcoms[2], OpenApiException)
        assert xcoms[2].entry is not None
        assert xcoms[2].entry.key == "c"

    def test_of_the_list_end_the_read_in_any_case(self, read: Read) -> None:
        first = {"xcom_entries": [{"dag_id": "d", "run_id": "r", "task_id": "t", "key": "a"}], "total_entries": 2}

        def respond(connection: Any, head: bytes) -> None:
            failed = b"offset=1" in head
            body = json.dumps(first) if b"xcomEntries?" in head else '{"key": "a", "value": 1}'
            connection.sendall(answer(body, "503 Service Unavailable" if failed else "200 OK"))

        with WireServer(respond) as wire, pytest.raises(ServiceException):
            read(wire.url + "/api/v2", on_error="skip")
        assert client_threads() == []

    def test_an_unusable_id_is_one(self, read: Read) -> None:
        rows = [{"dag_id": "d", "run_id": run_id, "task_id": "t", "key": "a"} for run_id in ("a/b", "r")]
        page = answer(json.dumps({"xcom_entries": rows, "total_entries": 2}))
        with WireServer(page, entry("a")) as wire:
            xcoms, counts = read(wire.url + "/api/v2", on_error="yield")
        assert [type(xcom) for xcom in xcoms] == [ApiValueError, XCom]
        assert counts.failed == 1

    def test_of_arguments_are_raised_at_once(self) -> None:
        def check(case: tuple[dict[str, Any], type[Exception], str]) -> None:
            keywords, error, message = case
            for api in (XComApi(), AsyncXComApi()):
                with pytest.raises(error, match=message):
                    api.iter_xcoms(**keywords)

        check_each(
            [
                ({"max_workers": 0}, ApiValueError, "max_workers must be at least 1, got 0"),
                ({"max_workers": 1.5}, ApiTypeError, "max_workers must be an int, not float"),
                ({"on_error": "ignore"}, ApiValueError, "on_error must be 'raise', 'skip' or 'yield', not 'ignore'"),
                ({"progress": 1}, ApiTypeError, "progress must be a function"),
                ({"page_size": 0}, ApiValueError, "page_size must be at least 1, got 0"),
                ({"stringify": "no"}, ApiTypeError, "stringify must be a bool, not str"),
                ({"limit": 1}, ApiTypeError, "unknown keyword: limit"),
                ({"async_req": True}, ApiTypeError, "unknown keyword: async_req"),
                ({"nonsense": 1}, ApiTypeError, "unknown keyword: nonsense"),
                ({"map_index": "1"}, ApiTypeError, "map_index must be an int, not str"),
            ],
            check,
        )


class TestStopping:
    """The values in progress would take a minute."""

    def test_cancels_what_is_in_progress(self, airflow: EmbeddedAirflow, host: str) -> None:
        with airflow.delay(60, "*/late*"):
            with ApiClient(configuration(host)) as client:
                started = time.monotonic()
                for xcom in XComApi(client).iter_xcoms("stopping", max_workers=4):
                    assert xcom.key == "a"
                    assert client_threads() != []
                    break
                gc.collect()
                assert client_threads() == []
                assert time.monotonic() - started < 30

    def test_leaves_no_task(self, airflow: EmbeddedAirflow, host: str) -> None:
        async def run(host: str) -> int:
            async with AsyncApiClient(configuration(host)) as client:
                async with AsyncXComApi(client).iter_xcoms("stopping", max_workers=4) as xcoms:
                    async for xcom in xcoms:
                        assert xcom.key == "a"
                        break
                return len(asyncio.all_tasks())

        with airflow.delay(60, "*/late*"):
            started = time.monotonic()
            assert asyncio.run(run(host)) == 1
            assert time.monotonic() - started < 30

    def test_by_an_error_of_the_caller(self, host: str) -> None:
        with ApiClient(configuration(host)) as client, pytest.raises(TypeError, match="unsupported operand"):
            sum(XComApi(client).iter_xcoms(*IDS))  # type: ignore[arg-type, misc]
        gc.collect()
        assert client_threads() == []

    def test_before_the_first_value_and_twice(self, host: str) -> None:
        with ApiClient(configuration(host)) as client, XComApi(client).iter_xcoms(*IDS) as xcoms:
            xcoms.close()
            xcoms.close()
            assert list(xcoms) == []

    def test_during_the_pause_before_a_retry(self, airflow: EmbeddedAirflow, host: str) -> None:
        with airflow.fail("*/late*", retry_after=60):
            with ApiClient(Configuration(host=host)) as client:
                with XComApi(client).iter_xcoms("stopping", max_workers=2) as xcoms:
                    started = time.monotonic()
                    assert next(xcoms).key == "a"
                assert time.monotonic() - started < 30
                assert client_threads() == []


class TestMemory:
    @pytest.mark.parametrize("ordered", [True, False])
    def test_a_slow_caller_holds_a_limited_number_of_values(
        self, airflow: EmbeddedAirflow, host: str, ordered: bool
    ) -> None:
        airflow.requests.clear()
        with ApiClient(configuration(host)) as client:
            with XComApi(client).iter_xcoms("many", max_workers=3, ordered=ordered) as xcoms:
                next(xcoms)
                time.sleep(0.15)
                assert reads(airflow) <= 1 + 1 + 3 * PREFETCH

    def test_a_slow_value_limits_the_number_of_values_after_it(self, airflow: EmbeddedAirflow, host: str) -> None:
        airflow.requests.clear()
        with airflow.delay(0.3, "*/m01"), ApiClient(configuration(host)) as client:
            with XComApi(client).iter_xcoms("many", max_workers=4) as xcoms:
                assert [next(xcoms).key, next(xcoms).key] == ["m00", "m01"]
                assert reads(airflow) <= 2 + 4 * PREFETCH + 1

    @pytest.mark.parametrize("possible", [0, 2])
    def test_threads_that_cannot_be_started_are_not_needed(
        self, host: str, monkeypatch: pytest.MonkeyPatch, possible: int
    ) -> None:
        start = threading.Thread.start

        def start_if_possible(thread: threading.Thread) -> None:
            if thread.name.startswith("airflow-xcom-") and len(client_threads()) == possible:
                raise RuntimeError("can't start new thread")
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", start_if_possible)
        assert [xcom.key for xcom in blocking(host, *IDS)[0]] == KEYS
        assert client_threads() == []

    def test_a_single_entry_takes_no_thread(self, host: str) -> None:
        started: list[str] = []
        start = threading.Thread.start

        def record(thread: threading.Thread) -> None:
            started.append(thread.name)
            start(thread)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threading.Thread, "start", record)
            assert [xcom.value for xcom in blocking(host, *IDS, xcom_key="k001")[0]] == [1]
        assert [name for name in started if name.startswith("airflow-xcom-")] == []


class TestProgress:
    def test_is_called_for_each_value(self, host: str, read: Read) -> None:
        calls: list[tuple[int, int]] = []
        caller = threading.current_thread()

        def progress(done: int, total: int) -> None:
            assert threading.current_thread() is caller
            calls.append((done, total))

        read(host, *IDS, progress=progress)
        assert calls == [(i, 120) for i in range(1, 121)]

    def test_may_end_the_read(self, host: str, read: Read) -> None:
        def progress(done: int, total: int) -> None:
            raise InterruptedError

        with pytest.raises(InterruptedError):
            read(host, *IDS, progress=progress)
        assert client_threads() == []


class TestForm:
    def test_is_json_if_the_release_supports_it(self, read: Read) -> None:
        row = {"dag_id": "d", "execution_date": "2024-01-01T00:00:00+00:00", "task_id": "t", "map_index": 3, "key": "a"}
        page = answer(json.dumps({"xcom_entries": [row], "total_entries": 1}))

        def check(case: tuple[str, bool]) -> None:
            version, stringified = case
            with WireServer(page, entry("a"), version=version) as wire:
                xcoms, counts = read(wire.host, "d", "r")
                assert counts.stringified is (stringified or None)  # the only value is a str in either form
                assert wire.targets[1].partition("?")[2] == "map_index=3" + "&stringify=false" * (not stringified)
            assert xcoms[0].run_id == "r"  # which Airflow 2 does not send
            assert "run_id" not in xcoms[0].to_dict()

        check_each([("2.9.3", True), ("2.10.0", False), ("2.11.2", False)], check)

    def test_is_the_one_of_the_caller(self, read: Read) -> None:
        page = answer(json.dumps({"xcom_entries": [{"dag_id": "d", "task_id": "t", "key": "a"}], "total_entries": 1}))
        for stringify in (True, False):
            with WireServer(page, entry("a")) as wire:
                _, counts = read(wire.host, "d", "r", stringify=stringify, deserialize=False)
                assert counts.stringified is (stringify or None)
                assert wire.targets[1].partition("?")[2] == f"deserialize=false&stringify={str(stringify).lower()}"


class TestWarnings:
    def test_point_at_the_loop_of_the_caller(self, wire: WireServer) -> None:
        row = {"dag_id": "d", "run_id": "r", "task_id": "t", "key": "a"}
        page = json.dumps({"xcom_entries": [row], "total_entries": 2})

        def respond(connection: Any, head: bytes) -> None:
            connection.sendall(answer(page) if b"xcomEntries?" in head else entry("a"))

        wire.answers = [respond]
        host = wire.url + "/api/v2"
        with ApiClient(configuration(host)) as client:
            for rows in (XComApi(client).iter_xcom_entries(), XComApi(client).iter_xcoms()):
                with pytest.warns(PagingWarning, match="duplicates dropped: 1") as caught:
                    for _ in rows:
                        pass
                assert caught[0].filename == __file__

        async def run() -> None:
            async with AsyncApiClient(configuration(host)) as client:
                iterators: list[AsyncIterator[Any]] = [
                    AsyncXComApi(client).iter_xcom_entries(),
                    AsyncXComApi(client).iter_xcoms(),
                ]
                for rows in iterators:
                    with pytest.warns(PagingWarning, match="duplicates dropped: 1") as caught:
                        async for _ in rows:
                            pass
                    assert caught[0].filename == __file__

        asyncio.run(run())


def test_an_exception_that_is_not_ours_is_raised_in_any_case(host: str) -> None:
    """``on_error`` is only about failed requests."""

    def fail(attempt: Attempt) -> None:
        if attempt.path_template.endswith("{xcom_key}"):
            raise ZeroDivisionError

    settings = configuration(host)
    settings.on_attempt = fail
    with ApiClient(settings) as client, pytest.raises(ZeroDivisionError):
        list(XComApi(client).iter_xcoms(*IDS, on_error="skip"))
    assert client_threads() == []


def test_where_selects_rows_and_reads_no_other_values(read: Read) -> None:
    with EmbeddedAirflow("2.11.2") as server:  # whose rows get their run ids by a look-up
        server.add_user("admin", "pw")
        for i, key in enumerate(KEYS[:12]):
            server.push_xcom(*IDS, key, i)
        host = server.host.replace("://", "://admin:pw@")
        calls: list[tuple[int, int]] = []

        def is_wanted(row: Any) -> bool:
            assert row.run_id == RUN
            return bool(row.key in KEYS[10:])

        # Pages without any wanted row must not end the read.
        xcoms, counts = read(
            host, "dag", page_size=3, where=is_wanted, progress=lambda done, total: calls.append((done, total))
        )
        values = [request for request in server.requests if "/xcomEntries/" in request.path]
    assert [xcom.key for xcom in xcoms] == KEYS[10:12]
    assert len(values) == 2
    assert (counts.total, counts.done, counts.skipped, counts.running) == (12, 12, 10, 0)
    assert calls[-1] == (12, 12)
    with pytest.raises(ApiTypeError, match="where must be"):
        read(host, where="k")


def keys_read(airflow: EmbeddedAirflow) -> list[str]:
    return [request.path.rpartition("/")[2] for request in airflow.requests if "/xcomEntries/" in request.path]


def test_stop_yields_what_is_being_read_and_starts_no_more_requests(airflow: EmbeddedAirflow, host: str) -> None:
    airflow.requests.clear()
    with airflow.delay(0.01, "*/xcomEntries/*"):
        with ApiClient(configuration(host)) as client:
            xcoms = XComApi(client).iter_xcoms(*IDS, max_workers=4)
            keys = []
            for xcom in xcoms:
                keys.append(xcom.key)
                if len(keys) == 20:
                    assert 0 < xcoms.counts.running <= 4
                    xcoms.stop()
    assert 20 <= len(keys) <= 20 + 4 * PREFETCH
    assert keys == KEYS[: len(keys)]
    assert sorted(keys_read(airflow)) == sorted(keys)  # each value once, and none without its XCom
    assert not client_threads()


def test_stop_with_asyncio(airflow: EmbeddedAirflow, host: str) -> None:
    async def run() -> list[str]:
        async with AsyncApiClient(configuration(host)) as client:
            keys = []
            xcoms = AsyncXComApi(client).iter_xcoms(*IDS, max_workers=4)
            async for xcom in xcoms:
                keys.append(xcom.key)
                if len(keys) == 20:
                    xcoms.stop()
            return keys

    airflow.requests.clear()
    keys = asyncio.run(run())
    assert sorted(keys_read(airflow)) == sorted(keys)
    assert 20 <= len(keys) < len(KEYS)
