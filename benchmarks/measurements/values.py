"""Time and peak memory for a large string value.

Peak memory is the maximum that the process used beyond what it had before. Its ratio is to the size of the value.
"""

from __future__ import annotations

from ..answers import xcoms
from ..environments import BY_HAND, OFFICIAL_2, OFFICIAL_3, OURS, OURS_SPEED, Contender
from ..results import Result, Row, Table, table
from ..runner import Bench, Samples, Variant, interleaved

#: The 2.10.0 client takes half a minute for 10 MB: it is asked once, and not for 100 MB.
_SLOW = (OFFICIAL_2,)


def measure(bench: Bench) -> Result:
    if bench.quick:
        return Result("values", _tables(_samples(bench, 100_000, 2, (OURS, BY_HAND)), 100_000))
    quick = (OURS, OURS_SPEED, BY_HAND, OFFICIAL_3)
    small = _samples(bench, 10_000_000, 15, quick) + _samples(bench, 10_000_000, 1, _SLOW)
    large = _samples(bench, 100_000_000, 9, quick)
    return Result("values", _tables(small, 10_000_000) + _tables(large, 100_000_000))


def _samples(bench: Bench, size: int, rounds: int, contenders: tuple[Contender, ...]) -> list[Samples]:
    arguments = {"host": bench.url, "ids": xcoms(1, 1), "key": f"size-{size}"}
    variants = [Variant(contender.label, contender, "value", arguments) for contender in contenders]
    return interleaved(bench, variants, rounds=rounds, expected=size, memory=True, fresh=True)


def _tables(samples: list[Samples], size: int) -> list[Table]:
    name = f"{size / 1e6:g} MB"
    times = table(f"{name}: time", "ms", samples, BY_HAND.label)
    whole = Row("the value itself", [float(size)] * max(len(sample.bytes) for sample in samples))
    memory = table(f"{name}: peak memory", "MB", samples, whole.label, of="bytes")
    return [times, Table(memory.title, memory.unit, [*memory.rows, whole], memory.bases)]
