"""Structural differences of JSON values. 1, 1.0 and true differ; the order of an object's members does not count."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

#: Items of two lists, without their equal beginnings and ends, up to which the lists are aligned.
_ALIGNED = 2_000
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")


class Difference(NamedTuple):
    """Difference of two values.

    :ivar path: JMESPath of what differs, such as ``a.b[0]``; empty for the whole value. The position in a list is that
        in the value that has the item.
    :ivar change: ``added``, ``removed`` or ``changed``.
    """

    path: str
    change: str
    before: Any = None
    after: Any = None


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield the differences of two values, none if they are equal."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            member = _member(path, key)
            if key not in after:
                yield Difference(member, "removed", before=before[key])
            elif key not in before:
                yield Difference(member, "added", after=after[key])
            else:
                yield from differences(before[key], after[key], member)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _differences_of_lists(before, after, path)
    elif exact_text(before) != exact_text(after):
        yield Difference(path, "changed", before, after)


def exact_text(value: Any) -> str:
    """Return text that is the same for equal values only."""
    return json.dumps(value, sort_keys=True)


def _differences_of_lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    # difflib compares text: 1 == 1.0 == True in Python
    old, new = [*map(exact_text, before)], [*map(exact_text, after)]
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if len(old) == len(new) or max(len(old), len(new)) > _ALIGNED:
        blocks: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(old), 0, len(new))]
    else:
        blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, old_start, old_end, new_start, new_end in blocks:
        if tag == "equal":
            continue
        size = max(old_end - old_start, new_end - new_start)
        for offset in range(size):
            at, to = start + old_start + offset, start + new_start + offset
            if old_start + offset >= old_end:
                yield Difference(f"{path}[{to}]", "added", after=after[to])
            elif new_start + offset >= new_end:
                yield Difference(f"{path}[{at}]", "removed", before=before[at])
            else:
                yield from differences(before[at], after[to], f"{path}[{to}]")


def _member(path: str, key: str) -> str:
    name = key if _NAME.fullmatch(key) else json.dumps(key, ensure_ascii=False)
    return f"{path}.{name}" if path else name
