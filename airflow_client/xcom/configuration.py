"""Settings of a client."""
# pyright: reportPrivateUsage=false

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from copy import copy, deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_client.xcom import __version__
from airflow_client.xcom.annotations import Never, RetrySettings, Self
from airflow_client.xcom.exceptions import (
    ApiAttributeError,
    ApiTypeError,
    ApiValueError,
    did_you_mean,
    parameters,
    unknown_keywords,
)
from airflow_client.xcom.headers import Secret, basic_token
from airflow_client.xcom.hooks import Attempt, OutgoingRequest
from airflow_client.xcom.storage_roots import Roots, XComStorage, parse_roots
from airflow_client.xcom.urls import check_characters, origin_and_path, without_credentials

#: The documented default host.
DEFAULT_HOST = "/api/v1"
#: Maximum number of idle connections. With fewer than there are threads, bursts reconnect.
POOL_MAXSIZE = 64
#: Seconds after which an idle connection is not used again: fewer than those after which load balancers drop it.
MAX_IDLE = 50.0
#: Retries that all calls of a client have at once.
RETRY_BUDGET = 10
#: Maximum size of a response body in bytes.
MAX_RESPONSE_SIZE = 1 << 30

#: Settings that are hidden in reprs and omitted from pickles, with their values in a pickle.
_SECRETS: dict[str, Any] = {
    "password": None,
    "access_token": None,
    "api_key": {},
    "proxy_credentials": None,
    "proxy_headers": None,
    "xcom_storage": {},
}
#: Settings that logins depend on: a server may accept after their change what it refused before.
_LOGIN = ("host", "username", "password", "access_token", "login", "session_file")


def _setting(name: str, accepted: str, *types: Any) -> Any:
    """Return a property that refuses values that are neither None nor of ``types``; the error says ``accepted``."""

    def get(configuration: Configuration) -> Any:
        return configuration._values(name)[name]

    def set_value(configuration: Configuration, value: Any) -> None:
        given, value = Secret(value), None  # tracebacks show local variables
        is_other_bool = isinstance(given.value, bool) and bool not in types  # a bool is an int, but not a number here
        if not isinstance(given.value, (*types, type(None))) or is_other_bool:
            raise ApiTypeError(f"{name} must be {accepted}, not {type(given.value).__name__}")
        configuration._values(name)[name] = given.value
        configuration._revision += name in _LOGIN

    return property(get, set_value)


class Configuration:
    """Settings of a client: host, credentials, TLS, proxy, retries and hooks.

    Each setting is a keyword and an attribute of the same name. An :class:`ApiClient` reads credentials, ``login``,
    ``retries``, ``stringify``, ``on_attempt`` and ``on_request`` at every call, and all other settings at its first
    call.

    :param str host: URL of Airflow's web server, such as ``https://airflow.example.com`` or, behind a proxy,
        ``https://proxy/team-a/airflow``. The first call detects the API version. A URL that ends with ``/api/v1``
        (Airflow 2) or ``/api/v2`` (Airflow 3) skips the detection. A path is relative to ``http://localhost:8080``.
        User name and password in the URL are moved to ``username`` and ``password``. Default ``/api/v1``.
    :param dict api_key: ignored; Airflow's API has no API keys.
    :param dict api_key_prefix: ignored.
    :param access_token: bearer token (str), or a function without arguments that returns one and is called again when
        the token expires or is rejected. It takes precedence over a password. Default None.
    :param str username: user name to log in with. Default None.
    :param password: password to log in with (str), or a function without arguments that returns it. A client calls the
        function once, when a login needs the password. Default None.
    :param str login: login method for user name and password. On Airflow 2 ``"auto"`` (HTTP Basic for the first call,
        then a session if the server supports it), ``"basic"`` or ``"session"``; on Airflow 3 ``"token"``. Default None:
        ``"auto"`` and ``"token"``.
    :param session_file: file (str or ``os.PathLike``) by which the processes of one user share the session or token of
        a login. The client creates it with mode 0600, refuses it if others can read it, and never stores the password.
        Default None.
    :param str ssl_ca_cert: file or directory of CA certificates to trust instead of the system's. Default None.
    :param ca_cert_data: CA certificates to trust instead of the system's, PEM (str or bytes) or DER (bytes). If
        ``ssl_ca_cert`` is set too, both are trusted. Default None.
    :param bool verify_ssl: verify the server's certificate. Default True.
    :param str cert_file: client certificate file (PEM). Default None.
    :param str key_file: file of the client certificate's private key (PEM). Default None: the key is in ``cert_file``.
    :param assert_hostname: host name (str) to expect in the certificate instead of the host's; False accepts any.
        Default None.
    :param str tls_server_name: host name to send in the TLS handshake (SNI), and to expect in the certificate, instead
        of the host's. Default None.
    :param int connection_pool_maxsize: maximum number of idle connections to keep open. Default 64.
    :param float connection_max_idle: seconds after which an idle connection is not used again; None for no limit. Many
        load balancers drop idle connections silently after 60 s. Default 50.
    :param str proxy: proxy URL, with user name and password if the proxy needs them. Default None: the URL in
        ``HTTPS_PROXY``, ``HTTP_PROXY`` or ``ALL_PROXY``.
    :param str no_proxy: comma-separated hosts to connect to directly: names, domain suffixes and addresses, also with a
        port, networks (``10.0.0.0/8``), or ``*``. Default None: ``NO_PROXY``, if the proxy comes from the environment
        too.
    :param dict proxy_headers: headers to send to the proxy. Default None.
    :param retries: maximum number of retries of a GET after a transient failure: an int, False for none, or an
        ``urllib3.Retry``, of which only ``total`` and ``allowed_methods`` are used. Default None: 2.
    :param int retry_budget: retries that all calls of a client have at once; every 10 calls add one. It keeps many
        threads from making an outage worse. Default 10; None: any number.
    :param list socket_options: arguments of ``socket.setsockopt``. Default None: ``TCP_NODELAY`` and TCP
        keepalive.
    :param int max_response_size: maximum size of a response body in bytes, after decompression. Reading a larger one
        raises :class:`ResponseTooLargeException`. Default 1 GiB.
    :param bool stringify: send ``stringify`` with each call that reads values and does not set it: True returns values
        as text (Python's ``str()``), False as JSON. False raises :class:`ApiUnsupportedError` on servers before Airflow
        2.10, which only send text. Default None: the default of each call.
    :param xcom_storage: folders in object storage where Airflow's XCom backend keeps values, as a mapping of URLs, such
        as ``s3://bucket/xcom``, to options of fsspec, or one URL or absolute path without options. A value that is the
        URL of a file below one of them is read from there: by ``iter_xcoms``, ``history``, ``wait_for_xcom_entry``,
        ``call_dag``, and ``get_xcom_entry`` with ``resolve=True``. Needs the extra ``storage``. Default None: no
        folders.
    :param bool pickle_secrets: include password, token and other secrets in pickles of this configuration and its
        clients. Enable it only for workers that you trust, such as those of Dask or Spark. Default False.
    :param on_request: function called with an :class:`~airflow_client.xcom.hooks.OutgoingRequest` before each attempt,
        logins and retries included. It may add headers. If it raises, the call raises :class:`HookException`. Default
        None.
    :param on_attempt: function called with an :class:`~airflow_client.xcom.hooks.Attempt` after each attempt, logins
        and retries included, in the thread that made it. If it raises, the call raises the same exception. Default
        None.
    :raises ApiTypeError: an argument has the wrong type, or a keyword is unknown.
    :raises ApiValueError: ``host`` or ``proxy`` is not a valid URL. Other settings are checked at the first call.

    These settings of Airflow's own clients are accepted and ignored: ``discard_unknown_keys`` (unknown fields are
    always retained), ``disabled_client_side_validations``, ``client_side_validation``, ``server_index``,
    ``server_variables``, ``server_operation_index``, ``server_operation_variables``, ``ignore_operation_servers``
    (``host`` is the only server), ``proxy_ssl_context``, ``safe_chars_for_path_param``, ``datetime_format``,
    ``date_format``, ``temp_folder_path``, ``refresh_api_key_hook``, ``debug``, ``logger_file`` and ``logger_format``
    (the client changes no global state).

    Setting an unknown attribute raises :class:`ApiAttributeError`. Subclasses may use names that begin with an
    underscore, and attributes declared in their body.

    Pickles omit password, token, API key, proxy password, proxy headers and the options of ``xcom_storage``, unless
    ``pickle_secrets`` is True. Copies include them.
    """

    _default: ClassVar[Configuration | None] = None

    username: str | None = _setting("username", "a str", str)
    password: str | Callable[[], str] | None = _setting("password", "a str", str, Callable)
    access_token: str | Callable[[], str] | None = _setting("access_token", "a str", str, Callable)
    login: str | None = _setting("login", "a str", str)
    session_file: str | os.PathLike[str] | None = _setting("session_file", "a str or os.PathLike", str, os.PathLike)
    api_key: dict[str, str] = _setting("api_key", "a dict", Mapping)
    ssl_ca_cert: str | None = _setting("ssl_ca_cert", "a str", str)
    ca_cert_data: str | bytes | None = _setting("ca_cert_data", "a str or bytes", str, bytes)
    tls_server_name: str | None = _setting("tls_server_name", "a str", str)
    proxy_headers: Mapping[str, str] | None = _setting("proxy_headers", "a mapping", Mapping)
    retry_budget: int | None = _setting("retry_budget", "an int or None", int)
    stringify: bool | None = _setting("stringify", "a bool or None", bool)

    def __init__(
        self,
        host: str | None = None,
        api_key: Mapping[str, str] | None = None,
        api_key_prefix: Mapping[str, str] | None = None,
        *,
        access_token: str | Callable[[], str] | None = None,
        username: str | None = None,
        password: str | Callable[[], str] | None = None,
        login: str | None = None,
        session_file: str | os.PathLike[str] | None = None,
        ssl_ca_cert: str | None = None,
        ca_cert_data: str | bytes | None = None,
        verify_ssl: bool = True,
        cert_file: str | None = None,
        key_file: str | None = None,
        assert_hostname: str | bool | None = None,
        tls_server_name: str | None = None,
        connection_pool_maxsize: int = POOL_MAXSIZE,
        connection_max_idle: float | None = MAX_IDLE,
        proxy: str | None = None,
        no_proxy: str | None = None,
        proxy_headers: Mapping[str, str] | None = None,
        retries: int | RetrySettings | None = None,
        retry_budget: int | None = RETRY_BUDGET,
        socket_options: Iterable[tuple[int, int, int | bytes]] | None = None,
        max_response_size: int = MAX_RESPONSE_SIZE,
        stringify: bool | None = None,
        xcom_storage: XComStorage = None,
        pickle_secrets: bool = False,
        on_request: Callable[[OutgoingRequest], object] | None = None,
        on_attempt: Callable[[Attempt], object] | None = None,
        discard_unknown_keys: bool = False,
        disabled_client_side_validations: str = "",
        client_side_validation: bool = True,
        server_index: int | None = None,
        server_variables: Mapping[str, str] | None = None,
        server_operation_index: Mapping[str, int] | None = None,
        server_operation_variables: Mapping[str, Mapping[str, str]] | None = None,
        ignore_operation_servers: bool = False,
        proxy_ssl_context: Any = None,
        safe_chars_for_path_param: str = "",
        datetime_format: str = "%Y-%m-%dT%H:%M:%S.%f%z",
        date_format: str = "%Y-%m-%d",
        temp_folder_path: str | None = None,
        refresh_api_key_hook: Callable[[Configuration], object] | None = None,
        debug: bool | None = False,
        logger_file: str | None = None,
        logger_format: str = "%(asctime)s %(levelname)s %(message)s",
        **unknown: Never,
    ) -> None:
        # Tracebacks show local variables.
        given = Secret((host, password, access_token, api_key, proxy, proxy_headers, xcom_storage))
        host = password = access_token = api_key = proxy = proxy_headers = xcom_storage = None
        misspelt, unknown = list(unknown), {}
        if misspelt:
            raise ApiTypeError(unknown_keywords(misspelt, _SETTINGS))
        self._secrets: Secret[dict[str, Any]] = Secret(dict(_SECRETS))
        self._revision = 0
        self.username = self.password = None
        self.host = DEFAULT_HOST if given.value[0] is None else given.value[0]
        if username is not None:
            self.username = username
        if given.value[1] is not None:
            self.password = given.value[1]
        self.access_token = given.value[2]
        self.api_key = dict(given.value[3] or {})
        self.api_key_prefix: dict[str, str] = dict(api_key_prefix or {})
        self.login = login
        self.session_file = session_file
        self.ssl_ca_cert = ssl_ca_cert
        self.ca_cert_data = ca_cert_data
        self.verify_ssl = verify_ssl
        self.cert_file = cert_file
        self.key_file = key_file
        self.assert_hostname = assert_hostname
        self.tls_server_name = tls_server_name
        self.connection_pool_maxsize = connection_pool_maxsize
        self.connection_max_idle = connection_max_idle
        self.proxy = given.value[4]
        self.no_proxy = no_proxy
        self.proxy_headers = given.value[5]
        self.retries = retries
        self.retry_budget = retry_budget
        if retry_budget is not None and retry_budget < 0:
            raise ApiValueError(f"retry_budget must be 0 or more, got {retry_budget}")
        self.socket_options = socket_options
        self.max_response_size = max_response_size
        self.stringify = stringify
        self.xcom_storage = given.value[6]
        self.pickle_secrets = pickle_secrets
        self.on_request = on_request
        self.on_attempt = on_attempt
        self.discard_unknown_keys = discard_unknown_keys
        self.disabled_client_side_validations = disabled_client_side_validations
        self.client_side_validation = client_side_validation
        self.server_index = server_index
        self.server_variables = server_variables
        self.server_operation_index = server_operation_index
        self.server_operation_variables = server_operation_variables
        self.ignore_operation_servers = ignore_operation_servers
        self.proxy_ssl_context = proxy_ssl_context
        self.safe_chars_for_path_param = safe_chars_for_path_param
        self.datetime_format = datetime_format
        self.date_format = date_format
        self.temp_folder_path = temp_folder_path
        self.refresh_api_key_hook = refresh_api_key_hook
        self.debug = debug
        self.logger_file = logger_file
        self.logger_format = logger_format

    if not TYPE_CHECKING:  # otherwise type checkers would accept any attribute

        def __setattr__(self, name: str, value: Any) -> None:
            given, value = Secret(value), None  # tracebacks show local variables
            if not (name.startswith("_") or name in _SETTINGS or hasattr(type(self), name)):
                raise ApiAttributeError(f"Configuration has no setting {name!r}{did_you_mean(name, _SETTINGS)}")
            object.__setattr__(self, name, given.value)

    def _values(self, name: str) -> dict[str, Any]:
        """Return the dictionary that holds the setting ``name``."""
        return self._secrets.value if name in _SECRETS else self.__dict__

    @property
    def host(self) -> str:
        """URL of the API, without credentials."""
        return self._host

    @host.setter
    def host(self, host: str) -> None:
        url, host = Secret(host), ""  # tracebacks show local variables
        if not isinstance(url.value, str):
            raise ApiTypeError(f"host must be a str, not {type(url.value).__name__}")
        check_characters("host", url)
        bare, credentials = without_credentials(url, "host")
        origin_and_path(bare)
        if credentials is not None:
            self.username, self.password = credentials.value
        self._host = bare
        self._revision += 1

    @property
    def proxy(self) -> str | None:
        """URL of the proxy, without credentials."""
        return self._proxy

    @proxy.setter
    def proxy(self, proxy: str | None) -> None:
        url, proxy = Secret(proxy or ""), None  # tracebacks show local variables
        if not isinstance(url.value, str):
            raise ApiTypeError(f"proxy must be a str, not {type(url.value).__name__}")
        check_characters("proxy", url)
        bare, credentials = without_credentials(url)
        self._proxy = bare or None
        self._secrets.value["proxy_credentials"] = None if credentials is None else credentials.value

    @property
    def proxy_credentials(self) -> tuple[str, str] | None:
        """User name and password from the proxy URL."""
        credentials: tuple[str, str] | None = self._secrets.value["proxy_credentials"]
        return credentials

    @property
    def xcom_storage(self) -> Roots:
        """Options of fsspec, secrets included, by folder; empty if no folder is set."""
        options: Roots = self._secrets.value["xcom_storage"]
        return {root: options.get(root, {}) for root in self._storage_roots}  # a pickle holds the folders alone

    @xcom_storage.setter
    def xcom_storage(self, xcom_storage: XComStorage) -> None:
        given, xcom_storage = Secret(xcom_storage), None  # tracebacks show local variables
        self._secrets.value["xcom_storage"] = parse_roots(given)
        self._storage_roots = tuple(self._secrets.value["xcom_storage"])

    @property
    def has_credentials(self) -> bool:
        """True if a token, or a user name and a password, is set."""
        return self.access_token is not None or (self.username is not None and self.password is not None)

    @property
    def revision(self) -> int:
        """Number that changes with the host and the credentials."""
        return self._revision

    @classmethod
    def from_env(cls, profile: str | None = None) -> Self:
        """Return the configuration that the command line ``airflow-xcom`` would use.

        The environment variables ``AIRFLOW_XCOM_HOST``, ``AIRFLOW_XCOM_USERNAME``, ``AIRFLOW_XCOM_PASSWORD`` and
        ``AIRFLOW_XCOM_TOKEN`` take precedence over a profile that ``airflow-xcom login`` saved. Credentials for one
        Airflow are never used for another. If a profile has a user name and its password is not in the keyring, the
        client uses the login that the command line shares, as a ``session_file``.

        :param profile: name of a profile, which takes precedence over ``AIRFLOW_XCOM_HOST``. Default None:
            ``AIRFLOW_XCOM_PROFILE``, or else ``"default"`` if it exists.
        :raises ApiTypeError: ``profile`` is not a str.
        :raises ApiValueError: no host is set, the profile does not exist, or a file cannot be used.
        """
        from airflow_client.xcom import profiles  # only this method needs it

        if profile is not None and not isinstance(profile, str):
            raise ApiTypeError(f"profile must be a str, not {type(profile).__name__}")
        access = profiles.find_access(profile=profile)
        return cls(**profiles.settings_of(access, profiles.no_password))

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Set the configuration that an :class:`ApiClient` without one copies; None resets it."""
        cls._default = deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """Return a copy of the default configuration, or a new one if none is set."""
        return deepcopy(cls._default) if cls._default is not None else Configuration()

    def get_basic_auth_token(self) -> str:
        """Return the Authorization header of ``username`` and ``password``. Empty strings replace unset ones."""
        given = Secret(self.password)
        password = Secret(given.value() if callable(given.value) else given.value or "")
        return basic_token(self.username or "", password.value)

    def auth_settings(self) -> dict[str, dict[str, str]]:
        """Return the credentials by name, secrets included. A call's ``_request_auths`` takes the values."""
        if self.username is None or self.password is None:
            return {}
        value = self.get_basic_auth_token()
        return {"Basic": {"type": "basic", "in": "header", "key": "Authorization", "value": value}}

    def to_debug_report(self) -> str:
        """Return the versions of Python, the system and this library, without secrets."""
        import platform  # only debug reports need it

        return (
            "Python SDK Debug Report:\n"
            f"OS: {platform.platform()}\n"
            f"Python Version: {platform.python_version()}\n"
            f"airflow-xcom-client Version: {__version__}"
        )

    def get_host_settings(self) -> list[dict[str, str]]:
        """Return the servers of Airflow's API specification: the default host."""
        return [{"url": DEFAULT_HOST, "description": "Airflow 2's stable REST API"}]

    def __copy__(self) -> Self:
        duplicate = type(self).__new__(type(self))
        duplicate.__dict__.update(self.__dict__, _secrets=Secret(self._secrets.value.copy()))
        return duplicate

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        duplicate = copy(self)
        for values in (Secret(duplicate.__dict__), duplicate._secrets):
            for name in values.value:
                if name != "_secrets" and not callable(values.value[name]):  # functions are shared
                    values.value[name] = deepcopy(values.value[name], memo)
        return duplicate

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_secrets": self._secrets.value if self.pickle_secrets else _SECRETS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _secrets=Secret(state["_secrets"]))

    def __repr__(self) -> str:
        return f"Configuration(host={self.host!r}, username={self.username!r})"


#: Names of all settings.
_SETTINGS = frozenset(parameters(Configuration.__init__))
