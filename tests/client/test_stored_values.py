"""Values in object storage, read by both clients from files and from fsspec's own memory."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import io
import json
import lzma
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import fsspec.asyn
import fsspec.compression
import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    ApiTypeError,
    ApiValueError,
    AsyncApiClient,
    AsyncXComApi,
    Configuration,
    DAGRunApi,
    ResponseTooLargeException,
    StoredValueException,
    TimeoutException,
    XComApi,
)
from tests.support.cases import all_cases
from tests.support.wire_server import WireServer, answer

IDS = ("dag", "run", "task")
VALUE = {"a": [1, "\u00e9"], "set": {"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}}


def zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("file", content)
    return file.getvalue()


COMPRESSED: dict[str, Any] = {
    "": bytes,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".lzma": lzma.compress,
    ".zip": zipped,
}


@pytest.fixture(scope="module")
def airflow() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("2.11.2") as server:
        server.add_user("admin", "pw")
        yield server


@pytest.fixture(autouse=True)
def _own_xcoms(airflow: EmbeddedAirflow) -> Iterator[None]:
    yield
    airflow.delete_run(*IDS[:2])
    fsspec.filesystem("memory").store.clear()


class Blocking:
    """The blocking client."""

    def __init__(self, airflow: EmbeddedAirflow, **settings: Any) -> None:
        self.configuration = Configuration(host=airflow.host, username="admin", password="pw", **settings)

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        with ApiClient(self.configuration) as client:
            return getattr(XComApi(client), name)(*arguments, **keywords)

    def all(self, **keywords: Any) -> list[Any]:
        with ApiClient(self.configuration) as client:
            return list(XComApi(client).iter_xcoms(*IDS, **keywords))


class Awaited(Blocking):
    """The asyncio client."""

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        async def run() -> Any:
            async with AsyncApiClient(self.configuration) as client:
                return await getattr(AsyncXComApi(client), name)(*arguments, **keywords)

        return asyncio.run(run())

    def all(self, **keywords: Any) -> list[Any]:
        async def run() -> Any:
            async with AsyncApiClient(self.configuration) as client:
                return [xcom async for xcom in AsyncXComApi(client).iter_xcoms(*IDS, **keywords)]

        return asyncio.run(run())


CLIENTS = (Blocking, Awaited)


def test_values_are_read_by_every_call_that_reads_them(airflow: EmbeddedAirflow, tmp_path: Path) -> None:
    content = json.dumps(VALUE).encode()
    for suffix, compress in COMPRESSED.items():
        (tmp_path / f"u{suffix}").write_bytes(compress(content))
        airflow.push_xcom(*IDS, f"key{suffix}", f"file://{tmp_path}/u{suffix}")
    airflow.push_xcom(*IDS, "other", "file:///elsewhere/u")
    airflow.push_xcom(*IDS, "number", 1)
    with all_cases() as case:
        for client in CLIENTS:
            for setting in (
                str(tmp_path),
                tmp_path,
                f"file://{tmp_path}/",
                {f"file://{tmp_path}": {"auto_mkdir": False}},
            ):
                with case((client.__name__, setting)):
                    stored = client(airflow, xcom_storage=setting)
                    for xcom in [xcom for xcom in stored.all() if xcom.key.startswith("key")]:
                        assert xcom.value == VALUE
                        assert xcom.decode()["set"] == {1}
                        assert xcom["value"] == f"file://{tmp_path}/u{xcom.key[3:]}"
                        assert xcom.run_id == "run"
            stored = client(airflow, xcom_storage=tmp_path)
            with case((client.__name__, "iter_xcoms")):
                xcoms = {xcom.key: xcom.value for xcom in stored.all()}
                others = {"other": "file:///elsewhere/u", "number": 1}
                assert xcoms == {f"key{suffix}": VALUE for suffix in COMPRESSED} | others
            with case((client.__name__, "single calls")):
                assert stored.call("wait_for_xcom_entry", *IDS, "key.gz", timeout=30).value == VALUE
                assert stored.call("get_xcom_entry", *IDS, "key.gz", resolve=True).value == VALUE
                assert stored.call("get_xcom_entry", *IDS, "other", resolve=True).value == "file:///elsewhere/u"
                assert stored.call("get_xcom_entry_with_http_info", *IDS, "key", resolve=True).data.value == VALUE
                assert [xcom.value for xcom in stored.call("history", "dag", "task", "key.xz")] == [VALUE]
                assert stored.call("get_xcom_entry", *IDS, "key").value == f"file://{tmp_path}/u"


def test_values_stay_urls_without_the_setting(airflow: EmbeddedAirflow, tmp_path: Path) -> None:
    (tmp_path / "u").write_bytes(b"1")
    airflow.push_xcom(*IDS, "key", f"file://{tmp_path}/u")
    for client in CLIENTS:
        assert [xcom.value for xcom in client(airflow).all()] == [f"file://{tmp_path}/u"]


def test_memory_is_read_with_one_request_to_airflow_for_each_value(airflow: EmbeddedAirflow) -> None:
    memory = fsspec.filesystem("memory")
    for i in range(30):
        memory.pipe_file(f"/xcom/{i}", str(i).encode())
        airflow.push_xcom(*IDS, f"key{i:02}", f"memory://conn@/xcom/{i}")
    for client in CLIENTS:
        airflow.requests.clear()
        assert [xcom.value for xcom in client(airflow, xcom_storage="memory://xcom").all()] == list(range(30))
        assert sum("/xcomEntries/" in request.path for request in airflow.requests) == 30


def test_a_file_system_that_uses_asyncio(airflow: EmbeddedAirflow, wire: WireServer) -> None:
    airflow.push_xcom(*IDS, "key", f"{wire.url}/xcom/u")
    wire.answers = [answer("[1, 2]")]
    for client in CLIENTS:
        assert [xcom.value for xcom in client(airflow, xcom_storage=f"{wire.url}/xcom").all()] == [[1, 2]]
    assert wire.targets == ["/xcom/u"] * 2


def test_failures_say_what_was_read_and_what_to_do(
    airflow: EmbeddedAirflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(fsspec.compression.compr, "lz4", raising=False)  # as if its package were not installed
    bomb = b'"' + b"x" * 5_000_000 + b'"'
    (tmp_path / "folder").mkdir()
    for name, content in {
        "text": b"no JSON",
        "cut.gz": gzip.compress(b"1" * 100)[:-9],
        "no.gz": b"1",
        "no.zip": b"1",
        "no.lz4": b"1",
    }.items():
        (tmp_path / name).write_bytes(content)
    for name, content in {"big": bomb, "bomb.gz": gzip.compress(bomb)}.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "later").write_bytes(b"1")
    failures: dict[str, tuple[type[Exception], str]] = {
        "missing": (StoredValueException, "the file with the XCom's value does not exist"),
        "folder": (StoredValueException, "cannot be read: IsADirectoryError"),
        "text": (StoredValueException, "it is not JSON"),
        "cut.gz": (StoredValueException, "unexpected content: EOFError"),
        "no.gz": (StoredValueException, "unexpected content: BadGzipFile"),
        "no.zip": (StoredValueException, "unexpected content: BadZipFile"),
        "no.lz4": (StoredValueException, "compressed with lz4, which fsspec cannot read here"),
        "big": (ResponseTooLargeException, "more than 1000000 bytes"),
        "bomb.gz": (ResponseTooLargeException, "more than 1000000 bytes"),
    }
    for name in (*failures, "later"):
        airflow.push_xcom(*IDS, name, f"file://{tmp_path}/{name}")
    with all_cases() as case:
        for client in CLIENTS:
            stored = client(airflow, xcom_storage=tmp_path, max_response_size=1_000_000)
            for name, (kind, message) in failures.items():
                with case((client.__name__, name)):
                    with pytest.raises(ApiException) as caught:
                        stored.call("get_xcom_entry", *IDS, name, resolve=True)
                    text = str(caught.value)
                    assert type(caught.value) is kind, text
                    assert (message in text, "Hint: " in text) == (True, True), text
                    assert f"Request: READ file://{tmp_path}/{name}" in text
                    has_cause = kind is not ResponseTooLargeException and name != "no.lz4"
                    assert (caught.value.__cause__ is not None) == has_cause
            with case((client.__name__, "iter_xcoms")):
                read = stored.all(on_error="yield")
                assert [getattr(one, "value", type(one)) for one in read] == [
                    1 if name == "later" else failures[name][0] for name in sorted((*failures, "later"))
                ]
                assert [one.entry.key for one in read if isinstance(one, Exception)] == sorted(failures)
                assert [xcom.value for xcom in stored.all(on_error="skip")] == [1]


def test_bad_arguments_and_missing_packages_are_refused_before_anything_is_sent(
    airflow: EmbeddedAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow.requests.clear()
    with all_cases() as case:
        for client in CLIENTS:
            plain, stored = client(airflow), client(airflow, xcom_storage="/mnt/xcom")
            nowhere = client(airflow, xcom_storage="nosuch://a")
            calls: list[tuple[str, Any, dict[str, Any]]] = [
                ("set Configuration(xcom_storage=", plain, {"resolve": True}),
                ("resolve must be a bool, not int", stored, {"resolve": 1}),
                ("_preload_content=False leaves no value", stored, {"resolve": True, "_preload_content": False}),
                ("cannot read nosuch:// here: Protocol not known", nowhere, {"resolve": True}),
            ]
            for message, caller, keywords in calls:
                with case((client.__name__, message)):
                    with pytest.raises((ApiTypeError, ApiValueError)) as caught:
                        caller.call("get_xcom_entry", *IDS, "k", **keywords)
                    assert message in str(caught.value)
            with case((client.__name__, "no fsspec")), monkeypatch.context() as without:
                without.setitem(sys.modules, "fsspec", None)
                with pytest.raises(ApiValueError, match=r"pip install 'fsspec>=2024.2'"):
                    stored.call("wait_for_xcom_entry", *IDS, "k", timeout=30)
                with pytest.raises(ApiValueError, match="needs fsspec"):
                    stored.all(on_error="skip")
    assert [request for request in airflow.requests if "xcomEntries" in request.path] == []


def test_call_dag_checks_the_storage_first_and_reads_the_value_last(airflow: EmbeddedAirflow, tmp_path: Path) -> None:
    (tmp_path / "u").write_bytes(b"[1, 2]")
    airflow.add_dag("called", {"last": []})

    def finish(run: Any) -> None:
        run.push("last", f"file://{tmp_path}/u")
        run.finish()

    airflow.on_trigger("called", finish)
    with ApiClient(Blocking(airflow, xcom_storage="nosuch://a").configuration) as client:
        with pytest.raises(ApiValueError, match="cannot read nosuch://"):
            DAGRunApi(client).call_dag("called")
    with ApiClient(Blocking(airflow, xcom_storage=tmp_path).configuration) as client:
        assert DAGRunApi(client).get_dag_runs("called").total_entries == 0
        assert DAGRunApi(client).call_dag("called", poll_interval=0.05) == {"last": [1, 2]}


class SlowFile(io.BytesIO):
    """File of which each byte takes a moment; an event tells when somebody reads."""

    reading = threading.Event()

    def read(self, size: Any = -1) -> bytes:
        self.reading.set()
        time.sleep(0.05)
        return super().read(1)


class SlowFileSystem(fsspec.AbstractFileSystem):
    """File system that blocks: it does not use asyncio."""

    protocol = "slow"

    def open(self, *arguments: Any, **keywords: Any) -> Any:
        return SlowFile(b" " * 400 + b"1")


class HangingFileSystem(fsspec.asyn.AsyncFileSystem):
    """File system that uses asyncio, and whose server never answers."""

    protocol = "hanging"

    async def _cat_file(self, *arguments: Any, **keywords: Any) -> bytes:
        SlowFile.reading.set()
        await asyncio.sleep(60)
        raise AssertionError("it was not cancelled")


@pytest.fixture(params=[SlowFileSystem, HangingFileSystem], ids=lambda system: system.protocol)
def protocol(request: pytest.FixtureRequest) -> str:
    fsspec.register_implementation(request.param.protocol, request.param, clobber=True)
    SlowFile.reading.clear()
    return request.param.protocol


def test_the_deadline_of_the_call_ends_a_read(airflow: EmbeddedAirflow, protocol: str) -> None:
    airflow.push_xcom(*IDS, "key", f"{protocol}://xcom/u")
    with all_cases() as case:
        for client in CLIENTS:
            stored = client(airflow, xcom_storage=f"{protocol}://xcom")
            for name, limit in (("get_xcom_entry", "_request_timeout"), ("wait_for_xcom_entry", "timeout")):
                with case((client.__name__, name)):
                    begin = time.monotonic()
                    keywords = {"resolve": True} if name == "get_xcom_entry" else {}
                    with pytest.raises(TimeoutException, match="was not read within the") as caught:
                        stored.call(name, *IDS, "key", **{limit: 0.2}, **keywords)
                    assert time.monotonic() - begin < 5
                    assert f"READ {protocol}://xcom/u" in str(caught.value)


def test_closing_a_bulk_read_ends_its_reads(airflow: EmbeddedAirflow, protocol: str) -> None:
    airflow.push_xcom(*IDS, "a", 1)
    airflow.push_xcom(*IDS, "b", f"{protocol}://xcom/u")
    with ApiClient(Blocking(airflow, xcom_storage=f"{protocol}://xcom").configuration) as client:
        with XComApi(client).iter_xcoms(*IDS) as xcoms:
            assert next(xcoms).value == 1
            assert SlowFile.reading.wait(10)
            begin = time.monotonic()
        assert time.monotonic() - begin < 5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("airflow-xcom-")]


def test_asyncio_goes_on_during_a_read_and_cancels_it(airflow: EmbeddedAirflow, protocol: str) -> None:
    airflow.push_xcom(*IDS, "key", f"{protocol}://xcom/u")

    async def run() -> int:
        async with AsyncApiClient(Awaited(airflow, xcom_storage=f"{protocol}://xcom").configuration) as client:
            call = asyncio.ensure_future(AsyncXComApi(client).get_xcom_entry(*IDS, "key", resolve=True))
            turns = 0
            while not SlowFile.reading.is_set():
                await asyncio.sleep(0.01)
            for _ in range(10):
                await asyncio.sleep(0.01)
                turns += 1
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            return turns

    begin = time.monotonic()
    assert asyncio.run(run()) == 10
    assert time.monotonic() - begin < 5
