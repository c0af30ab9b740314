"""What all models are: a typed view over the JSON object that the server sent."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any, Generic, TypeVar, overload

from airflow_client.client.exceptions import ApiAttributeError, ApiKeyError, ApiTypeError, ApiValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from typing_extensions import Self

T = TypeVar("T")


class Model:
    """A read-only view over one JSON object of the server's.

    Attributes convert on access (a timestamp becomes a ``datetime``; a field that is absent or null is ``None``);
    ``m["name"]``, ``m.get("name")``, ``"name" in m``, ``to_dict()`` and ``to_json()`` are the wire's own, with
    whatever fields the server sent. Fields that this library does not know are kept, and are attributes too.

    Keyword arguments are fields; a ``datetime`` is taken as its ISO text, a model as its dictionary.
    """

    __slots__ = ("_data",)
    _data: dict[str, Any]

    def __init__(self, **fields: Any) -> None:
        _set_data(self, {name: _to_wire(value) for name, value in fields.items()})

    @classmethod
    def from_dict(cls, obj: Mapping[str, Any]) -> Self:
        """A model over ``obj``, a mapping as the server sends it; it is not copied.

        :raises ApiTypeError: ``obj`` is not a mapping.
        """
        data = obj if isinstance(obj, dict) else dict(obj) if hasattr(obj, "keys") else None
        if data is None:
            raise ApiTypeError(f"{cls.__name__}.from_dict: obj must be a mapping, not {type(obj).__name__}")
        model = cls.__new__(cls)
        _set_data(model, data)
        return model

    @classmethod
    def from_json(cls, json_str: str | bytes) -> Self:
        """A model over a JSON text (str, or UTF-8 bytes).

        :raises ApiValueError: it is not JSON.
        :raises ApiTypeError: it is JSON, but no object.
        """
        try:
            obj = json.loads(json_str)
        except (ValueError, RecursionError) as error:
            raise ApiValueError(f"{cls.__name__}.from_json: json_str is not JSON: {error}") from error
        return cls.from_dict(obj)

    def to_dict(self) -> dict[str, Any]:
        """The fields just as the server sent them: a new dictionary that holds the wire's own values."""
        return dict(self._data)

    def to_str(self) -> str:
        """The fields as readable text, the same as ``repr``."""
        import pprint

        return pprint.pformat(self._data)

    def to_json(self) -> str:
        """The fields as JSON text. ``NaN`` and infinities, which Airflow 2 sends bare, are written so too."""
        return json.dumps(self._data)

    def get(self, name: str, default: Any = None) -> Any:
        """The wire's value of the field ``name`` (str), or ``default`` when the server did not send it."""
        return self._data.get(name, default)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._data[name]
        except KeyError:
            raise ApiKeyError(
                f"this {type(self).__name__} has no field {name!r}; it has: {', '.join(self._data)}"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __getattr__(self, name: str) -> Any:
        # Only what no descriptor answers arrives here: fields that are newer than this library.
        if name != "_data" and name in self._data:
            return self._data[name]
        raise ApiAttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        raise ApiAttributeError(f"{type(self).__name__}.{name} cannot be set: a model is read-only")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._data == other._data

    __hash__ = None  # type: ignore[assignment]  # compared by content, like the dictionary it views

    def __repr__(self) -> str:
        return self.to_str()

    def __copy__(self) -> Self:
        return self.from_dict(dict(self._data))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.from_dict(copy.deepcopy(self._data, memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self._data,)


_set_data: Callable[[Model, dict[str, Any]], None] = Model.__dict__["_data"].__set__


class Field(Generic[T]):
    """One attribute of a model: its text is its documentation, its type what the attribute gives.

    The type is what Airflow's API promises. Whatever it is, a field that the server left out or sent as null is
    ``None``: a view does not refuse what came.

    :param doc: what the field holds.
    :param convert: what makes the attribute's value of the wire's; None leaves it as it is.
    :param other: the name of the same thing in another version of the API, read where the server sent no such field.
    """

    def __init__(self, doc: str, convert: Callable[[Any], Any] | None = None, other: str | None = None) -> None:
        self.__doc__ = doc
        self.convert = convert
        self.other = other

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, model: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, model: Model, owner: type) -> T: ...
    def __get__(self, model: Model | None, owner: type) -> Any:
        if model is None:
            return self
        value = model._data.get(self.name)
        if value is None and self.other is not None:
            value = model._data.get(self.other)
        if value is None or self.convert is None:
            return value
        try:
            return self.convert(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise ApiValueError(
                f"{owner.__name__}.{self.name} cannot be read: the server sent {value!r:.200}; "
                f"[{self.name!r}] gives it as it is"
            ) from error


def as_datetime(text: str) -> datetime:
    """The moment that an ISO 8601 text of the server's names; aware when the text has an offset, as Airflow's do."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        # Python before 3.11 reads neither "Z" nor other than 3 or 6 digits of a second.
        from dateutil.parser import isoparse

        return isoparse(text)


def _to_wire(value: Any) -> Any:
    if isinstance(value, Model):
        return value._data
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_to_wire(item) for item in value]
    return value
