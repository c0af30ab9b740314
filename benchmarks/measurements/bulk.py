"""Reading 1,000 values that take the server 20 ms each, one at a time or many at a time.

The list comes in one page unless noted.
"""

from __future__ import annotations

from ..answers import value_of, xcoms
from ..environments import AIOHTTP, BY_HAND, OFFICIAL_2, OFFICIAL_3, OURS, OURS_ASYNC, Contender
from ..results import Result, Row, table
from ..runner import Bench, Variant, interleaved

DELAY = 20
_16 = "by hand, 16 threads"
_ASYNC = "aiohttp by hand, 100 in flight"


def _ideal(count: int) -> Row:
    return Row("ideal for 16: server time only", [count / 16 * DELAY / 1000] * 100)


def measure(bench: Bench) -> Result:
    count = 20 if bench.quick else 1000
    expected = [count, value_of(f"key-{count - 1}")]

    def variant(label: str, contender: Contender, workers: int, task: str = "bulk", page: int = count) -> Variant:
        host = f"{bench.url}/after-{1 if bench.quick else DELAY}"
        return Variant(
            label, contender, task, {"host": host, "ids": xcoms(count, page), "workers": workers, "page": page}
        )

    slow = [variant("ours, 1 worker", OURS, 1), variant("by hand, 1 thread", BY_HAND, 1)]
    many = [
        variant("ours, 8 workers", OURS, 8),
        variant("by hand, 8 threads", BY_HAND, 8),
        variant("ours, 16 workers", OURS, 16),
        variant("ours, get_xcom_entry in 16 threads", OURS, 16, "bulk_by_threads"),
        variant(_16, BY_HAND, 16),
        variant("official 2.10.0, 16 threads", OFFICIAL_2, 16),
        variant("official 3.3.2, 16 threads", OFFICIAL_3, 16),
        variant("ours, 16 workers, list in pages of 100", OURS, 16, page=100),
        variant("by hand, 16 threads, list in pages of 100", BY_HAND, 16, page=100),
    ]
    in_flight = [variant("ours, asyncio, 100 in flight", OURS_ASYNC, 100), variant(_ASYNC, AIOHTTP, 100)]
    title = f"{count:,} values at {DELAY} ms each, and their list at {DELAY} ms"
    blocking = table(title, "ms", interleaved(bench, many, rounds=bench.rounds(9), expected=expected), _16)
    ideal = _ideal(count)
    blocking.rows.append(ideal)
    blocking.bases.append(ideal.label)
    one = interleaved(bench, slow, rounds=bench.rounds(2), expected=expected)
    one_by_one = table("the same, one at a time", "ms", one, "by hand, 1 thread")
    by_asyncio = interleaved(bench, in_flight, rounds=bench.rounds(15), expected=expected)
    return Result("bulk", [blocking, one_by_one, table("the same, on asyncio", "ms", by_asyncio, _ASYNC)])
