"""Airflow's address and credentials, from options, the environment and profiles."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from airflow_client.xcom.exceptions import ApiValueError, did_you_mean
from airflow_client.xcom.headers import Headers, Secret
from airflow_client.xcom.session_file import Key, SessionFile
from airflow_client.xcom.urls import check_characters, origin_and_path, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_client.xcom.hooks import OutgoingRequest

APP = "airflow-xcom"
PREFIX = "AIRFLOW_XCOM_"
DEFAULT_PROFILE = "default"
#: Service of the secrets in the system's keyring.
KEYRING_SERVICE = "airflow-xcom"
#: The kind of a token in the file of tokens, see :class:`Key`.
_TOKEN = "access token"  # noqa: S105 - no secret
_FIELDS = ("host", "user", "secret", "ca_cert", "insecure")
_SECRET_FIELDS = ("password", "token")
_HEADER = "header."
#: Values of a profile's ``secret``: where ``airflow-xcom login`` stored its password or token.
SECRETS = ("keyring", "file", "ask")
_NAME = re.compile(r"[\w.-]+")

Credential = Optional[Secret[Union[str, "Callable[[], str]"]]]


class Access(NamedTuple):
    """Address and credentials from one source, or from all of them.

    :ivar source: name of the source of the host: an option, an environment variable or a profile.
    :ivar unused: sources whose credentials are for another Airflow.
    """

    source: str
    host: Optional[str] = None
    username: Optional[str] = None
    password: Credential = None
    access_token: Credential = None
    ca_cert: Optional[str] = None
    insecure: Optional[bool] = None
    headers: Mapping[str, str] = {}
    unused: tuple[str, ...] = ()

    @property
    def has_secrets(self) -> bool:
        return self.password is not None or self.access_token is not None


class AddHeaders:
    """Add headers to each request: for ``Configuration.on_request``."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def __call__(self, request: OutgoingRequest) -> None:
        request.headers.update(self._headers.to_dict())


def directory(kind: str) -> Path:
    """Return this program's directory of a user: that of platformdirs, which is in an extra.

    :param kind: ``"config"``, ``"state"`` or ``"cache"``.
    """
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / APP
        return local / "Cache" if kind == "cache" else local
    named = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    if named.strip():
        return Path(named) / APP
    if sys.platform == "darwin":
        return Path.home() / "Library" / ("Caches" if kind == "cache" else "Application Support") / APP
    return Path.home() / {"config": ".config", "state": ".local/state", "cache": ".cache"}[kind] / APP


def private_directory(kind: str) -> Path | None:
    """Return a directory of the user after creating it with mode 0700; None if it cannot be written."""
    path = directory(kind)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    return path if os.access(path, os.W_OK) else None


def profiles_path() -> Path:
    """Return the file of the profiles."""
    return directory("config") / "profiles.ini"


def token_file() -> SessionFile:
    """Return the file of the tokens that are not in a keyring."""
    return SessionFile(directory("config") / "tokens")


def token_key(host: str, profile: str) -> Key:
    """Return the key of a profile's token in :func:`token_file`. A token of another host is not found by it."""
    return Key(root_of(host), profile, _TOKEN)


def session_path() -> Path | None:
    """Return the file by which commands share logins; None if it cannot be written."""
    parent = private_directory("state")
    return None if parent is None else parent / "sessions"


def root_of(host: str) -> str:
    """Return the root of Airflow without the path of the API: credentials for one root are never used for another."""
    origin, path = origin_and_path(host)
    return origin + re.sub(r"/api/v\d$", "", path)


def read_profiles() -> dict[str, dict[str, str]]:
    """Return the profiles by name; none if there is no file.

    :raises ApiValueError: the file cannot be read.
    """
    from configparser import ConfigParser, Error  # a slow import that is not needed without profiles

    parser = ConfigParser(default_section="\0", delimiters=("=",), interpolation=None, empty_lines_in_values=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names of headers
    try:
        parser.read_string(_read_text(), str(profiles_path()))
    except Error as error:
        raise ApiValueError(f"the profiles cannot be read: {error}") from error
    # The value of a field that no profile may have could be shown by a traceback.
    return {
        name: {field: "" if field in _SECRET_FIELDS else value for field, value in parser[name].items()}
        for name in parser.sections()
    }


def _read_text() -> str:
    try:
        return profiles_path().read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):  # users of services have /dev/null as home
        return ""
    except (OSError, UnicodeError) as error:
        raise ApiValueError(f"the profiles cannot be read: {error}") from error


def write_profile(name: str, values: Mapping[str, str] | None) -> None:
    """Write a profile to the file, which keeps its other lines; None removes it.

    :raises ApiValueError: the name is not valid, or the file cannot be read or written.
    """
    if not _NAME.fullmatch(name):
        raise ApiValueError(f"the name of a profile has letters, digits, '.', '_' and '-' only, not {name!r}")
    others = re.sub(rf"(?ms)^\[{re.escape(name)}\].*?(?=^\[|\Z)", "", _read_text())
    if values is not None:
        lines = [f"[{name}]", *(f"{field} = {value}" for field, value in values.items())]
        others = "\n".join([*filter(None, [others.strip()]), *([""] if others.strip() else []), *lines, ""])
    path = profiles_path()
    if private_directory("config") is None:
        raise ApiValueError(f"the profiles cannot be written: {path.parent} is not writable")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(others, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ApiValueError(f"the profiles cannot be written: {error}") from error


def read_profile(name: str) -> Access | None:
    """Return the access that a profile describes; None if there is no such profile.

    :raises ApiValueError: the file cannot be read, or the profile has an unknown field.
    """
    values = read_profiles().get(name)
    if values is None:
        return None
    where = f"profile {name!r} in {profiles_path()}"
    for field in values:
        if field in _SECRET_FIELDS:
            raise ApiValueError(f"{where} has a {field}: a profile holds no secrets. Remove it; run airflow-xcom login")
        if field not in _FIELDS and not field.startswith(_HEADER):
            raise ApiValueError(f"{where} has no field {field!r}{did_you_mean(field, _FIELDS)}")
    url = Secret(values.pop("host", ""))  # tracebacks show local variables
    username, secret = values.get("user") or None, values.get("secret", "ask")
    if not url.value:
        raise ApiValueError(f"{where} has no host")
    if secret not in SECRETS:
        raise ApiValueError(f"{where}: secret must be one of {', '.join(SECRETS)}, not {secret!r}")
    if values.get("insecure", "no") not in ("yes", "no"):
        raise ApiValueError(f"{where}: insecure must be yes or no")
    host = check_host(f"the host of {where}", url.value)
    supply: Credential = None if secret == "ask" else Secret(StoredSecret(name, host, username, secret))  # noqa: S105 - a place
    return Access(
        f"profile {name}",
        host,
        username,
        None if username is None else supply,
        supply if username is None else None,
        values.get("ca_cert"),
        True if values.get("insecure") == "yes" else None,
        {field[len(_HEADER) :]: value for field, value in values.items() if field.startswith(_HEADER)},
    )


class StoredSecret:
    """Read a profile's password or token when it is needed: asking a keyring takes a while."""

    def __init__(self, profile: str, host: str, username: str | None, where: str) -> None:
        self._profile, self._host, self._username, self._where = profile, host, username, where

    def __call__(self) -> str:
        """Return the secret.

        :raises LookupError: there is none.
        """
        if self._where == "file":
            found = token_file().load(token_key(self._host, self._profile))
            if found is not None:
                return found[0].value
        else:
            name = keyring_name(self._host, self._username)
            secret = Secret(keyring_of_system().get_password(KEYRING_SERVICE, name))
            if secret.value is not None:
                return str(secret.value)
        where = "keyring" if self._where == "keyring" else f"file {directory('config') / 'tokens'}"
        what = "token" if self._username is None else "password"
        raise LookupError(
            f"the {where} has no {what} of profile {self._profile!r} for {root_of(self._host)}: "
            f"run airflow-xcom login --profile {self._profile}"
        )


def keyring_name(host: str, username: str | None) -> str:
    """Return the name of a secret in the keyring. A secret of another host is not found by it."""
    return f"{username or 'token'} at {root_of(host)}"


def keyring_of_system() -> Any:
    """Return the module keyring.

    :raises LookupError: it is not installed.
    """
    try:
        import keyring  # the extra keyring
    except ImportError as error:
        raise LookupError(
            "the secret is in the system's keyring, and the package keyring is not installed: pip install 'keyring>=24'"
        ) from error
    return keyring


def no_password() -> str:
    """Say that no password is known: for ``Configuration.password``.

    :raises LookupError: always.
    """
    raise LookupError(
        "no password is known, and no login is stored: set AIRFLOW_XCOM_PASSWORD, or run airflow-xcom login"
    )


def check_host(name: str, host: str) -> str:
    """Return a host that holds no credentials.

    :raises ApiValueError: it is not a URL, or holds a user name or password.
    """
    url, host = Secret(host), ""  # tracebacks show local variables
    check_characters(name, url)
    bare, credentials = without_credentials(url, name)
    if credentials is not None:
        raise ApiValueError(f"{name} must not contain a user name or password: set them separately")
    if "://" not in bare and not bare.startswith("/"):
        raise ApiValueError(f"{name} must be a URL such as http://localhost:8080, not {bare!r}")
    origin_and_path(bare)
    return bare


def find_access(options: Access | None = None, *, profile: str | None = None) -> Access:
    """Return the address and credentials from options, the environment and a profile, in this order.

    A source with a host of its own is left out if another Airflow is chosen, with its credentials and headers.

    :param profile: name of a profile, which takes precedence over the environment's host.
    :raises ApiValueError: no host is known, the profile does not exist, or a file cannot be used.
    """
    options = options or Access("options")
    environment = _from_environ()
    name = profile or os.environ.get(f"{PREFIX}PROFILE")
    saved = read_profile(name or DEFAULT_PROFILE)
    if name and saved is None:
        known = ", ".join(read_profiles()) or "none"
        raise ApiValueError(f"there is no profile {name!r}; there are: {known}. Save one: airflow-xcom login")
    saved = saved or Access("profile")
    hosts = (options, saved, environment) if profile else (options, environment, saved)
    chosen = next((source for source in hosts if source.host), None)
    if chosen is None or chosen.host is None:
        raise ApiValueError("no host is known: set AIRFLOW_XCOM_HOST, or save a profile with airflow-xcom login")
    root = root_of(chosen.host)
    sources = (options, environment, saved)
    usable = [source for source in sources if source.host is None or root_of(source.host) == root]
    unused = tuple(source.source for source in sources if source not in usable and source.has_secrets)
    return _merge(chosen, usable)._replace(unused=unused)


def _merge(chosen: Access, usable: Sequence[Access]) -> Access:
    """Return what the sources say together, the first taking precedence."""
    username: str | None = None
    password: Credential = None
    access_token: Credential = None
    headers: dict[str, str] = {}
    for source in usable:
        headers = {**source.headers, **headers}
        if access_token is not None:
            continue
        if username is None and password is None and source.access_token is not None:
            access_token = source.access_token
            continue
        username = username or source.username
        if password is None and source.username in (None, username):  # the password of another user is none of theirs
            password = source.password
    return Access(
        chosen.source,
        chosen.host,
        username,
        password,
        access_token,
        next((source.ca_cert for source in usable if source.ca_cert), None),
        next((source.insecure for source in usable if source.insecure is not None), None),
        headers,
    )


def _from_environ() -> Access:
    def secret(name: str) -> Credential:
        return Secret(os.environ[PREFIX + name]) if os.environ.get(PREFIX + name) else None

    url = secret("HOST")
    host = None if url is None else check_host(f"{PREFIX}HOST", str(url.value))
    return Access(
        "the environment" if host is None else f"{PREFIX}HOST",
        host,
        os.environ.get(f"{PREFIX}USERNAME") or None,
        secret("PASSWORD"),
        secret("TOKEN"),
    )


def settings_of(access: Access, ask: Callable[[], str]) -> dict[str, Any]:
    """Return the keywords of a :class:`Configuration`.

    :param ask: returns the password of a user name without one, unless a login is stored.
    """
    settings: dict[str, Any] = {"host": access.host, "username": access.username}
    if access.ca_cert is not None:
        settings["ssl_ca_cert"] = str(Path(access.ca_cert).expanduser())
    if access.insecure:
        settings["verify_ssl"] = False
    if access.headers:
        settings["on_request"] = AddHeaders(Headers(access.headers))
    # Secrets come last, as tracebacks show local variables.
    if access.access_token is not None:
        settings["access_token"] = access.access_token.value
    elif access.username is not None:
        if access.password is None or callable(access.password.value):
            settings["session_file"] = session_path()
        settings["password"] = ask if access.password is None else access.password.value
    return settings
