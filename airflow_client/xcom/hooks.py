"""Hooks of each request: ``on_request`` before it is sent, ``on_attempt`` and a logger after it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from airflow_client.xcom.headers import Headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.exceptions import TransportException

#: Tells each attempt at the level DEBUG. It has no handler and no level of its own: it is silent unless told otherwise.
logger: logging.Logger = logging.getLogger("airflow_client")


class Attempt:
    """One request that was sent, or could not be, and what came of it. It holds no credentials, and no values.

    :ivar str method: the HTTP method.
    :ivar str origin: scheme, host and port of the server.
    :ivar str path_template: the path, with ``{dag_id}`` and the like for what differs from call to call.
    :ivar int status: the HTTP status; 0 when no complete answer came.
    :ivar error: the exception, when no complete answer came; else None.
    :ivar float duration: seconds that it took.
    :ivar int attempt: 1 for the first of this request, 2 for the next, and so on.
    :ivar request_id: the ``X-Request-ID`` of the answer, or else of the request; None where there is none.
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
        said = self.status or type(self.error).__name__
        what = f"{self.method} {self.origin}{self.path_template}"
        return f"<Attempt {self.attempt}: {what} -> {said} in {self.duration:.3f} s>"


class OutgoingRequest:
    """Request that is about to be sent: the argument of ``Configuration.on_request``. It holds no credentials.

    :ivar str method: the HTTP method.
    :ivar str origin: scheme, host and port of the server.
    :ivar str path_template: the path, with ``{dag_id}`` and the like for what differs from call to call.
    :ivar Headers headers: headers to add to this attempt, by name; empty at first. They replace those of the same name.
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
    """Tell an attempt to whom it interests."""
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
