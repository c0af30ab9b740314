"""Time to list all XComs (`~`) as the database grows: real servers, 250 XComs per run.

Airflow sorts the whole list for each page that is requested by offset, so the total time grows with the square of
the number of pages. `iter_xcom_entries` reads run by run, and its time grows with the number of pages. With SQLite
on Airflow 3 it grows a little faster: for each page, SQLite scans all task instances (`SCAN task_instance` in its
query plan). PostgreSQL does not.
"""

from __future__ import annotations

import sys

from tests.support.airflow.server import AirflowServer

from ..environments import OURS_AIRFLOW
from ..postgresql import programs
from ..real_airflow import PASSWORD, USERNAME, Filler, serving_airflow
from ..results import Result, Row, Table
from ..runner import Bench, Samples, Variant, interleaved

VERSIONS = ("2.11.2", "3.3.2")
DATABASES = ("SQLite", "PostgreSQL")
SIZES = (1_000, 10_000, 100_000)
_TOTALS = {
    "page by page by offset (limit=100)": "list_by_offset",
    "`iter_xcom_entries`": "list_by_iter_xcom_entries",
}


def measure(bench: Bench) -> Result:
    tables = []
    databases = [database for database in DATABASES if database != "PostgreSQL" or programs()]
    if len(databases) < len(DATABASES):
        print("PostgreSQL is not installed (Debian's package postgresql has it): SQLite alone", file=sys.stderr)
    for version in VERSIONS:
        for database in databases:
            with serving_airflow(version, postgresql=database == "PostgreSQL") as (airflow, filler):
                tables += _grown(bench, f"{version}, {database}", airflow, filler)
    return Result("growth", tables)


def _grown(bench: Bench, name: str, airflow: AirflowServer, filler: Filler) -> list[Table]:
    totals, pages = Table(f"{name}: all rows", "s", []), Table(f"{name}: one page of 100", "ms", [])
    login = {"host": airflow.base_url, "username": USERNAME, "password": PASSWORD}
    for size in SIZES:
        if size > bench.most_xcoms:
            continue
        filler.fill(size)
        places = {"first": 0, "middle": size // 2, "last": size - 100}
        variants = [
            Variant(f"{size:,} XComs, {place} page", OURS_AIRFLOW, "page", {**login, "offset": offset})
            for place, offset in places.items()
        ]
        pages.rows += _rows(interleaved(bench, variants, rounds=5, expected=100))
        variants = [
            Variant(f"{size:,} XComs, {kind}", OURS_AIRFLOW, task, dict(login)) for kind, task in _TOTALS.items()
        ]
        rounds = 1 if size == SIZES[-1] else 3
        totals.rows += _rows(interleaved(bench, variants, rounds=rounds, expected=size, fresh=True))
    return [totals, pages]


def _rows(samples: list[Samples]) -> list[Row]:
    return [Row(sample.label, list(sample.seconds), sample.missing) for sample in samples]
