"""Decodes JSON by msgspec (the extra ``speed``): imported where that is installed, for a response that is worth it.

What it returns is what ``json.loads`` returns, to the type and digit. What it refuses (``NaN``, lone surrogates, floats
out of range, a byte order mark) is left to ``json.loads``, which may take it or say what is wrong with it.
"""

from __future__ import annotations

from typing import Any

import msgspec

#: What msgspec is not, so that it can be told from what it decodes.
REFUSED: Any = object()


def decode(body: bytes) -> Any:
    """Return the JSON in ``body``, or :data:`REFUSED` where Python's own decoder is to decide."""
    try:
        return msgspec.json.decode(body)
    except Exception:  # its errors have no base in common but this, through all its releases
        return REFUSED
