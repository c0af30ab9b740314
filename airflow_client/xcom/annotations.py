"""Types for annotations: what the optional libraries' classes have in common, and names that old Pythons lack.

``typing.get_type_hints`` works on every public callable, whether requests and aiohttp are installed or not.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

if TYPE_CHECKING:
    from typing_extensions import Never, Self, Unpack
elif sys.version_info >= (3, 11):
    from typing import Never, Self, Unpack
else:  # typing_extensions is not required
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


class RawResponse(Protocol):
    """Response of urllib3 with its body unread: what ``_preload_content=False`` returns.

    An ``ApiClient(session=…)`` returns a ``requests.Response``, and :class:`AsyncXComApi` an
    :class:`AsyncRawResponse`.
    """

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
        """Headers; the case of a name does not count."""
        ...

    @property
    def data(self) -> bytes:
        """The whole body, which is read at the first access."""
        ...

    def read(self, amt: int | None = None) -> bytes:
        """Read up to ``amt`` bytes of the body, None for all of it."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class AsyncRawResponse(Protocol):
    """Response of aiohttp with its body unread: what ``_preload_content=False`` returns with asyncio."""

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
        """Headers; the case of a name does not count."""
        ...

    async def read(self) -> bytes:
        """Read the whole body."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class RequestsSession(Protocol):
    """A ``requests.Session``."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any: ...

    def get_adapter(self, url: str) -> Any: ...

    def close(self) -> None: ...


class AiohttpSession(Protocol):
    """An ``aiohttp.ClientSession``."""

    @property
    def closed(self) -> bool: ...

    @property
    def trust_env(self) -> bool: ...

    async def close(self) -> None: ...


class RetrySettings(Protocol):
    """An ``urllib3.Retry``."""

    @property
    def total(self) -> int | None: ...

    @property
    def allowed_methods(self) -> Collection[str] | None: ...
