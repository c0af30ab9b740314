"""What makes the calls: the blocking driver of a flow, with the state that calls share."""

from __future__ import annotations

import threading
import time
from typing import Any, TypeVar, cast

from airflow_client import __version__
from airflow_client.client import auth, dialect, flow, operations, retry, timeouts, wire
from airflow_client.client.api_response import ApiResponse
from airflow_client.client.configuration import Configuration
from airflow_client.client.exceptions import ApiTypeError, ApiValueError, TimeoutException, TransportException
from airflow_client.client.headers import put, sendable
from airflow_client.client.model.view import Model
from airflow_client.client.operations import Operation
from airflow_client.client.options import Options
from airflow_client.client.server import Server
from airflow_client.client.waiting import wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from multiprocessing.pool import AsyncResult, ThreadPool

    import requests
    from typing_extensions import Self

    from airflow_client.client.transport import Transport

T = TypeVar("T")
R = TypeVar("R")


class ApiClient:
    """Makes the calls of an :class:`XComApi`: one for a program, shared by its threads.

    :param Configuration configuration: where the server is, default None: ``Configuration.get_default_copy()``.
    :param str header_name: name of a header to send with each request, default None.
    :param str header_value: its value.
    :param str cookie: value of a Cookie header to send with each request, default None.
    :param int pool_threads: how many calls made with ``async_req=True`` run at the same time, default 1.
    :param requests.Session session: a session of yours that makes the requests, with its own authentication, adapters,
        proxies and certificates, default None: urllib3 makes them. Needs the extra ``requests``. It is not closed.
    :raises ApiTypeError: an argument is of the wrong type.

    Connections are opened by the first call and closed by :meth:`close`, or at the end of a ``with``.

    :ivar Configuration configuration: the configuration given.
    :ivar dict default_headers: headers sent with each request.
    :ivar Response last_response: status, reason and headers of the answer that came last, of whatever thread.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
        *,
        session: requests.Session | None = None,
    ) -> None:
        if configuration is None:
            configuration = Configuration.get_default_copy()
        elif not isinstance(configuration, Configuration):
            raise ApiTypeError(f"configuration must be a Configuration, not {type(configuration).__name__}")
        if isinstance(pool_threads, bool) or not isinstance(pool_threads, int):
            raise ApiTypeError(f"pool_threads must be an int, not {type(pool_threads).__name__}")
        if pool_threads < 1:
            raise ApiValueError(f"pool_threads must be at least 1, got {pool_threads}")
        self.configuration = configuration
        self.pool_threads = pool_threads
        self.last_response: wire.Response | None = None
        self.default_headers: dict[str, str] = {"Accept": "application/json"}
        self.user_agent = f"airflow-xcom-client/{__version__}"
        if header_name is not None:
            self.set_default_header(header_name, cast(str, header_value))
        if cookie is not None:
            self.set_default_header("Cookie", cookie)
        self._session = session
        self._lock = threading.Lock()
        #: What flows that have to be alone hold, by name.
        self._alone = {"server": threading.Lock(), "login": threading.Lock()}
        self._server: Server | None = None
        self._transport: Transport | None = None
        self._auth: tuple[int, dialect.Dialect | None, auth.Auth] | None = None
        self._threads: ThreadPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for the calls made with ``async_req=True``, close the connections and forget what was found out.

        Closing twice does nothing. A call after that starts afresh, with the configuration as it is then.
        """
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.close()
            threads.join()
        # Only now: a call that was still waiting for its turn would have opened new connections.
        with self._lock:
            transport, self._transport = self._transport, None
            self._server = self._auth = None
        if transport is not None:
            transport.close()

    @property
    def user_agent(self) -> str:
        """The User-Agent header that is sent."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.set_default_header("User-Agent", value)

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Send the header ``header_name`` (str) with the value ``header_value`` (str) with each request.

        :raises ApiTypeError: either is no str.
        :raises ApiValueError: either cannot be sent in a header.
        """
        name, value = sendable("header_name", header_name), sendable("header_value", header_value)
        put(self.default_headers, name, value)

    def execute(self, operation: Operation[T], keywords: dict[str, Any], wait: tuple[float, float] | None = None) -> T:
        """Make a call and return its result in the form that ``keywords`` ask for; see :class:`Options`.

        :param wait: seconds to wait for what is asked for to be there, and of the first pause; None for not at all.
        """
        options = Options(keywords)
        options.wait = wait
        if wait is not None and not options.preload:
            raise ApiValueError("_preload_content=False cannot be waited for: the answer has to be read")
        return self._made(self._result, operation, options)

    def execute_with_http_info(self, operation: Operation[T], keywords: dict[str, Any]) -> ApiResponse[T]:
        """Make a call and return the model with the HTTP around it."""
        options = Options(keywords)
        if not options.preload:
            raise ApiValueError("_preload_content=False leaves no model to return; use …_without_preload_content")
        return self._made(self._respond, operation, options)

    def unstable_order(self) -> str | None:
        """Why the order of the lists cannot be relied on, None when it can; asks for the server's release once.

        Where the order depends on no release, nothing is asked.
        """
        api = (self._server or self._find_server()).dialect
        if api is None or api.order_since is None:
            return None
        return api.unstable(self.server_version)

    def _made(self, call: Callable[[Operation[T], Options], R], operation: Operation[T], options: Options) -> R:
        """The result of ``call``, or with ``async_req`` the ``AsyncResult`` of it, as the overloads of XComApi say."""
        if options.async_req:
            return cast(R, self._in_thread(lambda: call(operation, options)))
        return call(operation, options)

    def _result(self, operation: Operation[T], options: Options) -> T:
        if not options.preload:
            response, _ = self._exchange(operation, options)
            return cast(T, response.raw)
        answer = self._respond(operation, options)
        if options.only_data:
            return answer.data
        return cast(T, (answer.data, answer.status_code, answer.headers))

    def _respond(self, operation: Operation[T], options: Options) -> ApiResponse[T]:
        response, data = self._exchange(operation, options)
        if operation.check is not None:
            operation.check(data)
        return ApiResponse(response.status, response.headers, data, response.data or b"")

    @property
    def server_version(self) -> str:
        """The release of Airflow that the server runs, such as ``"2.11.2"``; asked for once.

        :raises ApiException: the server is not reached, or is no Airflow.
        """
        server = self._server or self._find_server()
        if server.version is None:
            self._carry_out(server.find_version(self._auth_for, self._within(timeouts.DEFAULT)))
        return cast(str, server.version)

    def _exchange(self, operation: Operation[Any], options: Options) -> tuple[wire.Response, Any]:
        server = self._server or self._find_server()

        def auth_for(api: dialect.Dialect | None) -> auth.Auth:
            return options.auth or self._auth_for(api)

        def call(limits: timeouts.Timeouts) -> flow.Flow[tuple[Any, wire.Response]]:
            headers, stream = dict(self.default_headers), not options.preload
            exchange = self._within(limits)
            return flow.call(operation, server, auth_for, headers, exchange, stream=stream, seen=self._seen)

        steps = call(options.timeouts)
        if options.wait is not None:
            steps = wait_for(lambda left: call(options.timeouts.within(left)), server, *options.wait, time.monotonic)
        data, response = self._carry_out(steps)
        return response, data

    def _within(self, limits: timeouts.Timeouts) -> flow.Exchange:
        return flow.Exchange(limits, retry.allowed(self.configuration.retries), time.monotonic)

    def _seen(self, response: wire.Response) -> None:
        self.last_response = wire.Response(response.status, response.reason, response.headers, None)

    def _find_server(self) -> Server:
        with self._lock:
            if self._server is None:
                self._server = Server(self.configuration.host, self.default_headers)
            return self._server

    def _open_transport(self) -> Transport:
        server = self._server or self._find_server()
        with self._lock:
            if self._transport is None:
                if self._session is not None:
                    from airflow_client.client.transport.requests import RequestsTransport

                    self._transport = RequestsTransport(self._session)
                else:
                    from airflow_client.client.transport.urllib3 import Urllib3Transport

                    self._transport = Urllib3Transport(self.configuration, server.origin)
            return self._transport

    def _auth_for(self, api: dialect.Dialect | None) -> auth.Auth:
        """The way to authenticate that all calls share, until the configuration's credentials change."""
        revision = self.configuration.revision
        if self.configuration.access_token is not None:
            api = None  # a token is the same for every API
        with self._lock:
            if self._auth is None or self._auth[:2] != (revision, api):
                self._auth = (revision, api, dialect.auth_for(self.configuration, api))
            return self._auth[2]

    def _carry_out(self, steps: flow.Flow[T]) -> T:
        """Carry a flow out: do what it asks for, tell it what came of it, and return what it returns."""
        transport = self._transport or self._open_transport()
        try:
            step = next(steps)
            while True:
                try:
                    result = self._do(step, transport)
                except TransportException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as stop:
            return cast(T, stop.value)

    def _do(self, step: flow.Step, transport: Transport) -> Any:
        if isinstance(step, flow.Send):
            return transport.send(step.request, step.timeouts, step.stream)
        if isinstance(step, flow.Sleep):
            return time.sleep(step.seconds)
        lock = self._alone[step.name]
        if not lock.acquire(timeout=step.seconds):
            raise TimeoutException(0, "another call's login, or look for the server, did not end in time")
        try:
            return self._carry_out(step.steps)
        finally:
            lock.release()

    def _in_thread(self, call: Callable[[], T]) -> AsyncResult[T]:
        from multiprocessing.pool import ThreadPool

        with self._lock:
            if self._threads is None:
                self._threads = ThreadPool(self.pool_threads)
            return self._threads.apply_async(call)

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Mapping[str, Any] | None = None,
        query_params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        header_params: Mapping[str, str] | None = None,
        body: Any = None,
        post_params: Any = None,
        files: Any = None,
        response_type: Any = None,
        auth_settings: list[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Any = None,
        _preload_content: bool = True,
        _request_timeout: float | tuple[float, float] | None = None,
        _host: str | None = None,
        _check_type: bool | None = None,
        _content_type: Any = None,
    ) -> Any:
        """Make any call to Airflow's API, for what this library has no method for.

        :param str resource_path: the path below ``/api/v1`` or ``/api/v2``, such as ``/dags/{dag_id}/dagRuns``.
        :param str method: the HTTP method. What is not GET, HEAD or OPTIONS is never sent twice.
        :param path_params: what stands in the braces of the path, by name; percent-encoded here.
        :param query_params: the parameters of the query, a mapping or pairs; True and False are sent in
            lower case, None is left out.
        :param header_params: headers to send besides the client's own.
        :param body: what to send as JSON, default None: nothing.
        :param response_type: the class of the answer's model, also as ``(class,)``; default None: decoded JSON.
        :param auth_settings: ``[]`` sends no credentials; anything else, the configuration's.
        :param _return_http_data_only: True returns the data alone, default ``(data, status, headers)``.
        :returns: as ``_return_http_data_only``, ``async_req`` and ``_preload_content`` say.
        :raises ApiException: the call failed.

        ``post_params``, ``files`` and ``_host`` are refused: Airflow's API takes JSON, and a client has one host.
        ``collection_formats``, ``_check_type`` and ``_content_type`` are without effect.
        """
        for name, value in (("post_params", post_params), ("files", files), ("_host", _host)):
            if value:
                raise ApiValueError(f"call_api does not support {name}")
        model = response_type[0] if isinstance(response_type, (tuple, list)) and response_type else response_type
        if model is not None and not (isinstance(model, type) and issubclass(model, Model)):
            raise ApiTypeError(f"response_type must be a class of model or None, not {response_type!r}")
        operation: Operation[Any] = operations.any_operation(
            method, resource_path, path_params or {}, query_params or {}, header_params or {}, body, model
        )
        keywords: dict[str, Any] = {
            "async_req": bool(async_req),
            "_return_http_data_only": bool(_return_http_data_only),
            "_preload_content": _preload_content,
            "_request_timeout": _request_timeout,
        }
        if auth_settings is not None and not auth_settings:
            keywords["_request_auths"] = []
        return self.execute(operation, keywords)

    def __repr__(self) -> str:
        return f"<ApiClient {self.configuration.host}>"
