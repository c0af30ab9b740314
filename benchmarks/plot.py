"""The plots of ``docs/benchmarks.md``, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from .report import median_ratio
from .results import Result, spread

#: name of the measurement, number of its table, what the bars are called, the base, and the rows with their series.
_BARS: list[tuple[str, int, str, str, dict[str, str]]] = [
    (
        "import",
        0,
        "import (× import urllib3)",
        "`import urllib3`",
        {
            "ours": "ours: `import airflow_client.client`",
            "official 2.10.0": "official 2.10.0: `import airflow_client.client`",
            "official 3.3.2": "official 3.3.2: `import airflow_client.client`",
        },
    ),
    ("process", 0, "whole process: one XCom", "by hand", {}),
    ("get", 0, "one GET", "by hand", {}),
    ("rows", 0, "1,000 rows, every field", "by hand", {}),
    ("rows", 2, "1,000 rows, every field, Airflow 2", "by hand", {}),
    ("values", 0, "a 10 MB value", "by hand", {}),
    (
        "bulk",
        0,
        "1,000 values, 16 at a time",
        "by hand, 16 threads",
        {
            "ours": "ours, 16 workers",
            "official 2.10.0": "official 2.10.0, 16 threads",
            "official 3.3.2": "official 3.3.2, 16 threads",
        },
    ),
]
_COLOURS = {"ours": "#0b7285", "official 2.10.0": "#e8590c", "official 3.3.2": "#f2b134"}
_GROWTH_COLOURS = ("#e8590c", "#0b7285", "#f2b134", "#5c940d")
_FONT = 'font-family="sans-serif" font-size="12"'


def bars(results: dict[str, Result]) -> str:
    """Bar chart of times relative to by hand, on a logarithmic scale; empty if nothing was measured."""
    groups = []
    for name, number, title, base, labels in _BARS:
        if name in results and number < len(results[name].tables):
            table = results[name].tables[number]
            ratios = {series: median_ratio(table, labels.get(series, series), base) for series in _COLOURS}
            groups.append((title, [(series, ratio) for series, ratio in ratios.items() if ratio]))
    groups = [group for group in groups if group[1]]
    if not groups:
        return ""
    left, width, top, height = 210, 480, 40, 15

    def across(ratio: float) -> float:
        """0.01 at the left edge, 10,000 at the right one."""
        return left + width * (math.log10(min(max(ratio, 0.01), 10_000)) + 2) / 6

    body, y = [], float(top)
    for title, ratios_of in groups:
        body.append(_text(left - 10, y + height * len(ratios_of) / 2 + 4, title, "end"))
        for series, ratio in ratios_of:
            start, end = sorted((across(1), across(ratio)))
            body.append(
                f'<rect x="{start:.1f}" y="{y:.1f}" width="{max(end - start, 1):.1f}" height="{height - 3}" '
                f'fill="{_COLOURS[series]}"/>'
            )
            # Beside the bar, on the side that it points to.
            place, anchor = (end + 4, "start") if ratio >= 1 else (start - 4, "end")
            told = "< 0.01" if ratio < 0.01 else f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"
            body.append(_text(place, y + 10, told, anchor))
            y += height
        y += 10
    axis = []
    for power in range(-2, 5):
        x = across(10.0**power)
        axis.append(_line(x, x, top - 6, y, "#333" if power == 0 else "#ddd"))
        axis.append(_text(x, y + 14, f"{10.0**power:g} ×", "middle"))
    return _svg(left + width + 50, y + 24, [*_legend(list(_COLOURS.items()), left), *axis, *body])


def growth(result: Result) -> str:
    """Line chart of seconds by number of rows, both logarithmic; empty if there are fewer than two sizes."""
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for table in result.tables:
        server, _, what = table.title.partition(": ")
        for row in table.rows if what == "all rows" else ():
            number, _, way = row.label.partition(" XComs, ")
            if row.figures:
                curve = points.setdefault((server, way.replace("`", "")), [])
                curve.append((float(number.replace(",", "")), spread(row.figures)[1]))
    if not points or max(len(curve) for curve in points.values()) < 2:
        return ""
    left, width, top, height = 60, 480, 30 + 16 * len(points), 300

    def place(count: float, seconds: float) -> tuple[float, float]:
        return left + width * (math.log10(count) - 3) / 2, top + height * (3 - math.log10(seconds)) / 4

    body = []
    for power in range(3, 6):
        x, _ = place(10.0**power, 1)
        body += [_line(x, x, top, top + height), _text(x, top + height + 16, f"{10**power:,}", "middle")]
    for power in range(-1, 4):
        _, y = place(1000, 10.0**power)
        body += [_line(left, left + width, y, y), _text(left - 6, y + 4, f"{10.0**power:g} s", "end")]
    # A colour for each server, and for each way to list its XComs a kind of line.
    servers, ways = (list(dict.fromkeys(key[part] for key in points)) for part in (0, 1))
    for number, ((server, way), curve) in enumerate(points.items()):
        colour = _GROWTH_COLOURS[servers.index(server) % len(_GROWTH_COLOURS)]
        dashes = ' stroke-dasharray="6 4"' if ways.index(way) == 0 else ""
        placed = [place(*point) for point in curve]
        key = [(left, 14.0 + 16 * number), (left + 30, 14.0 + 16 * number)]
        for line in (placed, key):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
            body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        body.append(_text(left + 38, 18 + 16 * number, f"{server}, {way}", "start"))
    return _svg(left + width + 40, top + height + 26, body)


def _legend(series: Sequence[tuple[str, str]], left: float) -> list[str]:
    return [
        f'<rect x="{left + 140 * number}" y="8" width="12" height="12" fill="{colour}"/>'
        + _text(left + 140 * number + 18, 18, name, "start")
        for number, (name, colour) in enumerate(series)
    ]


def _line(x1: float, x2: float, y1: float, y2: float, colour: str = "#ddd") -> str:
    return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {_FONT} fill="#333">{escape(text)}</text>'


def _svg(width: float, height: float, body: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *body, "</svg>"]) + "\n"
