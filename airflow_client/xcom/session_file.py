"""A file by which the processes of one user share sessions and tokens."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from airflow_client.xcom.exceptions import ApiValueError
from airflow_client.xcom.headers import Secret

try:
    import fcntl
except ImportError:  # pragma: no cover; Windows
    fcntl = None  # type: ignore[assignment]

#: Marker of the file, so that no other file is overwritten.
_FORMAT = "airflow_client sessions 1"
#: Maximum size in bytes.
_LONGEST = 1 << 20


class Key(NamedTuple):
    """Key of stored credentials.

    :ivar origin: scheme, host, port and path of Airflow's root.
    :ivar username: the user who logged in.
    :ivar kind: ``token`` or ``session``.
    """

    origin: str
    username: str
    kind: str


class SessionFile:
    """File with the origin, user name and cookie or token of each login, without passwords.

    It is written atomically with mode 0600, and rejected if others can read it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).expanduser()

    def load(self, key: Key) -> tuple[Secret[str], float | None] | None:
        """Return the stored credentials and the seconds until their renewal; None if there are none.

        :raises ApiValueError: the file cannot be used.
        """
        for entry in self._read().value:
            if _key(entry) == key:
                left = None if entry["renew_at"] is None else entry["renew_at"] - time.time()
                if left is None or left > 0:
                    return Secret(entry["value"]), left
        return None

    def store(self, key: Key, value: Secret[str], seconds: float | None) -> None:
        """Store credentials; ``seconds`` is the time until their renewal, None if unknown.

        :raises ApiValueError: the file cannot be used.
        """
        entries = self._others(key)
        renew_at = None if seconds is None else time.time() + seconds
        entries.value.append(dict(zip(Key._fields, key), renew_at=renew_at, value=value.value))
        self._write(entries)

    def forget(self, key: Key, value: Secret[str]) -> None:
        """Remove refused credentials, unless they have been replaced.

        :raises ApiValueError: the file cannot be used.
        """
        found = self.load(key)
        if found is not None and found[0].value == value.value:
            self._write(self._others(key))

    def try_lock(self) -> Any:
        """Lock logins of all processes until the result is closed; return None if another process holds the lock.

        :raises ApiValueError: the lock file cannot be created.
        """
        lock = Path(f"{self._path}.lock")
        try:
            handle = os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "rb")
        except OSError as error:
            raise self._unusable(f"cannot be written: {error}") from error
        if fcntl is not None:  # pragma: no branch: Windows
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                handle.close()
                return None
        return handle

    def _others(self, key: Key) -> Secret[list[dict[str, Any]]]:
        return Secret([entry for entry in self._read().value if _key(entry) != key])

    def _read(self) -> Secret[list[dict[str, Any]]]:
        try:
            with self._path.open("rb") as file:
                self._check(os.fstat(file.fileno()))
                data = Secret(file.read(_LONGEST))
        except FileNotFoundError:
            return Secret([])
        except OSError as error:
            raise self._unusable(f"cannot be read: {error}") from error
        entries = _entries(data)
        if entries is None:
            raise self._unusable("is another file: name one that does not exist yet")
        return entries

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise self._unusable("is no regular file")
        if os.name != "posix":  # pragma: no cover: Windows
            return
        if status.st_uid != os.geteuid():
            raise self._unusable("belongs to another user")
        if status.st_mode & 0o077:
            raise self._unusable(
                f"can be used by others (mode {stat.S_IMODE(status.st_mode):04o}), and is secret: run chmod 600 on it"
            )

    def _write(self, entries: Secret[list[dict[str, Any]]]) -> None:
        text = Secret(json.dumps({"format": _FORMAT, "sessions": entries.value}, indent=1))
        temporary: Path | None = None
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)  # mode 0600
            temporary = Path(name)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text.value)
            temporary.replace(self._path)
        except OSError as error:
            if temporary is not None:
                temporary.unlink(missing_ok=True)
            raise self._unusable(f"cannot be written: {error}") from error

    def _unusable(self, what: str) -> ApiValueError:
        return ApiValueError(f"session_file {str(self._path)!r} {what}")


def _key(entry: dict[str, Any]) -> Key:
    return Key(*(entry[name] for name in Key._fields))


def _entries(data: Secret[bytes]) -> Secret[list[dict[str, Any]]] | None:
    """Return the entries of a file, or None if it is another kind of file."""
    if not data.value.strip():
        return Secret([])
    with contextlib.suppress(ValueError, RecursionError, LookupError, TypeError):
        content = Secret(json.loads(data.value))
        if content.value["format"] == _FORMAT and all(map(_is_entry, content.value["sessions"])):
            return Secret(content.value["sessions"])
    return None


def _is_entry(entry: Any) -> bool:
    texts, moment = (*Key._fields, "value"), entry["renew_at"]
    return all(isinstance(entry[name], str) for name in texts) and isinstance(moment, (int, float, type(None)))
