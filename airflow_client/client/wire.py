"""Arguments to a request, and an answer to a model or an exception: pure functions, no socket and no clock."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from airflow_client.client import exceptions
from airflow_client.client.exceptions import ApiTypeError, ApiValueError, UnexpectedContentException
from airflow_client.client.headers import put, sendable
from airflow_client.client.model.error import Error
from airflow_client.client.model.view import Model
from airflow_client.client.model.x_com import XCom
from airflow_client.client.model.x_com_collection import XComCollection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_client.client.dialect import Dialect

T = TypeVar("T")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
#: Segments of what RFC 3986 allows in a path, and of names in braces.
_PATH = re.compile(r"(/([A-Za-z0-9._~!$&'()*+,;=:@%-]|{\w+})*)+")
_LIST_PATH = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries"


class Operation(Generic[T]):
    """What a call asks for, before it is known of which server: ready to become a :class:`Request`.

    :ivar method: the HTTP method.
    :ivar path: the path below the API's prefix, percent-encoded.
    :ivar query: the parameters that the caller set: name and text.
    :ivar model: the class of model of the answer; None for an answer that is given as decoded JSON.
    :ivar body: what is sent as JSON, None for nothing.
    """

    __slots__ = ("body", "headers", "method", "model", "path", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]],
        model: type[Model] | None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.model = model
        self.headers = headers
        self.body = body


class Request:
    """One HTTP request. Its repr leaves the headers out, which hold credentials."""

    __slots__ = ("body", "headers", "method", "origin", "target")

    def __init__(self, method: str, origin: str, target: str, headers: dict[str, str], body: bytes | None) -> None:
        self.method = method
        self.origin = origin
        self.target = target
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"{self.method} {self.origin}{self.target}"


class Response:
    """One HTTP answer.

    :ivar int status: the HTTP status.
    :ivar str reason: the reason phrase; HTTP/2 has none.
    :ivar headers: a mapping that ignores case.
    :ivar data: the body; None where it is left in ``raw``, or has been given to the caller.
    :ivar raw: the HTTP library's own response, when the body was left unread in it.
    """

    __slots__ = ("data", "headers", "raw", "reason", "status")

    def __init__(
        self, status: int, reason: str | None, headers: Mapping[str, str], data: bytes | None, raw: Any = None
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.data = data
        self.raw = raw

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"


def get_xcom_entries(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    map_index: int | None,
    xcom_key: str | None,
    limit: int | None,
    offset: int | None,
) -> Operation[XComCollection]:
    """The operation that lists XComs; see :meth:`XComApi.get_xcom_entries` for the arguments."""
    query: list[tuple[str, str]] = []
    if map_index is not None:
        query.append(("map_index", _integer("map_index", map_index)))
    if xcom_key is not None:
        query.append(("xcom_key", _text("xcom_key", xcom_key)))
    if limit is not None:
        query.append(("limit", _integer("limit", limit)))
    if offset is not None:
        query.append(("offset", _integer("offset", offset)))
    return Operation("GET", _list_path(dag_id, dag_run_id, task_id), query, XComCollection)


def get_xcom_entry(
    dag_id: str,
    dag_run_id: str,
    task_id: str,
    xcom_key: str,
    map_index: int | None,
    deserialize: bool | None,
    stringify: bool | None,
) -> Operation[XCom]:
    """The operation that reads one XCom; see :meth:`XComApi.get_xcom_entry` for the arguments."""
    path = f"{_list_path(dag_id, dag_run_id, task_id)}/{segment(_text('xcom_key', xcom_key))}"
    query: list[tuple[str, str]] = []
    if map_index is not None:
        query.append(("map_index", _integer("map_index", map_index)))
    if deserialize is not None:
        query.append(("deserialize", _boolean("deserialize", deserialize)))
    if stringify is not None:
        query.append(("stringify", _boolean("stringify", stringify)))
    return Operation("GET", path, query, XCom)


def any_operation(
    method: str,
    resource_path: str,
    path_params: Mapping[str, Any],
    query_params: Mapping[str, Any] | Iterable[tuple[str, Any]],
    header_params: Mapping[str, str],
    body: Any,
    model: type[Model] | None,
) -> Operation[Any]:
    """The operation of a :meth:`ApiClient.call_api`, whose documentation tells the arguments."""
    if not isinstance(method, str) or not re.fullmatch("[A-Z]+", method):
        raise ApiValueError(f"method must be an HTTP method in capitals, not {method!r}")
    if not isinstance(resource_path, str) or not _PATH.fullmatch(resource_path):
        raise ApiValueError(f"resource_path must be a path like /dags/{{dag_id}}, not {resource_path!r}")
    missing = set(re.findall("{(.*?)}", resource_path)) ^ set(path_params)
    if missing:
        raise ApiValueError(f"resource_path and path_params do not name the same: {', '.join(sorted(missing))}")
    path = resource_path.format_map({name: segment(_text(name, str(value))) for name, value in path_params.items()})
    if {".", ".."} & set(path.split("/")):
        raise ApiValueError(f"resource_path must not have a '.' or '..' segment: {resource_path!r}")
    pairs: Any = query_params.items() if isinstance(query_params, Mapping) else query_params
    query = [
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in pairs
        if value is not None
    ]
    headers = {sendable("header_params", name): sendable("header_params", text) for name, text in header_params.items()}
    content = None
    if body is not None:
        try:
            content = json.dumps(body, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise ApiValueError(f"body cannot be sent as JSON: {error}") from error
        headers["Content-Type"] = "application/json"
    return Operation(method, path, query, model, headers=headers, body=content)


def build(operation: Operation[Any], origin: str, prefix: str, headers: dict[str, str]) -> Request:
    """The request for ``operation`` to the API at ``origin`` + ``prefix``, with ``headers`` besides its own."""
    target = prefix + operation.path
    if operation.query:
        target += "?" + "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in operation.query)
    for name, text in (operation.headers or {}).items():
        put(headers, name, text)
    return Request(operation.method, origin, target, headers, operation.body)


def interpret(operation: Operation[T], request: Request, response: Response, dialect: Dialect, signed_as: str) -> T:
    """The model that a successful answer holds.

    :param signed_as: how the request was authenticated, for the hint of a refusal.
    :raises ApiException: the answer is an error, or not what Airflow's API sends.
    """
    if not 200 <= response.status <= 299:
        raise failure(request, response, dialect, signed_as)
    if operation.model is None:
        return decode(request, response) if response.data else None  # type: ignore[return-value]  # T is Any here
    data = decode(request, response)
    if not isinstance(data, dict) or not _has_shape(operation.model, data):
        raise unexpected(request, response, f"the JSON that came is no {operation.model.__name__}")
    return operation.model.from_dict(data)  # type: ignore[return-value]  # T is the model's class


def decode(request: Request, response: Response) -> Any:
    """The JSON of an answer, to the digit as Python's own decoder reads it (``NaN`` and big integers included)."""
    try:
        return json.loads(response.data or b"")
    except (ValueError, RecursionError) as error:
        what = "it is empty" if not response.data else f"{type(error).__name__}: {error}"
        raise unexpected(request, response, f"the body is not JSON ({what})") from error


def failure(request: Request, response: Response, dialect: Dialect, signed_as: str) -> exceptions.ApiException:
    """The exception for an answer whose status is not 2xx."""
    text = (response.data or b"").decode("utf-8", "replace")
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    error = None
    if isinstance(body, dict) and not body.keys().isdisjoint(("title", "detail", "error")):
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
    import html

    text = re.sub(r"(?is)<(script|style|title)\b.*?</\1>|<[^>]*>", " ", body[:20_000])
    text = " ".join(html.unescape(text).split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def segment(text: str) -> str:
    """``text`` as one segment of a path, percent-encoded so that nothing on the way can take it for anything else.

    ``.`` and ``..`` go out as ``%2E`` and ``%2E%2E``: bare, URL libraries and proxies fold them into another path
    (RFC 3986, 5.2.4), and real XComs have such keys.
    """
    encoded = quote(text, safe="")
    return encoded.replace(".", "%2E") if encoded in (".", "..") else encoded


def _list_path(dag_id: str, dag_run_id: str, task_id: str) -> str:
    return _LIST_PATH.format(
        dag_id=_id("dag_id", dag_id), dag_run_id=_id("dag_run_id", dag_run_id), task_id=_id("task_id", task_id)
    )


def _id(name: str, value: str) -> str:
    if "/" in _text(name, value):
        # Airflow decodes %2F before it routes: such an id is answered 404 at best, and can reach another endpoint.
        raise ApiValueError(f"{name} must not contain '/': Airflow's REST API cannot address such an id; got {value!r}")
    return segment(value)


def _text(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise ApiValueError(f"{name} must not be empty")
    found = _CONTROL.search(value)
    if found:
        raise ApiValueError(f"{name} must not contain control characters; {found.group()!r} is at {found.start()}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ApiValueError(f"{name} cannot be encoded as UTF-8: {error}") from error
    return value


def _integer(name: str, value: int) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiTypeError(f"{name} must be an int, not {type(value).__name__}")
    try:
        return str(value)
    except ValueError as error:  # more digits than Python converts (4300 since 3.9.14)
        raise ApiValueError(f"{name} is out of range: {error}") from error


def _boolean(name: str, value: bool) -> str:
    if not isinstance(value, bool):
        raise ApiTypeError(f"{name} must be a bool, not {type(value).__name__}")
    return "true" if value else "false"


def _has_shape(model: type[Model], data: dict[str, Any]) -> bool:
    """Whether ``data`` can be what it is asked for: a wrong address is told apart from an XCom with new fields."""
    if model is XComCollection:
        rows = data.get("xcom_entries", False)
        return rows is None or (isinstance(rows, list) and all(isinstance(row, dict) for row in rows))
    return model is not XCom or "key" in data
