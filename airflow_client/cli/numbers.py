"""Numbers of a history: changes, and a sparkline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Optional, Union

Number = Union[int, float]

_BARS = "▁▂▃▄▅▆▇█"


def as_number(value: Any) -> Optional[Number]:
    """Return a value if it is a finite number, which true and false are not, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) else None


def difference(value: Number, before: Number) -> Number:
    """Return the difference of two numbers to the digit: 0.3 - 0.1 is 0.2."""
    if isinstance(value, int) and isinstance(before, int):
        return value - before
    return float(Decimal(repr(value)) - Decimal(repr(before)))


def format_number(value: Number) -> str:
    """Return a number with separators of thousands, and up to six significant digits of a fraction."""
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return f"{int(value):,}"
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}"


def sparkline(values: Sequence[Optional[Number]], columns: int) -> str:
    """Return a line of bars, up to so many columns; None is a gap."""
    if len(values) > columns:
        size = len(values) / columns
        values = [_mean(values[int(n * size) : max(int((n + 1) * size), int(n * size) + 1)]) for n in range(columns)]
    numbers = [value for value in values if value is not None]
    if not numbers:
        return ""
    least, most = min(numbers), max(numbers)
    span = float(most - least)
    return "".join(
        " " if value is None else _BARS[round((value - least) / span * (len(_BARS) - 1)) if span else 3]
        for value in values
    )


def _mean(values: Sequence[Optional[Number]]) -> Optional[Number]:
    numbers = [value for value in values if value is not None]
    return sum(numbers) / len(numbers) if numbers else None
