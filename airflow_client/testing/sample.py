"""Sample data of :meth:`EmbeddedAirflow.add_sample_data`."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import decimal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_client.testing.runs import Run

_RUNS = ("scheduled__2024-01-01T00:00:00+00:00", "scheduled__2024-01-02T00:00:00+00:00")
_MANUAL = "manual__2024-01-02T09:30:00.123456+00:00"


@dataclasses.dataclass
class Order:
    """Value of a user's class, as a task might push it."""

    number: int
    customer: str


def add_sample_data(push_xcom: Callable[..., object]) -> None:
    """Add the XComs of three DAGs, except values that the release refuses.

    :param push_xcom: called as :meth:`EmbeddedAirflow.push_xcom` is.
    """
    for day, run_id in enumerate(_RUNS, start=1):
        _add_etl(push_xcom, run_id, dt.datetime(2024, 1, day, 0, 5, tzinfo=dt.timezone.utc))
    timestamp = dt.datetime(2024, 1, 2, 9, 31, tzinfo=dt.timezone.utc)
    for key, value in _kinds().items():
        with contextlib.suppress(TypeError):
            push_xcom("kinds", _MANUAL, "push", key, value, timestamp=timestamp)
    for number in range(150):
        push_xcom("many", _MANUAL, "count", f"item_{number:03}", number, timestamp=timestamp)


#: Tasks of the DAG that clients can trigger, with those that follow.
REPORT = {"query": ["summary"], "summary": []}


def run_report(run: Run) -> None:
    """Run a triggered run of the DAG ``report``: it fails for the customer "nobody"."""
    customer = run.conf.get("customer", "all")
    run.start()
    run.push("query", 1234)
    if customer == "nobody":
        run.set_task("summary", "failed", log="reading the orders of nobody\nERROR - no such customer: nobody")
    else:
        run.push("summary", {"customer": customer, "rows": 1234})
    run.finish()


def _add_etl(push_xcom: Callable[..., object], run_id: str, timestamp: dt.datetime) -> None:
    push_xcom("etl", run_id, "extract", "return_value", ["a.csv", "b.csv", "c.csv"], timestamp=timestamp)
    push_xcom("etl", run_id, "extract", "rows", 1234, timestamp=timestamp)
    for index, rows in enumerate((400, 500, 334)):
        push_xcom("etl", run_id, "load", "return_value", {"rows": rows}, map_index=index, timestamp=timestamp)
    push_xcom("etl", run_id, "report.summary", "return_value", "1234 rows in 3 files", timestamp=timestamp)


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
