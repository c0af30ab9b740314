"""The benchmarks run, and their page shows the stored results. The figures themselves are not tested."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks import document, plot, report, results
from benchmarks.measurements import NAMES
from benchmarks.results import Result, Row, Table

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks need epoll, sched_setaffinity and /proc")


@linux
def test_a_quick_run_measures_everything() -> None:
    names = ["import", "client", "get", "rows", "bulk", "soak"]
    command = [sys.executable, "-m", "benchmarks", "--quick", *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert re.findall("(?m)^## ([a-z]+)$", done.stdout) == names
    assert "not measured" not in done.stdout
    # On a busy machine a figure may have a thousand and more, with a comma.
    rows = re.findall(r"(?m)^\| (ours|by hand|http\.client) +\| +([\d.,]+) \|", done.stdout)
    # client, get, and rows thrice; the floor in get alone.
    assert [sum(label == name for label, _ in rows) for name in ("ours", "by hand", "http.client")] == [5, 5, 1]
    assert re.search(
        r"calls: [\d,]+ right, 0 wrong, [\d,]+ failed with one of our exceptions, 0 with another exception", done.stdout
    )
    assert "0 threads, 0 TLS contexts; and after close()" in done.stdout


def test_ratios_compare_figures_of_the_same_turn() -> None:
    rows = [Row("nothing", [1.0, 1.0, 1.0]), Row("by hand", [2.0, 3.0, 5.0]), Row("ours", [2.0, 2.0, 3.0])]
    table = Table("time", "ms", rows, ["by hand"], zero="nothing")
    assert table.ratios(rows[2], "by hand") == [1.0, 0.5, 0.5]
    assert report.median_ratio(table, "ours", "by hand") == 0.5
    assert table.ratios(rows[0], "by hand") == []
    assert "| ours    |      2,000 | 2,000 – 2,500 | 0.50 (0.50 – 0.75) |" in report.text_of(Result("x", [table]))


def test_results_are_saved_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    result = Result(
        "get", [Table("", "µs", [Row("ours", [1.5e-4]), Row("by hand", [], "missing")], ["by hand"])], ["f"]
    )
    results.save(result)
    assert results.load("get") == result
    assert results.load("rows") is None


def test_the_plots_are_drawn() -> None:
    get = Table("", "µs", [Row("ours", [1.0]), Row("by hand", [2.0]), Row("official 3.3.2", [400.0])], ["by hand"])
    drawn = ElementTree.fromstring(plot.bars({"get": Result("get", [get])}))
    assert {"0.50", "200"} <= {text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    rows = [Row("1,000 XComs, by offset", [0.5]), Row("10,000 XComs, by offset", [50.0])]
    drawn = ElementTree.fromstring(plot.growth(Result("growth", [Table("3.3.2: all rows", "s", rows)])))
    points = [line.get("points") for line in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    assert points == ["60.0,293.6 300.0,143.6", "60.0,14.0 90.0,14.0"]  # the curve, and its kind of line


def test_the_page_matches_the_saved_results() -> None:
    """``python -m benchmarks --render`` writes it anew."""
    for path, text in document.files().items():
        assert path.read_text("utf-8") == text
    assert {path.stem for path in results.RESULTS.glob("*.json")} <= set(NAMES)
