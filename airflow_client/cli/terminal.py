"""Standard output and standard error: what a person sees."""

from __future__ import annotations

import io
import os
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, Optional, TextIO, Union

if TYPE_CHECKING:
    from rich.console import Console

#: Categories of characters that a terminal may act on instead of showing them: control characters, invisible format
#: characters such as the reversal of text, lone surrogates, and separators of lines.
_UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")
#: Invisible characters that names and emoji need.
_JOINERS = "\u200c\u200d"


def printable(text: str, keep: str = "") -> str:
    """Return a text whose characters a terminal can only show: control characters become ``\\x1b``, ``\\u009b``, ….

    :param text: text of a server.
    :param keep: control characters to keep, such as a newline.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in keep or character in _JOINERS or unicodedata.category(character) not in _UNSAFE
        else _escaped(character)
        for character in text
    )


def printable_json(text: str) -> str:
    """Return JSON text with control characters escaped as JSON does; newlines stay."""
    if text.isascii():
        return text  # JSON has no other control characters than the layout's
    return "".join(
        f"\\u{ord(character):04x}"
        if ord(character) < 0x10000
        and unicodedata.category(character) in _UNSAFE
        and character not in _JOINERS
        and character not in "\n\t"
        else character
        for character in text
    )


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def prepare_streams() -> None:
    """Make standard output and error accept every character, whatever the locale's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def is_interactive() -> bool:
    """Return whether a person can answer a question: standard input and standard error are terminals."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def console(stream: Optional[TextIO] = None, **settings: Any) -> Console:
    """Return a rich console for a stream, by default standard output. It obeys ``NO_COLOR`` and ``COLUMNS``."""
    from rich.console import Console

    return Console(file=stream or sys.stdout, highlight=False, markup=False, emoji=False, **settings)


def error(message: str) -> None:
    """Print an error to standard error."""
    _write_message("Error: ", message, "31")


def warn(message: str) -> None:
    """Print a warning to standard error."""
    _write_message("Warning: ", message, "33")


def note(message: str) -> None:
    """Print a line of progress or advice to standard error."""
    _write_message("", message, "2")


def show_warning(
    message: Union[Warning, str],
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Optional[TextIO] = None,
    line: Optional[str] = None,
) -> None:
    """Print a warning of the library as one of the program: for ``warnings.showwarning``."""
    warn(str(message))


def styled(text: str, code: str, stream: TextIO) -> str:
    """Return text in a color, such as ``"31"`` for red, if the stream is a terminal that may show it."""
    if stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        return f"\x1b[{code}m{text}\x1b[0m"
    return text


def _write_message(label: str, message: str, code: str) -> None:
    text = printable(message, keep="\n")
    sys.stdout.flush()
    line = styled(label, code, sys.stderr) + text if label else styled(text, code, sys.stderr)
    print(line, file=sys.stderr, flush=True)
