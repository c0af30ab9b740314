"""Many threads of one client call a server that corrupts a tenth of its responses: no wrong values, no leaks.

After one response in twenty, the server also closes the connection. GETs are retried after temporary failures, so
fewer calls fail than responses are corrupted. A 500 and an HTML page are not retried. Every value is compared with
the expected one.
"""

from __future__ import annotations

from ..answers import xcoms
from ..environments import OURS_SOAK
from ..results import Result
from ..runner import Bench, Variant, interleaved

THREADS = 16


def measure(bench: Bench) -> Result:
    seconds, calls = (0.5, 500) if bench.quick else (bench.soak_seconds, 500_000)
    arguments = {"host": f"{bench.url}/faults", "ids": xcoms(1000, 100), "threads": THREADS}
    arguments.update(seconds=seconds, calls=calls)
    variant = Variant(OURS_SOAK.label, OURS_SOAK, "soak", arguments)
    (sample,) = interleaved(bench, [variant], rounds=1, fresh=True)
    told = sample.result
    outcomes = dict(told["outcomes"])
    made, right, wrong = sum(outcomes.values()), outcomes.pop("right", 0), outcomes.pop("wrong", 0)
    not_ours = {name: count for name, count in outcomes.items() if name.startswith("not ours")}
    failures = {name: count for name, count in outcomes.items() if name not in not_ours}
    facts = [
        f"{THREADS} threads, {told['seconds']:.0f} s: {made:,} calls: {right:,} right, {wrong} wrong, "
        f"{sum(failures.values()):,} failed with one of our exceptions, "
        f"{sum(not_ours.values())} with another exception.",
        f"failures: {_listed(failures)}.",
        f"server responses (a call may need several): {_listed(told['spoilt'])}.",
        f"before: {_listed(told['before'])}; afterwards: {_listed(told['after'])}.",
        f"the process grew by {told['growth'] / 1e6:.2f} MB after the first fifth of the time.",
        *(f"WRONG: {text}" for text in told["wrong"]),
        *(f"NOT OURS: {name}: {count}" for name, count in not_ours.items()),
    ]
    return Result("soak", [], facts)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
