"""A file by which processes share a login: what is in it, who may read it, and what happens to a session that ended.

Real servers: ``tests/contract/test_real_sites.py``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiClient,
    ApiTypeError,
    ApiValueError,
    Configuration,
    ForbiddenException,
    LoginWarning,
    XComApi,
)
from airflow_client.xcom.headers import Secret
from airflow_client.xcom.session_file import Key, SessionFile
from tests.client.test_login import IDS, airflow, logins
from tests.contract import clients
from tests.support.full_disk import full_disk
from tests.support.tokens import jwt
from tests.support.wire_server import WireServer, answer

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and owners of files are POSIX's")
ENTRY = answer('{"key": "key", "value": 1}')
#: Release, auth and login of servers on which a session or a token is shared.
SITES = [
    ("3.3.2", "simple", None),
    ("2.11.2", "session", None),
    ("2.11.2", "basic,session", None),
    ("2.11.2", "session", "session"),
    ("2.10.5", "session", None),
]


def read(server: Any, path: Any, login: Any = None, times: int = 1, side: str = "blocking", **settings: Any) -> None:
    """Read so many times by a client of its own, as a process of its own would."""
    settings = {"username": "admin", "password": "pa55word", **settings}
    host = getattr(server, "base_url", None) or server.url
    configuration = Configuration(host=host, login=login, session_file=path, **settings)
    with clients.in_use(side), clients.ApiClient(configuration) as client:
        for _ in range(times):
            assert clients.XComApi(client).get_xcom_entry(*IDS).key == "key"


def entries(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text())["sessions"]  # type: ignore[no-any-return]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.mark.parametrize("side", clients.CLIENTS)
@pytest.mark.parametrize(("version", "auth", "login"), SITES)
class TestShared:
    def test_one_login_serves_all_processes(self, path: Path, version: str, auth: str, login: Any, side: str) -> None:
        with airflow(version, auth=auth) as server:
            for _ in range(4):
                read(server, path, login, side=side)
            assert logins(server) == 1
            (entry,) = entries(path)
            kind = "token" if version == "3.3.2" else "session"
            assert (entry["origin"], entry["username"], entry["kind"]) == (server.base_url, "admin", kind)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "pa55word" not in path.read_text()

    def test_one_that_has_ended_is_replaced(self, path: Path, version: str, auth: str, login: Any, side: str) -> None:
        with airflow(version, auth=auth) as server:
            for expected in (1, 2, 3):
                read(server, path, login, times=2, side=side)
                assert logins(server) == expected
                before = entries(path)
                server.revoke_tokens()
                server.expire_sessions()
            assert entries(path) == before

    def test_a_user_who_may_not_read_logs_in_once(
        self, path: Path, version: str, auth: str, login: Any, side: str
    ) -> None:
        with airflow(version, auth=auth) as server:
            for _ in range(3):
                with pytest.raises(ForbiddenException, match="can read on XComs"):
                    read(server, path, login, username="nobody", side=side)
            assert logins(server) == 1


def test_each_user_and_each_site_has_its_own(path: Path) -> None:
    with airflow("3.3.2") as one, airflow("3.3.2") as other:
        other.add_user("viewer", "v1ewer")
        for _ in range(2):
            read(one, path)
            read(other, path)
            read(other, path, username="viewer", password="v1ewer")
        assert (logins(one), logins(other)) == (1, 2)
    assert len(entries(path)) == 3


def test_a_token_that_expires_soon_is_not_used(path: Path, wire: WireServer) -> None:
    token = answer(json.dumps({"access_token": jwt(iat=1000, exp=1001)}), "201 Created")
    wire.version = "3.3.2"
    wire.answers = [token, ENTRY]
    read(wire, path)
    (entry,) = entries(path)
    path.write_text(path.read_text().replace(str(entry["renew_at"]), str(entry["renew_at"] - 10)))
    wire.answers = [token, ENTRY]
    read(wire, path)
    assert [head.split(b" ")[0] for head in wire.requests] == [b"POST", b"GET"] * 2


def test_a_site_that_takes_no_sessions_leaves_none_behind(path: Path) -> None:
    with airflow("2.10.5", auth="basic") as server:
        server.on_request(lambda _: server.expire_sessions(), "/dags/*")
        for _ in range(2):
            read(server, path, times=3)
    assert entries(path) == []


#: Reads an XCom as soon as a line arrives.
_PROCESS = """
import sys
from airflow_client.xcom import ApiClient, Configuration, XComApi, preload

host, path, *ids = sys.argv[1:]
preload()
print("ready", flush=True)
sys.stdin.readline()
with ApiClient(Configuration(host=host, username="admin", password="pa55word", session_file=path)) as client:
    XComApi(client).get_xcom_entry(*ids)
"""


def test_processes_that_start_at_the_same_time_log_in_once(path: Path) -> None:
    with airflow("2.11.2", auth="session") as server, contextlib.ExitStack() as stack:
        command = [sys.executable, "-c", _PROCESS, server.base_url, str(path), *IDS]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        processes = [
            stack.enter_context(subprocess.Popen(command, cwd=Path(__file__).parents[2], **pipes)) for _ in range(6)
        ]
        assert [process.stdout.readline() for process in processes] == ["ready\n"] * 6
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.wait(60) for process in processes] == [0] * 6
        assert logins(server) == 1


def test_a_process_that_hangs_during_its_login_delays_a_call_by_half_its_time(path: Path) -> None:
    with airflow("3.3.2") as server, SessionFile(path).try_lock():
        configuration = Configuration(host=server.host, username="admin", password="pa55word", session_file=path)
        with ApiClient(configuration) as client:
            start = time.monotonic()
            assert XComApi(client).get_xcom_entry(*IDS, _request_timeout=2).value == 1
            assert 0.9 < time.monotonic() - start < 2
        assert logins(server) == 1


class TestRefused:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
    def test_a_file_that_others_can_use(self, path: Path, wire: WireServer, mode: int) -> None:
        path.touch()
        path.chmod(mode)
        with pytest.raises(ApiValueError, match=rf"used by others \(mode {mode:04o}\).*run chmod 600"):
            read(wire, path)
        assert not any(b"pa55word" in head for head in wire.requests)

    @pytest.mark.parametrize("content", ["alias ll='ls -l'", "{}", '{"format": "x"}', "[" * 100_000, "\udcff"])
    def test_a_file_of_something_else(self, path: Path, wire: WireServer, content: str) -> None:
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
        path.chmod(0o600)
        with pytest.raises(ApiValueError, match="is another file"):
            read(wire, path)
        assert path.read_bytes() == content.encode("utf-8", "surrogateescape")

    def test_a_file_of_another_user(self, path: Path, wire: WireServer) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can give files away")
        path.touch(0o600)
        os.chown(path, 12345, -1)
        with pytest.raises(ApiValueError, match="belongs to another user"):
            read(wire, path)

    def test_a_device(self, wire: WireServer) -> None:
        with pytest.raises(ApiValueError, match="'/dev/null' is no regular file"):
            read(wire, "/dev/null")

    def test_a_folder(self, tmp_path: Path, wire: WireServer) -> None:
        with pytest.raises(ApiValueError, match=r"session_file '.*' (cannot be read|is no regular file)"):
            read(wire, tmp_path)

    def test_a_folder_that_does_not_exist(self, tmp_path: Path, wire: WireServer) -> None:
        with pytest.raises(ApiValueError, match="cannot be written"):
            read(wire, tmp_path / "none" / "sessions")
        assert not any(b"pa55word" in head for head in wire.requests)

    def test_what_is_no_path(self) -> None:
        with pytest.raises(ApiTypeError, match=r"session_file must be a str or os\.PathLike, not int"):
            Configuration(session_file=1)  # type: ignore[arg-type]

    @pytest.fixture
    def wire(self, wire: WireServer) -> WireServer:
        wire.version = "3.3.2"
        wire.answers = [answer("", "500 What")]
        return wire


def test_a_login_that_cannot_be_stored_is_used_all_the_same(path: Path, wire: WireServer) -> None:
    def replace(connection: Any, _head: bytes) -> None:
        path.mkdir()
        connection.sendall(answer('{"access_token": "a.b.c"}', "201 Created"))

    wire.version = "3.3.2"
    wire.answers = [replace, ENTRY]
    with pytest.warns(LoginWarning, match="the login is not shared: session_file"):
        read(wire, path)


def test_a_folder_that_is_gone_at_the_login_is_no_failure(wire: WireServer, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    def remove(connection: Any, _head: bytes) -> None:
        shutil.rmtree(folder)
        connection.sendall(answer('{"access_token": "a.b.c"}', "201 Created"))

    wire.version = "3.3.2"
    wire.answers = [remove, ENTRY]
    with pytest.warns(LoginWarning, match=r"the login is not shared: session_file '.*' cannot be written"):
        read(wire, folder / "sessions")


class TestEntries:
    """The file itself, without a client."""

    ONE, OTHER = (Key("http://airflow.test", username, "token") for username in ("ada", "bob"))

    def test_an_empty_file_has_none(self, path: Path) -> None:
        path.touch(0o600)
        file = SessionFile(path)
        assert file.load(self.ONE) is None
        file.store(self.ONE, Secret("a"), None)
        assert len(entries(path)) == 1

    def test_only_the_refused_one_is_forgotten(self, path: Path) -> None:
        """Another process may have replaced it, or removed it."""
        file = SessionFile(path)
        file.store(self.ONE, Secret("new"), None)
        file.store(self.OTHER, Secret("b"), None)
        for key, value, left in [(self.ONE, "old", 2), (self.ONE, "new", 1), (self.ONE, "new", 1)]:
            file.forget(key, Secret(value))
            assert len(entries(path)) == left
        assert entries(path)[0]["username"] == "bob"

    def test_one_process_at_a_time_has_the_lock(self, path: Path) -> None:
        held = SessionFile(path).try_lock()
        assert SessionFile(path).try_lock() is None
        held.close()
        SessionFile(path).try_lock().close()

    def test_a_full_disk_leaves_the_file_as_it_is(self, path: Path, tmp_path: Path) -> None:
        file = SessionFile(path)
        file.store(self.ONE, Secret("a"), None)
        before = path.read_bytes()
        with full_disk(), pytest.raises(ApiValueError, match=r"cannot be written: .*File too large"):
            file.store(self.OTHER, Secret("b"), None)
        assert [one.read_bytes() for one in tmp_path.iterdir()] == [before]


def test_a_traceback_shows_nothing_of_it(path: Path) -> None:
    with airflow("3.3.2") as server:
        read(server, path)
        read(server, path, username="nobody", times=0)
        with pytest.raises(ForbiddenException) as caught:
            read(server, path, username="nobody")
    inner = caught.value.__traceback__
    assert inner is not None
    shown = traceback.TracebackException(ForbiddenException, caught.value, inner.tb_next, capture_locals=True)
    text = "".join(shown.format())
    assert "session_file" in text
    assert len(entries(path)) == 2
    assert [one["username"] for one in entries(path) if one["value"] in text] == []
