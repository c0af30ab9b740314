"""What was measured: tables, kept as JSON in ``benchmarks/results/`` until they are measured again."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

from .runner import Samples

RESULTS = Path(__file__).resolve().parent / "results"
UNITS = {"s": 1.0, "ms": 1e3, "µs": 1e6, "MB": 1e-6}


@dataclasses.dataclass
class Row:
    """One line: a figure per round, in seconds or bytes; ``note`` stands in place of figures, or after them."""

    label: str
    figures: list[float] = dataclasses.field(default_factory=list)
    note: str = ""


@dataclasses.dataclass
class Table:
    """Figures side by side.

    :ivar unit: in which they are shown.
    :ivar bases: the labels of the rows that the others are divided by, each in a column.
    :ivar zero: the label of the row that is subtracted from all before they are divided.
    """

    title: str
    unit: str
    rows: list[Row]
    bases: list[str] = dataclasses.field(default_factory=list)
    zero: str = ""

    def row(self, label: str) -> Optional[Row]:
        return next((row for row in self.rows if row.label == label and row.figures), None)

    def ratios(self, row: Row, base: str) -> list[float]:
        """The row's figures divided by the base's of the same round; empty when there are none."""
        under, zero = self.row(base), self.row(self.zero)
        if under is None or not row.figures or row is zero:
            return []
        zeros = zero.figures if zero else [0.0] * len(row.figures)
        return [(a - z) / (b - z) for a, b, z in zip(row.figures, under.figures, zeros)]


@dataclasses.dataclass
class Result:
    """All that one measurement has to tell.

    :ivar facts: lines of text: what was counted rather than timed.
    :ivar about: what was measured.
    :ivar when: the day.
    :ivar versions: of the machine, Python and the packages.
    """

    name: str
    tables: list[Table]
    facts: list[str] = dataclasses.field(default_factory=list)
    about: str = ""
    when: str = ""
    versions: dict[str, str] = dataclasses.field(default_factory=dict)


def table(title: str, unit: str, samples: Sequence[Samples], *bases: str, zero: str = "", of: str = "seconds") -> Table:
    """A table of one kind of figure of samples."""
    rows = []
    for sample in samples:
        note = f"not measured: {sample.missing}" if sample.missing else ""
        rows.append(Row(sample.label, list(getattr(sample, of)), note))
    return Table(title, unit, rows, list(bases), zero)


def spread(figures: Sequence[float]) -> tuple[float, float, float]:
    """First quartile, median, third quartile."""
    if len(figures) < 3:
        return min(figures), statistics.median(figures), max(figures)
    low, middle, high = statistics.quantiles(figures, n=4, method="inclusive")
    return low, middle, high


def save(result: Result) -> None:
    RESULTS.mkdir(exist_ok=True)
    content = dataclasses.asdict(result)
    for each in content["tables"]:
        for row in each["rows"]:
            row["figures"] = [float(f"{figure:.5g}") for figure in row["figures"]]
    (RESULTS / f"{result.name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def load(name: str) -> Optional[Result]:
    path = RESULTS / f"{name}.json"
    if not path.exists():
        return None
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    tables = [Table(**{**each, "rows": [Row(**row) for row in each["rows"]]}) for each in content.pop("tables")]
    return Result(tables=tables, **content)
