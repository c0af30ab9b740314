"""Write ``docs/benchmarks.md`` and its plots from the stored results."""

from __future__ import annotations

import ast
import os
import platform
import re
from pathlib import Path

from . import plot, report
from .environments import CHECKOUT, Interpreters
from .measurements import NAMES
from .results import Result, load

PAGE = CHECKOUT / "docs" / "benchmarks.md"
PLOT = CHECKOUT / "docs" / "benchmarks.svg"
GROWTH_PLOT = CHECKOUT / "docs" / "benchmarks-growth.svg"
_SHOWN = (
    "airflow-xcom-client",
    "apache-airflow-client",
    "urllib3",
    "requests",
    "httpx",
    "aiohttp",
    "msgspec",
    "pydantic",
)
_INTRODUCTION = """# Benchmarks

This page compares the speed and memory use of this library with other clients. Compare the ratios; the times depend
on the machine.

- *By hand* is what a careful user writes without a client: `urllib3.PoolManager.request` with a timeout, a status
  check, and `json.loads` into dicts.
- *Official* is Airflow's own client, `apache-airflow-client`.
- A ratio is the median of the ratios in each round, with its quartiles in brackets.

To run the benchmarks yourself, run `python -m benchmarks` in a checkout on Linux; `--help` lists the options. Each
contender runs in its own environment against a local server with canned responses. The contenders take turns, so a
busy machine slows all of them alike. Each contender is a few lines in `benchmarks/contenders/`, written like users
would write them, and must return the right result.
"""


def files() -> dict[Path, str]:
    """Return the page and its plots from all stored results."""
    found = {name: result for name in NAMES if (result := load(name)) is not None}
    plots = {PLOT: plot.bars(found), GROWTH_PLOT: plot.growth(found["growth"]) if "growth" in found else ""}
    parts = [_INTRODUCTION]
    if plots[PLOT]:
        parts.append(f"![Time relative to by hand, on a logarithmic scale]({PLOT.name})\n")
    parts += [_section(name, result) for name, result in found.items()]
    if plots[GROWTH_PLOT]:
        parts.append(f"![Time to list all XComs, by number of XComs]({GROWTH_PLOT.name})\n")
    return {PAGE: "\n".join(parts), **{path: text for path, text in plots.items() if text}}


def write() -> None:
    for path, text in files().items():
        path.write_text(text, "utf-8")


def _section(name: str, result: Result) -> str:
    source = (CHECKOUT / "benchmarks" / "measurements" / f"{NAMES[name]}.py").read_text("utf-8")
    about = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
    measured = ", ".join([result.when, *(f"{package} {version}" for package, version in result.versions.items())])
    return f"## {name}\n\n{about}\n\n{report.text_of(result)}\n\n<sub>{measured}.</sub>\n"


def versions(interpreters: Interpreters) -> dict[str, str]:
    """Return the machine, Python, and the installed packages of a measurement."""
    found: dict[str, set[str]] = {}
    for installed in interpreters.versions.values():
        for package, version in installed.items():
            found.setdefault(package.lower(), set()).add(version)
    packages = {name: " and ".join(sorted(found[name])) for name in _SHOWN if name in found}
    return {_processor(): f"({os.cpu_count()} CPUs)", "Python": platform.python_version(), **packages}


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
