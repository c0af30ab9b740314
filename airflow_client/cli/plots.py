"""Charts of a history, drawn by matplotlib (the extra ``plot``)."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, Optional, Union

from airflow_client.cli.failures import USAGE, Failure
from airflow_client.cli.terminal import printable

FORMATS = ("png", "svg", "html")


class Point(NamedTuple):
    """Run in a chart.

    :ivar number: None is a gap.
    :ivar is_failed: the run failed.
    """

    run_id: str
    date: Optional[dt.datetime]
    number: Optional[Union[int, float]]
    is_failed: bool
    text: str


def plot_format(path: str) -> str:
    """Return the format of a file by its name.

    :raises Failure: it is not supported (status 2), or matplotlib is not installed.
    """
    ending = path.rpartition(".")[2].lower()
    if "." not in path or ending not in FORMATS:
        raise Failure(f"--plot writes files that end with {', '.join(f'.{name}' for name in FORMATS)}.", USAGE)
    if find_spec("matplotlib") is None:
        raise Failure("--plot needs matplotlib: pip install 'matplotlib>=3.7'")
    return ending


def draw(title: str, points: Sequence[Point], form: str) -> bytes:
    """Return the file of a chart, oldest run first."""
    if form == "html":
        return _page(title, points).encode()
    return _figure(title, points, form)


def _figure(title: str, points: Sequence[Point], form: str) -> bytes:
    matplotlib = import_module("matplotlib")
    figures = import_module("matplotlib.figure")
    is_dated = all(point.date for point in points)
    x: list[Any] = [point.date if is_dated else number for number, point in enumerate(points)]
    settings = {"svg.fonttype": "none", "svg.hashsalt": "airflow-xcom"}
    with warnings.catch_warnings(), matplotlib.rc_context(settings):
        warnings.simplefilter("ignore")  # glyphs that its font lacks
        figure = figures.Figure(figsize=(9, 4), layout="constrained")
        axes = figure.add_subplot()
        numbers = [float("nan") if point.number is None else point.number for point in points]
        axes.plot(x, numbers, marker="o", markersize=4, linewidth=1.5, color="#0f6cbd")
        floor = min((number for number in numbers if number == number), default=0)
        for label, color, is_failed in (("no value", "#767676", False), ("run failed", "#c4314b", True)):
            gaps = [at for at, point in zip(x, points) if point.number is None and point.is_failed == is_failed]
            if gaps:
                axes.plot(gaps, [floor] * len(gaps), linestyle="", marker="x", color=color, label=label)
                axes.legend(frameon=False)
        axes.set_title(printable(title), loc="left", parse_math=False)
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.ticklabel_format(axis="y", style="plain", useOffset=False)
        if is_dated:
            dates = import_module("matplotlib.dates")
            locator = dates.AutoDateLocator(minticks=3, maxticks=8)
            axes.xaxis.set_major_locator(locator)
            axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        file = io.BytesIO()
        figure.savefig(file, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)
    return file.getvalue()


def _page(title: str, points: Sequence[Point]) -> str:
    svg = _figure(title, points, "svg").decode()
    svg = re.sub(r"\A.*?(?=<svg)", "", svg, flags=re.DOTALL)
    rows = "\n".join(
        f"<tr><td>{_escaped(point.run_id)}</td><td>{point.date.isoformat() if point.date else ''}</td>"
        f"<td>{_escaped(point.text)}</td></tr>"
        for point in reversed(points)
    )
    return f"""<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>{_escaped(title)}</title>
<style>body {{ font: 14px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
svg {{ max-width: 100%; height: auto }} table {{ border-collapse: collapse }}
td, th {{ padding: .2rem 1rem .2rem 0; text-align: left; border-bottom: 1px solid #ddd }}
td {{ overflow-wrap: anywhere }}</style>
<body>
{svg}
<table><thead><tr><th>Run</th><th>Date</th><th>Value</th></tr></thead><tbody>
{rows}
</tbody></table>
</body></html>
"""


def _escaped(text: str) -> str:
    return html.escape(printable(text))
