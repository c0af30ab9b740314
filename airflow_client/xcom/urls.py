"""URLs of servers and proxies: checks and parts."""

from __future__ import annotations

import contextlib
import ipaddress
import unicodedata
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from airflow_client.xcom.exceptions import ApiValueError
from airflow_client.xcom.headers import Secret

#: Base URL of a relative host: Airflow's own default.
LOCAL_AIRFLOW = "http://localhost:8080"
#: Characters allowed in a path besides letters and digits (RFC 3986, 3.3).
_PATH = "/%:@!$&'()*+,;=~"


def check_characters(name: str, url: Secret[str]) -> None:
    """Refuse characters that URL parsers interpret differently, so that all agree on the host.

    Browsers treat ``\\`` as ``/`` (https://url.spec.whatwg.org), and host names lose invisible characters (RFC 5892):
    parsers disagree whether ``http://good.test\\@evil.test/`` is on good.test or on evil.test.
    """
    for character in url.value:
        if character == "\\" or unicodedata.category(character)[0] in "CZ":
            raise ApiValueError(
                f"{name} must not contain {character!a}: spaces, backslashes, and control, invisible or unassigned "
                "characters are refused. Percent-encode it (%5C for a backslash), or remove it."
            )


def without_credentials(url: Secret[str], name: str = "proxy") -> tuple[str, Secret[tuple[str, str]] | None]:
    """Split ``url`` into the URL without credentials, and its user name and password, or None.

    :raises ApiValueError: the URL cannot be parsed; the message calls it ``name``.
    """
    parts, credentials = None, None
    with contextlib.suppress(ValueError):
        parts = Secret(urlsplit(url.value))
    if parts is None:  # raised here, so that no other error's frames and text show the URL
        raise ApiValueError(f"{name} must be a valid URL (hidden here). Percent-encode its user name and password.")
    if "@" in parts.value.netloc:
        credentials = Secret((unquote(parts.value.username or ""), unquote(parts.value.password or "")))
    return urlunsplit(parts.value._replace(netloc=parts.value.netloc.rpartition("@")[2])), credentials


def origin_and_path(host: str) -> tuple[str, str]:
    """Split ``host`` into origin (``https://host:port``) and path. A path is relative to :data:`LOCAL_AIRFLOW`.

    :raises ApiValueError: ``host`` is neither an http or https URL nor a path, or has a query.
    """
    parts = urlsplit(LOCAL_AIRFLOW)
    try:
        parts = urlsplit(LOCAL_AIRFLOW + host if host.startswith("/") else host)
        name = parts.hostname or ""
        # Some parsers decode %40 in a host name and find a user name before it; only an IPv6 zone may contain %.
        is_name = bool(name) and ("%" not in name or ":" in name)
        valid = parts.scheme in ("http", "https") and is_name and parts.port != 0
    except ValueError:  # the port is not a number
        valid = False
    if valid and "@" not in parts.netloc and (parts.query or parts.fragment):
        page = root_of_page(parts.path)
        looks = "this looks like a page of Airflow's user interface" if page is not None else "leave it out"
        root = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/') if page is None else page}"
        part = "a query ('?…')" if parts.query else "a fragment ('#…')"
        raise ApiValueError(f"host must not have {part}: {looks}. The root of Airflow is then {root!r}")
    if not valid or "@" in host:
        parts = urlsplit(LOCAL_AIRFLOW)
        host = "this value (hidden: it may contain a password)" if "@" in host else repr(host)
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


def is_proxy_url(url: str) -> bool:
    """Return True if ``url`` is an http or https URL without credentials."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in url
    except ValueError:  # the port is not a number
        return False


def is_exempt(origin: str, no_proxy: str) -> bool:
    """Return True if ``no_proxy`` exempts ``origin`` from the proxy.

    It lists, separated by commas or blanks, names, addresses and endings of them, with a port or without, networks
    (``10.0.0.0/8``), or ``*`` for all.
    """
    parts = urlsplit(origin)
    host = (parts.hostname or "").partition("%")[0].rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for item in no_proxy.replace(",", " ").lower().split():
        with contextlib.suppress(ValueError):  # it is a name, or has a port
            if address is not None and address in ipaddress.ip_network(item.strip("[]"), strict=False):
                return True
        if item == "*" or _names(item, host, port):
            return True
    return False


def _names(item: str, host: str, port: int) -> bool:
    """Return True if ``item``, a name or address with or without a port, is ``host`` or an ending of it."""
    name, colon, of_port = item.rpartition(":")
    if colon and of_port.isdigit() and (name.startswith("[") or ":" not in name):
        if int(of_port) != port:
            return False
    else:
        name = item
    name = name.strip("[]").lstrip("*").strip(".")
    return host == name or host.endswith(f".{name}")
