"""The clients that run the contract suite: the blocking one, and the asyncio one, awaited for the test."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

from airflow_client import xcom

CLIENTS = ("blocking", "asyncio")

#: The event loop of the asyncio client, in a thread of its own; None while the blocking client is in use.
_loop: asyncio.AbstractEventLoop | None = None


@contextlib.contextmanager
def in_use(kind: str) -> Iterator[None]:
    """Make :func:`ApiClient`, :func:`XComApi` and :func:`DAGRunApi` return this kind of client."""
    global _loop
    if kind == "blocking":
        yield
        return
    _loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_loop.run_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:  # a test that fails or is skipped must not change the client of the next ones
        _loop.call_soon_threadsafe(_loop.stop)
        thread.join()
        _loop.close()
        _loop = None


def is_blocking() -> bool:
    return _loop is None


def ApiClient(*args: Any, **keywords: Any) -> Any:
    if is_blocking():
        return xcom.ApiClient(*args, **keywords)
    return Awaited(xcom.AsyncApiClient(*args, **keywords))


def XComApi(api_client: Any) -> Any:
    if is_blocking():
        return xcom.XComApi(api_client)
    return Awaited(xcom.AsyncXComApi(api_client.awaited))


def DAGRunApi(api_client: Any) -> Any:
    if is_blocking():
        return xcom.DAGRunApi(api_client)
    return Awaited(xcom.AsyncDAGRunApi(api_client.awaited))


def wait(result: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on the loop of the asyncio client and return its result."""
    assert _loop is not None
    return asyncio.run_coroutine_threadsafe(result, _loop).result()


class Awaited:
    """Wrap an object so that its coroutines are awaited and its asynchronous iterators are read for the caller."""

    def __init__(self, awaited: Any) -> None:
        self.awaited = awaited

    def __getattr__(self, name: str) -> Any:
        value = _result(getattr(self.awaited, name))
        if not callable(value):
            return value
        return lambda *args, **keywords: _result(value(*args, **keywords))

    def __enter__(self) -> Awaited:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        iterator = self.awaited.__aiter__()
        with contextlib.suppress(StopAsyncIteration):
            while True:
                yield wait(_next(iterator))


async def _next(iterator: AsyncIterator[Any]) -> Any:
    return await iterator.__anext__()


def _result(value: Any) -> Any:
    if inspect.iscoroutine(value):
        return wait(value)
    return Awaited(value) if hasattr(value, "__aiter__") else value
