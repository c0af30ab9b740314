"""Peak memory and time while iterating over a list: memory should not grow with its length."""

from __future__ import annotations

from ..answers import xcoms
from ..environments import BY_HAND, OURS
from ..results import Result, Table, table
from ..runner import Bench, Samples, Variant, interleaved


def measure(bench: Bench) -> Result:
    counts = (400, 800) if bench.quick else (1_000, 100_000, 1_000_000)
    samples: list[Samples] = []
    for count in counts:
        rounds = 1 if count == 1_000_000 else bench.rounds(3)
        arguments = {"host": bench.url, "ids": xcoms(count, 100), "short": xcoms(200, 100)}
        variants = [
            Variant(f"{contender.label}, {count:,} rows", contender, "iterate", arguments)
            for contender in (OURS, BY_HAND)
        ]
        samples += interleaved(bench, variants, rounds=rounds, expected=count, memory=True, fresh=True)
    growth: Table = table("peak memory beyond what the process had before", "MB", samples, of="bytes")
    return Result("memory", [growth, table("time", "s", samples)])
