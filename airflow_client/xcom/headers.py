"""Headers of requests and responses, which may be credentials: no repr and no walk through variables shows them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, ClassVar, Generic, TypeVar

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError

T = TypeVar("T")

#: Headers whose values are no secret, and say something to somebody who looks for an error.
SHOWN = frozenset({"accept", "content-type", "host", "referer", "user-agent"})
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789" + _LETTERS + _LETTERS.lower())


class Secret(Generic[T]):
    """Wraps what may hold a credential, so that reprs and tracebacks show ``<hidden>``.

    Crash reporters walk through the variables of a frame, and the mappings and sequences in them; here they end.
    """

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value: T = value

    def __repr__(self) -> str:
        return "<hidden>"

    def __reduce__(self) -> Any:
        raise TypeError("a credential is not pickled")


class _Fields(Secret["dict[str, tuple[str, str]]"]):
    """Name and value of each header, whatever the case of the name (RFC 9110, 5.1).

    It has the methods of a mapping, and is no ``Mapping``: those are what crash reporters walk through.
    """

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        return self.value[name.lower()][1]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of the header ``name``, or ``default``."""
        found = self.value.get(name.lower())
        return default if found is None else found[1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.value

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _Fields):
            other = other.to_dict()
        return self.to_dict() == other

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as a mapping has it

    def to_dict(self) -> dict[str, str]:
        """Name and value of each, as a new dictionary."""
        return dict(self.value.values())

    def keys(self) -> KeysView[str]:
        """The names."""
        return self.to_dict().keys()

    def values(self) -> ValuesView[str]:
        """The values."""
        return self.to_dict().values()

    def items(self) -> ItemsView[str, str]:
        """Name and value of each."""
        return self.to_dict().items()


class Headers(_Fields):
    """The headers of a request: none that cannot be sent. Its repr shows the values of a few alone.

    Setting one raises ApiTypeError where the name or the value is no str, and ApiValueError where it cannot be sent.
    """

    __slots__ = ()

    def __init__(self, fields: Mapping[str, str] | Headers | None = None) -> None:
        super().__init__({})
        if fields is not None:
            given, fields = Secret(fields), None  # a traceback shows the variables of this function
            self.update(given.value)

    def __setitem__(self, name: str, value: str) -> None:
        secret, value = Secret(value), ""  # a traceback shows the variables of this function
        folded = header_name("the name of a header", name).lower()
        self.value[folded] = name, check_header_value(f"the header {name}", secret)

    def __delitem__(self, name: str) -> None:
        del self.value[name.lower()]

    def pop(self, name: str, *default: Any) -> Any:
        """Remove the header ``name`` and return its value, or ``default`` where one is given."""
        value = self.get(name, *default) if default else self[name]
        self.value.pop(name.lower(), None)
        return value

    def setdefault(self, name: str, default: str) -> str:
        """The value of the header ``name``, which is set to ``default`` first where it is missing."""
        secret, default = Secret(default), ""  # a traceback shows the variables of this function
        if name not in self:
            self[name] = secret.value
        return self[name]

    def update(self, fields: Mapping[str, str] | Headers) -> None:
        """Set each of ``fields``."""
        if isinstance(fields, Headers):
            self.value.update(fields.value)
            return
        given, fields = Secret(fields), {}  # a traceback shows the variables of this function
        for name in given.value:
            self[name] = given.value[name]

    def copy(self) -> Headers:
        """The same headers, to be changed by themselves."""
        return Headers(self)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Headers:
        return Headers(self)

    def __reduce__(self) -> Any:
        return Headers, (self.to_dict(),)  # a client leaves out beforehand what a pickle must not hold

    def add_cookie(self, cookie: str) -> None:
        """Send ``cookie`` too, beside those that are there, such as a load balancer's."""
        self["Cookie"] = "; ".join(filter(None, [self.get("Cookie"), cookie]))

    def __repr__(self) -> str:
        return repr({name: value if name.lower() in SHOWN else "<hidden>" for name, value in self.items()})


class ResponseHeaders(_Fields):
    """The headers of an answer, whatever their case. Its repr does not show cookies.

    :param fields: name and value of each; the values of one that came several times are joined (RFC 9110, 5.2).
    """

    __slots__ = ()

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        super().__init__({})
        for name, value in fields:
            folded = name.lower()
            if folded in self.value:
                name, value = self.value[folded][0], f"{self.value[folded][1]}, {value}"
            self.value[folded] = name, value

    def __repr__(self) -> str:
        return repr({name: "<hidden>" if "cookie" in name.lower() else value for name, value in self.items()})


def check_header_value(name: str, secret: Secret[Any]) -> str:
    """What ``secret`` holds, if it can be sent in a header; ``name`` is what the error calls it."""
    if not isinstance(secret.value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(secret.value).__name__}")
    problem = header_problem(secret.value)
    if problem is not None:
        raise ApiValueError(f"{name} {problem}")
    return secret.value


def header_problem(value: str) -> str | None:
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


def basic_token(username: str, password: str) -> str:
    """The value of the Authorization header for a user name and a password, in UTF-8 as Airflow reads it."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")
