"""Adapter of fsspec: reads files with XCom values from object storage."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import wait
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import stored_values
from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.exceptions import ApiException, ApiValueError
from airflow_client.xcom.transport import strip_secrets

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future
    from threading import Event

    from airflow_client.xcom.core.policy import ReadFile
    from airflow_client.xcom.headers import Secret
    from airflow_client.xcom.storage_roots import StoredFile

#: Bytes to read or decompress between two looks at the deadline and the size.
CHUNK = 1 << 20
#: Seconds between two looks at ``stop`` while a file system's own event loop reads.
STOP_CHECK_INTERVAL = 0.05
#: Minimum length of an option's text that messages hide: shorter texts occur in other words.
_SECRET_MIN_SIZE = 6


class Stopped(Exception):
    """The content is not needed any more."""


def check_protocols(protocols: Collection[str]) -> None:
    """Import the file systems of ``protocols``.

    :raises ApiValueError: fsspec, or the package of a file system, is not installed.
    """
    fsspec = _fsspec()
    for protocol in protocols:
        try:
            fsspec.get_filesystem_class(protocol)
        except (ImportError, ValueError) as error:
            raise stored_values.missing_package(protocol, str(error)) from error


def read_file(step: ReadFile, stop: Event | None = None) -> bytes:
    """Return the decompressed content of a file. It blocks; asyncio's driver calls it in a thread.

    File systems that use asyncio (such as those of S3, Google Cloud Storage, Azure and HTTP) end at the deadline and
    soon after ``stop`` is set. Others end after the read that they are in.

    :raises StoredValueException: the file cannot be read.
    :raises ResponseTooLargeException: its content is too large.
    :raises TimeoutException: the deadline is over.
    :raises Stopped: ``stop`` is set.
    """
    failure: BaseException
    try:
        read = _Read(step, stop)
        data = read.raw()
        return data if read.compression is None else read.decompressed(data)
    except (ApiException, ApiValueError, Stopped) as error:
        failure = error.with_traceback(None)  # the frames hold the file system, which holds credentials
        cause = error.__cause__
    except Exception as error:  # each file system raises its own
        cause = _without_secrets(error, step.file.options)
        failure = stored_values.failure(step.file, type(error), str(cause))
    failure.__context__ = None
    raise failure from cause


class _Read:
    """One read of a file, up to a deadline."""

    def __init__(self, step: ReadFile, stop: Event | None) -> None:
        self.compression: str | None = stored_values.compression_of(step.file)
        self._file: StoredFile = step.file
        self._limit = step.limit
        self._seconds = step.seconds
        self._deadline = monotonic() + step.seconds
        self._stop = stop

    def raw(self) -> bytes:
        """Return the file as it is stored."""
        fs = _fsspec().filesystem(self._file.protocol, **self._file.options.value)
        path = fs._strip_protocol(self._file.url)
        self._check(0)
        if getattr(fs, "async_impl", False):
            steps = fs._cat_file(path, start=0, end=self._limit + 1)
            data = self._wait(asyncio.run_coroutine_threadsafe(steps, fs.loop))
            self._check(len(data))
            return data
        with fs.open(path, "rb") as file:
            return self._all_of(file)

    def decompressed(self, data: bytes) -> bytes:
        """Return ``data`` decompressed."""
        compressions = import_module("fsspec.compression").compr
        if self.compression not in compressions:
            raise stored_values.unknown_compression(self._file, str(self.compression))
        try:
            with compressions[self.compression](io.BytesIO(data), mode="r") as file:
                return self._all_of(file)
        except (ApiException, Stopped):
            raise
        except Exception as error:  # each compression raises its own
            raise stored_values.broken(self._file, f"{type(error).__name__}: {error}") from error

    def _all_of(self, file: Any) -> bytes:
        content = io.BytesIO()
        while True:
            chunk = file.read(min(CHUNK, self._limit + 1))
            if not chunk:
                return content.getvalue()
            content.write(chunk)
            self._check(content.tell())

    def _wait(self, future: Future[bytes]) -> bytes:
        try:
            while True:
                remaining = self._deadline - monotonic()
                wait([future], remaining if self._stop is None else min(remaining, STOP_CHECK_INTERVAL))
                if future.done():
                    return future.result()
                self._check(0)
        finally:
            future.cancel()

    def _check(self, size: int) -> None:
        if self._stop is not None and self._stop.is_set():
            raise Stopped
        if size > self._limit:
            raise stored_values.too_large(self._file, self._limit)
        if monotonic() >= self._deadline:
            raise stored_values.timed_out(self._file, self._seconds)


def _fsspec() -> Any:
    try:
        return import_module("fsspec")  # the extra storage
    except ImportError as error:
        raise stored_values.missing_fsspec(error) from error


def _without_secrets(error: BaseException, options: Secret[dict[str, Any]]) -> BaseException:
    """Return ``error`` without frames, causes and attributes; an OSError instead if it shows an option's text."""
    text = str(error)
    for secret in sorted(_texts(options.value), key=len, reverse=True):
        text = text.replace(secret, "<hidden>")
    if text != str(error):
        return OSError(text)
    strip_secrets(error)
    error.__cause__ = error.__context__ = None
    return error


def _texts(value: Any) -> set[str]:
    """Return the texts in an option that messages must not show."""
    if isinstance(value, str):
        return {value} if len(value) >= _SECRET_MIN_SIZE else set()
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple, set)):
        return set()
    return {text for item in value for text in _texts(item)}
