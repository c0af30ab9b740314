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
