"""What all models are: a typed view over the JSON object that the server sent."""

from __future__ import annotations

import json
import sys
from collections import deque
from datetime import datetime, timezone
from itertools import repeat, starmap
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from airflow_client.xcom.exceptions import ApiAttributeError, ApiKeyError, ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Generic

    from typing_extensions import Self
else:

    class Generic:
        """For type checkers alone: to make classes of typing's own takes as long as to import a module."""

        def __class_getitem__(cls, item):
            return cls


T = TypeVar("T")


class Model:
    """A read-only view over one JSON object of the server's.

    Attributes convert on access (a timestamp becomes a ``datetime``; a field that is absent or null is ``None``);
    ``m["name"]``, ``m.get("name")``, ``"name" in m``, ``to_dict()`` and ``to_json()`` are the wire's own, with
    whatever fields the server sent. Fields that this library does not know are kept, and are attributes too.

    Keyword arguments are fields; a ``datetime`` is taken as its ISO text, a model as its dictionary.
    """

    # A model's __dict__ is the server's object itself: that makes its fields attributes, at the speed of any other.
    __slots__ = ("__dict__",)

    def __init_subclass__(cls) -> None:
        _protect(cls)

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
    def _is_like(cls, data: Any) -> bool:
        """Whether ``data`` can be what was asked for: so a wrong address is told apart from an XCom with new fields."""
        return isinstance(data, dict)

    @classmethod
    def _from_dicts(cls, objs: Sequence[dict[str, Any]]) -> list[Self]:
        """A model over each of ``objs``, dictionaries as the server sends them; they are not copied."""
        models = list(starmap(cls.__new__, repeat((cls,), len(objs))))
        deque(map(_set_data, models, objs), 0)  # a loop in C: pages are long
        return models

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
        return dict(self.__dict__)

    def to_str(self) -> str:
        """The fields as readable text, the same as ``repr``."""
        import pprint

        return pprint.pformat(self.__dict__)

    def to_json(self) -> str:
        """The fields as JSON text. ``NaN`` and infinities, which Airflow 2 sends bare, are written so too."""
        return json.dumps(self.__dict__)

    def get(self, name: str, default: Any = None) -> Any:
        """The wire's value of the field ``name`` (str), or ``default`` when the server did not send it."""
        return self.__dict__.get(name, default)

    def __getitem__(self, name: str) -> Any:
        try:
            return self.__dict__[name]
        except KeyError:
            raise ApiKeyError(
                f"this {type(self).__name__} has no field {name!r}; it has: {', '.join(self.__dict__)}"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __getattr__(self, name: str) -> Any:
        raise ApiAttributeError(f"{type(self).__name__} has no attribute {name!r}")

    def __setattr__(self, name: str, value: object) -> None:
        raise ApiAttributeError(f"{type(self).__name__}.{name} cannot be set: a model is read-only")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Model) or type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # compared by content, like the dictionary it views

    def __repr__(self) -> str:
        return self.to_str()

    def __copy__(self) -> Self:
        return type(self).from_dict(dict(self.__dict__))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        from copy import deepcopy

        return type(self).from_dict(deepcopy(self.__dict__, memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self.__dict__,)


_set_data: Callable[[Model, dict[str, Any]], None] = Model.__dict__["__dict__"].__set__


class _Method:
    """A method that no field hides which has its name: what has a ``__set__`` comes before the ``__dict__``."""

    def __init__(self, function: FunctionType) -> None:
        self.__func__ = function
        self.__doc__ = function.__doc__

    def __get__(self, model: Model | None, owner: type) -> Any:
        return self.__func__ if model is None else MethodType(self.__func__, model)

    def __set__(self, model: Model, value: object) -> None:
        raise ApiAttributeError(f"{self.__func__.__name__} is a method")


def _protect(cls: type[Model]) -> None:
    for name, member in list(vars(cls).items()):
        if isinstance(member, FunctionType) and not name.startswith("__"):
            setattr(cls, name, _Method(member))


_protect(Model)


class Field(Generic[T]):
    """One attribute of a model: its text is its documentation, its type what the attribute gives.

    The type is what Airflow's API promises. Whatever it is, a field that the server left out or sent as null is
    ``None``: a view does not refuse what came.

    :param doc: what the field holds.
    """

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    @overload
    def __get__(self, model: None, owner: type) -> Field[T]: ...
    @overload
    def __get__(self, model: Model, owner: type) -> T: ...
    def __get__(self, model: Model | None, owner: type) -> Any:
        # Only for a field that the server did not send: one that it did is found in the __dict__ before.
        return self if model is None else None


class Moment(Field[T]):
    """An attribute that gives the ISO 8601 text of a date and time as a ``datetime``.

    :param other: the name of the same thing in another version of the API, read where the server sent no such field.
    """

    def __init__(self, doc: str, other: str | None = None) -> None:
        super().__init__(doc)
        self._other = other

    def __set_name__(self, owner: type, name: str) -> None:
        # A property of a small function is read faster than a __get__ of one's own.
        setattr(owner, name, property(self._getter(name), doc=self.__doc__))

    def _getter(self, name: str) -> Callable[[Model], Any]:
        def get(model: Model) -> Any:
            try:
                return as_datetime(model.__dict__[name])
            except (KeyError, TypeError, ValueError, OverflowError):
                return self._otherwise(model, name)

        return get

    def _otherwise(self, model: Model, name: str) -> Any:
        """What a field gives that holds no text of a moment: another's moment, or None, where it is null or absent."""
        text = model.__dict__.get(name)
        if text is None:
            text = model.__dict__.get(self._other or name)
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
        """The moment that an ISO 8601 text names; aware when the text has an offset, as Airflow's do."""
        try:
            return datetime.fromisoformat(text[:-1] + "+00:00" if text[-1:] == "Z" else text)
        except ValueError:
            # Python before 3.11 reads no other than 3 or 6 digits of a second.
            from dateutil.parser import isoparse

            moment = isoparse(text)
            offset = moment.utcoffset()
            return moment if offset is None else moment.replace(tzinfo=timezone(offset))  # as by Python itself


def _to_wire(value: Any) -> Any:
    if isinstance(value, Model):
        return value.__dict__
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_to_wire(item) for item in value]
    return value
