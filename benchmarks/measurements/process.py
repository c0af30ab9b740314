"""Time of a small script from start to end: import, connect, read one XCom, print it."""

from __future__ import annotations

from ..answers import value_of, xcoms
from ..environments import BENCHMARKS, BY_HAND, HTTP_CLIENT, HTTPX, OFFICIAL_2, OFFICIAL_3, OURS, REQUESTS
from ..results import Result, table
from ..runner import Bench, whole_processes


def measure(bench: Bench) -> Result:
    scripts = [(contender.label, contender, f"one_xcom_{contender.module}.py") for contender in _CONTENDERS]
    scripts.insert(1, ("ours, host without `/api/v2`", OURS, "one_xcom_ours_any_airflow.py"))
    commands = {
        label: [
            *(str(bench.interpreters.of(contender)), str(BENCHMARKS / "contenders" / script)),
            *(bench.url, *xcoms(1, 1), "key-0"),
        ]
        for label, contender, script in scripts
        if bench.can_run(contender)
    }
    samples = whole_processes(bench, commands, rounds=bench.rounds(161), expected=value_of("key-0") + "\n")
    return Result("process", [table("", "ms", samples, BY_HAND.label)])


_CONTENDERS = (OURS, BY_HAND, HTTP_CLIENT, REQUESTS, HTTPX, OFFICIAL_2, OFFICIAL_3)
