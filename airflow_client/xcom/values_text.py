"""Parser for the text that Airflow 2 returns as values, and the class of unopened envelopes."""

from __future__ import annotations

import re
from typing import Any

from airflow_client.xcom.exceptions import ApiAttributeError

#: Maximum nesting of lists, dicts and envelopes, here and in :mod:`airflow_client.xcom.values`.
MAX_DEPTH = 100
#: Maximum length of a text to parse, in characters.
MAX_TEXT = 64 * 1024 * 1024
_ESCAPE = r"""\\(?:[\\'"ntr]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"""
# Unrolled loops keep unterminated quotes linear.
_TOKEN = re.compile(
    rf"""'(?P<single>[^'\\\n\r]*(?:{_ESCAPE}[^'\\\n\r]*)*)'"""
    rf"""|"(?P<double>[^"\\\n\r]*(?:{_ESCAPE}[^"\\\n\r]*)*)\""""
    r"""|(?P<float>-?(?:[0-9]+(?:\.[0-9]+(?:e[+-][0-9]+)?|e[+-][0-9]+)|inf)|nan)"""
    r"""|(?P<int>0|-?[1-9][0-9]*)"""
    r"""|(?P<word>True|False|None)"""
    r"""|(?P<open>[\[{])"""
)
_ESCAPED = re.compile(r"\\(?:x(..)|u(....)|U(.{8})|(.))")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS = {"True": True, "False": False, "None": None}
#: Maximum digits of an int: more take superlinear time, and Python 3.11 refuses them.
_MAX_DIGITS = 4300


def parse_text(text: Any) -> Any:
    """Parse text that Python's ``str()`` made of a list, dict, number, bool or None.

    Airflow 2 returns such text unless called with ``stringify=False`` (since Airflow 2.10), Airflow 3 only with
    ``stringify=True``.

    **It guesses.** The text ``42`` can stand for the number 42 or for the string ``"42"``; this function returns the
    number. Use it only for values that are not strings, and prefer ``stringify=False`` where the server supports it.

    Only exact ``str()`` output is parsed: ``[1,2]``, ``1_000``, ``007``, ``1e5`` and ``true`` stay text, and so do
    tuples and sets, which JSON does not have. Nothing is evaluated.

    >>> parse_text("{'a': [1, 2.5, None, True]}")
    {'a': [1, 2.5, None, True]}
    >>> parse_text("hello")
    'hello'

    :param text: text to parse (str). Other types are returned unchanged.
    :returns: the value, or ``text`` itself if it is not such text, longer than ``MAX_TEXT`` characters, nested deeper
        than ``MAX_DEPTH``, or has an integer of more than 4300 digits. Never raises.
    """
    if not isinstance(text, str) or len(text) > MAX_TEXT or text[:1] in ("", "'", '"'):
        return text
    try:
        return _read(text)
    except (ValueError, OverflowError):
        return text


def _read(text: str) -> Any:
    position = 0
    opened: list[Any] = []  # open lists and dicts, outermost first
    keys: list[str] = []  # current key of each dict in ``opened``
    while True:
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError(position)
        position = token.end()
        if token.lastgroup != "open":
            value = _scalar(token)
        else:
            value = [] if token[0] == "[" else {}
            if text.startswith(_closing(value), position):
                position += 1
            elif len(opened) + 1 >= MAX_DEPTH:
                raise ValueError(position)
            else:
                opened.append(value)
                if isinstance(value, dict):
                    position = _read_key(text, position, value, keys)
                continue
        while opened:
            container = opened[-1]
            if isinstance(container, dict):
                container[keys.pop()] = value
            else:
                container.append(value)
            if text.startswith(", ", position):
                position += 2
                if isinstance(container, dict):
                    position = _read_key(text, position, container, keys)
                break
            if not text.startswith(_closing(container), position):
                raise ValueError(position)
            position += 1
            value = opened.pop()
        else:
            if position != len(text):
                raise ValueError(position)
            return value


def _closing(container: list[Any] | dict[str, Any]) -> str:
    return "}" if isinstance(container, dict) else "]"


def _read_key(text: str, position: int, container: dict[str, Any], keys: list[str]) -> int:
    token = _TOKEN.match(text, position)
    if token is None or token.lastgroup not in ("single", "double") or not text.startswith(": ", token.end()):
        raise ValueError(position)
    key = _scalar(token)
    if key in container:
        raise ValueError(position)
    keys.append(key)
    return token.end() + 2


def _scalar(token: re.Match[str]) -> Any:
    kind = token.lastgroup or ""
    source = token[kind]
    if kind == "word":
        return _WORDS[source]
    if kind == "int":
        if len(source) > _MAX_DIGITS:
            raise ValueError(kind)
        return int(source)
    if kind == "float":
        number = float(source)
        if repr(number) != source:
            raise ValueError(source)
        return number
    value = _ESCAPED.sub(_unescape, source) if "\\" in source else source
    # str() uses double quotes only for text with single and without double quotes: JSON does not match.
    if (kind == "double") != ("'" in value and '"' not in value):
        raise ValueError(source)
    return value


def _unescape(escape: re.Match[str]) -> str:
    letter = escape[4]
    if letter is not None:
        return _LETTERS.get(letter, letter)
    return chr(int(escape[escape.lastindex or 0], 16))


class SerializedObject:
    """Unopened envelope: its class is unknown to :func:`decode`, its version is unknown, or it is malformed.

    Immutable and comparable. Hashable as long as the contents of ``data`` don't change.

    >>> SerializedObject("shop.Point", 0, {"x": 1})
    SerializedObject(classname='shop.Point', version=0, data={'x': 1})

    :param classname: class name in the envelope (str). It is untrusted: do not import it blindly.
    :param version: version of the envelope (int); 0 for the old ``__type`` form.
    :param data: decoded content of the envelope.
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
        """Class name in the envelope, such as ``"shop.Point"``."""
        return self._classname

    @property
    def version(self) -> int:
        """Version of the envelope; 0 for the old ``__type`` form."""
        return self._version

    @property
    def data(self) -> Any:
        """Decoded content of the envelope."""
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
        except ValueError:  # comparing a DataFrame yields no bool
            return False

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash((self._classname, self._version, _hashable(self._data))))
        assert self._hash is not None  # noqa: S101  # for type checkers
        return self._hash

    def __repr__(self) -> str:
        return f"SerializedObject(classname={self._classname!r}, version={self._version!r}, data={self._data!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return SerializedObject, (self._classname, self._version, self._data)


def _hashable(value: Any) -> Any:
    """Return a hashable stand-in that is equal for equal values."""
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
