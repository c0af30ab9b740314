"""This library, where msgspec is installed. Its extra ``speed`` has to use it, else it is no contender."""

import sys

from contenders import ours


def rows(host, ids, limit):
    return _with_msgspec(ours.rows(host, ids, limit))


def fields(host, ids, limit):
    return _with_msgspec(ours.fields(host, ids, limit))


def value(host, ids, key):
    return _with_msgspec(ours.value(host, ids, key))


def _with_msgspec(once):
    once()
    if "msgspec" not in sys.modules:
        raise ImportError("msgspec is installed, and not used")
    return once
