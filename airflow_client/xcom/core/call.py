"""Flow of a call: discovery, authentication, sending, and a new login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_client.xcom.core import decoding
from airflow_client.xcom.core.messages import build
from airflow_client.xcom.core.operations import with_stringify
from airflow_client.xcom.core.policy import Exclusive, is_temporary
from airflow_client.xcom.exceptions import ApiException, UnexpectedContentException
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
    on_response: Callable[[Response], object],
    stringify: bool | None = None,
    prefers_json: bool = False,
    renewed_statuses: tuple[int, ...] = (401, 403),
) -> Flow[tuple[T | None, Response]]:
    """Make a call: discover the API, sign the request and send it; retry once after a new login.

    :param auth_for: returns the authentication for an API version; receives None while that is unknown.
    :param headers: extra headers of the request.
    :param retain_body: keep the body as well as the model.
    :param on_response: receives the final response, whatever its status.
    :param stringify: ``Configuration.stringify``, for a read of an XCom without this parameter.
    :param prefers_json: make JSON the default of ``stringify``.
    :param renewed_statuses: statuses that may be about the credentials: the client logs in again.
    :returns: the model and the response; with ``stream``, None and a response with its body unread.
    :raises ApiException: the call failed.
    """
    api_version = server.api_version or (yield from server.discover(auth_for, context))
    operation = api_version.adapt(operation)
    requirement = api_version.requirement(operation)
    if requirement is not None:
        api_version.check(requirement, server.version or (yield from server.find_version(auth_for, context)))
    if operation.name == "get_xcom_entry" and (stringify is not None or prefers_json):
        operation = yield from _choose_stringify(operation, stringify, server, api_version, auth_for, context)
    auth = auth_for(api_version)

    def attempt() -> Flow[tuple[Request, Response]]:
        yield from auth.prepare(server, context)
        request = _signed_request(operation, server, api_version, auth, headers)
        response = yield from context.send(request, stream=stream, repeatable=operation.repeatable)
        if response.status in renewed_statuses and (yield from auth.renew(request, response, server, context)):
            request, first = _signed_request(operation, server, api_version, auth, headers), response
            response = yield from context.send(request, stream=stream, repeatable=operation.repeatable)
            if (first.status, response.status) == (403, 401):
                response = first  # the first credentials were valid, the new ones are not
        # Airflow 2 responds 400, 404 and 405 before it checks credentials, and does not check them for some calls.
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


def _choose_stringify(
    operation: Operation[T],
    stringify: bool | None,
    server: Server,
    api_version: ApiVersion,
    auth_for: AuthFor,
    context: CallContext,
) -> Flow[Operation[T]]:
    if any(name == "stringify" for name, _ in operation.query):  # the caller chose
        return operation
    version = ""
    if api_version.json_since is not None:
        try:
            version = server.version or (yield from server.find_version(auth_for, context))
        except ApiException as error:
            if stringify is None and not is_temporary(error):
                return operation  # a gateway hides the release, and JSON is only a default
            raise
    return with_stringify(operation, api_version.choose_stringify(stringify, version))


def _exclusive_until_proven(auth: Auth, attempt: Callable[[], Flow[T]], context: CallContext) -> Flow[T]:
    """Run ``attempt``, in one call at a time until the server accepts the credentials."""
    while not auth.is_proven:
        outcome = yield Exclusive("login", _unless_proven(auth, attempt), context.remaining())
        if outcome is not None:
            return outcome  # type: ignore[no-any-return]  # the driver returns the result of the steps
    return (yield from attempt())


def _unless_proven(auth: Auth, attempt: Callable[[], Flow[T]]) -> Flow[T | None]:
    return None if auth.is_proven else (yield from attempt())


def annotate_errors(steps: Flow[T], context: CallContext, request: str) -> Flow[T]:
    """Run ``steps``; add the attempts, elapsed time and ``request`` to their failure."""
    try:
        return (yield from steps)
    except ApiException as error:
        context.annotate(error, request)
        raise


def _signed_request(
    operation: Operation[Any], server: Server, api_version: ApiVersion, auth: Auth, headers: Headers
) -> Request:
    request = build(operation, server.origin, server.root + api_version.prefix, Headers(headers))
    auth.sign(request.headers)
    return request
