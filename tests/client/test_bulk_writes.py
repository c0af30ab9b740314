"""Creating or updating an XCom, and deleting and copying many, on servers and connections that fail."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Callable
from typing import Any, Optional, Union
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from airflow_client.xcom import (
    ApiClient,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    BulkWriteResult,
    Configuration,
    OpenApiException,
    ServiceException,
    StalledException,
    UnauthorizedException,
    XComApi,
)
from airflow_client.xcom.hooks import Attempt
from tests.support.wait import wait_until
from tests.support.wire_server import WireServer, answer, requests_on

UNAVAILABLE = answer("<h1>503 Service Temporarily Unavailable</h1>", "503 Service Temporarily Unavailable")
BROKEN = answer("Internal Server Error", "500 Internal Server Error")
#: The server does what it is asked for, and the connection breaks before the response.
LOST = "lost"
Fault = Union[bytes, str, Callable[[], Any]]
Write = Callable[..., Any]


class Site(WireServer):
    """Airflow 3.3.2 with the XComs of a task, in two runs, and faults that requests for a key meet in turn."""

    def __init__(self, keys: list[str], faults: Optional[dict[tuple[str, str], list[Fault]]] = None) -> None:
        super().__init__(self._serve_requests)
        self.values: dict[tuple[str, str], Any] = {("from", key): f"value of {key}" for key in keys}
        self.log: list[str] = []
        self._faults = faults or {}
        self._lock = threading.Lock()

    def keys(self, run: str = "from") -> list[str]:
        return [key for owner, key in self.values if owner == run]

    def _serve_requests(self, connection: Any, head: bytes) -> None:
        for request in itertools.chain([head], requests_on(connection)):
            method, target, _ = request.split(b"\r\n")[0].decode().split(" ")
            body = request.partition(b"\r\n\r\n")[2]
            content = json.loads(body) if body else {}
            path, query = unquote(urlsplit(target).path), parse_qs(urlsplit(target).query)
            run, _, key = path.partition("/dagRuns/")[2].partition("/taskInstances/t/xcomEntries")
            key = content.get("key", key.lstrip("/"))
            with self._lock:
                self.log.append(f"{method} {run} {key}".rstrip())
                faults = self._faults.get((method, key), [])
                fault = faults.pop(0) if faults else None
            if callable(fault):
                fault = fault()
            if isinstance(fault, bytes):
                if not fault:
                    return
                connection.sendall(fault)
                continue
            with self._lock:
                response = self._respond(method, path, query, run, key, content)
            if fault == LOST:
                return
            connection.sendall(response)

    def _respond(self, method: str, path: str, query: Any, run: str, key: str, content: Any) -> bytes:
        if path.endswith("/version"):
            return answer('{"version": "3.3.2"}')
        if method == "GET" and not key:
            start, size = int(query.get("offset", ["0"])[0]), int(query["limit"][0])
            entries = [self._row(*one) for one in self.values if run in ("~", one[0])]
            page = {"xcom_entries": entries[start : start + size], "total_entries": len(entries)}
            return answer(json.dumps(page))
        exists = (run, key) in self.values
        if method == "POST" and exists:
            detail = f"The XCom with key: `{key}` with mentioned task instance already exists."
            return answer(json.dumps({"detail": detail}), "409 Conflict")
        if method != "POST" and not exists:
            return answer(json.dumps({"detail": f"XCom entry with key: `{key}` not found"}), "404 Not Found")
        if method == "DELETE":
            del self.values[run, key]
            return b"HTTP/1.1 204 No Content\r\n\r\n"
        if method in ("POST", "PATCH"):
            self.values[run, key] = content["value"]
        entry = {**self._row(run, key), "value": self.values[run, key]}
        return answer(json.dumps(entry), "201 Created" if method == "POST" else "200 OK")

    @staticmethod
    def _row(run: str, key: str) -> dict[str, Any]:
        return {"dag_id": "d", "run_id": run, "task_id": "t", "map_index": -1, "key": key}


def blocking(site: Site, call: str, **keywords: Any) -> Any:
    with ApiClient(Configuration(host=site.url + "/api/v2", access_token="t")) as client:
        return getattr(XComApi(client), call)(**keywords)


def awaited(site: Site, call: str, **keywords: Any) -> Any:
    async def run() -> Any:
        async with AsyncApiClient(Configuration(host=site.url + "/api/v2", access_token="t")) as client:
            return await getattr(AsyncXComApi(client), call)(**keywords)

    return asyncio.run(run())


@pytest.fixture(params=[blocking, awaited])
def write(request: pytest.FixtureRequest) -> Any:
    return request.param


DELETE = {"call": "delete_xcom_entries", "dag_id": "d", "dag_run_id": "from", "task_id": "t"}
COPY = {"call": "copy_xcom_entries", "dag_id": "d", "from_run": "from", "to_run": "to", "task_id": "t"}
PUT = {"call": "put_xcom_entry", "dag_id": "d", "dag_run_id": "to", "task_id": "t", "xcom_key": "k", "value": 1.0}
KEYS = [f"k{i:02}" for i in range(25)]


def keys(rows: list[Any]) -> list[str]:
    return [row.key for row in rows]


class TestLostResponses:
    @pytest.mark.parametrize("fault", [LOST, b"", UNAVAILABLE], ids=["lost", "closed", "503"])
    def test_a_deletion_is_made_once_and_counted(self, write: Write, fault: Fault) -> None:
        with Site(KEYS, {("DELETE", "k07"): [fault], ("DELETE", "k24"): [fault]}) as site:
            result = write(site, **DELETE)
        assert (keys(result.entries), result.skipped, result.errors) == (KEYS, [], [])
        assert site.values == {}

    def test_a_copy_whose_response_is_lost_is_looked_up(self, write: Write) -> None:
        with Site(KEYS, {("POST", "k07"): [LOST]}) as site:
            result = write(site, **COPY)
        assert (keys(result.entries), result.skipped, result.errors) == (KEYS, [], [])
        assert site.keys("to") == KEYS
        assert site.log.count("GET to k07") == 1

    def test_a_put_whose_response_is_lost_becomes_an_update(self, write: Write) -> None:
        with Site([], {("POST", "k"): [LOST], ("PATCH", "k"): [LOST]}) as site:
            assert repr(write(site, **PUT).value) == "1.0"
        assert [line for line in site.log if "version" not in line and line != "GET"] == [
            *("POST to k", "POST to k", "PATCH to k", "PATCH to k")
        ]


class TestOthersWriteMeanwhile:
    def test_xcoms_deleted_by_others_are_skipped(self, write: Write) -> None:
        site = Site(KEYS)
        site._faults = {("DELETE", "k03"): [lambda: site.values.pop(("from", "k03"))]}
        with site:
            result = write(site, **DELETE)
        assert (keys(result.skipped), len(result.entries), result.errors) == (["k03"], 24, [])

    def test_a_copy_leaves_what_others_create(self, write: Write) -> None:
        site = Site(KEYS)
        site._faults = {
            ("POST", "k03"): [lambda: site.values.update({("to", "k03"): "theirs"})],
            ("GET", "k05"): [lambda: site.values.pop(("from", "k05"))],
        }
        with site:
            result = write(site, **COPY)
        assert (keys(result.skipped), len(result.entries), result.errors) == (["k03", "k05"], 23, [])
        assert site.values["to", "k03"] == "theirs"

    def test_a_copy_replaces_them_with_overwrite(self, write: Write) -> None:
        site = Site(["a", "b", "c"])
        site.values["to", "b"] = "old"
        site._faults = {
            ("POST", "a"): [lambda: site.values.update({("to", "a"): "theirs"})],
            ("PATCH", "b"): [lambda: site.values.pop(("to", "b"))],
        }
        with site:
            result = write(site, **COPY, overwrite=True)
        assert (keys(result.entries), result.skipped) == (["a", "b", "c"], [])
        assert {key: site.values["to", key] for key in "abc"} == {key: f"value of {key}" for key in "abc"}

    def test_a_put_gives_up_if_they_go_on(self, write: Write) -> None:
        site = Site([])
        site._faults = {
            ("POST", "k"): [lambda: site.values.update({("to", "k"): "theirs"})] * 4,
            ("PATCH", "k"): [lambda: site.values.pop(("to", "k"))] * 4,
        }
        with site, pytest.raises(OpenApiException):
            write(site, **PUT)
        assert sum("to k" in line for line in site.log) == 8


class TestOverload:
    @pytest.mark.parametrize("max_workers", [1, 8])
    def test_a_rate_limit_is_waited_out(self, write: Write, max_workers: int) -> None:
        limited = answer("", "429 Too Many Requests", Retry_After="0")
        with Site(KEYS, {("DELETE", key): [limited] for key in KEYS[::5]}) as site:
            result = write(site, **DELETE, max_workers=max_workers)
        assert (keys(result.entries), result.errors, site.values) == (KEYS, [], {})

    @pytest.mark.parametrize("call", [DELETE, COPY], ids=["delete", "copy"])
    def test_a_stalled_write_ends_with_its_result(self, write: Write, call: dict[str, Any]) -> None:
        method = "DELETE" if call is DELETE else "POST"
        faults: dict[tuple[str, str], list[Fault]] = {(method, key): [UNAVAILABLE] * 1000 for key in KEYS[2:]}
        with Site(KEYS, faults) as site, pytest.raises(StalledException) as caught:
            write(site, **call, stall_timeout=0.3, on_error="skip")
        assert caught.value.result is not None
        assert keys(caught.value.result.entries) == KEYS[:2]
        assert "of 25 XComs were processed, then " in str(caught.value)


class TestErrors:
    def test_the_first_ends_the_call_by_default(self, write: Write) -> None:
        with Site(KEYS, {("DELETE", "k03"): [BROKEN]}) as site, pytest.raises(ServiceException) as caught:
            write(site, **DELETE)
        error = caught.value
        assert error.entry is not None
        assert error.result is not None
        assert (error.entry.key, keys(error.result.entries), error.result.errors) == ("k03", KEYS[:3], [error])
        assert site.keys() == KEYS[3:]

    def test_running_requests_end_before_it_is_raised(self, write: Write) -> None:
        gate = threading.Event()
        faults: dict[tuple[str, str], list[Fault]] = {
            ("DELETE", "k00"): [lambda: gate.wait(10)],
            ("DELETE", "k01"): [lambda: gate.set() or BROKEN],
        }
        with Site(KEYS, faults) as site, pytest.raises(ServiceException) as caught:
            write(site, **DELETE, max_workers=2)
        assert isinstance(caught.value.result, BulkWriteResult)
        assert "k00" in keys(caught.value.result.entries)
        assert len(caught.value.result.entries) + len(site.keys()) == 25

    def test_all_are_listed_with_skip(self, write: Write) -> None:
        progress: list[tuple[int, int]] = []
        with Site(KEYS, {("POST", "k03"): [BROKEN], ("GET", "k24"): [BROKEN]}) as site:
            result = write(site, **COPY, on_error="skip", progress=lambda *counts: progress.append(counts))
        assert [(type(error), error.entry and error.entry.key) for error in result.errors] == [
            *((ServiceException, "k03"), (ServiceException, "k24"))
        ]
        assert "a mapped task needs map_index" in str(result.errors[0])
        assert repr(result) == "BulkWriteResult(total=25, entries=23, skipped=0, errors=2, dry_run=False)"
        assert progress == [(i, 25) for i in range(1, 26)]

    def test_refused_credentials_end_it_in_any_case(self, write: Write) -> None:
        expired = answer('{"detail": "Token Expired"}', "401 Unauthorized")
        with Site(KEYS, {("DELETE", "k01"): [expired] * 9}) as site, pytest.raises(UnauthorizedException) as caught:
            write(site, **DELETE, on_error="skip")
        assert caught.value.result is not None
        assert (len(caught.value.result.entries), len(site.keys())) == (1, 24)

    @pytest.mark.parametrize("call", [DELETE, COPY], ids=["delete", "copy"])
    def test_a_404_of_a_gateway_is_no_missing_xcom(self, write: Write, call: dict[str, Any]) -> None:
        method = "DELETE" if call is DELETE else "GET"
        with Site(KEYS, {(method, "k03"): [answer("<h1>404</h1>", "404 Not Found")]}) as site:
            result = write(site, **call, on_error="skip")
        assert (result.skipped, [error.entry.key for error in result.errors]) == ([], ["k03"])

    def test_a_run_that_no_path_names_is_found_before_the_first_write(self, write: Write) -> None:
        with Site(["a", "b"]) as site:
            site.values["x/y", "c"] = 1
            for dry_run in (True, False):
                with pytest.raises(ApiValueError, match="cannot address this XCom: its dag_run_id is 'x/y'"):
                    write(site, **{**DELETE, "dag_run_id": "~"}, dry_run=dry_run)
        assert len(site.values) == 3

    @pytest.mark.parametrize("call", [DELETE, COPY], ids=["delete", "copy"])
    def test_a_key_that_no_path_may_have_is_found_before_the_first_write(
        self, write: Write, call: dict[str, Any]
    ) -> None:
        with Site(["a", "../b", "c"]) as site:
            for dry_run in (True, False):
                with pytest.raises(ApiValueError, match=r"xcom_key must not have an empty, '\.' or"):
                    write(site, **call, dry_run=dry_run)
            assert not [line for line in site.log if not line.startswith("GET")]
            result = write(site, **call, on_error="skip")
        assert (keys(result.entries), [error.entry.key for error in result.errors]) == (["a", "c"], ["../b"])

    def test_a_row_that_the_server_cannot_load_is_one_error(self, write: Write) -> None:
        site = Site(KEYS)
        respond = site._respond

        def refuse(method: str, path: str, query: Any, run: str, key: str, content: Any) -> bytes:
            start, size = int(query.get("offset", ["0"])[0]), int(query.get("limit", ["0"])[0])
            if method == "GET" and not key and start <= 3 < start + size:
                return BROKEN
            return respond(method, path, query, run, key, content)

        site._respond = refuse  # type: ignore[method-assign]
        with site:
            result = write(site, **DELETE, on_error="skip", dry_run=True)
        assert (result.total, len(result.entries), [error.position for error in result.errors]) == (25, 24, [3])

    def test_a_copy_that_the_database_changes_is_an_error(self, write: Write) -> None:
        site = Site(["a"])
        site.values["from", "a"] = 1.0
        respond = site._respond

        def change(method: str, path: str, query: Any, run: str, key: str, content: Any) -> bytes:
            if method == "POST":
                content["value"] = 1
            return respond(method, path, query, run, key, content)

        site._respond = change  # type: ignore[method-assign]
        with site:
            (error,) = write(site, **COPY, on_error="skip").errors
        assert "the copy differs: the server's database changed the value of 'a': 1.0 was sent, 1 is stored" in str(
            error
        )


class TestLeavingEarly:
    def test_an_exception_of_the_progress_function_stops_the_requests(self, write: Write) -> None:
        def interrupt(done: int, total: int) -> None:
            if done == 3:
                raise KeyboardInterrupt

        with Site(KEYS) as site, pytest.raises(KeyboardInterrupt):
            write(site, **DELETE, progress=interrupt)
        assert site.keys() == KEYS[3:]
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("airflow-xcom-")]

    def test_an_interrupted_request_ends_the_call(self) -> None:
        def interrupt(attempt: Attempt) -> None:
            if attempt.path_template.endswith("{xcom_key}"):
                raise KeyboardInterrupt

        with Site(KEYS) as site, ApiClient(Configuration(host=site.url + "/api/v2", access_token="t")) as client:
            client.configuration.on_attempt = interrupt
            keywords = {name: value for name, value in DELETE.items() if name != "call"}
            with pytest.raises(KeyboardInterrupt):
                XComApi(client).delete_xcom_entries(**keywords, max_workers=1, on_error="skip")  # type: ignore[arg-type]
        assert site.keys() == KEYS[1:]

    def test_a_cancelled_task_stops_the_requests(self) -> None:
        gate = threading.Event()

        async def run(site: Site) -> int:
            async with AsyncApiClient(Configuration(host=site.url + "/api/v2", access_token="t")) as client:
                keywords = {name: value for name, value in DELETE.items() if name != "call"}
                task = asyncio.ensure_future(AsyncXComApi(client).delete_xcom_entries(**keywords))
                await asyncio.get_running_loop().run_in_executor(
                    None, wait_until, lambda: "DELETE from k03" in site.log
                )
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                return len(asyncio.all_tasks())

        with Site(KEYS, {("DELETE", "k03"): [lambda: gate.wait(10)]}) as site:
            assert asyncio.run(run(site)) == 1
            gate.set()
        assert set(site.keys()) >= set(KEYS[4:])
