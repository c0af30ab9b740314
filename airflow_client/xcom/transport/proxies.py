"""Proxy for a server, and the setting that names it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from airflow_client.xcom.configuration import without_credentials
from airflow_client.xcom.exceptions import ApiValueError
from airflow_client.xcom.headers import Secret

if TYPE_CHECKING:
    from airflow_client.xcom.configuration import Configuration


class Proxy:
    """A proxy to go through.

    :ivar url: without credentials.
    :ivar credentials: user name and password for it, None for none.
    :ivar source: the setting that names it: ``Configuration.proxy`` or an environment variable.
    """

    __slots__ = ("credentials", "source", "url")

    def __init__(self, url: str, credentials: Secret[tuple[str, str]] | None, source: str) -> None:
        self.url: str = url
        self.credentials: Secret[tuple[str, str]] | None = credentials
        self.source: str = source


def proxy_failed(source: str) -> str:
    """Return the hint for a failure of the proxy."""
    return f"the proxy could not be used: check {source}, and that the proxy is running"


def through_proxy(source: str | None) -> str:
    """Return the addition to a hint if a proxy is used."""
    return "" if source is None else f" (the connection uses the proxy of {source})"


def proxy_for(configuration: Configuration, origin: str) -> Proxy | None:
    """Return the proxy to reach ``origin`` through, None for a direct connection.

    :raises ApiValueError: it is not an HTTP proxy.
    """
    if not configuration.proxy and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    chosen = _choose_proxy(configuration, origin)
    if chosen is None:
        return None
    url, source = chosen
    # The environment's has the credentials in it, the configuration's not.
    bare, credentials = without_credentials(url)
    if not _is_proxy(bare):
        bare = ""  # hidden: it may contain a password
        raise ApiValueError(
            f"proxy must be an http:// or https:// URL of a host and a port, such as http://proxy:3128; see {source}"
        )
    if credentials is None and configuration.proxy_credentials is not None:
        credentials = Secret(configuration.proxy_credentials)
    return Proxy(bare, credentials, source)


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in url
    except ValueError:  # a port that is not a number
        return False


def _choose_proxy(configuration: Configuration, origin: str) -> tuple[Secret[str], str] | None:
    """Return the URL of the proxy, with its credentials, and the setting that names it."""
    # It takes as long to import as all of this library.
    from urllib.request import getproxies_environment

    proxies = Secret(getproxies_environment())
    scheme = urlsplit(origin).scheme
    kind = scheme if proxies.value.get(scheme) else "all"
    proxy = Secret(configuration.proxy or proxies.value.get(kind))
    exempt = configuration.no_proxy
    if exempt is None and not configuration.proxy:  # the environment does not undo a proxy that the program names
        exempt = proxies.value.get("no")
    if not proxy.value or (exempt and is_exempt(origin, exempt)):
        return None
    source = "Configuration.proxy" if configuration.proxy else variable_of(f"{kind}_proxy")
    return Secret(proxy.value if "://" in proxy.value else f"http://{proxy.value}"), source


def variable_of(name: str) -> str:
    """Return the name of the environment variable that the setting ``name``, in lower case, came from."""
    names = [one for one in os.environ if one.lower() == name and os.environ[one]]
    return name if name in names or not names else names[-1]


def is_exempt(origin: str, no_proxy: str) -> bool:
    """Return True if ``no_proxy`` exempts ``origin`` from the proxy.

    It lists, separated by commas or blanks, names, addresses and endings of them, with a port or without, networks
    (``10.0.0.0/8``), or ``*`` for all.
    """
    import ipaddress  # few programs need it

    parts = urlsplit(origin)
    host = (parts.hostname or "").partition("%")[0].rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        address = None
    for item in no_proxy.replace(",", " ").lower().split():
        if item == "*":
            return True
        try:
            if address is not None and address in ipaddress.ip_network(item.strip("[]"), strict=False):
                return True
        except ValueError:  # it is a name, or has a port
            pass
        if _names(item, host, port):
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
    return bool(name) and (host == name or host.endswith(f".{name}"))
