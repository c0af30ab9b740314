"""Arguments to a request, and an answer to a model or an exception: pure functions, no socket and no clock."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from airflow_client.xcom import exceptions
from airflow_client.xcom.exceptions import UnexpectedContentException
from airflow_client.xcom.headers import Secret
from airflow_client.xcom.operations import mismatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.dialect import Dialect
    from airflow_client.xcom.headers import Headers, ResponseHeaders
    from airflow_client.xcom.operations import Operation

T = TypeVar("T")

#: The extra ``speed`` takes 20 ms to import: so many bytes are the first that it is worth.
WORTHWHILE = 200_000
#: The module :mod:`speed`, False where msgspec is not installed, None while nothing was worth it.
_decoder: Any = None


class Request:
    """One HTTP request. Its repr leaves the headers and the body out, which may hold credentials.

    :ivar path_template: the path with names in braces for what differs from call to call.
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
        self._body = Secret(body)  # of a login, it holds the password
        self.path_template: str = target if path_template is None else path_template

    @property
    def body(self) -> bytes | None:
        """The body, None for none."""
        return self._body.value

    def __repr__(self) -> str:
        return f"{self.method} {self.origin}{self.target}"


class Response:
    """One HTTP answer.

    :ivar int status: the HTTP status.
    :ivar str reason: the reason phrase; HTTP/2 has none.
    :ivar headers: a mapping that ignores case.
    :ivar raw: the HTTP library's own response, when the body was left unread in it.
    :param discard: closes the connection that it came by.
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
        self._data = Secret(data)  # of a login, it holds the token
        self.raw: Any = raw
        self._discard = discard

    @property
    def data(self) -> bytes | None:
        """The body; None where it is left in ``raw``, or has been given to the caller."""
        return self._data.value

    @data.setter
    def data(self, data: bytes | None) -> None:
        self._data = Secret(data)

    def discard(self) -> None:
        """Close the connection that this answer came by: what comes over it can no longer be trusted."""
        if self._discard is not None:
            self._discard()

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"


def build(operation: Operation[Any], origin: str, prefix: str, headers: Headers) -> Request:
    """The request for ``operation`` to the API at ``origin`` + ``prefix``, with ``headers`` besides its own."""
    target = prefix + operation.path
    if operation.query:
        target += "?" + "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in operation.query)
    headers.update(operation.headers or {})
    return Request(operation.method, origin, target, headers, operation.body, prefix + operation.path_template)


def interpret(
    operation: Operation[T], request: Request, response: Response, dialect: Dialect, signed_as: str, keep: bool
) -> T:
    """The model that a successful answer holds.

    :param keep: keep the body in ``response`` too; else it is let go before it is decoded: values may be large.
    :param signed_as: how the request was authenticated, for the hint of a refusal.
    :raises ApiException: the answer is an error, or not what Airflow's API sends.
    """
    if not 200 <= response.status <= 299:
        raise failure(request, response, dialect, signed_as)
    if operation.model is None:
        return decode(request, response, keep) if response.data else None  # type: ignore[return-value]  # T is Any here
    data = decode(request, response, keep)
    if operation.model._is_like(data):
        model = operation.model.from_dict(data)
        difference = _difference(operation, model)
        if difference is None:
            return model  # type: ignore[return-value]  # T is the model's class
        del model
    elif operation.expected and isinstance(data, dict):
        fields = ", ".join(map(repr, data)) or "none"
        difference = f"received no {operation.model.__name__}, but an object with the fields: {fields:.200}"
    else:
        response.data = response.data or json.dumps(data).encode()
        raise unexpected(request, response, f"the JSON that came is no {operation.model.__name__}")
    del data  # it is not what was requested: no traceback is to hold it
    raise _not_the_answer(request, response, difference)


def _difference(operation: Operation[Any], model: Any) -> str | None:
    """How an answer, or the first row of it that does, differs from what was requested; None when none does."""
    if not operation.expected:
        return None
    rows = model.xcom_entries if operation.name == "get_xcom_entries" else (model,)
    return next(filter(None, (mismatch(operation.expected, row) for row in rows)), None)


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


def decode(request: Request, response: Response, keep: bool = True) -> Any:
    """The JSON of an answer, to the digit as Python's own decoder reads it (``NaN`` and big integers included)."""
    body, speed = response.data or b"", _speed(response)
    if speed:
        data = speed.decode(body)
        if data is not speed.REFUSED:
            if not keep:
                response.data = None
            return data
    text: str | bytes = body
    try:
        if not keep:
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
            from airflow_client.xcom import speed
        except Exception:  # one that is broken is as good as none
            _decoder = False
        else:
            _decoder = speed
    return _decoder


def failure(request: Request, response: Response, dialect: Dialect, signed_as: str) -> exceptions.ApiException:
    """The exception for an answer whose status is not 2xx."""
    text = (response.data or b"").decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    from airflow_client.xcom.model.error import Error

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
        hint=dialect.hint(request, response, error, signed_as),
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


def readable_text(body: str, limit: int = 300) -> str:
    """The words of a body that is not Airflow's JSON, such as a proxy's HTML page: one line, at most ``limit`` long."""
    import contextlib
    import html

    text = re.sub(r"(?is)<(script|style|title)\b.*?</\1>|<[^<>]*>", " ", body[:5_000])
    with contextlib.suppress(ValueError):  # for a character whose number has more digits than Python converts
        text = html.unescape(text)
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _is_shallow(value: Any, depth: int = 20) -> bool:
    """Whether ``value`` is nested no deeper than an error of Airflow's may be: what is deeper cannot be pickled."""
    if isinstance(value, (dict, list)):
        inner = value.values() if isinstance(value, dict) else value
        return depth > 0 and all(_is_shallow(item, depth - 1) for item in inner)
    return True
