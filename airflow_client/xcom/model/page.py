"""Base of the models of a page of a list."""
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Generic, SupportsIndex, TypeVar, cast, overload

from airflow_client.xcom.model import Field, Model, Record, rendering, wrap_each

R = TypeVar("R", bound=Record)


class Page(Model, Generic[R]):
    """Page of a list, with the number of rows on all pages.

    It is a sequence of its rows, and is true even without rows. A str in ``[]`` and ``in`` is a field name.
    """

    __slots__ = ("_is_first_page", "_rows")
    _rows: list[R] | None
    _is_first_page: bool
    #: Field with the rows, their model, their columns in a notebook, and the calls that read all pages.
    _rows_field: ClassVar[str]
    _row_model: ClassVar[type[Record]]
    _columns: ClassVar[tuple[str, ...]]
    _iterators: ClassVar[str]

    total_entries: Field[int] = Field("Number of rows on all pages.")

    @classmethod
    def _is_like(cls, data: Any) -> bool:
        rows = data.get(cls._rows_field, False) if isinstance(data, dict) else False
        return rows is None or (isinstance(rows, list) and set(map(type, rows)) <= {dict})

    def _get_rows(self) -> list[R]:
        """Return the rows. Changes to a row show in the page's ``to_dict()``."""
        rows = getattr(self, "_rows", None)
        if rows is None:
            model = cast("type[R]", self._row_model)
            rows = self._rows = wrap_each(model, self._data.get(self._rows_field) or ())
        return rows

    def __iter__(self) -> Iterator[R]:
        return iter(self._get_rows())

    def __len__(self) -> int:
        return len(self._get_rows())

    def __repr__(self) -> str:
        total = self.get("total_entries")
        if not getattr(self, "_is_first_page", False) or not isinstance(total, int) or len(self) >= total:
            return super().__repr__()
        return f"{super().__repr__()}\n# {len(self)} of {total} rows: {self._iterators} all pages"

    def _repr_html_(self) -> str:
        caption = f"{type(self).__name__}: {len(self)} of {self.get('total_entries')} rows"
        return rendering.rows_table(caption, self._get_rows(), self._columns)

    def __bool__(self) -> bool:
        return True

    @overload
    def __getitem__(self, name: str) -> Any: ...
    @overload
    def __getitem__(self, name: SupportsIndex) -> R: ...
    @overload
    def __getitem__(self, name: slice) -> list[R]: ...
    def __getitem__(self, name: str | SupportsIndex | slice) -> Any:
        return super().__getitem__(name) if isinstance(name, str) else self._get_rows()[name]

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._rows = None  # the rows may have changed

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) if isinstance(name, str) else name in self._get_rows()


def rows_of(model: type[Page[Any]], data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a page's decoded JSON."""
    return data[model._rows_field] or []


def note_first_page(page: Page[Any]) -> None:
    """Make the page's repr tell if rows are missing: the caller set neither ``limit`` nor ``offset``."""
    object.__setattr__(page, "_is_first_page", True)
