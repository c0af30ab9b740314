"""Demo data: a daily pipeline with its runs, and a DAG that clients can trigger."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow_client.testing.fixtures import Fixtures
    from airflow_client.testing.runs import Run

SALES, FORECAST = "daily_sales", "forecast"
_SHOPS = ("berlin", "lyon", "porto")
_TASKS = {"list_shops": ["fetch"], "fetch": ["clean"], "clean": ["load"], "load": ["report"], "report": []}
_RUNS = 14
_FAILED = 9
_FIRST = dt.datetime(2024, 3, 1, 6, tzinfo=dt.timezone.utc)
_LOG = """\
reading 3 files
WARNING - the warehouse answers slowly
ERROR - the warehouse refused the connection: too many clients
"""


def add_demo(airflow: Fixtures) -> None:
    """Add the DAG ``daily_sales`` with 14 runs, one of which failed, and the DAG ``forecast``.

    ``fetch`` is mapped over three shops. A triggered run of ``forecast`` ends at once; it fails if ``days`` in its
    configuration is not a positive number. The data is the same on each call, which may be repeated.
    """
    airflow.add_dag(SALES, _TASKS, mapped={"fetch": len(_SHOPS)})
    for day in range(_RUNS):
        _add_run(airflow, day)
    airflow.add_dag(FORECAST, {"train": ["predict"], "predict": []})
    airflow.on_trigger(FORECAST, _forecast)


def _add_run(airflow: Fixtures, day: int) -> None:
    date = _FIRST + dt.timedelta(days=day)
    run_id = f"scheduled__{date.isoformat()}"
    minutes = iter(range(1, 60))

    def push(task_id: str, value: object, key: str = "return_value", map_index: int = -1) -> None:
        timestamp = date + dt.timedelta(minutes=next(minutes), seconds=7 * day % 60)
        airflow.push_xcom(SALES, run_id, task_id, key, value, map_index=map_index, timestamp=timestamp)

    ended = date + dt.timedelta(minutes=7 if day == _FAILED else 10, seconds=7 * day % 60)
    state = "failed" if day == _FAILED else "success"
    airflow.add_run(SALES, run_id, logical_date=date, end_date=ended, state=state)
    push("list_shops", list(_SHOPS))
    orders = [_orders(day, shop) for shop in range(len(_SHOPS))]
    for index, (shop, number) in enumerate(zip(_SHOPS, orders)):
        push("fetch", {"shop": shop, "orders": number, "file": f"{shop}/{date:%Y-%m-%d}.csv"}, map_index=index)
    duplicates = 2 + 3 * day % 5
    push("clean", sum(orders) - duplicates)
    push("clean", duplicates, "duplicates")
    if day == _FAILED:
        run = airflow.get_run(SALES, run_id)
        run.set_task("load", "failed", log=_LOG)
        run.set_task("report", "upstream_failed")
        return
    push("load", date + dt.timedelta(minutes=9), "loaded_at")
    push("load", sum(orders) - duplicates)
    revenue = {shop: round(number * (31.4 + index), 2) for index, (shop, number) in enumerate(zip(_SHOPS, orders))}
    best = max(_SHOPS, key=lambda shop: revenue[shop])
    push("report", {"orders": sum(orders) - duplicates, "revenue": revenue, "best_shop": best})


def _orders(day: int, shop: int) -> int:
    """Return the orders of a shop: more each week, and most on Saturdays."""
    weekday = (_FIRST.weekday() + day) % 7
    return 400 + 90 * shop + 6 * day + (140 if weekday == 5 else 0) + (37 * day + 53 * shop) % 29


def _forecast(run: Run) -> None:
    days = run.conf.get("days", 7)
    run.start()
    run.push("train", {"runs": _RUNS - 1, "error": 0.043})
    if isinstance(days, int) and days > 0:
        run.push("predict", [sum(_orders(_RUNS + day, shop) for shop in range(len(_SHOPS))) for day in range(days)])
    else:
        run.set_task("predict", "failed", log=f"ERROR - days must be a positive number, not {days!r}")
    run.finish()
