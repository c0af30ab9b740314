"""Files that are complete or not there."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator
from pathlib import Path
from secrets import token_hex
from typing import TextIO


@contextlib.contextmanager
def atomic_file(path: str) -> Generator[TextIO]:
    """Open a text file for writing that gets its name when it is complete; it replaces an existing one.

    The umask decides on its mode. A pipe or a device is written to directly.

    :raises OSError: it cannot be written.
    """
    target = Path(path).resolve()
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        with target.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield file
        return
    part = target.with_name(f".{target.name[:100]}.{token_hex(4)}.part")
    try:
        with part.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            yield file
        os.replace(part, target)  # noqa: PTH105  # as on every system
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
