"""JSON as text: compact for a pipe, indented and in colors for a terminal, and fast for values of many megabytes."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_client.cli import terminal

_TOKEN = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")(?:(:) ?)?|(\[\]|\{\})|([\[{])|([\]}])|(,) ?|([^\[\]{},":]+)')
#: Numbers of the groups of a token.
_STRING_GROUP, _KEY_GROUP, _EMPTY_GROUP, _OPEN_GROUP, _CLOSE_GROUP, _COMMA_GROUP = range(1, 7)
_KEY, _STRING, _NUMBER, _WORD = "1;34", "32", "36", "35"
#: Tokens that are written at once.
_CHUNK = 4_000


def to_json(value: Any, indent: bool = False, *, is_ascii: bool = False) -> str:
    """Return a value as JSON text, on one line or indented; datetimes are ISO 8601 text."""
    if indent:
        return "".join(_indented(to_json(value, is_ascii=is_ascii), color=False))
    return json.dumps(value, ensure_ascii=is_ascii, default=_plain)


def write_json(value: Any, *, indent: bool, before: str = "", prefix: str = "") -> None:
    """Write a value as JSON to standard output; a terminal shows it in colors, with control characters escaped.

    :param indent: write each member on a line of its own.
    :param before: text to write first.
    :param prefix: text at the beginning of each line but the first.
    """
    write = sys.stdout.write
    write(before)
    text = to_json(value, is_ascii=not terminal.is_unicode())
    if sys.stdout.isatty():
        text = terminal.printable_json(text)
    color = terminal.has_color(sys.stdout)
    if not indent and not color:
        write(text)
        return
    for part in _indented(text, color, indent, prefix):
        write(part)


def write_value(value: Any, *, raw: bool = False, ends_line: bool = True) -> None:
    """Write a value to standard output: as JSON, which a terminal shows on several lines.

    :param raw: write a string without quotes.
    :param ends_line: write a newline at the end.
    """
    if raw and isinstance(value, str):
        sys.stdout.write(terminal.printable(value, keep="\n\t") if sys.stdout.isatty() else value)
    else:
        write_json(value, indent=sys.stdout.isatty())
    sys.stdout.write("\n" * ends_line)
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _indented(text: str, color: bool, indent: bool = True, prefix: str = "") -> Iterator[str]:
    """Yield parts of JSON text on one line with layout and colors."""
    key_start, string_start, number_start, word_start, end = (
        [f"\x1b[{code}m" for code in (_KEY, _STRING, _NUMBER, _WORD)] + ["\x1b[0m"] if color else [""] * 5
    )
    key_end, line = f"{end}: ", f"\n{prefix}" if indent else ""
    step = "  " if indent else ""
    comma = f",{line}" if indent else ", "
    parts: list[str] = []
    add = parts.append
    for found in _TOKEN.finditer(text):
        group = found.lastindex
        if group == _KEY_GROUP:
            add(f"{key_start}{found[1]}{key_end}")
        elif group == _COMMA_GROUP:
            add(comma)
        elif group == _STRING_GROUP:
            add(f"{string_start}{found[1]}{end}")
        elif group == _OPEN_GROUP:
            line += step
            comma = f",{line}" if indent else ", "
            add(found[0] + line)
        elif group == _CLOSE_GROUP:
            line = line[: len(line) - len(step)]
            comma = f",{line}" if indent else ", "
            add(line + found[0])
        elif group == _EMPTY_GROUP or not color:
            add(found[0])
        else:
            add(f"{word_start if found[0][0] in 'tfnNI' else number_start}{found[0]}{end}")
        if len(parts) > _CHUNK:
            yield "".join(parts)
            parts.clear()
    yield "".join(parts)
