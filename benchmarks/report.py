"""Results as text: tables in Markdown, for the terminal and for ``docs/benchmarks.md``."""

from __future__ import annotations

from typing import Optional

from .results import UNITS, Result, Row, Table, spread


def text_of(result: Result) -> str:
    """The tables and facts of a result."""
    parts = []
    for table in result.tables:
        if table.title:
            parts.append(f"**{table.title[0].upper()}{table.title[1:]}**")
        parts.append(_markdown(table))
        parts += [f"{row.label}: {row.note}." for row in table.rows if row.note]
    if result.facts:
        parts.append("\n".join(f"* {fact}" for fact in result.facts))
    return "\n\n".join(parts)


def _markdown(table: Table) -> str:
    bases = [base for base in table.bases if table.row(base)]
    head = ["", f"median, {table.unit}", "quartiles", *(f"× {base}" for base in bases)]
    lines = [head, ["---", *("---:" for _ in head[1:])]]
    for row in table.rows:
        lines.append([row.label, *_figures(table, row), *(_ratio(table, row, base) for base in bases)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: list[str], widths: list[int]) -> str:
    padded = [cells[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))]
    return f"| {' | '.join(padded)} |"


def _figures(table: Table, row: Row) -> list[str]:
    if not row.figures:
        return ["–", ""]
    factor = UNITS[table.unit]
    low, middle, high = (_short(figure * factor) for figure in spread(row.figures))
    return [middle, "" if len(row.figures) == 1 or low == high else f"{low} – {high}"]


def _ratio(table: Table, row: Row, base: str) -> str:
    ratios = table.ratios(row, base)
    if not ratios or row.label == base:
        return "1" if ratios else ""
    low, middle, high = (_short(ratio) for ratio in spread(ratios))
    return middle if low == high else f"{middle} ({low} – {high})"


def median_ratio(table: Table, label: str, base: str) -> Optional[float]:
    row = table.row(label)
    ratios = table.ratios(row, base) if row else []
    return spread(ratios)[1] if ratios else None


def _short(figure: float) -> str:
    """Three digits, and no more than there are."""
    if abs(figure) >= 100:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if abs(figure) >= 10 else f"{figure:.2f}"
