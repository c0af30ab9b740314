"""A response to a model or an exception: pure functions, no socket and no clock."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_client.xcom import exceptions
from airflow_client.xcom.core.operations import mismatch
from airflow_client.xcom.exceptions import UnexpectedContentException
from airflow_client.xcom.model import is_like, wrap
from airflow_client.xcom.model.error import Error

if TYPE_CHECKING:
    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.operations import Operation

T = TypeVar("T")

#: The extra ``speed`` takes 20 ms to import: so many bytes are the first that it is worth.
WORTHWHILE = 200_000
#: The module :mod:`speed`, False where msgspec is not installed, None while nothing was worth it.
_decoder: Any = None


def interpret(
    operation: Operation[T],
    request: Request,
    response: Response,
    api_version: ApiVersion,
    auth_name: str,
    retain_body: bool,
) -> T:
    """The model that a successful answer holds.

    :param retain_body: keep the body in ``response`` too; else it is let go before it is decoded: values may be large.
    :param auth_name: how the request was authenticated, for the hint of a refusal.
    :raises ApiException: the answer is an error, or not what Airflow's API sends.
    """
    if not 200 <= response.status <= 299:
        raise failure(request, response, api_version, auth_name)
    if operation.model is None:
        return decode(request, response, retain_body) if response.data else None  # type: ignore[return-value]  # T is Any here
    data = decode(request, response, retain_body)
    if is_like(operation.model, data):
        difference = _difference(operation, data)
        if difference is None:
            return wrap(operation.model, data)  # type: ignore[return-value]  # T is the model's class
    elif operation.expected and isinstance(data, dict):
        fields = ", ".join(map(repr, data)) or "none"
        difference = f"received no {operation.model.__name__}, but an object with the fields: {fields:.200}"
    else:
        response.data = response.data or json.dumps(data).encode()
        raise unexpected(request, response, f"the JSON that came is no {operation.model.__name__}")
    del data  # it is not what was requested: no traceback is to hold it
    raise _not_the_answer(request, response, difference)


def _difference(operation: Operation[Any], data: Any) -> str | None:
    """How an answer, or the first row of it that does, differs from what was requested; None when none does."""
    if not operation.expected:
        return None
    rows = data["xcom_entries"] or () if operation.name == "get_xcom_entries" else (data,)
    expected = operation.expected.items()
    doubtful = [row for row in rows if not expected <= row.items()]  # none, as a rule: pages have many rows
    return next(filter(None, (mismatch(operation.expected, row) for row in doubtful)), None)


def _not_the_answer(request: Request, response: Response, difference: str) -> UnexpectedContentException:
    """The exception for an answer to another request. It leaves the body out, which may be another endpoint's."""
    response.data = None
    return UnexpectedContentException(
        response.status,
        f"unexpected content: this is not the answer to the request: {difference}",
        headers=response.headers,
        request=repr(request),
        hint="a proxy may have rewritten the path, or the connection got out of step with its requests (it is closed "
        "now): check what stands between this client and Airflow "
        f"(Content-Type: {response.headers.get('Content-Type')})",
    )


def decode(request: Request, response: Response, retain_body: bool = True) -> Any:
    """The JSON of an answer, to the digit as Python's own decoder reads it (``NaN`` and big integers included)."""
    body, speed = response.data or b"", _speed(response)
    if speed:
        data = speed.decode(body)
        if data is not speed.REFUSED:
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
        what = "it is empty" if not text else f"{type(error).__name__}: {error}"
        raise unexpected(request, response, f"the body is not JSON ({what})") from error


def _speed(response: Response) -> Any:
    """The module that decodes an answer faster, where there is one that is worth its import."""
    global _decoder
    if _decoder is None and (len(response.data or b"") >= WORTHWHILE or "msgspec" in sys.modules):
        try:
            from airflow_client.xcom.core import json_decoder  # needs msgspec, of the extra speed
        except Exception:  # one that is broken is as good as none
            _decoder = False
        else:
            _decoder = json_decoder
    return _decoder


def failure(request: Request, response: Response, api_version: ApiVersion, auth_name: str) -> exceptions.ApiException:
    """The exception for an answer whose status is not 2xx."""
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


def unexpected(request: Request, response: Response, what: str) -> UnexpectedContentException:
    """The exception for an answer that says all is well and yet is not what Airflow's API sends."""
    return UnexpectedContentException(
        response.status,
        f"unexpected content: {what}",
        body=(response.data or b"").decode("utf-8", "replace"),
        headers=response.headers,
        request=repr(request),
        hint=f"this may be a login page or a proxy rather than Airflow's API (Content-Type: "
        f"{response.headers.get('Content-Type')}); check Configuration(host=…)",
    )


def _is_shallow(value: Any, depth: int = 20) -> bool:
    """Whether ``value`` is nested no deeper than an error of Airflow's may be: what is deeper cannot be pickled."""
    if isinstance(value, (dict, list)):
        inner = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(_is_shallow(item, depth - 1) for item in inner)
    return True
