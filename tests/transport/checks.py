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

#: Seconds after which a call that has nothing to wait for hangs.
HANGS = 5.0
_FOREIGN = (OSError, ssl.SSLError, json.JSONDecodeError, UnicodeError, RecursionError, MemoryError)


@contextlib.contextmanager
def fails(kind: Any, request: str = "") -> Iterator[pytest.ExceptionInfo[Any]]:
    """Expects a failure of exactly ``kind`` (or one of them), soon, and checks what is true of all.

    :param request: what was asked, as the message is to have it: method and URL.
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
    gc.collect()  # a socket that was left open warns now, which is an error


def chain(error: BaseException) -> list[BaseException]:
    """``error``, and all that it was raised from or after."""
    found: list[BaseException] = []
    waiting: list[Optional[BaseException]] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and one not in found:
            found.append(one)
            waiting += [one.__cause__, one.__context__]
    return found


def forget(error: BaseException) -> None:
    """Drop the frames that an error keeps, and all that is in them."""
    for one in chain(error):
        one.__traceback__ = None


def assert_ours(error: ApiException) -> None:
    """It can be acted on, shown, logged, sent to another process, and told from all others."""
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
