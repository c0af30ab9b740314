"""Methods that let an embedded server fail as real sites do."""

from __future__ import annotations

import dataclasses
import http
import json
from collections.abc import Callable, Mapping
from typing import Any, Union

from airflow_client.testing.application import Delivery, Request, Response
from airflow_client.testing.faults import (
    ConcurrencyLimit,
    Fault,
    Faults,
    Proceed,
    RateLimit,
    RequestRule,
    Rule,
    Selector,
    Strike,
    always,
)
from airflow_client.testing.request_log import RecordedRequest, record
from airflow_client.testing.store import Store
from airflow_client.testing.stored_xcom import StoredXCom
from airflow_client.testing.validation import (
    check_bool,
    check_choice,
    check_header,
    check_int,
    check_mapping,
    check_number,
    check_str,
)

Body = Union[str, bytes, dict[str, Any], list[Any]]
_NO_HTTP = b"\x00\xff\xfe this is not HTTP\r\n\r\n"


class FaultInjection:
    """Faults on demand. Any thread may add and remove them, while the server runs and before.

    Each method returns the fault: it counts the requests that it affects, and you can remove it. ``reset()`` removes
    all.
    Limits, :meth:`delay`, :meth:`slow` and :meth:`on_request` combine with other faults. Of the others, only the one
    that you added first affects a request.

    Most methods have these parameters, which choose the requests:

    * ``path``: path without the query, decoded, as in ``"/auth/token"``; ``*`` stands for any text, also with slashes.
      The prefix of the API, such as ``/api/v2``, may be left out: ``"/dags/etl/*"``. Default: every path.
    * ``method``: method such as ``"POST"``. Default: every method.
    * ``times``: number of requests that the fault affects. Default: no end.

    Every method raises TypeError for an argument of a wrong type, and ValueError for a wrong value.
    """

    def __init__(self, store: Store, prefix: str) -> None:
        self._faults = Faults()
        self._faulty_store = store
        self._prefix = prefix

    def fail(
        self,
        path: str | None = None,
        *,
        method: str | None = None,
        times: int | None = None,
        status: int = 503,
        retry_after: int | None = None,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        handled: bool = False,
    ) -> Fault:
        """Answer requests with another status, as a gateway does.

        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param times: number of requests to strike.
        :param status: status; 503 by default.
        :param retry_after: seconds for the header ``Retry-After``; None, the default, for none.
        :param body: HTML as text, bytes, or a dict or list to send as JSON. Default: a page that names the status.
        :param headers: more headers, or others than the server's, such as ``{"Server": "nginx"}``.
        :param handled: whether the server carries the request out before it fails, so that the real response is lost.
        """
        refusal = _page(check_int("status", status, minimum=200, maximum=999), body, retry_after, headers)

        def strike(_hold_up: Callable[[float], object], request: Request, proceed: Proceed) -> Response:
            proceed(request)
            return refusal

        return self._add(strike if check_bool("handled", handled) else always(refusal), path, method, times)

    def delay(
        self, seconds: float, path: str | None = None, *, method: str | None = None, times: int | None = None
    ) -> Fault:
        """Wait before the server handles requests.

        The wait ends early when the fault is removed or the server stops.

        :param seconds: seconds to wait.
        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param times: number of requests to strike.
        """
        check_number("seconds", seconds)

        def strike(hold_up: Callable[[float], object], request: Request, proceed: Proceed) -> Response:
            hold_up(seconds)
            return proceed(request)

        return self._add(strike, path, method, times, combines=True)

    def on_request(
        self,
        callback: Callable[[RecordedRequest], object],
        path: str | None = None,
        *,
        method: str | None = None,
        times: int | None = None,
    ) -> Fault:
        """Call a function before the server handles requests, for example to change data between two of them.

        :param callback: called with the request, in a thread of the server.
        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param times: number of requests to strike.
        """
        if not callable(callback):
            raise TypeError(f"callback must be callable, not {type(callback).__name__}")

        def strike(_hold_up: Callable[[float], object], request: Request, proceed: Proceed) -> Response:
            callback(record(request, with_credentials=False))
            return proceed(request)

        return self._add(strike, path, method, times, combines=True)

    def drop(
        self,
        when: str = "before",
        path: str | None = None,
        *,
        method: str | None = None,
        times: int | None = None,
        handled: bool = False,
        reset: bool = False,
    ) -> Fault:
        """Break the connection.

        :param when: "before" the response; in the "middle" of it, so that the client misses the end of the body; or
            "after" it, so that the client notices when it uses the connection again.
        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param times: number of requests to strike.
        :param handled: with "before", whether the server carries the request out, so that the response is lost.
        :param reset: whether the connection ends with a TCP reset, rather than by closing it.
        """
        check_choice("when", when, ("before", "middle", "after"))
        check_bool("handled", handled)
        end = "reset" if check_bool("reset", reset) else "close"

        def strike(_hold_up: Callable[[float], object], request: Request, proceed: Proceed) -> Response:
            response = proceed(request) if handled or when != "before" else Response(0, [])
            if when == "before":
                return _delivered(response, raw=b"", end=end)
            if when == "middle" and not response.body and response.parts is None:
                return _delivered(response, raw=b"HTTP/1.1 ", end=end)
            return _delivered(response, is_cut=when == "middle", end=end)

        return self._add(strike, path, method, times)

    def truncate(
        self,
        path: str | None = None,
        *,
        method: str | None = None,
        times: int | None = None,
        length: int | None = None,
    ) -> Fault:
        """Cut the bodies of responses, with a ``Content-Length`` that hides it.

        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param times: number of requests to strike.
        :param length: bytes of the body to send; None, the default, for one half.
        """
        if length is not None:
            check_int("length", length, minimum=0)

        def strike(_hold_up: Callable[[float], object], request: Request, proceed: Proceed) -> Response:
            response = proceed(request)
            return dataclasses.replace(
                response, body=response.body[: len(response.body) // 2 if length is None else length]
            )

        return self._add(strike, path, method, times)

    def garbage(
        self,
        path: str | None = None,
        *,
        method: str | None = None,
        times: int | None = None,
        data: bytes = _NO_HTTP,
    ) -> Fault:
        """Send bytes instead of responses, and close the connection. The server does not carry the requests out.

        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param times: number of requests to strike.
        :param data: bytes to send; by default, some that are not HTTP.
        """
        if not isinstance(data, bytes):
            raise TypeError(f"data must be bytes, not {type(data).__name__}")
        response = Response(0, [], delivery=Delivery(raw=data, end="close"))
        return self._add(always(response), path, method, times)

    def slow(
        self, bytes_per_second: float, path: str | None = None, *, method: str | None = None, times: int | None = None
    ) -> Fault:
        """Send responses slowly, their heads too.

        Responses are sent at once when the fault is removed or the server stops.

        :param bytes_per_second: number of bytes to send in each second.
        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param times: number of requests to strike.
        """
        check_number("bytes_per_second", bytes_per_second, positive=True)

        def strike(hold_up: Callable[[float], object], request: Request, proceed: Proceed) -> Response:
            return _delivered(proceed(request), rate=bytes_per_second, pause=hold_up)

        return self._add(strike, path, method, times, combines=True)

    def limit_rate(
        self,
        requests: int,
        path: str | None = None,
        *,
        method: str | None = None,
        seconds: float = 1.0,
        retry_after: int | None = 1,
    ) -> Fault:
        """Answer 429 to requests beyond a number in any second.

        ``limit_rate(5, "/login/", method="POST", seconds=40)`` is the limit of a stock Airflow 2 for logins.

        :param requests: number of requests that are accepted.
        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param seconds: period in seconds for which the number applies; one second by default.
        :param retry_after: seconds for the header ``Retry-After``; None for none.
        """
        check_int("requests", requests, minimum=1)
        check_number("seconds", seconds, positive=True)
        refusal = _page(429, None, retry_after, None)
        return self._faults.add(RateLimit(self._faults, self._selector(path, method), refusal, requests, seconds))

    def max_concurrent(
        self, requests: int = 15, path: str | None = None, *, method: str | None = None, timeout: float = 30.0
    ) -> Fault:
        """Handle at most a number of requests at the same time; others wait for them, and fail with 500.

        The defaults are those of a stock Airflow 3, whose requests wait for a connection to its database. Combine it
        with :meth:`delay`, as the embedded server answers fast. The fault counts requests that wait.

        :param requests: number of requests that are handled at the same time.
        :param path: path of the requests; see the class.
        :param method: method of the requests.
        :param timeout: seconds for which a request waits.
        """
        check_int("requests", requests, minimum=1)
        check_number("timeout", timeout)
        selector = self._selector(path, method)
        return self._faults.add(ConcurrencyLimit(self._faults, selector, requests, timeout))

    def unreadable(self, xcom: StoredXCom) -> Fault:
        """Let the server fail to load an XCom, as one that was pickled or whose class is gone.

        A request for it, and one for a page of a list that contains it, is answered with 500. A client can delete it,
        and pushing it again makes it readable.

        :param xcom: XCom that ``push_xcom`` returned, or one of ``xcoms``.
        :raises ValueError: the server does not store the XCom.
        """
        if not isinstance(xcom, StoredXCom):
            raise TypeError(f"xcom must be a StoredXCom, not {type(xcom).__name__}")
        rule = Rule(self._faults)
        ids = (xcom.dag_id, xcom.run_id, xcom.task_id, xcom.key, xcom.map_index)
        if not self._faulty_store.make_unreadable(*ids, rule.strikes):
            raise ValueError(f"xcom is not stored: {ids}")
        return self._faults.add(rule)

    def _selector(self, path: str | None, method: str | None) -> Selector:
        if path is not None:
            check_str("path", path)
        if method is not None:
            method = check_str("method", method).upper()
        return Selector(path, method, self._prefix)

    def _add(
        self, strike: Strike, path: str | None, method: str | None, times: int | None, *, combines: bool = False
    ) -> Fault:
        if times is not None:
            check_int("times", times, minimum=1)
        selector = self._selector(path, method)
        return self._faults.add(RequestRule(self._faults, selector, strike, times, combines=combines))


def _delivered(response: Response, **faults: Any) -> Response:
    return dataclasses.replace(response, delivery=dataclasses.replace(response.delivery, **faults))


def _page(status: int, body: Body | None, retry_after: int | None, headers: Mapping[str, str] | None) -> Response:
    reason = http.HTTPStatus(status).phrase if status in set(http.HTTPStatus) else ""
    kind = "text/html"
    if body is None:
        body = f"<html><head><title>{status} {reason}</title></head><body><h1>{status} {reason}</h1></body></html>"
    if isinstance(body, (dict, list)):
        try:
            kind, body = "application/json", json.dumps(body)
        except (TypeError, ValueError) as error:
            raise TypeError(f"body must be JSON: {error}") from error
    if not isinstance(body, (str, bytes)):
        raise TypeError(f"body must be a str, bytes, a dict or a list, not {type(body).__name__}")
    sent = {"content-type": ("Content-Type", kind)}
    if retry_after is not None:
        sent["retry-after"] = ("Retry-After", str(check_int("retry_after", retry_after, minimum=0)))
    for name, value in check_mapping("headers", {} if headers is None else headers).items():
        sent[check_header("headers", name).lower()] = (name, check_header(f"headers[{name!r}]", value))
    return Response(status, list(sent.values()), body if isinstance(body, bytes) else body.encode(), reason)
