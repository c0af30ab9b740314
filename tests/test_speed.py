"""That nobody can tell which decoder of JSON ran, but by the clock."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from airflow_client.client import (
    ApiAttributeError,
    ApiClient,
    Configuration,
    XCom,
    XComApi,
    XComCollection,
    XComCollectionItem,
)
from airflow_client.client.model.view import Field, Model
from tests.wire_server import WireServer, answer

reason = "msgspec, of the extra speed, is not installed: tox installs it for some of the Pythons"
speed = pytest.importorskip("airflow_client.client.speed", reason=reason)

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
from airflow_client.client import wire
def decode(body): return wire.decode(None, wire.Response(200, "OK", {}, body))
assert decode(b"1") == 1 and "msgspec" not in sys.modules
assert decode(b" " * wire.WORTHWHILE + b"1") == 1 and "msgspec" in sys.modules
assert decode(b"1") == 1
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("error", ["ImportError", "ModuleNotFoundError", "AttributeError"])
def test_without_it_python_s_own_decoder_serves(error: str) -> None:
    script = f"""
import sys
from airflow_client.client import wire
class Finder:
    asked = 0
    def find_spec(self, name, path=None, target=None):
        if name == "msgspec":
            Finder.asked += 1
            raise {error}(name)
sys.meta_path.insert(0, Finder())
for _ in range(3):
    assert wire.decode(None, wire.Response(200, "OK", {{}}, b" " * wire.WORTHWHILE + b"1")) == 1
assert Finder.asked == 1
"""
    subprocess.run([sys.executable, "-c", script], check=True)


AIRFLOW_3 = {
    "key": "k",
    "timestamp": "2024-01-02T03:04:05.678901Z",
    "logical_date": None,
    "map_index": -1,
    "task_id": "t",
    "dag_id": "d",
    "run_id": "r",
    "dag_display_name": "D",
    "task_display_name": "T",
    "run_after": "2024-01-02T00:00:00Z",
}
AIRFLOW_2 = {
    "dag_id": "d",
    "execution_date": "2024-01-02T00:00:00+00:00",
    "key": "k",
    "map_index": 3,
    "task_id": "t",
    "timestamp": "2024-01-02T03:04:05.678901+05:30",
}


class TestPages:
    """Pages whose rows msgspec makes."""

    @pytest.mark.parametrize("row", [AIRFLOW_2, AIRFLOW_3], ids=["2", "3"])
    def test_they_are_made_of_what_airflow_sends(self, row: dict[str, Any]) -> None:
        made = speed.decode_page(json.dumps({"xcom_entries": [row] * 3, "total_entries": 3}).encode())
        assert made is not None
        assert seen(made) == seen(XComCollection.from_dict({"xcom_entries": [row] * 3, "total_entries": 3}))

    def test_they_have_all_fields_of_a_row(self) -> None:
        made = speed.decode_page(b'{"xcom_entries": [{}]}')
        assert made is not None
        names = {name for name, member in vars(XComCollectionItem).items() if isinstance(member, (Field, property))}
        assert names == {*type(made.xcom_entries[0]).__struct_fields__, "execution_date"}  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        "body",
        [
            b"[]",
            b"{}",
            b'{"xcom_entries": null}',
            b'{"xcom_entries": [1]}',
            b'{"xcom_entries": [{"timestamp": 1}]}',
            b'{"xcom_entries": [{"new_field": 1}]}',
            b'{"xcom_entries": [], "new_field": 1}',
            b'{"xcom_entries": [{"timestamp": "2024-01-02T03:04:05.6789019Z"}]}',
            b'{"xcom_entries": [{"timestamp": "2024-01-02"}]}',
            b'{"xcom_entries": [{"logical_date": null, "execution_date": null}]}',
            b'{"xcom_entries": [{"key": NaN}]}',
        ],
        ids=repr,
    )
    def test_what_could_make_a_difference_is_left_to_the_other_way(self, body: bytes) -> None:
        assert speed.decode_page(body) is None

    @given(st.data())
    def test_nobody_can_tell_them_from_others(self, data: Any) -> None:
        rows = data.draw(st.lists(wire_rows, max_size=4))
        page = {"xcom_entries": rows, **data.draw(st.sampled_from([{}, {"total_entries": 4}, {"total_entries": None}]))}
        body = bytearray(json.dumps(page, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass"))
        for _ in range(data.draw(st.sampled_from([0, 0, 1]))):
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
        made = speed.decode_page(bytes(body))
        if made is not None:
            assert seen(made) == seen(XComCollection.from_dict(json.loads(bytes(body))))

    def test_what_is_made_of_them_is_as_of_others(self) -> None:
        body = json.dumps({"xcom_entries": [AIRFLOW_3], "total_entries": 1}).encode()
        made, other = speed.decode_page(body), XComCollection.from_json(body)
        assert made is not None
        one: Any
        for one, another, kind in (
            (made, other, XComCollection),
            (made.xcom_entries[0], other.xcom_entries[0], XComCollectionItem),
        ):
            for twin in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
                assert type(twin) is kind
                assert twin == one == another == twin
            assert isinstance(one, kind)
            assert one != XCom(key="k")
            with pytest.raises(ApiAttributeError, match=f"^{kind.__name__} has no attribute 'nope'"):
                one.nope  # noqa: B018
            with pytest.raises(ApiAttributeError, match=r"\.key cannot be set: a model is read-only"):
                one.key = 1
            with pytest.raises(TypeError, match="unhashable"):
                hash(one)

    def test_rows_that_are_listed_one_by_one_keep_nothing_but_themselves(self) -> None:
        rows = [{**AIRFLOW_3, "key": f"key-{number}"} for number in range(2)]
        page = json.dumps({"xcom_entries": rows, "total_entries": 2})
        with WireServer(answer(page)) as server, ApiClient(Configuration(host=f"{server.url}/api/v2")) as client:
            listed, paged = next(XComApi(client).iter_xcom_entries()), XComApi(client).get_xcom_entries(*"~~~")
        assert not hasattr(listed, "_origin")
        assert hasattr(paged.xcom_entries[0], "_origin")
        assert seen(paged) == seen(XComCollection.from_json(page))


def seen(page: XComCollection) -> list[Any]:
    """All that can be seen of a page."""
    told: list[Any] = [repr(page.total_entries)]
    for model in (page, *page.xcom_entries):
        told += [model.to_dict(), model.to_json(), repr(model), list(model), vars(model), isinstance(model, Model)]
    for row in page.xcom_entries:
        for name in ("key", "timestamp", "logical_date", "execution_date", "map_index", "task_id", "dag_id", "run_id"):
            told += [outcome(lambda row, name=name: getattr(row, name), row), row.get(name, "none"), name in row]  # type: ignore[arg-type]
        told += [repr(row.run_after), row.dag_display_name, row.task_display_name]
    return told


digits = st.text("0123456789", max_size=9)
moments = st.none() | st.builds(
    "{}{}{}".format,
    st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds")),
    st.just("") | digits.map(".{}".format),
    st.sampled_from(["Z", "z", "", "+00:00", "-00:00", "+05:30", "-23:59", "+2400", " "]),
)
wire_rows = st.fixed_dictionaries(
    {},
    optional={
        "key": json_values,
        "map_index": json_values,
        "run_id": st.text(),
        "timestamp": moments,
        "run_after": moments,
        "logical_date": moments,
        "execution_date": moments,
    },
)
