"""Parser for the text that Airflow 2 returns as values, and the class of unopened envelopes."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from typing import Any

from airflow_client.xcom.exceptions import ApiAttributeError

#: Maximum nesting of lists, dicts and envelopes, here and in :mod:`airflow_client.xcom.values`.
MAX_DEPTH = 100
#: Maximum length of a text to parse, in characters.
MAX_TEXT = 64 * 1024 * 1024
_ESCAPE = r"""\\(?:[\\'"ntr]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"""
#: Parts of such text that JSON writes in another way or lacks. Unrolled loops keep unterminated quotes linear.
_TOKEN = re.compile(
    rf"""'(?P<single>[^'\\\n\r]*(?:{_ESCAPE}[^'\\\n\r]*)*)'"""
    rf"""|"(?P<double>[^"\\\n\r]*(?:{_ESCAPE}[^"\\\n\r]*)*)\""""
    r"""|(?P<word>(?<![0-9.])[A-Za-z]+)"""
    r"""|["'\\]|(?<![0-9])[0-9]{4301}"""  # more digits take superlinear time, and Python 3.11 refuses them
)
_ESCAPED = re.compile(r"\\(?:x(..)|u(....)|U(.{8})|(.))")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS = {"True": "true", "False": "false", "None": "null", "inf": "Infinity", "nan": "NaN"}


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
        as_json = _TOKEN.sub(_to_json, text)
        value = json.loads(as_json)
        # Python and JSON separate members alike, so only exact text has this JSON.
        is_exact = json.dumps(value, ensure_ascii=False) == as_json
        return value if is_exact and _depth(value) <= MAX_DEPTH else text
    except (ValueError, KeyError, RecursionError):
        return text


def _to_json(token: re.Match[str]) -> str:
    kind = token.lastgroup
    if kind is None:
        raise ValueError(token[0])
    source = token[kind]
    if kind == "word":
        return _WORDS[source]
    value = _ESCAPED.sub(_unescape, source) if "\\" in source else source
    # str() uses double quotes only for text with single and without double quotes: JSON does not match.
    if (kind == "double") != ("'" in value and '"' not in value):
        raise ValueError(source)
    return encode_basestring(value)


def _unescape(escape: re.Match[str]) -> str:
    letter = escape[4]
    if letter is not None:
        return _LETTERS.get(letter, letter)
    return chr(int(escape[escape.lastindex or 0], 16))


def _depth(value: Any) -> int:
    """Return how deeply lists and dicts are nested in ``value``."""
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


class SerializedObject:
    """Unopened envelope: its class is unknown to :func:`decode`, its version is unknown, or it is malformed.

    Immutable and comparable. Hashable as long as the contents of ``data`` don't change.

    >>> SerializedObject("shop.Point", 0, {"x": 1})
    SerializedObject(classname='shop.Point', version=0, data={'x': 1})

    :param classname: class name in the envelope (str). It is untrusted: do not import it blindly.
    :param version: version of the envelope (int); 0 for the old ``__type`` form.
    :param data: decoded content of the envelope.
    """

    __slots__ = ("_hash", "_parts")
    __match_args__ = ("classname", "version", "data")
    _parts: tuple[str, int, Any]
    _hash: int | None

    def __init__(self, classname: str, version: int, data: Any) -> None:
        object.__setattr__(self, "_parts", (classname, version, data))
        object.__setattr__(self, "_hash", None)

    @property
    def classname(self) -> str:
        """Class name in the envelope, such as ``"shop.Point"``."""
        return self._parts[0]

    @property
    def version(self) -> int:
        """Version of the envelope; 0 for the old ``__type`` form."""
        return self._parts[1]

    @property
    def data(self) -> Any:
        """Decoded content of the envelope."""
        return self._parts[2]

    def __setattr__(self, name: str, value: object) -> None:
        raise ApiAttributeError(f"SerializedObject.{name} cannot be set: it is read-only")

    def __delattr__(self, name: str) -> None:
        raise ApiAttributeError(f"SerializedObject.{name} cannot be deleted: it is read-only")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SerializedObject):
            return NotImplemented
        try:
            return self._parts == other._parts
        except ValueError:  # comparing a DataFrame yields no bool
            return False

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash(_hashable(self._parts)))
        assert self._hash is not None  # noqa: S101  # for type checkers
        return self._hash

    def __repr__(self) -> str:
        return "SerializedObject(classname={!r}, version={!r}, data={!r})".format(*self._parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return SerializedObject, self._parts


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
