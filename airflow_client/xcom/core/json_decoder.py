"""JSON decoder with msgspec (the extra ``speed``), imported only if it is installed and a response is large.

It returns exactly what ``json.loads`` returns. Input that msgspec rejects (``NaN``, lone surrogates, floats out of
range, a byte order mark) is left to ``json.loads``.
"""

from __future__ import annotations

from typing import Any

import msgspec

#: Returned for input that msgspec rejects.
REFUSED: Any = object()


def decode(body: bytes) -> Any:
    """Return the JSON in ``body``, or :data:`REFUSED` to leave it to Python's own decoder."""
    try:
        return msgspec.json.decode(body)
    except Exception:  # the common base of its errors in all releases
        return REFUSED
