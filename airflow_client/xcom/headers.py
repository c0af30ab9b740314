"""Headers of requests and responses. Reprs and crash reports don't show credentials in them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, ClassVar, Generic, TypeVar

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError

T = TypeVar("T")

#: Headers whose values are not secret and help to debug.
VISIBLE = frozenset({"accept", "content-type", "host", "referer", "user-agent"})
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789" + _LETTERS + _LETTERS.lower())


class Secret(Generic[T]):
    """Wrap a credential so that reprs and tracebacks show ``<hidden>``.

    Crash reporters walk through local variables, and the mappings and sequences in them, but not through this class.
    """

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value: T = value

    def __repr__(self) -> str:
        return "<hidden>"

    def __reduce__(self) -> Any:
        raise TypeError("Secret cannot be pickled: it holds a credential")


class _Fields(Secret["dict[str, tuple[str, str]]"]):
    """Case-insensitive headers (RFC 9110, 5.1).

    Not a ``Mapping``, although it has the methods of one, because crash reporters walk through mappings.
    """

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        return self.value[name.lower()][1]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of the header ``name``, or ``default``."""
        field = self.value.get(name.lower())
        return default if field is None else field[1]

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

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as in a mapping

    def to_dict(self) -> dict[str, str]:
        """Return names and values as a new dictionary."""
        return dict(self.value.values())

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self.to_dict().keys()

    def values(self) -> ValuesView[str]:
        """Return the values."""
        return self.to_dict().values()

    def items(self) -> ItemsView[str, str]:
        """Return pairs of name and value."""
        return self.to_dict().items()


class Headers(_Fields):
    """Request headers. The repr hides all values but those of :data:`VISIBLE`.

    Setting a header raises ApiTypeError if its name or value is not a str, and ApiValueError if it cannot be sent.
    """

    __slots__ = ()

    def __init__(self, fields: Mapping[str, str] | Headers | None = None) -> None:
        super().__init__({})
        if fields is not None:
            given, fields = Secret(fields), None  # tracebacks show local variables
            self.update(given.value)

    def __setitem__(self, name: str, value: str) -> None:
        secret, value = Secret(value), ""  # tracebacks show local variables
        folded = header_name("the name of a header", name).lower()
        self.value[folded] = name, check_header_value(f"the header {name}", secret)

    def __delitem__(self, name: str) -> None:
        del self.value[name.lower()]

    def pop(self, name: str, *default: Any) -> Any:
        """Remove the header ``name`` and return its value, or ``default`` if given."""
        value = self.get(name, *default) if default else self[name]
        self.value.pop(name.lower(), None)
        return value

    def setdefault(self, name: str, default: str) -> str:
        """Return the value of the header ``name``. Set it to ``default`` first if it is missing."""
        secret, default = Secret(default), ""  # tracebacks show local variables
        if name not in self:
            self[name] = secret.value
        return self[name]

    def update(self, fields: Mapping[str, str] | Headers) -> None:
        """Set each of ``fields``."""
        if isinstance(fields, Headers):
            self.value.update(fields.value)
            return
        given, fields = Secret(fields), {}  # tracebacks show local variables
        for name in given.value:
            self[name] = given.value[name]

    def copy(self) -> Headers:
        """Return an independent copy."""
        return Headers(self)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Headers:
        return Headers(self)

    def __reduce__(self) -> Any:
        return Headers, (self.to_dict(),)  # the client removes secrets before pickling

    def add_cookie(self, cookie: str) -> None:
        """Append ``cookie`` to the Cookie header."""
        self["Cookie"] = "; ".join(filter(None, [self.get("Cookie"), cookie]))

    def __repr__(self) -> str:
        return repr({name: value if name.lower() in VISIBLE else "<hidden>" for name, value in self.items()})


class ResponseHeaders(_Fields):
    """Response headers. The repr hides cookies.

    :param fields: pairs of name and value. Values of the same name are joined with commas (RFC 9110, 5.2).
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
    """Return the value in ``secret`` if a header can carry it; the error calls it ``name``."""
    if not isinstance(secret.value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(secret.value).__name__}")
    problem = header_problem(secret.value)
    if problem is not None:
        raise ApiValueError(f"{name} {problem}")
    return secret.value


def header_problem(value: str) -> str | None:
    """Return the reason why a header cannot carry ``value``, or None."""
    if max(value, default="") > "\xff":
        return "must not contain characters outside ISO 8859-1: HTTP headers cannot carry them"
    if "\r" in value or "\n" in value or "\0" in value:
        return "must not contain line breaks or NUL: HTTP headers cannot carry them"
    return None


def header_name(name: str, value: object) -> str:
    """Return ``value`` if it is a valid header name (RFC 9110, 5.6.2); the error calls it ``name``."""
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a str, not {type(value).__name__}")
    if not value or not _TOKEN.issuperset(value):
        raise ApiValueError(f"{name} must be a valid header name (RFC 9110, 5.6.2), not {value!r:.100}")
    return value


def basic_token(username: str, password: str) -> str:
    """Return the Authorization header of a user name and a password, encoded as UTF-8 as Airflow expects."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")
