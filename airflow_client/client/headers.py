"""Headers of a request: what can be sent in one, one of each, and none that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from airflow_client.client.exceptions import ApiTypeError, ApiValueError

#: Headers whose values are no secret, and say something to somebody who looks for an error.
SHOWN = frozenset({"accept", "content-type", "host", "referer", "user-agent"})
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789" + _LETTERS + _LETTERS.lower())


class Headers(dict[str, str]):
    """The headers of a request. Its repr shows the values of a few alone: any other may be a credential."""

    def __repr__(self) -> str:
        return repr({name: value if name.lower() in SHOWN else "<hidden>" for name, value in self.items()})

    def copy(self) -> Headers:
        return Headers(self)

    __copy__ = copy


class ResponseHeaders(Mapping[str, str]):
    """The headers of an answer, whatever their case. Its repr does not show cookies.

    :param fields: name and value of each; the values of one that came several times are joined (RFC 9110, 5.2).
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self._fields: dict[str, tuple[str, str]] = {}
        for name, value in fields:
            folded = name.lower()
            if folded in self._fields:
                name, value = self._fields[folded][0], f"{self._fields[folded][1]}, {value}"
            self._fields[folded] = name, value

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1]

    def get(self, name: str, default: Any = None) -> Any:
        found = self._fields.get(name.lower())  # without an exception for one that is not there, as Mapping has it
        return default if found is None else found[1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return repr({name: "<hidden>" if "cookie" in name.lower() else value for name, value in self.items()})


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
    problem = unsendable(value)
    if problem is not None:
        raise ApiValueError(f"{name} {problem}")
    return value


def unsendable(value: str) -> str | None:
    """Why ``value`` cannot be sent in a header, None when it can."""
    if max(value, default="") > "\xff":
        return "has characters that a header cannot carry (outside ISO 8859-1)"
    if "\r" in value or "\n" in value or "\0" in value:
        return "must not contain line breaks or NUL: it is sent in a header"
    return None


def header_name(name: str, value: object) -> str:
    """``value`` if it can be the name of a header, a token of RFC 9110, 5.6.2; ``name`` is what the error calls it."""
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value or not _TOKEN.issuperset(value):
        raise ApiValueError(f"{name} must be the name of a header (RFC 9110, 5.6.2), not {value!r:.100}")
    return value
