"""Decoding of responses into models and exceptions, without I/O."""

from __future__ import annotations

import codecs
import contextlib
import json
import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_client.xcom import exceptions
from airflow_client.xcom.core.operations import XCOM_OPERATIONS, mismatch, not_found_hint
from airflow_client.xcom.exceptions import UnexpectedContentException
from airflow_client.xcom.model import is_like, wrap
from airflow_client.xcom.model.error import Error
from airflow_client.xcom.model.page import Page, rows_of

if TYPE_CHECKING:
    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.auth import Auth
    from airflow_client.xcom.core.messages import Request, Response
    from airflow_client.xcom.core.operations import Operation

T = TypeVar("T")

#: Smallest response that is worth the import of msgspec (20 ms).
MSGSPEC_MIN_SIZE = 200_000


def interpret(
    operation: Operation[T],
    request: Request,
    response: Response,
    api_version: ApiVersion,
    auth: Auth,
    retain_body: bool,
) -> T:
    """Return the model of a successful response.

    :param retain_body: keep the body in ``response``; False frees it before decoding, as values may be large.
    :param auth: credentials of the request, for an error's hint.
    :raises ApiException: the response is an error, or not from Airflow's API.
    """
    if not 200 <= response.status <= 299:
        error = failure(request, response, api_version, auth)
        if operation.name in XCOM_OPERATIONS and api_version.is_xcom_not_found(error.status, error.error):
            error.hint = not_found_hint(operation.expected)
        raise error
    if operation.is_text:
        return text_of(response)  # type: ignore[return-value]  # T is Any here
    if operation.model is None:
        if _is_lines(request, response):
            return _decode_lines(request, response)  # type: ignore[return-value]  # T is Any here
        return decode(request, response, retain_body) if response.data else None  # type: ignore[return-value]
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
    del data
    response.data = None  # no exception or traceback may hold another request's data
    raise unexpected(request, response, f"the response does not match the request: {difference}", _MIXED_UP)


def _difference(operation: Operation[Any], data: Any) -> str | None:
    """Describe a row that differs from the request, or return None."""
    if not operation.expected:
        return None
    model = operation.model
    rows = rows_of(model, data) if model is not None and issubclass(model, Page) else (data,)
    expected = operation.expected.items()
    differing = [row for name, value in expected for row in rows if row.get(name) != value]  # usually empty, and fast
    return next(filter(None, (mismatch(operation.expected, row) for row in differing)), None)


def decode(request: Request, response: Response, retain_body: bool = True) -> Any:
    """Return the decoded JSON, exactly as Python's own decoder does (``NaN`` and big integers included)."""
    text: Any = response.data or b""
    if len(text) >= MSGSPEC_MIN_SIZE or "msgspec" in sys.modules:
        msgspec = load_msgspec()
        with contextlib.suppress(Exception):  # it rejects ``NaN``, lone surrogates and a byte order mark, or is missing
            data = msgspec.json.decode(text)
            response.data = response.data if retain_body else None
            return data
    try:
        if not retain_body:
            text = text.decode(json.detect_encoding(text), "surrogatepass")
            response.data = None
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        response.data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        problem = "it is empty" if not text else f"{type(error).__name__}: {error}"
        raise unexpected(request, response, f"the body is not JSON ({problem})") from error


#: An integer that msgspec 0.18 and earlier decode as another one, as they do many between 2**64 and 10**20.
_BIG = 19_446_744_073_709_551_617


@cache
def load_msgspec() -> Any:
    """Return the module msgspec (the extra ``speed``), or None if it cannot be imported or changes big integers."""
    try:
        import msgspec

        is_exact = msgspec.json.decode(str(_BIG)) == _BIG
    except Exception:  # a broken installation too
        return None
    return msgspec if is_exact else None


#: Media types of JSON texts, one a line.
_LINES = frozenset(f"application/{name}" for name in ("x-ndjson", "ndjson", "jsonl", "x-jsonlines", "json-lines"))


def _is_lines(request: Request, response: Response) -> bool:
    media_type = response.headers.get("Content-Type")
    if media_type is not None:
        return media_type.partition(";")[0].strip().lower() in _LINES
    # Airflow's stream of a run that is waited for declares nothing.
    return request.path_template.endswith("/wait") and (response.data or b"").endswith(b"\n")


def _decode_lines(request: Request, response: Response) -> list[Any]:
    """The JSON of each line of an answer, such as of Airflow 3.1's ``…/wait``."""
    body = response.data or b""
    try:
        return [json.loads(line) for line in body.split(b"\n") if line.strip()]
    except (ValueError, RecursionError) as error:
        raise unexpected(request, response, f"a line is not JSON ({type(error).__name__}: {error})") from error


#: Python's names of encodings that no web server means: some take a time that grows with the square of the text.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})


def _charset(response: Response) -> str | None:
    """The charset that an answer declares, None for none, or for one that Python does not know."""
    found = re.search(r"(?i);\s*charset\s*=\s*[\"']?([\w.:-]+)", response.headers.get("Content-Type") or "")
    try:
        name = codecs.lookup(found[1]).name if found else None
    except LookupError:
        return None
    return None if name is None or name.replace("_", "-") in _NO_CHARSETS else name


def text_of(response: Response) -> str:
    """The body as text, in the charset that the answer declares, UTF-8 without one."""
    body = response.data or b""
    with contextlib.suppress(LookupError, ValueError):  # it is no encoding of text
        return body.decode(_charset(response) or "utf-8", "replace")
    return body.decode("utf-8", "replace")


def failure(request: Request, response: Response, api_version: ApiVersion, auth: Auth) -> exceptions.ApiException:
    """Return the exception for a response whose status is not 2xx."""
    failed = error_of(request, response)
    failed.hint = api_version.hint(request, response, failed.error, auth)
    return failed


def error_of(request: Request, response: Response) -> exceptions.ApiException:
    """Return the exception for a response whose status is not 2xx, without a hint."""
    text = text_of(response)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    error = None
    if isinstance(body, dict) and not body.keys().isdisjoint(("title", "detail", "error")) and _is_shallow(body):
        error = Error.from_dict(body)
    failed = exceptions.for_status(response.status)(
        response.status,
        response.reason,
        body=text,
        headers=response.headers,
        error=error,
        request=repr(request),
    )
    failed.raw_data = response.data
    return failed


#: Likely causes of a successful response that is not from Airflow's API, or not to this request.
_NOT_AIRFLOW = "this may be a login page or a proxy instead of Airflow's API; check Configuration(host=…)"
_MIXED_UP = (
    "a proxy may have rewritten the path, or mixed up responses (the connection is not used again): check what is "
    "between this client and Airflow"
)


def unexpected(
    request: Request, response: Response, problem: str, hint: str = _NOT_AIRFLOW
) -> UnexpectedContentException:
    """Return the exception for a successful response that is not from Airflow's API."""
    failed = UnexpectedContentException(
        response.status,
        f"unexpected content: {problem}",
        body=None if response.data is None else text_of(response),
        headers=response.headers,
        request=repr(request),
        hint=f"{hint} (Content-Type: {response.headers.get('Content-Type')})",
    )
    failed.raw_data = response.data
    return failed


def _is_shallow(value: Any, depth: int = 20) -> bool:
    """Return True if ``value`` can be an error of Airflow's: deeper nesting cannot be pickled."""
    if isinstance(value, (dict, list)):
        inner = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(_is_shallow(item, depth - 1) for item in inner)
    return True
