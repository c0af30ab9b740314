"""Model of a page of XComs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, SupportsIndex, overload

from airflow_client.xcom import tables
from airflow_client.xcom.model import Field, Model, rendering, wrap
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem
from airflow_client.xcom.tables import DataFrame, Table

#: Columns of the table in a notebook.
_SHOWN = ("dag_id", "run_id", "execution_date", "task_id", "map_index", "key", "timestamp")


class XComCollection(Model):
    """Page of a list of XComs, with the number of rows on all pages.

    It is a sequence of its rows, and is true even without rows. A str in ``[]`` and ``in`` is a field name.

    >>> page = XComCollection(xcom_entries=[XComCollectionItem(key="a")], total_entries=1)
    >>> [row.key for row in page]
    ['a']
    >>> len(page), page[0].key, page["total_entries"]
    (1, 'a', 1)
    """

    __slots__ = ("_is_first_page", "_rows")
    _rows: list[XComCollectionItem] | None
    _is_first_page: bool

    total_entries: Field[int] = Field("Number of rows on all pages.")

    @classmethod
    def _is_like(cls, data: Any) -> bool:
        rows = data.get("xcom_entries", False) if isinstance(data, dict) else False
        return rows is None or (isinstance(rows, list) and set(map(type, rows)) <= {dict})

    @property
    def xcom_entries(self) -> list[XComCollectionItem]:
        """Rows of this page. Changes to a row show in the page's ``to_dict()``."""
        rows = getattr(self, "_rows", None)
        if rows is None:
            rows = self._rows = [wrap(XComCollectionItem, row) for row in self._data.get("xcom_entries") or ()]
        return rows

    @xcom_entries.setter
    def xcom_entries(self, rows: Iterable[XComCollectionItem]) -> None:
        self["xcom_entries"] = list(rows)

    def __iter__(self) -> Iterator[XComCollectionItem]:
        return iter(self.xcom_entries)

    def __len__(self) -> int:
        return len(self.xcom_entries)

    def __repr__(self) -> str:
        total = self.get("total_entries")
        if not getattr(self, "_is_first_page", False) or not isinstance(total, int) or len(self) >= total:
            return super().__repr__()
        return f"{super().__repr__()}\n# {len(self)} of {total} rows: iter_xcom_entries and iter_xcoms read all pages"

    def _repr_html_(self) -> str:
        caption = f"{type(self).__name__}: {len(self)} of {self.get('total_entries')} rows"
        return rendering.rows_table(caption, self.xcom_entries, _SHOWN)

    def to_pandas(self) -> DataFrame:
        """Return the rows as a DataFrame, with the same columns on every Airflow release. Needs the extra ``pandas``.

        :returns: ``pandas.DataFrame`` with the columns ``dag_id``, ``run_id``, ``task_id``, ``map_index``, ``key``,
            ``timestamp``, ``logical_date`` and ``run_after``. The last three have the time zone UTC.
        :raises ApiValueError: pandas is not installed.
        """
        return tables.to_pandas(self.xcom_entries, with_values=False)

    def to_arrow(self) -> Table:
        """Return the rows as a table of pyarrow, with the columns of :meth:`to_pandas`. Needs the extra ``arrow``.

        :returns: ``pyarrow.Table``.
        :raises ApiValueError: pyarrow is not installed.
        """
        return tables.to_arrow(self.xcom_entries, with_values=False)

    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, name: str) -> Any: ...
    @overload
    def __getitem__(self, name: SupportsIndex) -> XComCollectionItem: ...
    @overload
    def __getitem__(self, name: slice) -> list[XComCollectionItem]: ...
    def __getitem__(self, name: str | SupportsIndex | slice) -> Any:
        return super().__getitem__(name) if isinstance(name, str) else self.xcom_entries[name]

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._rows = None  # the rows may have changed

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) if isinstance(name, str) else name in self.xcom_entries


def note_first_page(page: XComCollection) -> None:
    """Make the page's repr tell if rows are missing: the caller set neither ``limit`` nor ``offset``."""
    object.__setattr__(page, "_is_first_page", True)
