"""Check a whole table of cases in one test, and report every case that fails."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

Case = Callable[[object], "contextlib.AbstractContextManager[None]"]
One = TypeVar("One")


@contextlib.contextmanager
def all_cases() -> Iterator[Case]:
    """Collect the failures of the cases inside, and fail once with all of them.

    Each case is a block of its own: ``with case(name): assert …``. A warning from a destructor, such as that of a
    socket left open, fails the case that causes it.
    """
    failures: list[str] = []
    count = 0

    @contextlib.contextmanager
    def case(name: object) -> Iterator[None]:
        nonlocal count
        count += 1
        unraisable: list[Any] = []
        hook, sys.unraisablehook = sys.unraisablehook, unraisable.append
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
            line = f"\n    {Path(frames[0].filename).name}:{frames[0].lineno}: {frames[0].line}" if frames else ""
            failures.append(f"{name}: {str(error) or type(error).__name__}{line}")
        finally:
            sys.unraisablehook = hook
        failures.extend(f"{name}: {one.exc_value!r}" for one in unraisable)

    yield case
    assert count, "there are no cases"
    if failures:
        pytest.fail(f"{len(failures)} of {count} cases failed\n" + "\n".join(failures), pytrace=False)


def check_each(cases: Iterable[One], check: Callable[[One], object]) -> None:
    """Call ``check`` with each case, and fail once with all that failed."""
    with all_cases() as case:
        for one in cases:
            with case(one if isinstance(one, str) else f"{one!r:.200}"):
                check(one)


def assert_equal_tables(actual: Mapping[str, object], expected: Mapping[str, object]) -> None:
    """Assert that two tables have the same rows, and name every row that differs."""
    with all_cases() as case:
        for name in {**expected, **actual}:
            with case(name):
                if name not in actual or name not in expected:
                    raise AssertionError("there is no such row" if name in expected else "there should be no such row")
                if actual[name] != expected[name]:
                    raise AssertionError(f"{actual[name]!r} is not {expected[name]!r}")
