"""JSON as text: compact for a pipe, indented and in colors for a terminal, and fast for values of many megabytes."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_client.cli import terminal

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^{}\[\],:" ]+')
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


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _indented(text: str, color: bool, indent: bool = True, prefix: str = "") -> Iterator[str]:
    """Yield parts of JSON text on one line with layout and colors."""
    parts: list[str] = []
    add = parts.append
    line = "\n" + prefix
    depth, opened = 0, ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        first = token[0]
        if first in "]}":
            depth -= 1
            if not opened and indent:
                add(line + "  " * depth)
            add(token)
            opened = ""
            continue
        if opened:
            if indent:
                add(line + "  " * depth)
            opened = ""
        if first in "[{":
            add(token)
            depth += 1
            opened = token
        elif first == ",":
            add("," + line + "  " * depth if indent else ", ")
        elif first == ":":
            add(": ")
        elif not color:
            add(token)
        elif first == '"':
            is_key = text[found.end() : found.end() + 1] == ":"
            add(f"\x1b[{_KEY if is_key else _STRING}m{token}\x1b[0m")
        else:
            add(f"\x1b[{_WORD if first in 'tfnNI' else _NUMBER}m{token}\x1b[0m")
        if len(parts) > _CHUNK:
            yield "".join(parts)
            parts.clear()
    yield "".join(parts)
