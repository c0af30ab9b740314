"""Requests and responses that all transports share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from airflow_client.xcom.headers import ResponseHeaders, Secret
from airflow_client.xcom.model.rendering import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.headers import Headers


class Request:
    """HTTP request. Its repr omits the headers and the body, which may hold credentials.

    :ivar path_template: path with ``{dag_id}`` and the like for ids.
    """

    __slots__ = ("_body", "headers", "method", "origin", "path_template", "target")

    def __init__(
        self,
        method: str,
        origin: str,
        target: str,
        headers: Headers,
        body: bytes | None,
        path_template: str | None = None,
    ) -> None:
        self.method: str = method
        self.origin: str = origin
        self.target: str = target
        self.headers: Headers = headers
        self._body = Secret(body)  # a login's body holds the password
        self.path_template: str = target if path_template is None else path_template

    @property
    def body(self) -> bytes | None:
        """The body, or None."""
        return self._body.value

    def __repr__(self) -> str:
        return f"{self.method} {self.origin}{self.target}"


class Response:
    """HTTP response.

    :ivar int status: HTTP status.
    :ivar str reason: reason phrase; HTTP/2 has none.
    :ivar headers: case-insensitive mapping.
    :ivar raw: the HTTP library's own response, if its body is unread.
    :param discard: makes the pool close the response's connection before its next use.
    """

    __slots__ = ("_data", "_discard", "headers", "raw", "reason", "status")

    def __init__(
        self,
        status: int,
        reason: str | None,
        headers: ResponseHeaders,
        data: bytes | None,
        raw: Any = None,
        discard: Callable[[], object] | None = None,
    ) -> None:
        self.status: int = status
        self.reason: str | None = reason
        self.headers: ResponseHeaders = headers
        self._data = Secret(data)  # a login's body holds the token
        self.raw: Any = raw
        self._discard = discard

    @property
    def data(self) -> bytes | None:
        """The body; None if it is unread in ``raw``, or was not retained."""
        return self._data.value

    @data.setter
    def data(self, data: bytes | None) -> None:
        self._data = Secret(data)

    def discard(self) -> None:
        """Have no other request use the response's connection."""
        if self._discard is not None:
            self._discard()

    def __repr__(self) -> str:
        return f"<Response {self.status} {visible(str(self.reason))}>"


T_co = TypeVar("T_co", covariant=True)


class ApiResponse(Generic[T_co]):
    """Successful response: the model and its HTTP response.

    :ivar int status_code: HTTP status.
    :ivar headers: the headers, a case-insensitive mapping of str.
    :ivar data: the model.
    :ivar bytes raw_data: the body as received.
    """

    __slots__ = ("data", "headers", "raw_data", "status_code")

    def __init__(self, status_code: int, headers: ResponseHeaders, data: T_co, raw_data: bytes) -> None:
        self.status_code: int = status_code
        self.headers: ResponseHeaders = headers
        self.data: T_co = data
        self.raw_data: bytes = raw_data

    def __repr__(self) -> str:
        return f"ApiResponse(status_code={self.status_code}, data={self.data!r})"
