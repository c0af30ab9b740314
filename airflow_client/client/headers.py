"""Headers of a request: what can be sent in one, and one of each."""

from __future__ import annotations

import re

from airflow_client.client.exceptions import ApiTypeError, ApiValueError

_UNSENDABLE = re.compile("[\r\n\0]")


def put(headers: dict[str, str], name: str, value: str) -> None:
    """Set a header, in place of one whose name differs in case only (RFC 9110, 5.1)."""
    for other in [other for other in headers if other.lower() == name.lower()]:
        del headers[other]
    headers[name] = value


def add_cookie(headers: dict[str, str], cookie: str) -> None:
    """Send ``cookie`` too, beside the user's own, such as a load balancer's."""
    theirs = [value for name, value in headers.items() if name.lower() == "cookie"]
    put(headers, "Cookie", "; ".join(filter(None, [*theirs, cookie])))


def sendable(name: str, value: object) -> str:
    """``value`` if it can be sent in a header; ``name`` is what the error calls it (the value may be a secret)."""
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}")
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise ApiValueError(f"{name} has characters that a header cannot carry (outside ISO 8859-1)") from None
    if _UNSENDABLE.search(value):
        raise ApiValueError(f"{name} must not contain line breaks or NUL: it is sent in a header")
    return value
