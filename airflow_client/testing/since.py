"""Fields and parameters that only some releases of an API have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")
#: Numbers of a release, such as ``(2, 10, 5)``.
Numbers = tuple[int, ...]


def numbers(version: str) -> Numbers:
    """Return the numbers of a version."""
    return tuple(int(part) for part in version.split("."))


def known(fields: Mapping[str, T], since: Mapping[str, Numbers], release: Numbers) -> dict[str, T]:
    """Return the fields that a release has.

    :param since: first release of fields that not all releases have.
    """
    return {name: value for name, value in fields.items() if since.get(name, ()) <= release}
