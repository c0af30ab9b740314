"""Time limits of functions that have none of their own."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

T = TypeVar("T")


def within(seconds: float, function: Callable[[], T]) -> T:
    """Return the result of a function.

    :raises TimeoutError: it takes longer than ``seconds``. Its thread goes on, and does not keep the program alive.
    """
    from queue import Empty, SimpleQueue
    from threading import Thread

    results: SimpleQueue[Any] = SimpleQueue()

    def run() -> None:
        try:
            results.put((function(), None))
        except Exception as error:
            results.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        result, error = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:.0f} s") from None
    if error is not None:
        raise error
    value: T = result
    return value
