"""What :meth:`EmbeddedAirflow.add_sample_data` adds."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

_RUNS = ("scheduled__2024-01-01T00:00:00+00:00", "scheduled__2024-01-02T00:00:00+00:00")
_MANUAL = "manual__2024-01-02T09:30:00.123456+00:00"


@dataclasses.dataclass
class Order:
    """A value of a class of one's own, as a task might push it."""

    number: int
    customer: str


def fill(push: Callable[..., None]) -> None:
    """Push the sample, but for what the release refuses.

    Args:
        push: Called as :meth:`EmbeddedAirflow.add_xcom` is.
    """
    for day, run_id in enumerate(_RUNS, start=1):
        _push_etl(push, run_id, dt.datetime(2024, 1, day, 0, 5, tzinfo=dt.timezone.utc))
    at = dt.datetime(2024, 1, 2, 9, 31, tzinfo=dt.timezone.utc)
    for key, value in _kinds().items():
        with contextlib.suppress(TypeError):
            push("kinds", _MANUAL, "push", key, value, timestamp=at)
    for number in range(150):
        push("many", _MANUAL, "count", f"item_{number:03}", number, timestamp=at)


def _push_etl(push: Callable[..., None], run_id: str, at: dt.datetime) -> None:
    push("etl", run_id, "extract", "return_value", ["a.csv", "b.csv", "c.csv"], timestamp=at)
    push("etl", run_id, "extract", "rows", 1234, timestamp=at)
    for index, rows in enumerate((400, 500, 334)):
        push("etl", run_id, "load", "return_value", {"rows": rows}, map_index=index, timestamp=at)
    push("etl", run_id, "report.summary", "return_value", "1234 rows in 3 files", timestamp=at)


def _kinds() -> dict[str, Any]:
    return {
        "text": "hello",
        "text that looks like a number": "42",
        "integer": 42,
        "float": 1.5,
        "not a number": float("nan"),
        "true": True,
        "none": None,
        "list": [1, "two", None],
        "dict": {"a": 1, "b": [2, 3]},
        "datetime": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc),
        "date": dt.date(2024, 1, 2),
        "timedelta": dt.timedelta(hours=1),
        "decimal": decimal.Decimal("12.5"),
        "tuple": (1, "two"),
        "set": {1, 2, 3},
        "dataclass": Order(1, "Ada"),
        "key/with a slash": "found",
    }
