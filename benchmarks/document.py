"""Writes ``docs/benchmarks.md`` and its plots from the results that are kept."""

from __future__ import annotations

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

What this library costs beside others. `python -m benchmarks` in a checkout measures it again (on Linux; `--help` tells
the rest): it makes an environment for each contender, starts a loopback server with canned answers in a process of its
own, and lets the contenders take turns, so that a machine that is busy hits all alike. A ratio is the median of
the ratios within each turn, with its quartiles in brackets: compare those; the times themselves are one machine's.

*By hand* is what a careful user writes without any client: `urllib3.PoolManager.request` with a timeout, the status
looked at, `json.loads` into dicts. *Official* are Airflow's own clients, `apache-airflow-client`. Each contender is a
few lines in `benchmarks/contenders/`, written as its users would, and has to return the right result.

The tables *values*, *bulk*, *cpu*, *memory*, *soak*, *airflow* and *growth* were measured before this library's
requests went through urllib3 and aiohttp, and are to be measured again.
"""
_EXPLANATIONS = {
    "import": "Ratios are of what is added to the interpreter's own time. The names load when they are first used.",
    "values": "A string value. The memory is the most that the process had beyond what it had before; the ratio is to "
    "the size of the value.",
    "bulk": "The list comes in one page unless told.",
    "soak": "A tenth of the answers are spoilt; one in twenty is followed by the end of the connection. A GET is tried "
    "again after what may pass, so a call fails less often than an answer is spoilt. An error 500 and a page of HTML "
    "are not tried again. Every value is compared with the one that its key has.",
    "airflow": "The servers are on this machine too: SQLite, one process unless told. Passwords are stored as Airflow "
    "does it: at Airflow 2 each request with Basic authentication costs the server a hash; this library goes on with a "
    "session.",
    "growth": "Airflow sorts the whole list for each page that is asked for by offset: the time for all pages grows "
    "with the square of their number. Run by run, as `iter_xcom_entries` lists them, it grows with their number. With "
    "SQLite, which Airflow has to be tried out with, not quite: at Airflow 3 it goes through all task instances for "
    "each page, whatever is asked for (`SCAN task_instance` in its plan), which PostgreSQL does not.",
}


def files() -> dict[Path, str]:
    """The page and its plots, of all results that there are."""
    found = {name: result for name in NAMES if (result := load(name)) is not None}
    plots = {PLOT: plot.bars(found), GROWTH_PLOT: plot.growth(found["growth"]) if "growth" in found else ""}
    parts = [_INTRODUCTION]
    if plots[PLOT]:
        parts.append(f"![Time relative to doing it by hand, on a logarithmic scale]({PLOT.name})\n")
    parts += [_section(name, result) for name, result in found.items()]
    if plots[GROWTH_PLOT]:
        parts.append(f"![Time to list all XComs by their number]({GROWTH_PLOT.name})\n")
    return {PAGE: "\n".join(parts), **{path: text for path, text in plots.items() if text}}


def write() -> None:
    for path, text in files().items():
        path.write_text(text, "utf-8")


def _section(name: str, result: Result) -> str:
    about = " ".join([result.about, _EXPLANATIONS.get(name, "")]).strip()
    measured = ", ".join([result.when, *(f"{package} {version}" for package, version in result.versions.items())])
    return f"## {name}\n\n{about}\n\n{report.text_of(result)}\n\n<sub>{measured}.</sub>\n"


def versions(interpreters: Interpreters) -> dict[str, str]:
    """What a measurement was made with: the machine, Python, and the packages that the environments have."""
    found: dict[str, set[str]] = {}
    for installed in interpreters.versions.values():
        for package, version in installed.items():
            found.setdefault(package.lower(), set()).add(version)
    packages = {name: " and ".join(sorted(found[name])) for name in _SHOWN if name in found}
    return {_processor(): f"({os.cpu_count()} CPUs)", "Python": platform.python_version(), **packages}


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
