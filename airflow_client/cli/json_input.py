"""JSON that a person types: values to write, and the configuration of a run."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import click


def parse_json(text: str, name: str, hint: str = "") -> Any:
    """Return the value of strict JSON.

    :param text: JSON text.
    :param name: name of the argument, for the error.
    :param hint: advice for text that is not JSON.
    :raises click.UsageError: it is not JSON, or has what only Python's JSON has: NaN, Infinity, an object's key twice.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise click.UsageError(f"{name} is nested too deeply.") from None
    except ValueError as error:
        raise click.UsageError(f"{name} is not JSON: {error}.{f' {hint}' if hint else ''}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"JSON has no {name}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} occurs twice in an object")
    return value
