"""The fast JSON decoder returns exactly what the one of the standard library returns."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_client.xcom.core import decoding
from airflow_client.xcom.core.messages import Request, Response
from airflow_client.xcom.exceptions import UnexpectedContentException
from airflow_client.xcom.headers import Headers
from tests.support.cases import all_cases

#: Once it is loaded, as here, it decodes bodies of any size in all tests of a run.
MSGSPEC = decoding.load_msgspec()
needs_msgspec = pytest.mark.skipif(
    MSGSPEC is None,
    reason="msgspec, of the extra speed, is not installed: tox installs it for some of the Pythons",
)

CASES = [
    *(
        b"18446744073709551616",
        b"19446744073709551617",
        b"-9223372036854775809",
        b"1" * 400,
        b"1" * 5000,
        b"-0",
        b"-0.0",
        b"1E5",
        b"1e23",
    ),
    *(b"1e400", b"-1e400", b"1e-400", b"0.1e-400", b"2.2250738585072011e-308", b"9007199254740993.0"),
    *(b"NaN", b"Infinity", b"-Infinity", b"nan", b"01", b"1.", b".5", b"+1", b"1." + b"1" * 5000, b"1\x00", b"\x0c1"),
    *(b"", b" ", b"nul", b"[1,]", b'{"a":1,}', b'{"a":1,"a":2}', b"{1:2}", b"[1 2]", b"\xef\xbb\xbf1", b"1 2"),
    *(
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'{"\\ud800": 1}',
        b'"\\ud83d\\ude00"',
        b'"\xed\xa0\x80"',
        b'"\xff"',
        b'"\xc0\x80"',
    ),
    *(b'"\x01"', b'"\x7f"', b'"\\u0000"', b'"\\/"', b'"\\x"', b'"abc', b"'a'", "\u20ac".encode("utf-16"), b"[" * 5000),
]


def outcome(body: bytes) -> str:
    """Return the repr of the decoded body, or the class of the error."""
    try:
        return repr(decoding.decode(Request("GET", "", "", Headers(), None), Response(200, "OK", Headers(), body)))
    except UnexpectedContentException as error:
        return type(error.__cause__).__name__


def expected(body: bytes) -> str:
    try:
        return repr(json.loads(body))
    except (ValueError, RecursionError) as error:
        return type(error).__name__


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.integers(min_value=2**62, max_value=2**70),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters(codec=None)), children),
    max_leaves=30,
)


@needs_msgspec
def test_special_cases_are_decoded_as_by_json() -> None:
    with all_cases() as case:
        for body in CASES:
            with case(repr(body[:40])):
                assert outcome(body) == expected(body)


@needs_msgspec
@given(json_values, st.sampled_from([None, 1]), st.booleans())
def test_any_value_is_decoded_as_by_json(value: Any, indent: Any, ascii_only: bool) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert outcome(body) == expected(body)


@needs_msgspec
@given(json_values, st.data())
@example(1, None)
def test_any_damaged_text_is_decoded_or_refused_as_by_json(value: Any, data: Any) -> None:
    body = bytearray(json.dumps(value).encode())
    if data is not None:
        for _ in range(data.draw(st.integers(1, 3))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(body)) == expected(bytes(body))


LARGE = b" " * decoding.MSGSPEC_MIN_SIZE + b"18446744073709551617"


class TestLoading:
    @pytest.fixture(autouse=True)
    def _not_loaded(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.delitem(sys.modules, "msgspec", raising=False)
        decoding.load_msgspec.cache_clear()
        yield
        decoding.load_msgspec.cache_clear()

    @needs_msgspec
    def test_is_for_large_bodies_only(self) -> None:
        assert outcome(b"1") == "1"
        assert "msgspec" not in sys.modules
        assert outcome(LARGE) == str(2**64 + 1)
        assert "msgspec" in sys.modules

    @pytest.mark.parametrize("error", [ImportError, ModuleNotFoundError, AttributeError])
    def test_that_fails_is_tried_once(self, monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
        names: list[str] = []

        class Finder:
            def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
                names.append(name)
                raise error(name)

        monkeypatch.setattr(sys, "meta_path", [Finder()])
        assert [outcome(LARGE) for _ in range(3)] == [str(2**64 + 1)] * 3
        assert names == ["msgspec"]

    def test_of_one_that_changes_integers_leaves_it_unused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """msgspec 0.18 keeps the last 64 bits of some integers: one of the modules here does so with all."""
        for bits in (64, 128):
            module: Any = types.ModuleType("msgspec")
            module.json = types.SimpleNamespace(decode=lambda text, bits=bits: json.loads(text) % 2**bits)
            monkeypatch.setitem(sys.modules, "msgspec", module)
            decoding.load_msgspec.cache_clear()
            assert decoding.load_msgspec() is (None if bits == 64 else module)
            assert outcome(LARGE) == str(2**64 + 1)
