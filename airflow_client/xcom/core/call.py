"""What happens between a call and its answer: discovery, signing, sending, a new login; waiting for an XCom."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import decoding
from airflow_client.xcom.core.messages import build
from airflow_client.xcom.core.policy import STATUSES, Exclusive, Sleep
from airflow_client.xcom.exceptions import (
    ApiException,
    TimeoutException,
    TransportException,
    UnexpectedContentException,
)
from airflow_client.xcom.headers import Headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeVar

    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.policy import AuthFor, CallContext, Flow
    from airflow_client.xcom.core.server import Server

    T = TypeVar("T")


def call(
    operation: Operation[T],
    server: Server,
    auth_for: AuthFor,
    headers: Headers,
    context: CallContext,
    *,
    stream: bool,
    retain_body: bool,
    on_response: Callable[[Response], None],
) -> Flow[tuple[T | None, Response]]:
    """Make a call: find out which API the server has, sign the request, send it, and once more after a new login.

    :param auth_for: gives the way to authenticate at a server of a api_version; for None, while that is not known.
    :param headers: what to send with the request.
    :param retain_body: keep the body besides the model.
    :param on_response: receives the response, whatever its status.
    :returns: the model and the answer; with ``stream`` no model, and the body unread.
    :raises ApiException: the call failed.
    """
    api_version = server.api_version or (yield from server.discover(auth_for, context))
    required = api_version.required(operation)
    if required is not None:
        api_version.check(required, server.version or (yield from server.find_version(auth_for, context)))
    auth = auth_for(api_version)

    def attempt() -> Flow[tuple[Request, Response]]:
        yield from auth.prepare(server, context)
        request = _signed(operation, server, api_version, auth, headers)
        response = yield from context.send(request, stream=stream, repeatable=operation.repeatable)
        if response.status in (401, 403) and (yield from auth.renew(request, response, server, context)):
            request, first = _signed(operation, server, api_version, auth, headers), response
            response = yield from context.send(request, stream=stream, repeatable=operation.repeatable)
            if (first.status, response.status) == (403, 401):
                response = first  # the first credentials were good, and not enough; the others are not even good
        # Airflow 2 answers 400, 404 and 405 before it looks at credentials, and some calls without looking at all.
        if 200 <= response.status <= 299 and operation.name is not None:
            auth.accepted(request)
        return request, response

    request, response = yield from _exclusive_until_proven(auth, attempt, context)
    on_response(response)
    if response.raw is not None:
        return None, response
    try:
        return decoding.interpret(operation, request, response, api_version, auth, retain_body), response
    except UnexpectedContentException:
        response.discard()
        raise


def _exclusive_until_proven(auth: Auth, attempt: Callable[[], Flow[T]], context: CallContext) -> Flow[T]:
    """Carry an attempt out; alone until the server has accepted the credentials, so that a wrong password is sent once,
    and not by each thread."""
    while not auth.is_proven:
        outcome = yield Exclusive("login", _unless_proven(auth, attempt), context.left())
        if outcome is not None:
            return outcome  # type: ignore[no-any-return]  # a driver sends back what the steps return
    return (yield from attempt())


def _unless_proven(auth: Auth, attempt: Callable[[], Flow[T]]) -> Flow[T | None]:
    return None if auth.is_proven else (yield from attempt())


def annotate_errors(steps: Flow[T], context: CallContext, request: str) -> Flow[T]:
    """Carry ``steps`` out; their failure tells what ``context`` counted, and was asked for by ``request``."""
    try:
        return (yield from steps)
    except ApiException as error:
        context.failed(error, request)
        raise


def _signed(
    operation: Operation[Any], server: Server, api_version: ApiVersion, auth: Auth, headers: Headers
) -> Request:
    request = build(operation, server.origin, server.root + api_version.prefix, Headers(headers))
    auth.sign(request.headers)
    return request


#: Each pause is this many times the one before, up to so many times the first, and a random part more or less.
GROWTH, GROWTH_MAX, JITTER = 1.5, 10.0, 0.2
#: The last attempt begins so many seconds before the deadline, or at half of what is left.
LAST = 0.5


def wait_for(
    attempt: Callable[[float], Flow[tuple[Any, Response]]],
    server: Server,
    timeout: float,
    poll_interval: float,
    clock: Callable[[], float],
) -> Flow[tuple[Any, Response]]:
    """Make ``attempt`` until it does not answer that there is no such entry.

    Once the server has answered, a failure that may pass is waited out too; before that it is raised, as is any other
    refusal at any time: what is wrong with the address or the credentials does not come right by waiting.

    :param attempt: makes the call, which ends in so many seconds at the latest.
    :param timeout: seconds until the deadline.
    :param poll_interval: seconds of the first pause.
    :raises TimeoutException: there is no such entry at the deadline; the last answer is its cause.
    """
    start = clock()
    deadline = start + timeout
    pause, attempts = poll_interval, 0
    while True:
        attempts += 1
        try:
            return (yield from attempt(max(deadline - clock(), 0.001)))
        except ApiException as error:
            missing = server.api_version is not None and server.api_version.is_xcom_not_found(error.status, error.error)
            passing = isinstance(error, TransportException) or error.status in STATUSES
            if not missing and not (passing and attempts > 1):
                raise
            last = error
        left = deadline - clock()
        if left <= 0 or (attempts > 1 and left < LAST / 2):
            gave_up = TimeoutException(
                0,
                f"no such XCom after {timeout:g} s and {attempts} attempts",
                request=last.request,
                hint="is the task to run within that time, and do the ids and the key match to the letter?",
            )
            gave_up.attempts, gave_up.elapsed = attempts, clock() - start
            raise gave_up from last
        yield Sleep(min(pause * random.uniform(1 - JITTER, 1 + JITTER), max(left - LAST, left / 2)))
        pause = min(pause * GROWTH, poll_interval * GROWTH_MAX)
