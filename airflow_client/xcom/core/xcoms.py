"""Results of a bulk read of XComs: the iterators that users get, and the progress."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

from airflow_client.xcom import tables
from airflow_client.xcom.annotations import Self
from airflow_client.xcom.exceptions import OpenApiException
from airflow_client.xcom.model import rendering
from airflow_client.xcom.model.dag_run import DAGRun
from airflow_client.xcom.model.x_com import XCom
from airflow_client.xcom.tables import DataFrame

T = TypeVar("T")


class Counts:
    """Progress of a bulk read.

    :ivar int total: number of rows, as last reported by the server.
    :ivar int done: rows processed, whatever the outcome, with those whose value waits for your code.
    :ivar int deleted: processed rows that were deleted after being listed.
    :ivar int failed: processed rows that could not be read.
    :ivar int skipped: processed rows that ``where`` left out.
    :ivar int running: requests for values in progress now.
    :ivar stringified: True if values are the server's text, False if they are JSON. None until known: on Airflow 2 the
        first value that is neither a str nor None shows that they are JSON, because a server with ``[core]
        enable_xcom_pickling`` sends text in any case.
    """

    __slots__ = ("deleted", "done", "failed", "running", "skipped", "stringified", "total")

    def __init__(self) -> None:
        self.total: int = 0
        self.done: int = 0
        self.deleted: int = 0
        self.failed: int = 0
        self.skipped: int = 0
        self.running: int = 0
        self.stringified: bool | None = None

    def __repr__(self) -> str:
        return f"Counts({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def _repr_html_(self) -> str:
        return rendering.fields_table("Counts", dict(self.__rich_repr__()))

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        for name in sorted(self.__slots__):
            yield name, getattr(self, name)


def _nothing() -> None:
    pass


class _Iterator:
    """Base of the iterators: shows the progress."""

    counts: Counts

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.counts!r}>"

    def _repr_html_(self) -> str:
        return rendering.fields_table(type(self).__name__, dict(self.counts.__rich_repr__()))

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        return self.counts.__rich_repr__()


class XComs(_Iterator, Generic[T]):
    """Iterator over XComs with their values. Closing it, or leaving its loop early, stops the requests.

    :ivar Counts counts: progress of the read.
    """

    def __init__(self, xcoms: Generator[T], counts: Counts, stop: Callable[[], object] = _nothing) -> None:
        self.counts = counts
        self._xcoms = xcoms
        self._stop = stop

    def to_pandas(self, *, explode: bool = False) -> DataFrame:
        """Read the remaining XComs into a DataFrame, with the same columns on every Airflow release.

        Needs the extra ``pandas``. The exceptions that ``on_error="yield"`` yields are left out.

        :param bool explode: add a column ``value.name`` for each key of values that are dicts. Default False.
        :returns: ``pandas.DataFrame`` with the columns ``dag_id``, ``run_id``, ``task_id``, ``map_index``, ``key``,
            ``timestamp``, ``logical_date``, ``run_after`` and ``value``. Datetimes have the time zone UTC. Values are
            unchanged; the column has a numeric dtype if all of them are ints, all floats or all bools.
        :raises ApiValueError: pandas is not installed. Nothing was read.
        """
        tables.require("pandas")
        return tables.to_pandas(_only_xcoms(self), explode=explode)

    def to_arrow(self) -> Any:
        """Read the remaining XComs into a table of pyarrow, with the columns of :meth:`to_pandas`.

        Needs the extra ``arrow``. The exceptions that ``on_error="yield"`` yields are left out.

        :returns: ``pyarrow.Table``. The column ``value`` holds JSON text, which is exact for every value.
        :raises ApiValueError: pyarrow is not installed (nothing was read), or a value is not JSON.
        """
        tables.require("pyarrow")
        return tables.to_arrow(_only_xcoms(self))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return next(self._xcoms)

    def stop(self) -> None:
        """Start no more requests. The iteration ends after the XComs that are being read, which it still yields.

        Any thread may call it, and so may a signal handler.
        """
        self._stop()

    def close(self) -> None:
        """Cancel pending requests and leave no threads running. Closing twice does nothing."""
        self._xcoms.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class AsyncXComs(_Iterator, Generic[T]):
    """Asynchronous iterator over XComs with their values. Leaving its ``async with`` stops the requests at once.

    :ivar Counts counts: progress of the read.
    """

    def __init__(self, xcoms: AsyncGenerator[T], counts: Counts, stop: Callable[[], object] = _nothing) -> None:
        self.counts = counts
        self._xcoms = xcoms
        self._stop = stop

    async def to_pandas(self, *, explode: bool = False) -> DataFrame:
        """Read the remaining XComs into a DataFrame, as :meth:`XComs.to_pandas` does.

        :param bool explode: add a column ``value.name`` for each key of values that are dicts. Default False.
        :returns: ``pandas.DataFrame``.
        :raises ApiValueError: pandas is not installed. Nothing was read.
        """
        tables.require("pandas")
        return tables.to_pandas(_only_xcoms([xcom async for xcom in self]), explode=explode)

    async def to_arrow(self) -> Any:
        """Read the remaining XComs into a table of pyarrow, as :meth:`XComs.to_arrow` does.

        :returns: ``pyarrow.Table``.
        :raises ApiValueError: pyarrow is not installed (nothing was read), or a value is not JSON.
        """
        tables.require("pyarrow")
        return tables.to_arrow(_only_xcoms([xcom async for xcom in self]))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await self._xcoms.__anext__()

    def stop(self) -> None:
        """Start no more requests. The iteration ends after the XComs that are being read, which it still yields.

        Another task may call it, and so may a signal handler.
        """
        self._stop()

    async def close(self) -> None:
        """Cancel pending requests and leave no tasks running. Closing twice does nothing."""
        await self._xcoms.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()


class XComHistory(Sequence[XCom]):
    """Sequence of one XCom's values in the last runs of a DAG, oldest run first.

    The ``dag_run`` of each :class:`XCom` is its DAG run.

    :param str name: name of the XCom, for the repr.
    :param list xcoms: the XComs, oldest run first.
    :param list missing: see below.
    :param list errors: see below.

    :ivar missing: the DAG runs without the XCom, oldest first, a list of :class:`DAGRun`.
    :ivar errors: with ``on_error="skip"``, the exceptions of the XComs that could not be read, a list. The ``entry`` of
        each has the ids.
    """

    def __init__(self, name: str, xcoms: list[XCom], missing: list[DAGRun], errors: list[OpenApiException]) -> None:
        self.missing: list[DAGRun] = missing
        self.errors: list[OpenApiException] = errors
        self._name = name
        self._xcoms = xcoms

    @overload
    def __getitem__(self, index: int) -> XCom: ...
    @overload
    def __getitem__(self, index: slice) -> list[XCom]: ...
    def __getitem__(self, index: int | slice) -> XCom | list[XCom]:
        return self._xcoms[index]

    def __len__(self) -> int:
        return len(self._xcoms)

    def to_pandas(self, *, explode: bool = False) -> DataFrame:
        """Return a DataFrame with one row for each XCom. Needs the extra ``pandas``.

        :param bool explode: add a column ``value.name`` for each key of values that are dicts. Default False.
        :returns: ``pandas.DataFrame`` with the columns of :meth:`XComs.to_pandas`, and before ``value`` the columns
            ``run_state``, ``run_start_date`` and ``run_end_date`` of the DAG run.
        :raises ApiValueError: pandas is not installed.
        """
        return tables.to_pandas(self._xcoms, with_runs=True, explode=explode)

    def to_arrow(self) -> Any:
        """Return a table of pyarrow, with the columns of :meth:`to_pandas`. Needs the extra ``arrow``.

        :returns: ``pyarrow.Table``. The column ``value`` holds JSON text, which is exact for every value.
        :raises ApiValueError: pyarrow is not installed, or a value is not JSON.
        """
        return tables.to_arrow(self._xcoms, with_runs=True)

    def __repr__(self) -> str:
        latest = self._xcoms[-rendering.MAX_ROWS :]
        lines = [f"{_run_date(xcom)}  {rendering.preview(xcom.value, 40)}" for xcom in latest]
        if len(self) > len(latest):
            lines.insert(0, f"… {len(self) - len(latest):,} earlier")
        return "\n".join([f"<{self._summary}>", *lines])

    def _repr_html_(self) -> str:
        latest = self._xcoms[-rendering.MAX_ROWS :]
        rows = [
            {"run_id": xcom.run_id, "run_date": _run_date(xcom), "run_state": run and run.state, "value": xcom.value}
            for xcom, run in ((xcom, xcom.dag_run) for xcom in latest)
        ]
        names = ("run_id", "run_date", "run_state", "value")
        return rendering.rows_table(self._summary, rows, names, earlier=len(self) - len(rows))

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        yield "xcoms", len(self)
        yield "missing", len(self.missing)
        yield "errors", len(self.errors)

    @property
    def _summary(self) -> str:
        runs = len(self) + len(self.missing) + len(self.errors)
        counts = [f"{self._name}: {len(self)} XCom{'s' * (len(self) != 1)} of {runs} run{'s' * (runs != 1)}"]
        counts += [f"{len(self.missing)} missing"] if self.missing else []
        counts += [f"{len(self.errors)} unreadable"] if self.errors else []
        return f"{type(self).__name__} {rendering.visible(', '.join(counts))}"


def _run_date(xcom: XCom) -> str:
    """Return the date by which the history is sorted."""
    run = xcom.dag_run
    date = None if run is None else run.run_after or run.logical_date
    return "" if date is None else date.isoformat(" ", "seconds")


def _only_xcoms(items: Iterable[T]) -> Iterator[T]:
    return (item for item in items if not isinstance(item, OpenApiException))
