"""Which proxy to go through: the configuration's, or the environment's."""

from __future__ import annotations

from urllib.parse import urlsplit

from airflow_client.client.configuration import without_credentials
from airflow_client.client.exceptions import ApiValueError
from airflow_client.client.headers import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.configuration import Configuration
    from airflow_client.client.transport import Proxy


def find(configuration: Configuration, origin: str) -> Proxy | None:
    """What :func:`transport.proxy_for` gives."""
    proxy = _chosen(configuration, origin)
    if proxy is None:
        return None
    # The environment's has the credentials in it, the configuration's not.
    bare, credentials = without_credentials(proxy)
    if not _is_proxy(bare):
        bare = ""  # it is not shown: it may hold a password at a place where none can be told
        raise ApiValueError("proxy must be an http:// or https:// URL of a host and a port, such as http://proxy:3128")
    if credentials is None and configuration.proxy_credentials is not None:
        credentials = Secret(configuration.proxy_credentials)
    return bare, credentials


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in url
    except ValueError:  # a port that is no number
        return False


def _chosen(configuration: Configuration, origin: str) -> Secret[str] | None:
    """The URL of the proxy to ``origin``; None where it is reached directly."""
    # proxy_bypass_environment is undocumented, and what requests uses: typeshed does not know it.
    from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

    scheme, host = urlsplit(origin).scheme, urlsplit(origin).hostname or ""
    proxies = getproxies_environment()
    proxy = configuration.proxy or proxies.get(scheme) or proxies.get("all")
    if configuration.no_proxy is not None:
        proxies = {"no": configuration.no_proxy}
    elif configuration.proxy:
        proxies = {}  # a proxy that was named in the program is not undone from outside
    if not proxy or ("no" in proxies and proxy_bypass_environment(host, proxies)):
        return None
    return Secret(proxy if "://" in proxy else f"http://{proxy}")
