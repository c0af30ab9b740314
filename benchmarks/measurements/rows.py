"""Time for a page of 1,000 rows: decoding only, and decoding plus reading every field, with timestamps as datetimes."""

from __future__ import annotations

from ..answers import xcoms
from ..environments import BY_HAND, OFFICIAL_2, OFFICIAL_3, OURS, OURS_SPEED, Contender
from ..results import Result, Table, table
from ..runner import Bench, Variant, interleaved


def measure(bench: Bench) -> Result:
    both = (OURS, OURS_SPEED, BY_HAND, OFFICIAL_3)
    tables = [
        _compared(bench, "fields", "decoded and every field read (Airflow 3: 10 fields, 3 of them datetimes)", both),
        _compared(bench, "rows", "decoded only (Airflow 3)", both),
        _compared(
            bench,
            "fields_v1",
            "decoded and every field read (Airflow 2: 6 fields, 2 of them datetimes)",
            (OURS, BY_HAND, OFFICIAL_2),
        ),
    ]
    return Result("rows", tables)


def _compared(bench: Bench, task: str, title: str, contenders: tuple[Contender, ...]) -> Table:
    count = 50 if bench.quick else 1000
    arguments = {"host": bench.url, "ids": xcoms(count, count), "limit": count}
    variants = [Variant(contender.label, contender, task, arguments) for contender in contenders]
    samples = interleaved(bench, variants, rounds=bench.rounds(121), calls=2 if bench.quick else 4, expected=count)
    return table(title, "ms", samples, BY_HAND.label)
