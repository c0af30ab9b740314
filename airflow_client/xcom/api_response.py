"""What the ``…_with_http_info`` calls return."""

from __future__ import annotations

from typing import Generic, TypeVar

from airflow_client.xcom.headers import ResponseHeaders

T_co = TypeVar("T_co", covariant=True)


class ApiResponse(Generic[T_co]):
    """A successful answer: the model and the HTTP around it.

    :ivar int status_code: the HTTP status.
    :ivar headers: the headers, a mapping of str that ignores case.
    :ivar data: the model.
    :ivar bytes raw_data: the body as it came.
    """

    __slots__ = ("data", "headers", "raw_data", "status_code")

    def __init__(self, status_code: int, headers: ResponseHeaders, data: T_co, raw_data: bytes) -> None:
        self.status_code: int = status_code
        self.headers: ResponseHeaders = headers
        self.data: T_co = data
        self.raw_data: bytes = raw_data

    def __repr__(self) -> str:
        return f"ApiResponse(status_code={self.status_code}, data={self.data!r})"
