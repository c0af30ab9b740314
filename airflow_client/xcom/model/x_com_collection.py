"""One page of a list of XComs."""

from __future__ import annotations

from typing import Any

from airflow_client.xcom.model.base import Field, Model
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem


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
            entries = XComCollectionItem._from_dicts(self.__dict__.get("xcom_entries") or ())
            object.__setattr__(self, "_entries", entries)
            return entries
