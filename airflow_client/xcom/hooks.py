"""Request hooks: arguments of ``on_request`` and ``on_attempt``, and the logger."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_client.xcom.headers import Headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.exceptions import TransportException

#: Logs each attempt at level DEBUG. It has no handler and no level, so it is silent by default.
logger: logging.Logger = logging.getLogger("airflow_client")


class Attempt:
    """One attempt to send a request, with its outcome. It holds no credentials and no values.

    :ivar str method: HTTP method.
    :ivar str origin: scheme, host and port of the server.
    :ivar str path_template: path with placeholders such as ``{dag_id}``.
    :ivar int status: HTTP status; 0 if no complete response arrived.
    :ivar error: exception if no complete response arrived; else None.
    :ivar float duration: duration in seconds.
    :ivar int attempt: number of this attempt, from 1.
    :ivar request_id: ``X-Request-ID`` of the response, or else of the request; None if neither has one.
    """

    __slots__ = ("attempt", "duration", "error", "method", "origin", "path_template", "request_id", "status")

    def __init__(self, request: Request, outcome: Response | TransportException, duration: float, attempt: int) -> None:
        self.method: str = request.method
        self.origin: str = request.origin
        self.path_template: str = request.path_template
        self.status: int = outcome.status
        self.error: TransportException | None = outcome if isinstance(outcome, Exception) else None
        self.duration: float = duration
        self.attempt: int = attempt
        self.request_id: str | None = (outcome.headers or {}).get("X-Request-ID")
        if self.request_id is None:
            self.request_id = request.headers.get("X-Request-ID")

    def __repr__(self) -> str:
        request = f"{self.method} {self.origin}{self.path_template}"
        outcome = self.status or type(self.error).__name__
        return f"<Attempt {self.attempt}: {request} -> {outcome} in {self.duration:.3f} s>"


class OutgoingRequest:
    """Request about to be sent, the argument of ``Configuration.on_request``. It holds no credentials.

    :ivar str method: HTTP method.
    :ivar str origin: scheme, host and port of the server.
    :ivar str path_template: path with placeholders such as ``{dag_id}``.
    :ivar Headers headers: headers to add to this attempt, initially empty. They replace those of the same name.
    """

    __slots__ = ("headers", "method", "origin", "path_template")

    def __init__(self, request: Request) -> None:
        self.method: str = request.method
        self.origin: str = request.origin
        self.path_template: str = request.path_template
        self.headers: Headers = Headers()

    def __repr__(self) -> str:
        return f"<OutgoingRequest {self.method} {self.origin}{self.path_template}>"


def observe(
    hook: Callable[[Attempt], object] | None,
    request: Request,
    outcome: Response | TransportException,
    duration: float,
    attempt: int,
) -> None:
    """Log an attempt and call ``hook`` with it."""
    is_logged = logger.isEnabledFor(logging.DEBUG)
    if hook is None and not is_logged:
        return
    attempted = Attempt(request, outcome, duration, attempt)
    if is_logged:
        failed = attempted.error
        logger.debug(
            "%s -> %s in %.3f s (attempt %d, request id %s)",
            request,
            f"{outcome.status} {outcome.reason}" if failed is None else f"{type(failed).__name__}: {failed.reason}",
            duration,
            attempt,
            attempted.request_id,
        )
    if hook is not None:
        hook(attempted)
