"""Types for annotations: protocols for classes of optional libraries, and names that old Pythons lack.

With them, ``typing.get_type_hints`` works on every public callable without requests and aiohttp.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

if TYPE_CHECKING:
    from typing_extensions import Never, Self, Unpack
elif sys.version_info >= (3, 11):
    from typing import Never, Self, Unpack
else:  # pragma: no cover; typing_extensions is not required
    Never, Self, Unpack = NoReturn, Any, tuple

__all__ = [
    "AiohttpSession",
    "AsyncRawResponse",
    "Never",
    "RawResponse",
    "RequestsSession",
    "RetrySettings",
    "Self",
    "Unpack",
]


class _ResponseHead(Protocol):
    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def reason(self) -> str | None:
        """HTTP reason phrase."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers; names are case-insensitive."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class RawResponse(_ResponseHead, Protocol):
    """urllib3 response with its body unread, returned by ``_preload_content=False``.

    An ``ApiClient(session=…)`` returns a ``requests.Response``, and :class:`AsyncXComApi` an
    :class:`AsyncRawResponse`.
    """

    @property
    def data(self) -> bytes:
        """Body; the first access reads it."""
        ...

    def read(self, amt: int | None = None) -> bytes:
        """Read up to ``amt`` bytes of the body, or all of it (None)."""
        ...


class AsyncRawResponse(_ResponseHead, Protocol):
    """aiohttp response with its body unread, returned by ``_preload_content=False``."""

    async def read(self) -> bytes:
        """Read the whole body."""
        ...


class RequestsSession(Protocol):
    """``requests.Session``."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any: ...

    def get_adapter(self, url: str) -> Any: ...

    def close(self) -> None: ...


class AiohttpSession(Protocol):
    """``aiohttp.ClientSession``."""

    @property
    def closed(self) -> bool: ...

    @property
    def trust_env(self) -> bool: ...

    async def close(self) -> None: ...


class RetrySettings(Protocol):
    """``urllib3.Retry``."""

    @property
    def total(self) -> int | None: ...

    @property
    def allowed_methods(self) -> Collection[str] | None: ...
