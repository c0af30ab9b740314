"""Models in a terminal, in a notebook and in rich: small whatever their size, and no escapes for the terminal."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_client.xcom import ApiException, ApiResponse, AsyncXComs, Counts, Error, Model, XCom, XComCollection, XComs
from airflow_client.xcom.core.messages import Response
from airflow_client.xcom.headers import ResponseHeaders
from airflow_client.xcom.model.rendering import HEIGHT, WIDTH, visible
from tests.support.cases import check_each

MB_5 = "\x1b[31mred\x1b[0m<b>" * 300_000
BIG: dict[str, Any] = {
    "text": MB_5,
    "numbers": list(range(1_000_000)),
    "objects": [{"name": f"n{number}", "rows": number} for number in range(100_000)],
    "object": {f"k{number}": "v" * 1_000 for number in range(10_000)},
    "long names": {"k" * 100_000: 1},
    "lines": "line\n" * 100_000,
    "bytes": b"\x00" * 1_000_000,
    "deep": json.loads("[" * 400 + "]" * 400),
    "wide and deep": [[[[[1] * 50] * 50] * 50] * 50] * 50,
    "int": 10**6000,
}
#: Text with the characters that terminals and HTML obey.
UNSAFE = st.text(
    st.sampled_from("a日<>&\"'\x00\x07\x08\t\n\r\x1b\x7f\x80\x9b\x9d\xad\u200b\u2028\u202e\u2066\ud800\U000e0001"),
    max_size=12,
)
VALUES = st.recursive(
    UNSAFE | st.none() | st.integers() | st.floats(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(UNSAFE, children, max_size=4),
)


def lines_on_a_terminal(text: str) -> int:
    return sum(max(1, -(-len(line) // WIDTH)) for line in text.split("\n"))


@pytest.mark.parametrize("kind", BIG)
def test_big_values_fit_a_terminal_and_a_notebook(kind: str) -> None:
    xcom = XCom.from_dict({"dag_id": "d", "key": "k", "value": BIG[kind], "timestamp": "2024-01-01T00:00:00Z"})
    text, html = repr(xcom), xcom._repr_html_()
    assert str(xcom) == text
    assert lines_on_a_terminal(text) <= HEIGHT
    assert "'timestamp': '2024-01-01T00:00:00Z'" in text
    assert len(html) < 3_000


def test_text_shows_the_beginning_and_the_size() -> None:
    xcom = XCom(key="k", value=MB_5)
    assert re.search(r"'value': '\\x1b\[31mred.*'… \(4,500,000 characters\)}$", repr(xcom), re.S)
    assert len(xcom.to_str()) > len(MB_5)
    assert repr(XCom(value=list(range(100_000)))).endswith("9, … (99,990 more)]}")
    assert re.search(r"…: \(9\d\d more\)}}$", repr(XCom(value={str(number): number for number in range(1_000)})))
    nested: Any = {}
    for _ in range(21):
        nested = {"a": nested}
    assert re.search(r"{'a': {… \(1 items\)}+$", repr(XCom(value=nested)))


def test_small_models_are_shown_whole() -> None:
    xcom = XCom(key="k", value=[{"name": f"n{number}", "rows": number} for number in range(12)])
    assert repr(xcom) == xcom.to_str()
    assert xcom._repr_html_().startswith('<table>\n<caption style="text-align: left; white-space: nowrap">XCom')


def test_models_with_many_fields_name_how_many_are_not_shown() -> None:
    model = Error.from_dict({f"field{number}": number for number in range(1_000)})
    assert re.search(r"…</th><td[^>]*>9\d\d more</td>", model._repr_html_())
    assert lines_on_a_terminal(repr(model)) <= HEIGHT


def test_pages_show_their_first_rows() -> None:
    rows = [
        {"key": f"k{number}", "task_id": "t", "dag_id": "d", "new": number, "map_index": -1} for number in range(100)
    ]
    page = XComCollection.from_dict({"xcom_entries": rows, "total_entries": 150})
    assert lines_on_a_terminal(repr(page)) <= HEIGHT
    html = page._repr_html_()
    assert "XComCollection: 100 of 150 rows" in html
    assert re.findall("<th [^>]*>(.*?)</th>", html) == ["dag_id", "task_id", "map_index", "key"]
    assert html.count("<tr>") == 1 + 10 + 1
    assert "… 90 more" in html
    assert "0 of 0 rows" in XComCollection(xcom_entries=[], total_entries=0)._repr_html_()
    assert "0 of None rows" in XComCollection()._repr_html_()


class _Text(HTMLParser):
    """The text of a page, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags = "", set[str]()
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)


@given(VALUES, UNSAFE, UNSAFE)
def test_no_representation_has_raw_control_characters(value: Any, name: str, text: str) -> None:
    fields = {"key": text, "dag_id": text, "value": value, name: value}
    models: list[Model] = [XCom.from_dict(fields), Error.from_dict({**fields, "detail": text})]
    others = [
        ApiResponse(200, ResponseHeaders({}), models[0], b""),
        Response(200, text, {}, text.encode("utf-8", "replace")),
    ]
    others += [ApiException(0, text, body=text)]
    page = XComCollection.from_dict({"xcom_entries": [fields, {name: text}], "total_entries": 2, name: value})
    for model in (*models, page):
        html = model._repr_html_()
        for shown in (repr(model), html):
            assert all(part.isprintable() for part in shown.split("\n"))
        assert _Text(html).tags <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert all(part.isprintable() for other in others for part in repr(other).split("\n"))
    assert visible(text) in _Text(models[0]._repr_html_()).text


def test_rich_shows_big_values_shortened() -> None:
    rich = pytest.importorskip("rich.pretty", reason="rich is not installed")
    check_each(BIG, lambda kind: _check_rich(rich.pretty_repr, BIG[kind]))


def _check_rich(pretty_repr: Any, value: Any) -> None:
    assert len(pretty_repr(XCom.from_dict({"key": "k", "value": value}))) < 3_000


@given(VALUES)
def test_rich_shows_no_raw_control_characters(value: Any) -> None:
    rich = pytest.importorskip("rich.pretty", reason="rich is not installed")
    xcom = XCom.from_dict({"key": "k", "value": value})
    assert all(line.isprintable() for line in rich.pretty_repr(xcom).split("\n"))


@pytest.mark.parametrize("kind", [XComs, AsyncXComs])
def test_iterators_show_their_progress(kind: type[Any]) -> None:
    counts = Counts()
    counts.total, counts.done = 12, 3
    xcoms = kind(iter(()), counts)
    shown = "deleted=0, done=3, failed=0, running=0, skipped=0, stringified=None, total=12"
    assert repr(xcoms) == f"<{kind.__name__} Counts({shown})>"
    assert _Text(xcoms._repr_html_()).text.split() == [kind.__name__, *re.sub("[=,]", "", shown).split()]
    assert _Text(counts._repr_html_()).text.split()[0] == "Counts"
    assert dict(xcoms.__rich_repr__())["total"] == 12
    xcoms.stop()  # which an iterator that sends no requests has too


def test_objects_of_other_types_are_shown() -> None:
    """A value may be any object once the caller has set it."""

    class Odd:
        def __repr__(self) -> str:
            return "\x1b[31modd" * 100

    xcom = XCom(key="k", value={(2, 3): {4}, 1: Odd()})
    assert repr(xcom).endswith("(2, 3): {4}}}")  # after the keys that JSON has
    assert all(line.isprintable() for line in repr(xcom).split("\n"))
    assert "\x1b" not in xcom._repr_html_() + "".join(map(repr, xcom.__rich_repr__()))


def test_messages_of_exceptions_have_no_control_characters() -> None:
    text = "\x1b[31mred\x9b0m\r\x00\ud800\tline 1\nline 2"
    error = ApiException(500, text, body=json.dumps({"detail": text}), error=Error(detail=text))
    error.hint = text
    assert str(error).count("\\x1b[31mred\\x9b0m\\r\\x00\\ud800\tline 1\nline 2") == 3
    assert "\x1b" not in str(error)
