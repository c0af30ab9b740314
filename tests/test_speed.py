"""That nobody can tell which decoder of JSON ran, but by the clock."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_client.xcom import ApiClient, Configuration, XComApi, XComCollection, XComCollectionItem
from tests.wire_server import WireServer, answer

reason = "msgspec, of the extra speed, is not installed: tox installs it for some of the Pythons"
speed = pytest.importorskip("airflow_client.xcom.core.json_decoder", reason=reason)

CASES = [
    *(b"18446744073709551616", b"-9223372036854775809", b"1" * 400, b"1" * 5000, b"-0", b"-0.0", b"1E5", b"1e23"),
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


def outcome(decode: Any, body: bytes) -> str:
    """What a decoder makes of ``body``, to the type and digit; or the class of its error."""
    try:
        return repr(decode(body))
    except (ValueError, RecursionError) as error:
        return type(error).__name__


def faster(body: bytes) -> Any:
    value = speed.decode(body)
    return json.loads(body) if value is speed.REFUSED else value


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


@pytest.mark.parametrize("body", CASES, ids=repr)
def test_a_special_case_is_decoded_as_by_python_s_own(body: bytes) -> None:
    assert outcome(faster, body) == outcome(json.loads, body)


@given(json_values, st.sampled_from([None, 1]), st.booleans())
def test_any_value_is_decoded_as_by_python_s_own(value: Any, indent: Any, ascii_only: bool) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    assert outcome(faster, body) == outcome(json.loads, body)


@given(json_values, st.data())
@example(1, None)
def test_any_damaged_text_is_refused_or_decoded_as_by_python_s_own(value: Any, data: Any) -> None:
    body = bytearray(json.dumps(value).encode())
    if data is not None:
        for _ in range(data.draw(st.integers(1, 3))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(faster, bytes(body)) == outcome(json.loads, bytes(body))


def test_it_is_loaded_for_what_is_worth_it() -> None:
    script = """
import sys
from airflow_client.xcom.core import decoding, messages
def decode(body): return decoding.decode(None, messages.Response(200, "OK", {}, body))
assert decode(b"1") == 1 and "msgspec" not in sys.modules
assert decode(b" " * decoding.MSGSPEC_MIN_SIZE + b"1") == 1 and "msgspec" in sys.modules
assert decode(b"1") == 1
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("error", ["ImportError", "ModuleNotFoundError", "AttributeError"])
def test_without_it_python_s_own_decoder_serves(error: str) -> None:
    script = f"""
import sys
from airflow_client.xcom.core import decoding, messages
class Finder:
    asked = 0
    def find_spec(self, name, path=None, target=None):
        if name == "msgspec":
            Finder.asked += 1
            raise {error}(name)
sys.meta_path.insert(0, Finder())
for _ in range(3):
    assert decoding.decode(None, messages.Response(200, "OK", {{}}, b" " * decoding.MSGSPEC_MIN_SIZE + b"1")) == 1
assert Finder.asked == 1
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_page_is_as_without_it() -> None:
    rows = [{"key": f"key-{number}", "timestamp": "2024-01-02T03:04:05.678901Z", "new": 2**70} for number in range(2)]
    page = json.dumps({"xcom_entries": rows, "total_entries": 2})
    with WireServer(answer(page)) as server, ApiClient(Configuration(host=f"{server.url}/api/v2")) as client:
        listed = [row.to_dict() for row in XComApi(client).iter_xcom_entries()]
        paged = XComApi(client).get_xcom_entries(*"~~~")
    assert listed == rows
    assert paged == XComCollection.from_json(page)
    assert [repr(row) for row in paged.xcom_entries] == [repr(XComCollectionItem.from_dict(row)) for row in rows]
