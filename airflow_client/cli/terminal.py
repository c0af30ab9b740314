"""Standard output and standard error: what a person sees."""

from __future__ import annotations

import io
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Optional, TextIO

if TYPE_CHECKING:
    from rich.console import Console

#: Characters that a terminal may act on instead of showing them: control characters, invisible format characters such
#: as the reversal of text, lone surrogates, and separators of lines; all but the joiners that names and emoji need.
_UNSAFE = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
#: Codes of the styles of text on a terminal.
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35"}
_STYLES["cyan"] = "36"


def printable(text: str, keep: str = "") -> str:
    """Return a text whose characters a terminal can only show: control characters become ``\\x1b``, ``\\u009b``, ….

    :param text: text of a server.
    :param keep: control characters to keep, such as a newline.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda found: found[0] if found[0] in keep else _escaped(found[0]), text)


def printable_json(text: str) -> str:
    """Return JSON text with control characters escaped as JSON does; newlines stay."""
    if text.isascii() and "\x7f" not in text:
        return text  # JSON has no other control characters than the layout's
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else _escaped_json(found[0]), text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escaped_json(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD7C0 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def prepare_streams() -> None:
    """Make standard output and error accept every character, whatever the locale's encoding.

    A stream that the shell has closed (``>&-``) becomes one that goes nowhere.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open to the end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if sys.platform == "win32":  # click requires colorama there
        import colorama

        colorama.just_fix_windows_console()


def is_interactive() -> bool:
    """Return whether a person can answer a question: standard input and standard error are terminals."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def is_unicode(stream: Optional[TextIO] = None) -> bool:
    """Return whether a stream, by default standard output, can hold every character."""
    return ((stream or sys.stdout).encoding or "").lower().startswith("utf")


def columns(stream: Optional[TextIO] = None) -> int:
    """Return the width of the terminal of a stream, by default of standard output."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size((stream or sys.stdout).fileno()).columns or 80
    except (ValueError, OSError):
        return 80


def width(text: str) -> int:
    """Return the number of columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fitted(text: str, columns: int, *, at_end: bool = False) -> str:
    """Return a text that takes up to so many columns: its middle, or its end, becomes an ellipsis."""
    if width(text) <= columns:
        return text
    dots = "…" if is_unicode() else "..."
    room = columns - len(dots)
    if room <= 0:
        return dots[: max(columns, 0)]
    head = room if at_end else room // 3
    return _longest(text, head) + dots + ("" if at_end else _longest(text[::-1], room - head)[::-1])


def _longest(text: str, columns: int) -> str:
    """Return the longest beginning of a text that takes up to so many columns."""
    beginning = text[:columns]
    while width(beginning) > columns:
        beginning = beginning[: -max(1, (width(beginning) - columns) // 2)]
    return beginning


def console(stream: Optional[TextIO] = None, **settings: Any) -> Console:
    """Return a rich console for a stream, by default standard output. It obeys ``NO_COLOR`` and ``COLUMNS``."""
    from rich.console import Console

    return Console(file=stream or sys.stdout, highlight=False, markup=False, emoji=False, **settings)


def error(message: str) -> None:
    """Print an error to standard error."""
    _write_message("Error: ", message, "red")


def warn(message: str) -> None:
    """Print a warning to standard error."""
    _write_message("Warning: ", message, "yellow")


def note(message: str) -> None:
    """Print a line of progress or advice to standard error."""
    _write_message("", message, "dim")


def has_color(stream: TextIO) -> bool:
    """Return whether a stream is a terminal that may show colors."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def styled(text: str, style: str, stream: TextIO) -> str:
    """Return text in a style if the stream is a terminal that may show it.

    :param style: name such as ``"red"`` or ``"dim"``, or a code such as ``"1;34"``; empty for none.
    """
    if style and text and has_color(stream):
        return f"\x1b[{_STYLES.get(style, style)}m{text}\x1b[0m"
    return text


def _write_message(label: str, message: str, style: str) -> None:
    text = _wrapped(label + printable(message, keep="\n"))
    sys.stdout.flush()
    if label:
        text = styled(label, style, sys.stderr) + text[len(label) :]
    print(text if label else styled(text, style, sys.stderr), file=sys.stderr, flush=True)


def _wrapped(text: str) -> str:
    """Return a message with its long lines wrapped between words if standard error is a terminal."""
    room = columns(sys.stderr)
    if not sys.stderr.isatty() or max(map(len, text.split("\n"))) <= room:
        return text
    import textwrap

    lines: list[str] = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" ")))
        lines += textwrap.wrap(
            line, room, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines)
