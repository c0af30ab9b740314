"""Model of a page of XComs."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_client.xcom.model.page import Page
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem


class XComCollection(Page[XComCollectionItem]):
    """Page of a list of XComs, with the number of rows on all pages.

    It is a sequence of its rows, and is true even without rows. A str in ``[]`` and ``in`` is a field name.

    >>> page = XComCollection(xcom_entries=[XComCollectionItem(key="a")], total_entries=1)
    >>> [row.key for row in page]
    ['a']
    >>> len(page), page[0].key, page["total_entries"]
    (1, 'a', 1)
    """

    __slots__ = ()
    _rows_field = "xcom_entries"
    _row_model = XComCollectionItem
    _iterators = "iter_xcom_entries and iter_xcoms read"

    @property
    def xcom_entries(self) -> list[XComCollectionItem]:
        """Rows of this page. Changes to a row show in the page's ``to_dict()``."""
        return self._get_rows()

    @xcom_entries.setter
    def xcom_entries(self, rows: Iterable[XComCollectionItem]) -> None:
        self["xcom_entries"] = list(rows)
