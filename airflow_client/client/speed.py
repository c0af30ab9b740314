"""Decodes JSON by msgspec, where the extra ``speed`` is installed.

What it gives is what ``json.loads`` gives, to the type and digit; what it refuses (``NaN``, lone surrogates, floats out
of range, a byte order mark) is tried again by ``json.loads``, which may take it or say what is wrong with it.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

#: msgspec takes 20 ms to import: that many bytes are the first that it is worth.
WORTHWHILE = 200_000
#: What msgspec is not, so that it can be told from what it decodes.
REFUSED: Any = object()

_installed: bool | None = None


def decode(body: bytes) -> Any:
    """The JSON in ``body``, or :data:`REFUSED` where Python's own decoder is to decide."""
    decoder = _decoder(len(body))
    if decoder is None:
        return REFUSED
    try:
        return decoder(body)
    except Exception:  # its errors have no base in common but this, through all its releases
        return REFUSED


def _decoder(size: int) -> Callable[[bytes], Any] | None:
    global _installed
    if "msgspec" not in sys.modules:
        if size < WORTHWHILE:
            return None
        if _installed is None:
            _installed = importlib.util.find_spec("msgspec") is not None
        if not _installed:
            return None
    import msgspec

    decoder: Callable[[bytes], Any] = msgspec.json.decode
    return decoder
