"""Text that the commands write: JSON, YAML, tables, numbers."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, Callable

import pytest
import yaml

from airflow_client.cli import json_text, numbers, table, terminal, yaml_text
from airflow_client.cli.differences import Difference, differences
from airflow_client.cli.output import Column, write_rows
from airflow_client.cli.values import readable
from airflow_client.cli.wording import duration
from tests.support.cases import all_cases, assert_equal_tables

VALUES: dict[str, Any] = {
    "scalars": [1, 1.0, -0.0, 1e-300, 2**70, True, False, None, "", "1"],
    "nested": {"a": {"b": [{}, [], [[]], {"c": []}]}, "": 0},
    "text": 'quotes " and \\ and {[:,]} and "key": 1',
    "unicode": {"ключ": "值 😀 e\u0301 \u200d"},
    "controls": "\x1b[31m \x00 \x7f \x9b \u202e \u2028 \ufeff \U000e0001 \ud800",
}


class Screen(io.StringIO):
    """Standard output that is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Screen]:
    def with_columns(columns: int) -> Screen:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setattr(sys, "stdout", Screen())
        return sys.stdout  # type: ignore[return-value]

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return with_columns


def test_every_unsafe_character_is_escaped_and_no_other() -> None:
    categories = ("Cc", "Cf", "Cs", "Zl", "Zp")
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        is_unsafe = unicodedata.category(character) in categories and character not in "\u200c\u200d"
        escaped = terminal.printable(character) != character
        if is_unsafe != escaped:
            # a character that this Python's Unicode does not have yet
            assert escaped, hex(code)
            assert unicodedata.category(character) == "Cn", hex(code)


def test_json_of_a_terminal_is_the_same_value_with_every_control_character_escaped(
    screen: Callable[[int], Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    with all_cases() as case:
        for name, value in VALUES.items():
            with case(name):
                out = screen(80)
                json_text.write_json(value, indent=True)
                shown = out.getvalue()
                assert json.loads(shown) == value
                assert terminal.printable(shown, keep="\n") == shown
                assert json_text.to_json(value, indent=True) == json.dumps(value, indent=2, ensure_ascii=False)


def test_json_in_colors_has_the_layout_of_json_without(screen: Callable[[int], Screen]) -> None:
    out = screen(80)
    json_text.write_json(VALUES, indent=True, prefix="  ")
    colored = out.getvalue()
    assert "\x1b[1;34m" in colored
    import re

    plain = re.sub("\x1b\\[[0-9;]*m", "", colored)
    assert json.loads(plain) == VALUES
    assert plain.splitlines()[1] == '    "scalars": ['


def test_yaml_is_read_back_as_the_same_value_and_ambiguous_text_is_quoted() -> None:
    value = {
        **VALUES,
        "ambiguous": ["1e5", "0o17", "12:30", "y", "NO", "~", ".inf", "-", "1_000", "2024-01-31", "null"],
    }
    value["scalars"] = [1, 1.5, 1e-300, 2**70, True, None]
    del value["controls"]
    for is_ascii in (False, True):
        text = yaml_text.to_yaml(value, is_ascii=is_ascii)
        assert yaml.safe_load(text) == value
        assert text.isascii() == is_ascii
        assert "- '1e5'\n" in text
        assert "- 'y'\n" in text


def test_no_line_of_a_table_is_wider_than_the_terminal(screen: Callable[[int], Screen]) -> None:
    columns = (
        Column("run", "RUN", "cyan", shorten=table.shorten_run_id, enough=30),
        Column("state", "STATE", "green"),
        Column("empty", "EMPTY", rank=-1),
        Column("date", "DATE", rank=1),
        Column("value", "VALUE", is_json=True, enough=20),
    )
    rows = [
        {
            "run": f"scheduled__2024-01-0{number}T00:00:00+00:00",
            "state": "success",
            "empty": None,
            "date": dt.datetime(2024, 1, number, tzinfo=dt.timezone.utc),
            "value": value,
        }
        for number, value in enumerate(["x" * 200_000, "世界" * 50, {"a": ["😀"] * 30}, "\x1b[2J\n\u202e" * 9], 1)
    ]
    with all_cases() as case:
        for width in (20, 40, 60, 80, 100, 160):
            with case(width):
                out = screen(width)
                write_rows(rows, columns, "table")
                import re

                lines = re.sub("\x1b\\[[0-9;]*m", "", out.getvalue()).splitlines()
                assert len(lines) == 5
                assert max(map(terminal.width, lines)) <= width
                assert ("DATE" in lines[0]) == (width >= 100)
                assert "EMPTY" not in lines[0]
                assert width < 60 or "2024-01-04" in lines[4]


def test_a_long_table_is_written_row_by_row(screen: Callable[[int], Screen]) -> None:
    out = screen(80)
    seen = []

    def rows() -> Iterator[dict[str, int]]:
        for number in range(3_000):
            seen.append(out.getvalue().count("\n"))
            yield {"n": number}

    assert write_rows(rows(), (Column("n", "N"),), "table") == 3_000
    assert seen[150] == 0
    assert seen[2_999] > 2_900


def test_run_ids_keep_their_date() -> None:
    run_id = "scheduled__2024-01-31T00:00:00+00:00"
    assert [table.shorten_run_id(run_id, width) for width in (35, 28, 22, 18)] == [
        "scheduled__2024-01-31T00:00:00+00:…"[:34] + "…",
        "scheduled__2024-01-31T00:00…",
        "sche…2024-01-31T00:00…",
        "…2024-01-31T00:00…",
    ]


def test_texts_for_people() -> None:
    assert_equal_tables(
        {str(seconds): duration(seconds) for seconds in (0.25, 7.46, 59.96, 65, 7_380, 273_600)},
        {"0.25": "0.25s", "7.46": "7.5s", "59.96": "1m00s", "65": "1m05s", "7380": "2h03m", "273600": "3d04h"},
    )
    assert numbers.sparkline([1, None, 2, 3], 10) == "▁ ▅█"
    assert numbers.sparkline([5, 5], 10) == "▄▄"
    assert len(numbers.sparkline(list(range(1_000)), 40)) == 40
    assert numbers.difference(0.3, 0.1) == 0.2
    assert numbers.difference(2**70 + 1, 2**70) == 1
    assert [numbers.as_number(value) for value in (True, "1", float("nan"), 0)] == [None, None, None, 0]


def test_decoded_values_are_plain_json() -> None:
    def envelope(name: str, data: Any, version: int = 1) -> dict[str, Any]:
        return {"__classname__": name, "__version__": version, "__data__": data}

    assert_equal_tables(
        {
            "set": readable(envelope("builtins.set", [10, 9, "b", "a"])),
            "date": readable([envelope("datetime.date", "2024-01-02", 2)]),
            "timedelta": readable(envelope("datetime.timedelta", 93_784.5, 2)),
            "negative": readable(envelope("datetime.timedelta", -60.0, 2)),
            "none": readable(envelope("datetime.timedelta", 0.0, 2)),
            "decimal": readable(envelope("decimal.Decimal", 12.34)),
            "whole decimal": readable(envelope("decimal.Decimal", 1000)),
            "uuid": readable(envelope("uuid.UUID", "12345678-1234-5678-1234-567812345678")),
            "own class": readable(envelope("shop.Order", {"day": envelope("datetime.date", "2024-01-02", 2)}, 0)),
            "text": readable("{'a': (1)}", is_text=True),
            "text of a list": readable("[1, None]", is_text=True),
        },
        {
            "set": [9, 10, "a", "b"],
            "date": ["2024-01-02"],
            "timedelta": "P1DT2H3M4.5S",
            "negative": "-PT1M",
            "none": "PT0S",
            "decimal": 12.34,
            "whole decimal": 1000,
            "uuid": "12345678-1234-5678-1234-567812345678",
            "own class": {"__classname__": "shop.Order", "__version__": 0, "__data__": {"day": "2024-01-02"}},
            "text": "{'a': (1)}",
            "text of a list": [1, None],
        },
    )


def test_decoded_data_frames_are_their_rows() -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {"n": [1, 2], "x": [1.5, None], "when": [pd.Timestamp("2024-01-02", tz="UTC"), pd.NaT]}, index=["a", "b"]
    )
    file = io.BytesIO()
    frame.to_parquet(file)
    value = {"__classname__": "pandas.core.frame.DataFrame", "__version__": 1, "__data__": file.getvalue().hex()}
    assert readable(value) == [
        {"index": "a", "n": 1, "x": 1.5, "when": "2024-01-02T00:00:00+00:00"},
        {"index": "b", "n": 2, "x": None, "when": None},
    ]


def test_differences_are_structural_and_exact() -> None:
    def found(before: Any, after: Any) -> list[tuple[Any, ...]]:
        return [tuple(one) for one in differences(before, after)]

    big = [{"id": number} for number in range(3_000)]
    assert_equal_tables(
        {
            "equal": found({"a": [1, {"b": float("nan")}], "c": 1}, {"c": 1, "a": [1, {"b": float("nan")}]}),
            "types": found([1, 1.0, True], [1.0, True, 1]),
            "members": found({"a": 1, "b": 2}, {"b": 3, "c": 4}),
            "inserted": found([1, 2, 3], [0, 1, 2.0, 3]),
            "removed": found({"a b": [1, [2], 3]}, {"a b": [1, 3]}),
            "kinds": found({"x": [1]}, {"x": {"0": 1}}),
            "big": found(big, [*big[:1_500], {"id": -1}, *big[1_500:]]),
        },
        {
            "equal": [],
            "types": [("[0]", "changed", 1, 1.0), ("[1]", "changed", 1.0, True), ("[2]", "changed", True, 1)],
            "members": [("a", "removed", 1, None), ("b", "changed", 2, 3), ("c", "added", None, 4)],
            "inserted": [("[0]", "added", None, 0), ("[2]", "changed", 2, 2.0)],
            "removed": [('"a b"[1]', "removed", [2], None)],
            "kinds": [("x", "changed", [1], {"0": 1})],
            "big": [("[1500]", "added", None, {"id": -1})],
        },
    )
    assert Difference("", "added").before is None
