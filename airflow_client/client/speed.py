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
    from airflow_client.client.model.x_com_collection import XComCollection

#: msgspec takes 20 ms to import: that many bytes are the first that it is worth.
WORTHWHILE = 200_000
#: What msgspec is not, so that it can be told from what it decodes.
REFUSED: Any = object()

_installed: bool | None = None


def decode(body: bytes) -> Any:
    """The JSON in ``body``, or :data:`REFUSED` where Python's own decoder is to decide."""
    if not _serves(len(body)):
        return REFUSED
    import msgspec

    try:
        return msgspec.json.decode(body)
    except Exception:  # its errors have no base in common but this, through all its releases
        return REFUSED


def page(body: bytes) -> XComCollection | None:
    """The page of XComs in ``body``, None where it is to be made of decoded JSON. It, and its rows, keep ``body``."""
    if not _serves(len(body)):
        return None
    from airflow_client.client import speed_pages

    return speed_pages.decode(body)


def _serves(size: int) -> bool:
    """Whether msgspec is there, and worth its import for so many bytes."""
    global _installed
    if "msgspec" in sys.modules:
        return True
    if size < WORTHWHILE:
        return False
    if _installed is None:
        _installed = importlib.util.find_spec("msgspec") is not None
    return _installed
