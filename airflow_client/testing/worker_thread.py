"""Blocking work that coroutines wait for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module


async def run_in_thread(function: Callable[[], object]) -> None:
    """Run a function in a thread of its own, so that the event loop of asyncio or trio stays responsive.

    If the caller is cancelled, the function still runs to its end before this returns.
    """
    try:
        loop = import_module("asyncio").get_running_loop()  # here, as it takes a third of the time to start a server
    except RuntimeError:  # not asyncio
        await import_module("trio").to_thread.run_sync(function)
        return
    with ThreadPoolExecutor(1) as executor:
        await loop.run_in_executor(executor, function)
