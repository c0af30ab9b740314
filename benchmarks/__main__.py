"""``python -m benchmarks [NAME …]``: compare the library with others; see ``benchmarks/__init__.py``."""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import sys
import time

from . import document, report, results
from .environments import Interpreters
from .measurements import NAMES, ON_REQUEST
from .runner import Bench, serving


def main() -> int:
    arguments = _arguments()
    if arguments.render:
        document.write()
        return 0
    names = arguments.names or [name for name in NAMES if name not in ON_REQUEST]
    with serving() as (url, process):
        for name in names:
            interpreters = Interpreters(own=arguments.quick)
            bench = Bench(arguments.quick, interpreters, url, process)
            bench.soak_seconds, bench.most_xcoms = arguments.soak_seconds, arguments.xcoms
            module = importlib.import_module(f".measurements.{NAMES[name]}", __package__)
            started = time.monotonic()
            result = module.measure(bench)
            result.about = (module.__doc__ or "").strip()
            print(f"\n## {name}\n\n{result.about}\n\n{report.text_of(result)}\n")
            print(f"({time.monotonic() - started:.0f} s)", flush=True)
            if arguments.write:
                result.when = f"{dt.datetime.now():%Y-%m-%d}"
                result.versions = document.versions(interpreters)
                results.save(result)
                document.write()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    text = f"{', '.join(NAMES)}; default: all except {' and '.join(ON_REQUEST)}, which start real Airflow servers"
    parser.add_argument("names", nargs="*", metavar="NAME", help=text)
    text = "only check that the benchmarks run: few rounds, and contenders that need no installation"
    parser.add_argument("--quick", action="store_true", help=text)
    text = "store the results in benchmarks/results, and write docs/benchmarks.md from all stored results"
    parser.add_argument("--write", action="store_true", help=text)
    text = "write docs/benchmarks.md from the stored results, without measuring"
    parser.add_argument("--render", action="store_true", help=text)
    parser.add_argument("--soak-seconds", type=float, default=30.0, help="duration of the soak, default 30")
    text = "largest database for growth, default 100000, which takes half an hour"
    parser.add_argument("--xcoms", type=int, default=100_000, help=text)
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(NAMES))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; choose from {', '.join(NAMES)}")
    if arguments.quick and (arguments.write or set(arguments.names) & set(ON_REQUEST)):
        parser.error("--quick cannot be combined with --write, airflow or growth")
    if sys.platform != "linux":
        parser.error("the benchmarks need Linux (epoll, sched_setaffinity, /proc)")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
