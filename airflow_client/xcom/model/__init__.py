"""Base classes of the models."""
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from airflow_client.xcom.exceptions import ApiAttributeError, ApiKeyError, ApiTypeError, ApiValueError
from airflow_client.xcom.model import rendering

T = TypeVar("T")
M = TypeVar("M", bound="Model")

#: Attributes that are not fields.
_INTERNAL = frozenset(("_content", "_dag_run", "_data", "_is_first_page", "_run_id", "_rows"))


class Model:
    """Typed view of one JSON object from the server.

    Attributes convert on access: a timestamp is a ``datetime``, and a field that is absent or null is None.
    ``m["name"]``, ``m.get("name")``, ``"name" in m``, ``to_dict()`` and ``to_json()`` use the server's values. Unknown
    fields are retained, and are attributes too, unless their names are those of methods or begin with an underscore.

    Setting an attribute or item changes the model. A ``datetime`` is stored as ISO 8601 text, a model as its dict.
    Keyword arguments are fields, and are stored the same way.
    """

    __slots__ = ("_data",)
    _data: dict[str, Any]

    def __init__(self, /, **fields: Any) -> None:
        self._data = {name: _to_wire(value) for name, value in fields.items()}

    @classmethod
    def from_dict(cls: type[M], obj: Mapping[str, Any]) -> M:
        """Return a model of ``obj``, a mapping in the server's form, which is copied shallowly.

        :raises ApiTypeError: ``obj`` is not a mapping.
        """
        if not hasattr(obj, "keys"):
            raise ApiTypeError(f"{cls.__name__}.from_dict: obj must be a mapping, not {type(obj).__name__}")
        return wrap(cls, dict(obj))

    @classmethod
    def from_json(cls: type[M], json_str: str | bytes) -> M:
        """Return a model of JSON text (str or UTF-8 bytes).

        :raises ApiValueError: ``json_str`` is not JSON.
        :raises ApiTypeError: ``json_str`` is not a JSON object.
        """
        try:
            obj = json.loads(json_str)
        except (ValueError, RecursionError) as error:
            raise ApiValueError(f"{cls.__name__}.from_json: json_str is not JSON: {error}") from error
        return cls.from_dict(obj)

    @classmethod
    def _is_like(cls, data: Any) -> bool:
        """Return True if ``data`` has the form of this model. New fields are allowed."""
        return isinstance(data, dict)

    def to_dict(self) -> dict[str, Any]:
        """Return a shallow copy of the server's fields and values."""
        return dict(self._data)

    def to_str(self) -> str:
        """Return the server's fields as formatted text. ``repr()`` is the same, shortened to fit a terminal."""
        import pprint  # a slow import that only shown models need

        return pprint.pformat(self._data)

    def to_json(self) -> str:
        """Return the fields as JSON text, with bare ``NaN`` and infinities, as Airflow 2 sends them."""
        return json.dumps(self._data)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the server's value of the field ``name`` (str), or ``default`` if the field is absent."""
        return self._data.get(name, default)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._data[name]
        except KeyError:
            raise ApiKeyError(
                f"this {type(self).__name__} has no field {name!r}; it has: {', '.join(self._data)}"
            ) from None

    def __setitem__(self, name: str, value: Any) -> None:
        self._data[name] = _to_wire(value)

    def __contains__(self, name: object) -> bool:
        return name in self._data

    if not TYPE_CHECKING:  # so that type checkers report misspelled attributes

        def __getattr__(self, name: str) -> Any:
            if not name.startswith("_") and name in self._data:
                return self._data[name]
            raise ApiAttributeError(f"{type(self).__name__} has no attribute {name!r}")

        def __setattr__(self, name: str, value: Any) -> None:
            member = getattr(type(self), name, None)
            if name in _INTERNAL or (isinstance(member, property) and member.fset is not None):
                object.__setattr__(self, name, value)
            elif member is None and not name.startswith("_"):
                self[name] = value
            else:
                raise ApiAttributeError(
                    f"{type(self).__name__}.{name} cannot be set: it is not a field. "
                    f"If the server has a field of this name, use m[{name!r}] = …"
                )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or type(other) is not type(self):
            return NotImplemented
        return self._data == other._data

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # models are mutable and compare by content

    def __repr__(self) -> str:
        return rendering.fitted(self._data)

    def _repr_html_(self) -> str:
        return rendering.fields_table(type(self).__name__, self._data)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        return rendering.rich_fields(self._data)

    def __copy__(self: M) -> M:
        return wrap(type(self), dict(self._data))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return super().__reduce_ex__(max(protocol, 2))  # older protocols don't support slots


class Record(Model, MutableMapping[str, Any]):
    """Model that is a mapping of the server's fields: ``dict(m)``, ``{**m}``, ``m.items()``, ``del m["name"]``."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __delitem__(self, name: str) -> None:
        self[name]  # raises ApiKeyError if the field is absent
        del self._data[name]


def is_like(kind: type[Model], data: Any) -> bool:
    """Return True if ``data`` has the form of the model ``kind``. New fields are allowed."""
    return kind._is_like(data)


def wrap(model: type[M], data: dict[str, Any]) -> M:
    """Return a model of ``data``, without a copy."""
    view = model.__new__(model)
    _set_data(view, data)
    return view


def wrap_each(model: type[M], objects: Iterable[dict[str, Any]]) -> list[M]:
    """Return a model of each of ``objects``, without copies. Faster than :func:`wrap` for each of them."""
    new, set_data, views = model.__new__, _set_data, []
    for data in objects:
        view = new(model)
        set_data(view, data)
        views.append(view)
    return views


#: Bypasses ``__setattr__``, because pages have many rows.
_set_data: Callable[[Model, dict[str, Any]], None] = Model.__dict__["_data"].__set__


class Field(Generic[T]):
    """Attribute of a model that reads and sets a field of the server's object.

    The type is the one of Airflow's API specification. An absent or null field is None, whatever its type.

    :param str doc: docstring of the attribute.
    """

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    if TYPE_CHECKING:

        @overload
        def __get__(self, model: None, owner: type) -> Field[T]: ...
        @overload
        def __get__(self, model: Model, owner: type) -> T: ...
        def __get__(self, model: Model | None, owner: type) -> Any: ...
        def __set__(self, model: Model, value: T) -> None: ...

    def __set_name__(self, owner: type, name: str) -> None:
        # A property is faster than a descriptor written in Python.
        setattr(owner, name, property(self._getter(name), _setter(name), doc=self.__doc__))

    def _getter(self, name: str) -> Callable[[Model], Any]:
        def get(model: Model) -> Any:
            try:
                return model._data[name]
            except KeyError:
                return None

        return get


def _setter(name: str) -> Callable[[Model, Any], None]:
    def set_field(model: Model, value: Any) -> None:
        model[name] = value

    return set_field


class DateTimeField(Field[T]):
    """Attribute that converts ISO 8601 text to a ``datetime``. Set it to either.

    :param str doc: docstring of the attribute.
    :param str alias: name of the field in another API version, read if the server did not send this name. Default None.
    """

    def __init__(self, doc: str, alias: str | None = None) -> None:
        super().__init__(doc)
        self._alias = alias

    if TYPE_CHECKING:

        def __set__(self, model: Model, value: T | str) -> None: ...

    def _getter(self, name: str) -> Callable[[Model], Any]:
        def get(model: Model) -> Any:
            try:
                return as_datetime(model._data[name])
            except (KeyError, TypeError, ValueError, OverflowError):
                return self._read_fallback(model, name)

        return get

    def _read_fallback(self, model: Model, name: str) -> Any:
        """Return the value of a field that is null, absent, or in a form that :func:`as_datetime` cannot parse."""
        text = model.get(name)
        if text is None:
            text = model.get(self._alias or name)
            if text is None:
                return None
        try:
            return as_datetime(text.upper() if isinstance(text, str) else text)  # RFC 3339, 5.6, allows t and z
        except (TypeError, ValueError, OverflowError) as error:
            raise ApiValueError(
                f"{type(model).__name__}.{name} cannot be read: the server sent {text!r:.200}, which is not an "
                f"ISO 8601 datetime. Use m[{name!r}] for the server's value."
            ) from error


if sys.version_info >= (3, 11):
    as_datetime: Callable[[str], datetime] = datetime.fromisoformat
else:  # pragma: no cover: Python 3.10 and earlier

    def as_datetime(text: str) -> datetime:
        """Return the datetime of ISO 8601 text; it is aware if the text has an offset."""
        try:
            return datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] == "Z" else text)
        except ValueError:
            # Before 3.11, fromisoformat() requires 3 or 6 fractional digits.
            from dateutil.parser import isoparse

            parsed = isoparse(text)
            offset = parsed.utcoffset()
            return parsed if offset is None else parsed.replace(tzinfo=timezone(offset))  # as in fromisoformat()


def _to_wire(value: Any) -> Any:
    if isinstance(value, Model):
        return value._data
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_to_wire(item) for item in value]
    return value
