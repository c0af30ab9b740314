"""Time of one call without the network: a small value, an idle connection, client and server on one CPU."""

from __future__ import annotations

from ..answers import value_of, xcoms
from ..environments import BY_HAND, HTTP_CLIENT, HTTPX, OFFICIAL_2, OFFICIAL_3, OURS, REQUESTS
from ..results import Result, table
from ..runner import Bench, Variant, interleaved


def measure(bench: Bench) -> Result:
    arguments = {"host": bench.url, "ids": xcoms(1, 1), "key": "key-0"}
    contenders = (OURS, BY_HAND, HTTP_CLIENT, REQUESTS, HTTPX, OFFICIAL_2, OFFICIAL_3)
    variants = [Variant(contender.label, contender, "get", arguments) for contender in contenders]
    calls, expected = 20 if bench.quick else 200, value_of("key-0")
    samples = interleaved(bench, variants, rounds=bench.rounds(40), calls=calls, expected=expected, pinned=True)
    return Result("get", [table("", "µs", samples, BY_HAND.label, HTTP_CLIENT.label, OURS.label)])
