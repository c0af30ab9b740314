"""Decoding of responses into models and exceptions, without I/O."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_client.xcom import exceptions
from airflow_client.xcom.core.operations import XCOM_OPERATIONS, mismatch, not_found_hint
from airflow_client.xcom.exceptions import UnexpectedContentException
from airflow_client.xcom.model import is_like, wrap
from airflow_client.xcom.model.error import Error

if TYPE_CHECKING:
    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.operations import Operation

T = TypeVar("T")

#: Smallest response that is worth the import of msgspec (20 ms).
MSGSPEC_MIN_SIZE = 200_000
#: The module :mod:`json_decoder`, False if it cannot be imported, None until it is needed.
_decoder: Any = None


def interpret(
    operation: Operation[T],
    request: Request,
    response: Response,
    api_version: ApiVersion,
    auth_name: str,
    retain_body: bool,
) -> T:
    """Return the model of a successful response.

    :param retain_body: keep the body in ``response``; False frees it before decoding, as values may be large.
    :param auth_name: authentication of the request, for an error's hint.
    :raises ApiException: the response is an error, or not from Airflow's API.
    """
    if not 200 <= response.status <= 299:
        error = failure(request, response, api_version, auth_name)
        if operation.name in XCOM_OPERATIONS and api_version.is_xcom_not_found(error.status, error.error):
            error.hint = not_found_hint(operation.expected)
        raise error
    if operation.model is None:
        return decode(request, response, retain_body) if response.data else None  # type: ignore[return-value]  # T is Any here
    data = decode(request, response, retain_body)
    if is_like(operation.model, data):
        difference = _difference(operation, data)
        if difference is None:
            return wrap(operation.model, data)  # type: ignore[return-value]  # T is the model's class
    elif operation.expected and isinstance(data, dict):
        fields = ", ".join(map(repr, data)) or "none"
        difference = f"expected {operation.model.__name__}, received an object with the fields: {fields:.200}"
    else:
        response.data = response.data or json.dumps(data).encode()
        raise unexpected(request, response, f"the JSON is not of the type {operation.model.__name__}")
    del data  # tracebacks must not hold another request's data
    raise _mismatch_error(request, response, difference)


def _difference(operation: Operation[Any], data: Any) -> str | None:
    """Describe the first row that differs from the request, or return None."""
    if not operation.expected:
        return None
    rows = data["xcom_entries"] or () if operation.name == "get_xcom_entries" else (data,)
    expected = operation.expected.items()
    differing = [row for row in rows if not expected <= row.items()]  # usually empty, and fast
    return next(filter(None, (mismatch(operation.expected, row) for row in differing)), None)


def _mismatch_error(request: Request, response: Response, difference: str) -> UnexpectedContentException:
    """Return the exception for a response to another request, without its body, which may be confidential."""
    response.data = None
    return UnexpectedContentException(
        response.status,
        f"unexpected content: the response does not match the request: {difference}",
        headers=response.headers,
        request=repr(request),
        hint="a proxy may have rewritten the path, or mixed up responses (the connection is closed now): check what is "
        "between this client and Airflow "
        f"(Content-Type: {response.headers.get('Content-Type')})",
    )


def decode(request: Request, response: Response, retain_body: bool = True) -> Any:
    """Return the decoded JSON, exactly as Python's own decoder does (``NaN`` and big integers included)."""
    body, decoder = response.data or b"", _fast_decoder(response)
    if decoder:
        data = decoder.decode(body)
        if data is not decoder.REFUSED:
            if not retain_body:
                response.data = None
            return data
    text: str | bytes = body
    try:
        if not retain_body:
            text = body.decode(json.detect_encoding(body), "surrogatepass")
            response.data, body = None, b""
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        response.data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        problem = "it is empty" if not text else f"{type(error).__name__}: {error}"
        raise unexpected(request, response, f"the body is not JSON ({problem})") from error


def _fast_decoder(response: Response) -> Any:
    """Return the fast decoder if it is installed and worth its import, else False or None."""
    global _decoder
    if _decoder is None and (len(response.data or b"") >= MSGSPEC_MIN_SIZE or "msgspec" in sys.modules):
        try:
            from airflow_client.xcom.core import json_decoder  # needs the extra speed
        except Exception:  # a broken installation too
            _decoder = False
        else:
            _decoder = json_decoder
    return _decoder


def failure(request: Request, response: Response, api_version: ApiVersion, auth_name: str) -> exceptions.ApiException:
    """Return the exception for a response whose status is not 2xx."""
    text = (response.data or b"").decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    error = None
    if isinstance(body, dict) and not body.keys().isdisjoint(("title", "detail", "error")) and _is_shallow(body):
        error = Error.from_dict(body)
    return exceptions.for_status(response.status)(
        response.status,
        response.reason,
        body=text,
        headers=response.headers,
        error=error,
        request=repr(request),
        hint=api_version.hint(request, response, error, auth_name),
    )


def unexpected(request: Request, response: Response, problem: str) -> UnexpectedContentException:
    """Return the exception for a successful response that is not from Airflow's API."""
    return UnexpectedContentException(
        response.status,
        f"unexpected content: {problem}",
        body=(response.data or b"").decode("utf-8", "replace"),
        headers=response.headers,
        request=repr(request),
        hint=f"this may be a login page or a proxy instead of Airflow's API (Content-Type: "
        f"{response.headers.get('Content-Type')}); check Configuration(host=…)",
    )


def _is_shallow(value: Any, depth: int = 20) -> bool:
    """Return True if ``value`` can be an error of Airflow's: deeper nesting cannot be pickled."""
    if isinstance(value, (dict, list)):
        inner = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(_is_shallow(item, depth - 1) for item in inner)
    return True
