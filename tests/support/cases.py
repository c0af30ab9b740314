"""One test for a table of cases: it goes through all of them and names each that fails."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, Callable, TypeVar

import pytest

Case = TypeVar("Case")


def check_each(cases: Iterable[Case], check: Callable[[Case], object]) -> None:
    """Call ``check`` with each case, then fail with the name and the traceback of every case that failed.

    A warning from a destructor, such as that of a socket left open, fails the case that caused it.
    """
    failures: list[str] = []
    count = 0
    for case in cases:
        count += 1
        unraisable: list[Any] = []
        hook, sys.unraisablehook = sys.unraisablehook, unraisable.append
        try:
            check(case)
        except (Exception, pytest.fail.Exception) as error:
            failures.append(_report(case, error))
        finally:
            sys.unraisablehook = hook
        failures += [_report(case, one.exc_value) for one in unraisable]
    assert count, "no case was checked"
    if failures:
        pytest.fail("\n\n".join([f"{len(failures)} of {count} cases failed", *failures]), pytrace=False)


def _report(case: object, error: BaseException) -> str:
    traceback = error.__traceback__ and error.__traceback__.tb_next  # without the frame of check_each
    name = case if isinstance(case, str) else repr(case)
    shown = pytest.ExceptionInfo.from_exc_info((type(error), error, traceback or error.__traceback__))  # type: ignore[arg-type]
    return f"--- {name:.200}\n{shown.getrepr(style='short')}"
