"""Suggestions for misspelt names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable


def parameters(call: Callable[..., Any]) -> list[str]:
    """Return the names of the keywords that a function takes."""
    code: Any = getattr(call, "__code__", None)
    return [] if code is None else list(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])


def unknown_keywords(names: Iterable[str], known: Collection[str]) -> str:
    """Return the message for keywords that do not exist; it suggests the known ones that are alike."""
    return f"unknown keyword: {', '.join(name + did_you_mean(name, known) for name in sorted(names))}"


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return ``" (did you mean …?)"`` with the known name that is most alike, or nothing."""
    from difflib import get_close_matches  # only an error needs it

    # An underscore at the front is easily forgotten, and weighs little.
    bare = {one.strip("_"): one for one in known}
    alike = get_close_matches(name.strip("_"), bare, 1)
    return f" (did you mean {bare[alike[0]]}?)" if alike else ""
