"""One page of a list of XComs."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from operator import itemgetter
from typing import Any

from airflow_client.client.model.view import Field, Model, as_datetime
from airflow_client.client.model.x_com_collection_item import XComCollectionItem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class XComCollection(Model):
    """One page of a list of XComs, and how many there are in all.

    >>> page = XComCollection(xcom_entries=[XComCollectionItem(key="a")], total_entries=1)
    >>> [row.key for row in page.xcom_entries]
    ['a']
    """

    __slots__ = ("_entries",)
    _entries: list[XComCollectionItem]

    total_entries: Field[int] = Field("How many rows there are on all pages together.")

    @classmethod
    def _is_like(cls, data: Any) -> bool:
        rows = data.get("xcom_entries", False) if isinstance(data, dict) else False
        return rows is None or (isinstance(rows, list) and set(map(type, rows)) <= {dict})

    @property
    def xcom_entries(self) -> list[XComCollectionItem]:
        """The rows of this page; empty when the server sent none."""
        try:
            return self._entries
        except AttributeError:
            entries = _rows(self.__dict__.get("xcom_entries") or ())
            object.__setattr__(self, "_entries", entries)
            return entries


class _RowOfRun(XComCollectionItem):
    """A row of a page whose rows are all of one run, as mostly they are: what they share is converted once for all."""

    __slots__ = ("logical_date", "run_after")
    _kind = XComCollectionItem


class _RowOfRun2(XComCollectionItem):
    """The same, of Airflow 2."""

    __slots__ = ("execution_date",)
    _kind = XComCollectionItem


_RowOfRun.__name__ = _RowOfRun2.__name__ = XComCollectionItem.__name__  # which error messages show
#: Of Airflow 3 and of Airflow 2, and what their rows share.
_KINDS: tuple[tuple[type[XComCollectionItem], tuple[str, ...]], ...] = (
    (_RowOfRun, _RowOfRun.__slots__),
    (_RowOfRun2, _RowOfRun2.__slots__),
)


def _rows(objs: Sequence[dict[str, Any]]) -> list[XComCollectionItem]:
    try:
        kind, names = _KINDS["execution_date" in objs[0]]
        shared = [_shared(objs, name) for name in names]
    except (LookupError, TypeError, ValueError, OverflowError, RecursionError):
        return XComCollectionItem._from_dicts(objs)
    if shared[0] is None:  # then a field of another name may tell the date
        return XComCollectionItem._from_dicts(objs)
    rows = kind._from_dicts(objs)
    for name, moment in zip(names, shared):
        deque(map(vars(kind)[name].__set__, rows, repeat(moment)), 0)  # a loop in C: pages are long
    return rows


def _shared(objs: Sequence[dict[str, Any]], name: str) -> datetime | None:
    """The moment in the field ``name`` that all of ``objs`` have; None where it is null, or none of them has it.

    :raises LookupError: there is none that all have.
    """
    if not any(name in obj for obj in objs):
        return None
    texts = list(map(itemgetter(name), objs))
    if texts.count(texts[0]) < len(texts):
        raise LookupError(name)
    return None if texts[0] is None else as_datetime(texts[0])
