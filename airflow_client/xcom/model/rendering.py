"""Text and HTML that show the fields of a model, whatever the size of its values.

Both show control characters, which a terminal would obey, as Python's escapes.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: Columns and lines of a terminal.
WIDTH, HEIGHT = 80, 24
#: Largest number of characters of each field in the text: the first that fits the terminal is used.
_BUDGETS = (1600, 400, 150, 50)
#: Largest number of characters of a value in rich's text, and of a cell in a table.
_RICH, _CELL = 400, 200
#: Largest number of characters of a cell that are not wrapped.
_LINE = 50
#: Largest number of rows of a table.
MAX_ROWS = 10
_MAX_DEPTH = 20


class _Verbatim:
    """Text that ``repr()`` shows without quotes, and that sorts after every key."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


def fitted(fields: Mapping[str, Any]) -> str:
    """Return the fields as formatted text that fits a terminal: all of it, or else beginnings and sizes."""
    import pprint  # a slow import that only shown models need

    lines: list[str] = []
    for budget in _BUDGETS:
        lines = pprint.pformat(_shortened(fields, budget), width=WIDTH).split("\n")
        if sum(-(-len(line) // WIDTH) for line in lines) <= HEIGHT:
            break
    else:
        lines = [line if len(line) <= WIDTH else line[: WIDTH - 1] + "…" for line in lines[:HEIGHT]]
    return "\n".join(lines)


def rich_fields(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the names and the shortened values for ``__rich_repr__``."""
    for name, value in _shortened(fields, _RICH).items():
        yield str(name), value


def preview(value: Any, budget: int = _CELL) -> str:
    """Return a one-line ``repr()`` of a value with about ``budget`` characters of it."""
    return repr(_Shortener(budget).shorten(value))


def fields_table(caption: str, fields: Mapping[str, Any]) -> str:
    """Return an HTML table with one row for each field of an object."""
    names = list(fields)[:HEIGHT]
    rows = [(name, _cell(name, fields[name])) for name in names]
    if len(fields) > len(names):
        rows.append(("…", f"{len(fields) - len(names):,} more"))
    return _html(caption, (), rows)


def rows_table(caption: str, rows: Sequence[Mapping[str, Any]], columns: Iterable[str], earlier: int = 0) -> str:
    """Return an HTML table with one row for each object.

    :param columns: names of the fields to show; those that no object has are left out.
    :param earlier: number of objects before these.
    """
    shown = rows[:MAX_ROWS]
    names = [name for name in columns if any(name in row for row in shown)]
    cells = [[_cell(name, row[name]) if name in row else "" for name in names] for row in shown]
    if earlier:
        cells.insert(0, [f"… {earlier:,} earlier"])
    if len(rows) > len(shown):
        cells.append([f"… {len(rows) - len(shown):,} more"])
    return _html(caption, names, cells)


def visible(text: str) -> str:
    """Return text with its control characters and other unprintable ones as escapes, such as ``\\x1b``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _shortened(fields: Mapping[str, Any], budget: int) -> dict[Any, Any]:
    """Return the fields, each with about ``budget`` characters of its value."""
    short: dict[Any, Any] = {}
    for name in list(fields)[:HEIGHT]:
        short[_Shortener(budget).shorten(name)] = _Shortener(budget).shorten(fields[name])
    if len(fields) > len(short):
        short[_Verbatim("…")] = _Verbatim(f"({len(fields) - len(short):,} more)")
    return short


class _Shortener:
    """Shorten one value.

    :param budget: number of characters of its ``repr()`` to keep, about.
    """

    def __init__(self, budget: int) -> None:
        self._budget = self._left = budget

    def shorten(self, value: Any, depth: int = 0) -> Any:
        """Return ``value`` if it is small, else an object whose ``repr()`` shows its beginning and its size."""
        if isinstance(value, str):
            return self._text(value, "characters")
        if isinstance(value, (bytes, bytearray)):
            return self._text(bytes(value), "bytes")
        if isinstance(value, dict):
            return self._dict(value, depth)
        if isinstance(value, list):
            return self._list(value, depth)
        return self._atom(value)

    def _text(self, value: str | bytes, unit: str) -> Any:
        size = max(self._left, 20)
        self._left -= min(len(value), size) + 4
        if len(value) <= size:
            return value
        return _Verbatim(f"{value[:size]!r}… ({len(value):,} {unit})")

    def _atom(self, value: Any) -> Any:
        if isinstance(value, int) and value.bit_length() > 4 * self._budget:  # Python may refuse to write it
            return _Verbatim(f"… (an int of {value.bit_length():,} bits)")
        text = repr(value)
        self._left -= min(len(text), self._budget) + 2
        if type(value) in (int, float, bool, type(None)):
            return value
        text = visible(text)
        return _Verbatim(text if len(text) <= self._budget else f"{text[: self._budget]}… ({len(text):,} characters)")

    def _list(self, items: list[Any], depth: int) -> Any:
        if depth == _MAX_DEPTH and items:
            return _Verbatim(f"[… ({len(items):,} items)]")
        short: list[Any] = []
        for item in items:
            if self._left <= 0:
                short.append(_Verbatim(f"… ({len(items) - len(short):,} more)"))
                break
            self._left -= 2
            short.append(self.shorten(item, depth + 1))
        return short

    def _dict(self, items: dict[Any, Any], depth: int) -> Any:
        if depth == _MAX_DEPTH and items:
            return _Verbatim(f"{{… ({len(items):,} items)}}")
        short: dict[Any, Any] = {}
        for name, value in items.items():
            if self._left <= 0:
                short[_Verbatim("…")] = _Verbatim(f"({len(items) - len(short):,} more)")
                break
            self._left -= 4
            short[self.shorten(name, depth + 1)] = self.shorten(value, depth + 1)
        return short


def _cell(name: str, value: Any) -> str:
    """Return the text of a table's cell: an id as it is, a value as Python writes it."""
    if isinstance(value, str) and name != "value":
        return value if len(value) <= _CELL else f"{value[:_CELL]}… ({len(value):,} characters)"
    return preview(value)


_LEFT, _ONE_LINE = "text-align: left", "text-align: left; white-space: nowrap"


def _html(caption: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th style="{_LEFT}">{_escaped(name)}</th>' for name in names)
    lines = ["<table>", f'<caption style="{_ONE_LINE}">{_escaped(caption)}</caption>']
    if names:
        lines.append(f"<thead><tr>{head}</tr></thead>")
    lines.append("<tbody>")
    for row in rows:
        tags = ["td" if names else "th", *["td"] * (len(row) - 1)]
        cells = [
            f'<{tag} style="{_ONE_LINE if len(text) <= _LINE else _LEFT}">{_escaped(text)}</{tag}>'
            for tag, text in zip(tags, row)
        ]
        if len(row) < len(names):
            cells[-1] = cells[-1].replace(" ", f' colspan="{len(names) - len(row) + 1}" ', 1)
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</tbody>", "</table>"])


def _escaped(text: str) -> str:
    return escape(visible(text))
