"""What is true of every failure, whatever its cause."""

from __future__ import annotations

import contextlib
import gc
import json
import pickle
import re
import ssl
import time
from collections.abc import Iterator
from typing import Any, Optional

import pytest

from airflow_client.xcom import exceptions
from airflow_client.xcom.exceptions import ApiException, TransportException

#: A call that has nothing to wait for and takes so many seconds hangs; a busy machine does not take so long.
HANGS = 10.0
_FOREIGN = (OSError, ssl.SSLError, json.JSONDecodeError, UnicodeError, RecursionError, MemoryError)


@contextlib.contextmanager
def fails(kind: Any, request: str = "") -> Iterator[pytest.ExceptionInfo[Any]]:
    """Expect an exception of exactly ``kind`` (or one of them) without a hang, and check what is true of all.

    :param request: method and URL, as in the message.
    """
    start = time.monotonic()
    with pytest.raises(ApiException) as caught:
        yield caught
    assert time.monotonic() - start < HANGS
    error = caught.value
    assert type(error) in (kind if isinstance(kind, tuple) else (kind,)), error
    assert_ours(error)
    assert f"Request: {request}" in str(error)
    forget(error)
    gc.collect()  # a socket left open warns now, which is an error


def chain(error: BaseException) -> list[BaseException]:
    """Return ``error`` and its causes and contexts."""
    found: list[BaseException] = []
    waiting: list[Optional[BaseException]] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__]
    return found


def forget(error: BaseException) -> None:
    """Drop the frames that an error refers to, and all that is in them."""
    for one in chain(error):
        one.__traceback__ = None


def assert_ours(error: ApiException) -> None:
    """Check that an exception has a type of ours, and can be shown, logged and sent to another process."""
    assert type(error).__module__ == exceptions.__name__
    if not isinstance(error, exceptions.TimeoutException):  # which is a TimeoutError, and so an OSError
        assert not isinstance(error, _FOREIGN)
    text = str(error)
    text.encode()  # a log file takes it
    assert len(text) < 10_000
    assert repr(error)
    if isinstance(error, TransportException):
        assert error.status == 0
        assert error.__cause__ is not None
        assert re.search(r"\b[1-9]\d* attempts? in [\d.e-]+ s", text)
    twin = pickle.loads(pickle.dumps(error))
    assert (type(twin), str(twin)) == (type(error), text)
