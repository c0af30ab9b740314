"""Base of the models: a typed view over one JSON object of the server's."""
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from airflow_client.xcom.exceptions import ApiAttributeError, ApiKeyError, ApiTypeError, ApiValueError

T = TypeVar("T")
M = TypeVar("M", bound="Model")

#: Attributes that are no fields: the server's object, and what the library adds beside it.
_INTERNAL = frozenset(("_data", "_is_first_page", "_run_id", "_rows"))


class Model:
    """A view over one JSON object of the server's, which it holds as it was sent.

    Attributes convert on access: a timestamp is a ``datetime``, and a field that is absent or null is ``None``.
    ``m["name"]``, ``m.get("name")``, ``"name" in m``, ``to_dict()`` and ``to_json()`` give the wire's own values.
    Fields that this library does not know are retained, and are attributes too. A field that has the name of a
    method, or whose name begins with an underscore, is an item only.

    Setting an attribute or an item changes the model. A ``datetime`` is stored as its ISO text, a model as its
    dictionary. Keyword arguments are fields, and are stored in the same way.
    """

    __slots__ = ("_data",)
    _data: dict[str, Any]

    def __init__(self, /, **fields: Any) -> None:
        self._data = {name: _to_wire(value) for name, value in fields.items()}

    @classmethod
    def from_dict(cls: type[M], obj: Mapping[str, Any]) -> M:
        """Return a model of ``obj``, a mapping as the server sends it. The copy is shallow.

        :raises ApiTypeError: ``obj`` is not a mapping.
        """
        if not hasattr(obj, "keys"):
            raise ApiTypeError(f"{cls.__name__}.from_dict: obj must be a mapping, not {type(obj).__name__}")
        return over(cls, dict(obj))

    @classmethod
    def from_json(cls: type[M], json_str: str | bytes) -> M:
        """Return a model of a JSON text (str, or UTF-8 bytes).

        :raises ApiValueError: it is not JSON.
        :raises ApiTypeError: it is JSON, but no object.
        """
        try:
            obj = json.loads(json_str)
        except (ValueError, RecursionError) as error:
            raise ApiValueError(f"{cls.__name__}.from_json: json_str is not JSON: {error}") from error
        return cls.from_dict(obj)

    @classmethod
    def _is_like(cls, data: Any) -> bool:
        """Tell whether ``data`` can be such a model: a wrong address differs from an XCom that has new fields."""
        return isinstance(data, dict)

    def to_dict(self) -> dict[str, Any]:
        """Return a new dictionary of the wire's own fields and values. The copy is shallow."""
        return dict(self._data)

    def to_str(self) -> str:
        """Return the wire's fields as readable text, the same as ``repr``."""
        import pprint

        return pprint.pformat(self._data)

    def to_json(self) -> str:
        """Return the fields as JSON text. ``NaN`` and infinities, which Airflow 2 sends bare, are written so too."""
        return json.dumps(self._data)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the wire's value of the field ``name`` (str), or ``default`` if the server did not send it."""
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

    if not TYPE_CHECKING:  # type checkers see only the declared attributes, and so report misspelt ones

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

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # models compare by content, and can change

    def __repr__(self) -> str:
        return self.to_str()

    def __copy__(self: M) -> M:
        return over(type(self), dict(self._data))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return super().__reduce_ex__(max(protocol, 2))  # the older ones do not know slots


class Record(Model, MutableMapping[str, Any]):
    """A model that is a mapping of the wire's own fields: ``dict(m)``, ``{**m}``, ``m.items()``, ``del m["name"]``."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __delitem__(self, name: str) -> None:
        self[name]  # raises where there is no such field
        del self._data[name]


def is_like(kind: type[Model], data: Any) -> bool:
    """Return True if ``data`` can be a model of this kind: a wrong address is told from an XCom with new fields."""
    return kind._is_like(data)


def over(model: type[M], data: dict[str, Any]) -> M:
    """Return a model over ``data``, which it holds without a copy."""
    view = model.__new__(model)
    _set_data(view, data)
    return view


#: Sets the attribute past ``__setattr__``: pages have many rows.
_set_data: Callable[[Model, dict[str, Any]], None] = Model.__dict__["_data"].__set__


class Field(Generic[T]):
    """Attribute of a model for a field of the server's object.

    The type is what Airflow's API promises. A field that the server left out or sent as null is ``None`` in any case.

    :param doc: what the field holds.
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
        # Python reads a property faster than a descriptor that is written in Python.
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
    """Attribute that reads the ISO 8601 text of a date and time as a ``datetime``. It can be set to either.

    :param other: the field's name in another version of the API, read where the server sent no field of this name.
    """

    def __init__(self, doc: str, other: str | None = None) -> None:
        super().__init__(doc)
        self._other = other

    if TYPE_CHECKING:

        def __set__(self, model: Model, value: T | str) -> None: ...

    def _getter(self, name: str) -> Callable[[Model], Any]:
        def get(model: Model) -> Any:
            try:
                return as_datetime(model._data[name])
            except (KeyError, TypeError, ValueError, OverflowError):
                return self._read_other(model, name)

        return get

    def _read_other(self, model: Model, name: str) -> Any:
        """Return the datetime of a field that is null, absent, or in a form that :func:`as_datetime` does not read."""
        text = model.get(name)
        if text is None:
            text = model.get(self._other or name)
            if text is None:
                return None
        try:
            return as_datetime(text.upper() if isinstance(text, str) else text)  # RFC 3339, 5.6, has t and z too
        except (TypeError, ValueError, OverflowError) as error:
            raise ApiValueError(
                f"{type(model).__name__}.{name} cannot be read: the server sent {text!r:.200}; "
                f"[{name!r}] gives it as it is"
            ) from error


if sys.version_info >= (3, 11):
    as_datetime: Callable[[str], datetime] = datetime.fromisoformat
else:

    def as_datetime(text: str) -> datetime:
        """Return the datetime that an ISO 8601 text names; aware if the text has an offset, as Airflow's do."""
        try:
            return datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] == "Z" else text)
        except ValueError:
            # Python before 3.11 reads no other than 3 or 6 digits of a second.
            from dateutil.parser import isoparse

            parsed = isoparse(text)
            offset = parsed.utcoffset()
            return parsed if offset is None else parsed.replace(tzinfo=timezone(offset))  # as by Python itself


def _to_wire(value: Any) -> Any:
    if isinstance(value, Model):
        return value._data
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_to_wire(item) for item in value]
    return value
