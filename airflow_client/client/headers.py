"""Headers of a request: what can be sent in one, one of each, and none that is shown."""

from __future__ import annotations

import re
from typing import Dict  # noqa: UP035 - a base class, of Python 3.9 too

from airflow_client.client.exceptions import ApiTypeError, ApiValueError

#: Headers whose values are no secret, and say something to somebody who looks for an error.
SHOWN = frozenset({"accept", "content-type", "host", "referer", "user-agent"})
_UNSENDABLE = re.compile("[\r\n\0]")


class Headers(Dict[str, str]):
    """The headers of a request. Its repr shows the values of a few alone: any other may be a credential."""

    def __repr__(self) -> str:
        return repr({name: value if name.lower() in SHOWN else "<hidden>" for name, value in self.items()})

    def copy(self) -> Headers:
        return Headers(self)

    __copy__ = copy


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
