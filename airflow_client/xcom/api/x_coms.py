"""What ``iter_xcoms`` returns: the XComs, and how far the reading is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Generic, TypeVar

from airflow_client.xcom.annotations import Self
from airflow_client.xcom.core.bulk import Counts

T = TypeVar("T")


class XComs(Generic[T]):
    """An iterator over XComs with their values. Closing it, by :meth:`close` or ``with``, stops the reading; so does
    dropping it, as a ``for`` loop that is left early does.

    :ivar Counts counts: how many rows there are, are done, were deleted meanwhile, could not be read; and whether the
        values are text.
    """

    def __init__(self, xcoms: Generator[T], counts: Counts) -> None:
        self.counts = counts
        self._xcoms = xcoms

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return next(self._xcoms)

    def close(self) -> None:
        """Stop the reading: requests on their way are given up, and no thread is left. Closing twice does nothing."""
        self._xcoms.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class AsyncXComs(Generic[T]):
    """An asynchronous iterator over XComs with their values. Leave it by ``async with``, or await :meth:`close`, to
    stop the reading at once; a loop that is left early stops it when the event loop finalizes it.

    :ivar Counts counts: how many rows there are, are done, were deleted meanwhile, could not be read; and whether the
        values are text.
    """

    def __init__(self, xcoms: AsyncGenerator[T], counts: Counts) -> None:
        self.counts = counts
        self._xcoms = xcoms

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await self._xcoms.__anext__()

    async def close(self) -> None:
        """Stop the reading: requests on their way are cancelled, and no task is left. Closing twice does nothing."""
        await self._xcoms.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
