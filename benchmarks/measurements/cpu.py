"""CPU time of the whole process per value, when many values are read at once from a server without delay."""

from __future__ import annotations

from ..answers import value_of, xcoms
from ..environments import AIOHTTP, BY_HAND, OFFICIAL_2, OFFICIAL_3, OURS, OURS_ASYNC
from ..results import Result, table
from ..runner import Bench, Variant, interleaved


def measure(bench: Bench) -> Result:
    count = 20 if bench.quick else 1000

    def arguments(workers: int) -> dict[str, object]:
        return {"host": bench.url, "ids": xcoms(count, count), "workers": workers, "page": count}

    by_hand = "by hand, 16 threads"
    variants = [
        Variant("ours, 16 workers", OURS, "bulk", arguments(16)),
        Variant("ours, get_xcom_entry in 16 threads", OURS, "bulk_by_threads", arguments(16)),
        Variant(by_hand, BY_HAND, "bulk", arguments(16)),
        Variant("official 2.10.0, 16 threads", OFFICIAL_2, "bulk", arguments(16)),
        Variant("official 3.3.2, 16 threads", OFFICIAL_3, "bulk", arguments(16)),
        Variant("ours, asyncio, 100 in flight", OURS_ASYNC, "bulk", arguments(100)),
        Variant("aiohttp by hand, 100 in flight", AIOHTTP, "bulk", arguments(100)),
    ]
    expected = [count, value_of(f"key-{count - 1}")]
    samples = interleaved(bench, variants, rounds=bench.rounds(15), expected=expected)
    for sample in samples:
        sample.cpu = [seconds / count for seconds in sample.cpu]
        sample.seconds = [seconds / count for seconds in sample.seconds]
    return Result(
        "cpu",
        [
            table("CPU time per value", "µs", samples, by_hand, of="cpu"),
            table("time per value", "µs", samples, by_hand),
        ],
    )
