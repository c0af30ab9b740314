"""Model of a page of XComs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow_client.xcom import tables
from airflow_client.xcom.model.page import Page
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem
from airflow_client.xcom.tables import DataFrame


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
    _columns = ("dag_id", "run_id", "execution_date", "task_id", "map_index", "key", "timestamp")
    _iterators = "iter_xcom_entries and iter_xcoms read"

    @property
    def xcom_entries(self) -> list[XComCollectionItem]:
        """Rows of this page. Changes to a row show in the page's ``to_dict()``."""
        return self._get_rows()

    @xcom_entries.setter
    def xcom_entries(self, rows: Iterable[XComCollectionItem]) -> None:
        self["xcom_entries"] = list(rows)

    def to_pandas(self) -> DataFrame:
        """Return the rows as a DataFrame, with the same columns on every Airflow release. Needs the extra ``pandas``.

        :returns: ``pandas.DataFrame`` with the columns ``dag_id``, ``run_id``, ``task_id``, ``map_index``, ``key``,
            ``timestamp``, ``logical_date`` and ``run_after``. The last three have the time zone UTC.
        :raises ApiValueError: pandas is not installed.
        """
        return tables.to_pandas(self.xcom_entries, with_values=False)

    def to_arrow(self) -> Any:
        """Return the rows as a table of pyarrow, with the columns of :meth:`to_pandas`. Needs the extra ``arrow``.

        :returns: ``pyarrow.Table``.
        :raises ApiValueError: pyarrow is not installed.
        """
        return tables.to_arrow(self.xcom_entries, with_values=False)
