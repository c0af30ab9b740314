"""Where the server is, and how to reach it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from airflow_client.xcom._version import __version__
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

T = TypeVar("T")

#: What a relative host is resolved against: Airflow's own default.
LOCAL_AIRFLOW = "http://localhost:8080"
#: The documented default host.
DEFAULT_HOST = "/api/v1"
#: What a path may have in it besides letters and digits, percent-encoded or not (RFC 3986, 3.3).
_PATH = "/%:@!$&'()*+,;=~"
#: Idle connections kept for the next call. Fewer than there are threads means reconnecting in bursts.
POOL_MAXSIZE = 64
#: Seconds after which an idle connection is not used again: fewer than those after which load balancers drop it.
MAX_IDLE = 50.0
#: The largest body that is read, in bytes.
MAX_RESPONSE_SIZE = 1 << 30


class Secrets:
    """Holds what must not be shown: its repr says nothing, and a pickle of it is empty."""

    __slots__ = ("access_token", "api_key", "password", "proxy_credentials", "proxy_headers", "revision")

    def __init__(self) -> None:
        self.password: str | None = None
        self.access_token: str | Callable[[], str] | None = None
        self.api_key: dict[str, str] = {}
        self.proxy_credentials: tuple[str, str] | None = None
        self.proxy_headers: Mapping[str, str] | None = None
        #: Counts the changes of credentials, so that it can be told without comparing them whether they changed.
        self.revision: int = 0

    def __repr__(self) -> str:
        return "<hidden>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Secrets:
        twin = Secrets()
        for name in self.__slots__:
            setattr(twin, name, _deepcopy(getattr(self, name), memo))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        return Secrets, ()


class Configuration:
    """Where the server is, and how to reach it.

    Every setting is a keyword, and an attribute of the same name. An :class:`ApiClient` reads credentials, ``login``,
    ``retries``, ``on_attempt`` and ``on_request`` at every call, and everything else at its first call.

    :param str host: URL of Airflow's web server, such as ``https://airflow.example.com`` or, behind a proxy,
        ``https://proxy/team-a/airflow``: the first call finds out whether it is an Airflow 2 or 3. With ``/api/v1``
        (Airflow 2) or ``/api/v2`` (Airflow 3) at its end there is nothing to find out. A relative host is resolved
        against ``http://localhost:8080``. Default ``/api/v1``. User name and password in it are moved to ``username``
        and ``password``.
    :param dict api_key: accepted, without effect: Airflow's API knows no API keys.
    :param dict api_key_prefix: accepted, without effect.
    :param access_token: a token (str) to send as ``Authorization: Bearer``, or a function without arguments that
        returns one and is called again when the token expires or is refused; default None. It wins over a password.
    :param str username: user name to log in with, default None; how, ``login`` says.
    :param str password: password to log in with, default None.
    :param str login: how to log in with user name and password. On Airflow 2 ``"auto"`` (the first call by Basic, the
        others by a session where the site has sessions), ``"basic"`` or ``"session"``; on Airflow 3 ``"token"``.
        Default None: ``"auto"`` and ``"token"``.
    :param session_file: path (str or ``os.PathLike``) of a file by which the processes of one user share the session or
        token of a login with user name and password, default None: each client logs in for itself. It is made with mode
        0600, refused where others can read it, and never holds the password.
    :param str ssl_ca_cert: file or directory of CA certificates to trust instead of the system's, default None.
    :param ca_cert_data: CA certificates to trust instead of the system's, PEM (str or bytes) or DER (bytes), default
        None. With ``ssl_ca_cert``, both are trusted.
    :param bool verify_ssl: check the server's certificate, default True.
    :param str cert_file: file of a client certificate (PEM), default None.
    :param str key_file: file of the client certificate's key (PEM), default None: it is in ``cert_file``.
    :param assert_hostname: the name (str) to expect in the certificate instead of the host's; False for any; default
        None.
    :param str tls_server_name: the name to send in the TLS handshake (SNI), and to expect in the certificate, instead
        of the host's; default None.
    :param int connection_pool_maxsize: number of idle connections kept for the next call, default 64.
    :param float connection_max_idle: seconds after which an idle connection is not used again, default 50; None for no
        limit. Load balancers and NAT drop idle connections without a word, many after 60 s.
    :param str proxy: URL of the proxy, with its user name and password if it needs them; default None: the
        environment's (``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY``).
    :param str no_proxy: hosts to reach directly, separated by commas: names, addresses and endings of them, with a port
        or without, networks (``10.0.0.0/8``), or ``*``; default None: the environment's ``NO_PROXY`` where the proxy is
        the environment's too.
    :param dict proxy_headers: headers to send to the proxy, default None.
    :param retries: how often a GET that met a passing failure is tried again: a number, False for never, or an
        ``urllib3.Retry`` of which ``total`` and ``allowed_methods`` count; default None: 2.
    :param list socket_options: options for ``socket.setsockopt``, default None: ``TCP_NODELAY`` and TCP
        keepalive.
    :param int max_response_size: largest size of a response's body in bytes, unpacked, default 1 GiB; a larger one is
        refused while it is read, by :class:`ResponseTooLargeException`.
    :param bool pickle_secrets: let a pickle of this configuration, and of a client with it, hold the password, the
        token and the other secrets, default False. True is for workers that you trust, such as those of Dask or Spark.
    :param on_request: a function that is called with an :class:`~airflow_client.xcom.hooks.OutgoingRequest`
        before each attempt, logins and retries included, and can add headers to it; default None. What it raises ends
        the call with a :class:`HookException`.
    :param on_attempt: a function that is called with an :class:`~airflow_client.xcom.hooks.Attempt` after each
        attempt, logins and retries included, in the thread that made it; default None. What it raises ends the call.
    :raises ApiTypeError: an argument is of the wrong type, or a keyword is unknown.
    :raises ApiValueError: ``host`` is no http or https URL.

    Accepted, without effect, as in Airflow's own clients: ``discard_unknown_keys`` (unknown fields are always kept),
    ``disabled_client_side_validations``, ``client_side_validation``, ``server_index``, ``server_variables``,
    ``server_operation_index``, ``server_operation_variables``, ``ignore_operation_servers`` (there is one server,
    ``host``), ``proxy_ssl_context``, ``safe_chars_for_path_param``, ``datetime_format``, ``date_format``,
    ``temp_folder_path``, ``refresh_api_key_hook``, ``debug``, ``logger_file`` and ``logger_format`` (nothing global is
    touched).

    Setting an attribute that does not exist raises :class:`ApiAttributeError`. Names that begin with an underscore are
    free for subclasses, and so are attributes that a subclass declares in its body.

    A pickle of a configuration has no password, token, API key, proxy password or proxy header in it, unless
    ``pickle_secrets`` is True; copies keep them.
    """

    _default: ClassVar[Configuration | None] = None

    def __init__(
        self,
        host: str | None = None,
        api_key: Mapping[str, str] | None = None,
        api_key_prefix: Mapping[str, str] | None = None,
        *,
        access_token: str | Callable[[], str] | None = None,
        username: str | None = None,
        password: str | None = None,
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
        socket_options: Iterable[tuple[int, int, int | bytes]] | None = None,
        max_response_size: int = MAX_RESPONSE_SIZE,
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
        self._secrets = Secrets()
        # A traceback shows the variables of this function.
        given = Secret((host, password, access_token, api_key, proxy, proxy_headers, unknown))
        host = password = access_token = api_key = proxy = proxy_headers = None
        unknown = {}
        if given.value[6]:
            raise ApiTypeError(unknown_keywords(given.value[6], _SETTINGS))
        self.username = None
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
        self.ssl_ca_cert: str | None = _optional_str("ssl_ca_cert", ssl_ca_cert)
        self.ca_cert_data = ca_cert_data
        self.verify_ssl = verify_ssl
        self.cert_file = cert_file
        self.key_file = key_file
        self.assert_hostname = assert_hostname
        self.tls_server_name: str | None = _optional_str("tls_server_name", tls_server_name)
        self.connection_pool_maxsize = connection_pool_maxsize
        self.connection_max_idle = connection_max_idle
        self.proxy = given.value[4]
        self.no_proxy = no_proxy
        self.proxy_headers = given.value[5]
        self.retries = retries
        self.socket_options = socket_options
        self.max_response_size = max_response_size
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

    if not TYPE_CHECKING:  # with it, type checkers would take any name for an attribute

        def __setattr__(self, name: str, value: Any) -> None:
            if not (name.startswith("_") or name in _SETTINGS or hasattr(type(self), name)):
                value = None  # a traceback shows the variables of this function
                raise ApiAttributeError(f"Configuration has no setting {name!r}{did_you_mean(name, _SETTINGS)}")
            object.__setattr__(self, name, value)

    @property
    def host(self) -> str:
        """URL of the API, without credentials."""
        return self._host

    @host.setter
    def host(self, host: str) -> None:
        if not isinstance(host, str):
            raise ApiTypeError(f"host must be a str, not {type(host).__name__}")
        url, host = Secret(host), ""  # a traceback shows the variables of this function
        _check_characters("host", url)
        bare, credentials = without_credentials(url)
        origin_and_path(bare)
        if credentials is not None:
            self.username, self.password = credentials.value
        self._host = bare
        self._secrets.revision += 1  # what one host refused, another may take

    @property
    def username(self) -> str | None:
        """User name to log in with."""
        return self._username

    @username.setter
    def username(self, username: str | None) -> None:
        self._username = _optional_str("username", username)
        self._secrets.revision += 1

    @property
    def password(self) -> str | None:
        """Password to log in with."""
        return self._secrets.password

    @password.setter
    def password(self, password: str | None) -> None:
        self._secrets.password = _optional_str("password", password)
        self._secrets.revision += 1

    @property
    def access_token(self) -> str | Callable[[], str] | None:
        """The token sent as ``Authorization: Bearer``, or the function that supplies it."""
        return self._secrets.access_token

    @access_token.setter
    def access_token(self, access_token: str | Callable[[], str] | None) -> None:
        if not callable(access_token):
            _optional_str("access_token", access_token)
        self._secrets.access_token = access_token
        self._secrets.revision += 1

    @property
    def api_key(self) -> dict[str, str]:
        """Accepted, without effect."""
        return self._secrets.api_key

    @api_key.setter
    def api_key(self, api_key: dict[str, str]) -> None:
        self._secrets.api_key = api_key

    @property
    def login(self) -> str | None:
        """How to log in with user name and password, None for the default."""
        return self._login

    @login.setter
    def login(self, login: str | None) -> None:
        self._login = _optional_str("login", login)
        self._secrets.revision += 1

    @property
    def session_file(self) -> str | os.PathLike[str] | None:
        """Path of a file by which processes share a login, None for no such file."""
        return self._session_file

    @session_file.setter
    def session_file(self, session_file: str | os.PathLike[str] | None) -> None:
        if session_file is not None and not isinstance(session_file, (str, os.PathLike)):
            raise ApiTypeError(f"session_file must be a str or os.PathLike, not {type(session_file).__name__}")
        self._session_file = session_file
        self._secrets.revision += 1

    @property
    def proxy(self) -> str | None:
        """URL of the proxy, without credentials."""
        return self._proxy

    @proxy.setter
    def proxy(self, proxy: str | None) -> None:
        url, proxy = Secret(_optional_str("proxy", proxy) or ""), None  # as of host
        _check_characters("proxy", url)
        bare, credentials = without_credentials(url)
        self._proxy = bare or None
        self._secrets.proxy_credentials = None if credentials is None else credentials.value

    @property
    def proxy_credentials(self) -> tuple[str, str] | None:
        """User name and password for the proxy, as they were in its URL."""
        return self._secrets.proxy_credentials

    @property
    def proxy_headers(self) -> Mapping[str, str] | None:
        """Headers to send to the proxy."""
        return self._secrets.proxy_headers

    @proxy_headers.setter
    def proxy_headers(self, proxy_headers: Mapping[str, str] | None) -> None:
        self._secrets.proxy_headers = proxy_headers

    @property
    def has_credentials(self) -> bool:
        """Whether there is something to log in with."""
        return self.access_token is not None or (self.username is not None and self.password is not None)

    @property
    def revision(self) -> int:
        """A number that changes when the credentials do."""
        return self._secrets.revision

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Make a copy of ``default`` what an :class:`ApiClient` without a configuration uses; None: start afresh."""
        cls._default = deepcopy(default)

    @classmethod
    def get_default_copy(cls) -> Configuration:
        """A copy of what :meth:`set_default` was given, or a new configuration."""
        return deepcopy(cls._default) if cls._default is not None else Configuration()

    def get_basic_auth_token(self) -> str:
        """The value of the Authorization header for ``username`` and ``password`` (the empty string for one unset)."""
        return basic_token(self.username or "", self.password or "")

    def auth_settings(self) -> dict[str, dict[str, str]]:
        """The credentials as settings by name, in the form that a call's ``_request_auths`` takes. Holds secrets."""
        settings = {}
        if self.username is not None and self.password is not None:
            settings["Basic"] = {
                "type": "basic",
                "in": "header",
                "key": "Authorization",
                "value": self.get_basic_auth_token(),
            }
        return settings

    def to_debug_report(self) -> str:
        """Versions of Python, the system and this library, for a bug report. Holds no secrets."""
        import platform

        return (
            "Python SDK Debug Report:\n"
            f"OS: {platform.platform()}\n"
            f"Python Version: {platform.python_version()}\n"
            f"airflow-xcom-client Version: {__version__}"
        )

    def get_host_settings(self) -> list[dict[str, str]]:
        """The servers that the API's description names: one, the default host."""
        return [{"url": DEFAULT_HOST, "description": "Airflow 2's stable REST API"}]

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__, _secrets=deepcopy(self._secrets))
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update({name: _deepcopy(value, memo) for name, value in self.__dict__.items()})
        return twin

    def __getstate__(self) -> dict[str, Any]:
        if not self.pickle_secrets:
            return self.__dict__
        return {**self.__dict__, "_secrets": {name: getattr(self._secrets, name) for name in Secrets.__slots__}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        secrets: Any = state["_secrets"]
        if isinstance(secrets, dict):
            self._secrets = Secrets()
            for name, value in secrets.items():
                setattr(self._secrets, name, value)

    def __repr__(self) -> str:
        return f"Configuration(host={self.host!r}, username={self.username!r})"


#: Names of all settings.
_SETTINGS = frozenset(parameters(Configuration.__init__))


def without_credentials(url: Secret[str]) -> tuple[str, Secret[tuple[str, str]] | None]:
    """``url`` without the user name and password in it, and these two, None when it has none.

    :raises ApiValueError: where these end cannot be told.
    """
    parts = _split(url)
    if parts is None:
        raise ApiValueError("not a URL (it is not shown: it may hold a password)")
    credentials = None
    if "@" in parts.value.netloc:
        credentials = Secret((unquote(parts.value.username or ""), unquote(parts.value.password or "")))
    return urlunsplit(parts.value._replace(netloc=parts.value.netloc.rpartition("@")[2])), credentials


def origin_and_path(host: str) -> tuple[str, str]:
    """The origin (``https://host:port``) and the path that ``host`` names; a relative one is of the local Airflow.

    :raises ApiValueError: ``host`` is neither an http or https URL nor a path, or has a query.
    """
    parts = urlsplit(LOCAL_AIRFLOW)
    try:
        parts = urlsplit(LOCAL_AIRFLOW + host if host.startswith("/") else host)
        name = parts.hostname or ""
        # Some readers decode %40 in a name, and take what is before it for a user name; an address can have a zone.
        is_name = bool(name) and ("%" not in name or ":" in name)
        valid = parts.scheme in ("http", "https") and is_name and parts.port != 0
    except ValueError:  # a port that is no number
        valid = False
    if valid and "@" not in parts.netloc and (parts.query or parts.fragment):
        page = root_of_page(parts.path)
        looks = "this looks like a page of Airflow's user interface" if page is not None else "leave it out"
        root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') if page is None else page}"
        part = "a query ('?…')" if parts.query else "a fragment ('#…')"
        raise ApiValueError(f"host must not have {part}: {looks}. The root of Airflow is then {root!r}")
    if not valid or "@" in host or parts.query or parts.fragment:
        parts = urlsplit(LOCAL_AIRFLOW)
        host = "what it is (it is not shown: it may hold a password)" if "@" in host else repr(host)
        raise ApiValueError(f"host must be a URL like http://localhost:8080/api/v1, or a path, not {host}")
    return f"{parts.scheme}://{parts.netloc}", quote(parts.path.rstrip("/"), safe=_PATH)


#: First segments of the paths of Airflow's user interface, below its root.
_PAGES = {
    *("home", "dags", "dag", "login", "logout", "auth", "xcom", "xcoms", "taskinstance", "task_instances"),
    *("dagrun", "dag_runs", "variable", "variables", "connection", "connections", "pool", "pools", "users"),
    *("roles", "datasets", "asset", "assets", "dag-dependencies", "cluster_activity", "configuration"),
    *("config", "provider", "providers", "plugin", "plugins", "log", "job", "jobs", "slamiss", "events"),
    *("security", "trigger", "code", "graph", "grid", "tree"),
}


def root_of_page(path: str) -> str | None:
    """Return the path of Airflow's root if ``path`` looks like a page of its user interface, else None."""
    segments = path.split("/")
    at = next((index for index, name in enumerate(segments) if name in _PAGES), None)
    return None if at is None else "/".join(segments[:at])


def _split(url: Secret[str]) -> Secret[SplitResult] | None:
    try:
        return Secret(urlsplit(url.value))
    except ValueError:
        return None


def _check_characters(name: str, url: Secret[str]) -> None:
    """Refuse characters that make an URL another one for some reader of it.

    A browser takes ``\\`` for ``/`` (https://url.spec.whatwg.org), and names of hosts lose characters that are not seen
    (RFC 5892): ``http://good.test\\@evil.test/`` is at the one for one reader, and at the other for the next.
    """
    for character in url.value:
        if character == "\\" or unicodedata.category(character)[0] in "CZ":
            raise ApiValueError(
                f"{name} must not contain {character!a}: encode it (%5C for a backslash), or leave it out; no "
                "spaces, control, invisible or unassigned characters, or backslashes"
            )


def _deepcopy(value: Any, memo: dict[int, Any]) -> Any:
    """A copy of a setting; a function of the user's, with what it may be bound to, stays the same."""
    return value if callable(value) else deepcopy(value, memo)


def _optional_str(name: str, value: str | None) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}")
    return value
