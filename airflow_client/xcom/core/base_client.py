"""Base of the two clients: settings, the server's state, and the flow of a call."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow_client.xcom import __version__
from airflow_client.xcom.annotations import Never, Self
from airflow_client.xcom.configuration import Configuration
from airflow_client.xcom.core import operations, policy, stored_values
from airflow_client.xcom.core.call import call, create_or_update
from airflow_client.xcom.core.login import auth_for
from airflow_client.xcom.core.messages import ApiResponse, Response
from airflow_client.xcom.core.operations import Operation
from airflow_client.xcom.core.options import DEFAULT_TIMEOUTS, Options, Polling, Timeouts, parse_timeout
from airflow_client.xcom.core.policy import monotonic
from airflow_client.xcom.core.polling import TaskMonitor, wait_for
from airflow_client.xcom.core.server import Server
from airflow_client.xcom.core.validation import positive
from airflow_client.xcom.exceptions import ApiException, ApiTypeError, ApiValueError
from airflow_client.xcom.headers import Headers, Secret, check_header_value
from airflow_client.xcom.headers import header_name as check_header_name
from airflow_client.xcom.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.core.api_version import ApiVersion
    from airflow_client.xcom.core.auth import Auth


T = TypeVar("T")


class BaseClient:
    """Base of the blocking and the asyncio client. A subclass runs the flows.

    :ivar Configuration configuration: the configuration given.
    :ivar Response last_response: most recent response, including errors but not logins.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
        *,
        session: Any = None,
    ) -> None:
        secrets = Secret((header_value, cookie))
        header_value = cookie = None  # tracebacks show the variables of this function
        if configuration is None:
            configuration = Configuration.get_default_copy()
        elif not isinstance(configuration, Configuration):
            raise ApiTypeError(f"configuration must be a Configuration, not {type(configuration).__name__}")
        self.configuration = configuration
        self.pool_threads: int = positive("pool_threads", pool_threads)
        self.last_response: Response | None = None
        self._default_headers = Headers({"Accept": "application/json"})
        self.user_agent = f"airflow-xcom-client/{__version__}"
        if header_name is not None:
            self.set_default_header(header_name, cast(str, secrets.value[0]))
        if secrets.value[1] is not None:
            self.set_default_header("Cookie", secrets.value[1])
        self._hidden_session = Secret(session)  # may have its own credentials
        self._reset_state()
        self._pid = os.getpid()

    def _reset_state(self) -> None:
        """Forget all connections and what is known of the server."""
        self._lock = threading.Lock()
        self._budget = policy.Budget(self.configuration.retry_budget)
        self._server: Server | None = None
        #: Protocols of object storage that were found to be readable.
        self._protocols: set[str] = set()
        self._auth: tuple[int, ApiVersion | None, Auth] | None = None

    @property
    def _session(self) -> Any:
        """The user's own session, or None."""
        return self._hidden_session.value

    @property
    def default_headers(self) -> Headers:
        """Headers sent with each request, by case-insensitive name."""
        return self._default_headers

    @default_headers.setter
    def default_headers(self, headers: Mapping[str, str]) -> None:
        secrets, headers = Secret(headers), {}  # tracebacks show the variables of this function
        self._default_headers = Headers(secrets.value)

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.set_default_header("User-Agent", value)

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Send a header with each request.

        :param str header_name: name of the header.
        :param str header_value: its value.
        :raises ApiTypeError: either is not a str.
        :raises ApiValueError: either cannot be sent in a header.
        """
        value, header_value = Secret(header_value), ""  # tracebacks show the variables of this function
        self.default_headers[check_header_name("header_name", header_name)] = check_header_value("header_value", value)

    def execute(self, operation: Operation[Any], options: Options) -> Any:
        """Make a call; return its result, or an awaitable of it, in the form that ``options`` specify."""
        raise NotImplementedError

    def call_flow(
        self, operation: Operation[Any], options: Options, seconds: float | None = None, *, is_check: bool = False
    ) -> policy.Flow[Any]:
        """Make a call; return its result in the form that ``options`` specify.

        :param seconds: maximum time, default None: as ``options`` specify.
        :param is_check: True for a call that the caller can do without.
        """
        total = options.timeouts.total if seconds is None else seconds
        end = monotonic() + (total if options.polling is None else options.polling.timeout)
        roots = None
        if options.resolve is not False:
            roots = yield from stored_values.open_roots(self.configuration, options.resolve, self._protocols)
        if operation.update is not None:
            data, response = yield from create_or_update(
                lambda step: self._attempt(step, options, max(end - monotonic(), 0.001)), operation, operation.update
            )
        elif options.polling is None:
            data, response = yield from self._attempt(operation, options, seconds, is_check=is_check)
        else:
            data, response = yield from self._poll(operation, options, options.polling)
        if not options.preload:
            return response.raw
        if operation.check is not None:
            operation.check(data)
        if roots is not None:
            data = yield from stored_values.resolve(data, roots, self.configuration, end - monotonic())
        if options.with_http_info:
            return ApiResponse(response.status, response.headers, data, response.data or b"")
        return data if options.only_data else (data, response.status, response.headers)

    def _attempt(
        self, operation: Operation[Any], options: Options, seconds: float | None, *, is_check: bool = False
    ) -> policy.Flow[tuple[Any, Response]]:
        """Make a call; return its model and its response."""

        def auth_for_call(api: ApiVersion | None) -> Auth:
            return options.auth or self._auth_for(api)

        headers = self.default_headers
        if options.headers is not None:
            headers = headers.copy()
            headers.update(options.headers)
        timeouts = options.timeouts if seconds is None else options.timeouts.within(seconds)
        context = self._new_context(timeouts, is_paced=options.is_paced)
        steps = call(
            *(operation, self._get_server(), auth_for_call, headers, context, options),
            stringify=self.configuration.stringify,
            on_response=None if is_check else self._on_response,
        )
        return self._annotated(steps, context, operation.method, operation.path, is_check)

    def _poll(self, operation: Operation[Any], options: Options, polling: Polling) -> policy.Flow[tuple[Any, Response]]:
        """Repeat a call until the XCom exists."""

        def read_state(state_operation: Operation[Any], remaining: float) -> policy.Flow[Any]:
            return (yield from self._attempt(state_operation, options, remaining, is_check=True))[0]

        server, limit = self._get_server(), polling.missing_run_timeout
        monitor = TaskMonitor(read_state, server, operation.expected, limit, monotonic)
        return wait_for(
            lambda remaining: self._attempt(operation, options, remaining), server, polling, monotonic, monitor
        )

    def version_flow(self, _request_timeout: float | tuple[float, float] | None = None) -> policy.Flow[str]:
        """Find the Airflow release that the server runs."""
        server, timeouts = self._get_server(), parse_timeout(_request_timeout)
        return server.version or (yield from self._discover(server, server.find_version, timeouts))

    def api_version_flow(self) -> policy.Flow[ApiVersion]:
        """Find the server's API version."""
        server = self._get_server()
        return server.api_version or (yield from self._discover(server, server.discover))

    def is_xcom_missing(self, error: ApiException) -> bool:
        """Return True if the failure of a call means that the XCom, and not the path, does not exist."""
        return self._get_server().is_xcom_missing(error)

    def page_url(self, path: str) -> str:
        """Return the URL of a page of Airflow's user interface."""
        server = self._get_server()
        return server.origin + server.root + path

    def support_flow(self, call: str) -> policy.Flow[None]:
        """Raise ApiUnsupportedError if the server's release lacks ``call``, which makes several requests."""
        api = yield from self.api_version_flow()
        requirement = api.requirement(Operation(call, "", "", "", [], None))
        if requirement is not None:  # pragma: no branch: so far, each of these calls needs one
            api.check(requirement, (yield from self.version_flow()))

    def _discover(
        self,
        server: Server,
        search: Callable[[policy.AuthFor, policy.CallContext], policy.Flow[T]],
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> policy.Flow[T]:
        context = self._new_context(timeouts)
        return self._annotated(search(self._auth_for, context), context, "GET", "/version")

    def _annotated(
        self, steps: policy.Flow[T], context: policy.CallContext, method: str, path: str, is_check: bool = False
    ) -> policy.Flow[T]:
        """Run ``steps``; add the likely cause, attempts, elapsed time and request to their failure."""
        try:
            return (yield from steps)
        except ApiException as error:
            server = self._get_server()
            if not is_check:
                yield from server.diagnose(error, self._auth_for, context)
            context.annotate(error, f"{method} {server.origin}{server.root}…{path}")
            raise

    def order_warning_flow(self) -> policy.Flow[str | None]:
        """Return a warning if the server's lists have no stable order, else None."""
        api = yield from self.api_version_flow()
        return None if api.order_since is None else api.order_warning((yield from self.version_flow()))

    def _check_fork(self) -> None:
        if self._pid != os.getpid():  # pragma: no cover: forks
            self._reset_after_fork()

    def _reset_after_fork(self) -> None:  # pragma: no cover: forks; tests/client/test_processes.py
        """Start over in a forked process: sockets belong to the parent, and locks may be held."""
        self._reset_state()
        self._pid = os.getpid()

    def _new_context(self, timeouts: Timeouts, *, is_paced: bool = False) -> policy.CallContext:
        configuration = self.configuration
        retries = policy.RetryPolicy(False if is_paced else configuration.retries)
        context = policy.CallContext(
            timeouts, retries, self._budget, monotonic, configuration.on_attempt, on_request=configuration.on_request
        )
        server = self._get_server()
        if not server.is_scheme_known and self._session is None:
            context.on_unreached = server.check_scheme
        return context

    def _on_response(self, response: Response) -> None:
        self.last_response = Response(response.status, response.reason, response.headers, None)
        self._get_server().responded(response)

    def _get_server(self) -> Server:
        if self._server is None:
            with self._lock:
                if self._server is None:  # pragma: no branch: another thread was first
                    self._server = Server(self.configuration.host, lambda: self.default_headers)
                return self._server
        return self._server

    def _auth_for(self, api: ApiVersion | None) -> Auth:
        """Return the authentication that all calls share until the configuration's credentials change."""
        revision = self.configuration.revision
        if self.configuration.access_token is not None:
            api = None  # a token works with every API version
        cached = self._auth
        if cached is not None and cached[0] == revision and cached[1] is api:
            return cached[2]
        with self._lock:
            if self._auth is None or self._auth[:2] != (revision, api):  # pragma: no branch: another thread was first
                self._auth = (revision, api, auth_for(self.configuration, api))
            return self._auth[2]

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
        **unknown_keywords: Never,
    ) -> Any:
        """Make any call to Airflow's API, for endpoints that this library has no method for.

        :param str resource_path: path below ``/api/v1`` or ``/api/v2``, such as ``/dags/{dag_id}/dagRuns``.
        :param str method: HTTP method. All but GET, HEAD and OPTIONS are retried only if no connection could be made.
        :param path_params: values for the names in braces, percent-encoded here.
        :param query_params: mapping or pairs of query parameters. Booleans are sent in lower case, None is omitted.
        :param header_params: headers to send in addition to the client's.
        :param body: JSON to send, default None: nothing.
        :param response_type: model class of the response, also as ``(class,)``; default None: decoded JSON;
            a list for JSON lines (``application/x-ndjson``).
        :param auth_settings: ``[]`` sends no credentials; anything else, the configuration's.
        :param _return_http_data_only: True returns the data alone, default ``(data, status, headers)``.
        :returns: the result, as ``_return_http_data_only``, ``async_req`` and ``_preload_content`` specify.
        :raises ApiException: the call failed.

        ``post_params``, ``files`` and ``_host`` are refused: Airflow's API takes JSON, and a client has one host.
        ``collection_formats``, ``_check_type`` and ``_content_type`` have no effect.
        """
        # Tracebacks show the variables of this function.
        headers, unknown = Secret(header_params or {}), Secret(unknown_keywords)
        header_params, unknown_keywords = None, {}
        for name, value in (("post_params", post_params), ("files", files), ("_host", _host)):
            if value:
                raise ApiValueError(f"call_api does not support {name}")
        model = response_type[0] if isinstance(response_type, (tuple, list)) and response_type else response_type
        if model is not None and not (isinstance(model, type) and issubclass(model, Model)):
            raise ApiTypeError(f"response_type must be a model class or None, not {response_type!r}")
        operation: Operation[Any] = operations.any_operation(
            method, resource_path, path_params or {}, query_params or {}, headers, body, model
        )
        options = Options(
            BaseClient.call_api,
            Secret(([] if auth_settings is not None and not auth_settings else None, None, unknown.value)),
            async_req=bool(async_req),
            _return_http_data_only=bool(_return_http_data_only),
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
        )
        return self.execute(operation, options)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Support ``server_version``, the old name of :meth:`get_server_version`, hidden from ``dir()``."""
            if name == "server_version":
                return self.get_server_version()
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __copy__(self) -> Self:
        clone = type(self)(self.configuration, pool_threads=self.pool_threads, session=self._session)
        clone._default_headers = self._default_headers.copy()
        return clone

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        clone = self.__copy__()
        clone.configuration = deepcopy(self.configuration, memo)
        return clone

    def __getstate__(self) -> dict[str, Any]:
        with_secrets = self.configuration.pickle_secrets
        if self._session is not None and not with_secrets:
            raise ApiTypeError(
                "a client with your own session cannot be pickled without the session's secrets: set "
                "Configuration.pickle_secrets to True to include them"
            )
        headers = {
            name: value for name, value in self.default_headers.items() if with_secrets or name in _PICKLED_HEADERS
        }
        return {
            "configuration": self.configuration,
            "pool_threads": self.pool_threads,
            "_default_headers": Headers(headers),
            "last_response": None,
            "session": self._session,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._hidden_session = Secret(state.pop("session"))
        self.__dict__.update(state)
        self._reset_state()
        self._pid = os.getpid()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.configuration.host}>"


#: Headers that pickles include.
_PICKLED_HEADERS = frozenset({"Accept", "User-Agent"})
