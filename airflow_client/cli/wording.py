"""Pieces of the sentences that the commands write."""

from __future__ import annotations

from typing import Optional


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 XCom``, ``1,234 XComs``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def capitalized(text: str) -> str:
    """Return text with a capital letter at its beginning; the rest stays as it is."""
    return f"{text[:1].upper()}{text[1:]}"


def task_label(task_id: object, map_index: Optional[int]) -> str:
    """Return the name of a task instance: ``load``, or ``load[2]`` if it is mapped."""
    return str(task_id) if map_index in (None, -1) else f"{task_id}[{map_index}]"


def duration(seconds: Optional[float]) -> str:
    """Return seconds as a person writes them: ``0.25s``, ``7.5s``, ``1m05s``, ``2h03m``, ``3d04h``; None is empty."""
    if seconds is None:
        return ""
    if seconds < 59.95:
        return f"{seconds:.2g}s" if seconds < 1 or isinstance(seconds, int) else f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours < 48 else f"{hours // 24}d{hours % 24:02}h"
