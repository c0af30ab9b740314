"""An object that Airflow stored and :func:`airflow_client.xcom.values.decode` does not open."""

from __future__ import annotations

from typing import Any

from airflow_client.xcom.exceptions import ApiAttributeError

#: How many values (members of lists and dicts, cells of DataFrames) one call of :func:`decode` looks at.
MAX_VALUES = 10_000_000


class SerializedObject:
    """An object in Airflow's envelope that is not opened: its class is not one of :func:`decode`'s, or the envelope
    is of an unknown version, or malformed.

    Two are equal when their three attributes are. It is immutable and can be hashed, as long as what is inside of
    ``data`` is left alone.

    >>> SerializedObject("shop.Point", 0, {"x": 1})
    SerializedObject(classname='shop.Point', version=0, data={'x': 1})

    :param classname: the class's name as Airflow wrote it (str); a claim of the data, nothing to import blindly.
    :param version: the version of the envelope (int); 0 for the old ``__type`` form.
    :param data: what the envelope holds, decoded itself.
    """

    __slots__ = ("_classname", "_data", "_hash", "_version")
    __match_args__ = ("classname", "version", "data")
    _classname: str
    _version: int
    _data: Any
    _hash: int | None

    def __init__(self, classname: str, version: int, data: Any) -> None:
        for name, value in (("_classname", classname), ("_version", version), ("_data", data), ("_hash", None)):
            object.__setattr__(self, name, value)

    @property
    def classname(self) -> str:
        """The class's name as Airflow wrote it, such as ``"shop.Point"``."""
        return self._classname

    @property
    def version(self) -> int:
        """The version of the envelope; 0 for the old ``__type`` form."""
        return self._version

    @property
    def data(self) -> Any:
        """What the envelope holds; envelopes within it are decoded."""
        return self._data

    def __setattr__(self, name: str, value: object) -> None:
        raise ApiAttributeError(f"SerializedObject.{name} cannot be set: it is read-only")

    def __delattr__(self, name: str) -> None:
        raise ApiAttributeError(f"SerializedObject.{name} cannot be deleted: it is read-only")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SerializedObject):
            return NotImplemented
        if (self._classname, self._version) != (other._classname, other._version):
            return False
        try:
            return bool(self._data == other._data)
        except ValueError:  # there is a DataFrame within, which does not compare to a boolean
            return False

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self._classname, self._version, _hashable(self._data))))
        assert self._hash is not None  # noqa: S101  # for type checkers: it was just set
        return self._hash

    def __repr__(self) -> str:
        return f"SerializedObject(classname={self._classname!r}, version={self._version!r}, data={self._data!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return SerializedObject, (self._classname, self._version, self._data)


def _hashable(value: Any) -> Any:
    """Something that is the same for equal values, and can be hashed."""
    if isinstance(value, dict):
        return frozenset([(key, _hashable(item)) for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return tuple([_hashable(item) for item in value])
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    try:
        hash(value)
    except TypeError:  # a DataFrame
        return type(value).__name__
    return value
