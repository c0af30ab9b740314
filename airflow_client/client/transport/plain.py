"""Which requests are so plain that they go straight to the server, and not by an HTTP library."""

from __future__ import annotations

import sys
from types import FunctionType
from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from airflow_client.client.configuration import Configuration

    #: A module, a class of it, and functions of that.
    Passed = tuple[tuple[str, str, tuple[str, ...]], ...]

#: The letters of host names, and of addresses.
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_:")
#: What a request by urllib3 passes.
URLLIB3: Passed = (
    ("urllib3.connectionpool", "HTTPConnectionPool", ("urlopen", "_make_request")),
    ("urllib3.connectionpool", "HTTPSConnectionPool", ()),
    ("urllib3.connection", "HTTPConnection", ("request", "getresponse", "connect")),
    ("urllib3.connection", "HTTPSConnection", ("connect",)),
    ("http.client", "HTTPConnection", ("request", "putrequest", "endheaders", "send", "getresponse", "connect")),
)
#: What a request by aiohttp passes.
AIOHTTP: Passed = (
    ("aiohttp.client", "ClientSession", ("__init__", "request", "_request")),
    ("aiohttp.connector", "BaseConnector", ("connect",)),
    ("aiohttp.connector", "TCPConnector", ("connect", "_create_connection")),
)


def is_plain(configuration: Configuration, origin: str, passed: Passed) -> bool:
    """Whether requests to ``origin``, without a proxy, need nothing that is an HTTP library's.

    Not so where the host is no plain name or address, where certificates are not to be compared with the host as
    usual, and where somebody sees or answers requests by something in the place of what such a library is made of, as
    OpenTelemetry's instrumentation and vcrpy do.

    :param passed: what a request by the library passes.
    """
    if origin.startswith("https:") and not (configuration.verify_ssl and configuration.assert_hostname is None):
        return False
    host = urlsplit(origin).hostname or ""
    return _LETTERS.issuperset(host.partition("%")[0] if ":" in host else host) and not _is_replaced(passed)


def _is_replaced(passed: Passed) -> bool:
    """Whether one of these, or the class of connection that a pool of urllib3's makes, is not what it was."""
    for module_name, class_name, names in passed:
        module = sys.modules.get(module_name)
        kind = getattr(module, class_name, None)  # of a module that another thread is importing
        for name in names if kind else ():
            function = vars(kind).get(name)
            if function is not None and not (type(function) is FunctionType and function.__globals__ is vars(module)):
                return True
        made = getattr(kind, "ConnectionCls", None)
        if made is not None and made.__module__ != "urllib3.connection":
            return True
    return False
