"""Flow of a call: discovery, authentication, sending, and a new login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from airflow_client.xcom.core import decoding
from airflow_client.xcom.core.messages import Request
from airflow_client.xcom.core.operations import with_stringify
from airflow_client.xcom.core.policy import Exclusive, is_retryable
from airflow_client.xcom.exceptions import (
    ApiException,
    ConflictException,
    NotFoundException,
    UnexpectedContentException,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import TypeVar

    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Response
    from airflow_client.xcom.core.operations import Operation
    from airflow_client.xcom.core.options import Options
    from airflow_client.xcom.core.policy import AuthFor, CallContext, Flow
    from airflow_client.xcom.core.server import Server
    from airflow_client.xcom.headers import Headers

    T = TypeVar("T")
    U = TypeVar("U")


def call(
    operation: Operation[T],
    server: Server,
    auth_for: AuthFor,
    headers: Headers,
    context: CallContext,
    options: Options,
    *,
    stringify: bool | None,
    on_response: Callable[[Response], object] | None,
) -> Flow[tuple[T | None, Response]]:
    """Make a call: discover the API, sign the request and send it; retry once after a new login.

    :param auth_for: returns the authentication for an API version; receives None while that is unknown.
    :param stringify: ``Configuration.stringify``, for a read of an XCom without this parameter.
    :param on_response: receives the final response, whatever its status. None for a check that the user may not be
        allowed to make: a 403 must not cost a login, as Airflow 2 allows only a few.
    :returns: the model and the response; without ``options.preload``, None and a response with its body unread.
    :raises ApiException: the call failed.
    """
    api_version = server.api_version or (yield from server.discover(auth_for, context))
    operation = api_version.adapt(operation)
    requirement = api_version.requirement(operation)
    if requirement is not None:
        api_version.check(requirement, server.version or (yield from server.find_version(auth_for, context)))
    if operation.name == "get_xcom_entry" and (stringify is not None or options.prefers_json):
        operation = yield from _choose_stringify(operation, stringify, server, api_version, auth_for, context)
    auth = auth_for(api_version)

    def attempt() -> Flow[tuple[Request, Response]]:
        yield from auth.prepare(server, context)
        request = _signed_request(operation, server, api_version, auth, headers)
        response = yield from context.send(request, stream=not options.preload, repeatable=operation.repeatable)
        is_refused = response.status == 401 or (response.status == 403 and on_response is not None)
        if is_refused and (yield from auth.renew(request, response, server, context)):
            request, first = _signed_request(operation, server, api_version, auth, headers), response
            response = yield from context.send(request, stream=not options.preload, repeatable=operation.repeatable)
            if (first.status, response.status) == (403, 401):
                response = first  # the first credentials were valid, the new ones are not
        # Airflow 2 responds 400, 404 and 405 before it checks credentials, and does not check them for some calls.
        if 200 <= response.status <= 299 and operation.name is not None:
            auth.accepted(request)
        return request, response

    outcome = None
    while outcome is None:
        if auth.is_proven:
            outcome = yield from attempt()
        else:  # one call at a time
            outcome = yield Exclusive("login", _unless_proven(auth, attempt), context.remaining())
    request, response = outcome
    if on_response is not None:
        on_response(response)
    if response.raw is not None:
        return None, response
    try:
        model = decoding.interpret(operation, request, response, api_version, auth, options.with_http_info)
    except UnexpectedContentException:
        response.discard()
        raise
    return model, response


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
            if stringify is None and not is_retryable(error):
                return operation  # a gateway hides the release, and JSON is only a default
            raise
    return with_stringify(operation, api_version.choose_stringify(stringify, version))


def _unless_proven(auth: Auth, attempt: Callable[[], Flow[T]]) -> Flow[T | None]:
    return None if auth.is_proven else (yield from attempt())


#: Requests of :func:`create_or_update`: enough for an XCom that others create and delete at the same time.
_UPSERT_REQUESTS = 8


def create_or_update(
    make: Callable[[Operation[T]], Flow[U]], create: Operation[T], update: Operation[T], *, exists: bool = False
) -> Flow[U]:
    """Create an XCom, or update it if it exists; once more each if it is deleted or created in between.

    :param make: makes a call.
    :param exists: update first.
    """
    operation = update if exists else create
    for _ in range(_UPSERT_REQUESTS - 1):
        try:
            return (yield from make(operation))
        except ConflictException:
            operation = update
        except NotFoundException:
            if operation is create:
                raise  # the DAG, the run or the task is missing
            operation = create
    return (yield from make(operation))


def _signed_request(
    operation: Operation[Any], server: Server, api_version: ApiVersion, auth: Auth, headers: Headers
) -> Request:
    prefix = server.root + api_version.prefix
    target = prefix + operation.path
    if operation.query:
        target += "?" + "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in operation.query)
    headers = headers.copy()
    if operation.headers is not None:
        headers.update(operation.headers)
    auth.sign(headers)
    return Request(operation.method, server.origin, target, headers, operation.body, prefix + operation.path_template)
