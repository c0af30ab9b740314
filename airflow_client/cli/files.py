"""Files that are complete or not there."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator
from pathlib import Path
from secrets import token_hex
from typing import Any


@contextlib.contextmanager
def atomic_file(path: str, *, is_binary: bool = False) -> Generator[Any]:
    """Open a file for writing that gets its name when it is complete; it replaces an existing one.

    The umask decides on its mode. A pipe or a device is written to directly.

    :raises OSError: it cannot be written.
    """
    target = Path(path).resolve()
    text: dict[str, Any] = {} if is_binary else {"encoding": "utf-8", "errors": "backslashreplace", "newline": "\n"}
    form = "b" if is_binary else ""
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        with target.open(f"w{form}", **text) as file:
            yield file
        return
    part = target.with_name(f".{target.name[:100]}.{token_hex(4)}.part")
    try:
        with part.open(f"x{form}", **text) as file:
            yield file
        os.replace(part, target)  # noqa: PTH105  # as on every system
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
