"""Models: typed attributes over the JSON fields of the server."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_client.xcom import (
    ApiAttributeError,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    DAGRunCollection,
    Error,
    XCom,
    XComCollection,
    XComCollectionItem,
)
from airflow_client.xcom.model.x_com_collection_item import add_run_id

FIELDS = {
    "key": "k",
    "timestamp": "2024-01-02T03:04:05.678901+00:00",
    "execution_date": None,
    "value": [1, 2.0],
    "new_field": "n",
}


def test_attributes_are_converted_and_items_are_json() -> None:
    xcom = XCom.from_dict(FIELDS)
    assert xcom.timestamp == datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
    assert xcom["timestamp"] == "2024-01-02T03:04:05.678901+00:00"
    assert (xcom.key, xcom.value) == ("k", [1, 2.0])
    assert xcom.get("key") == "k"
    assert xcom.get("nope", 7) == 7
    assert "key" in xcom
    assert "map_index" not in xcom
    assert list(xcom) == list(FIELDS)


def test_null_and_absent_fields_are_none() -> None:
    xcom = XCom.from_dict(FIELDS)
    assert xcom.execution_date is None
    assert xcom.map_index is None
    assert "execution_date" in xcom
    assert XCom.from_dict({}).value is None
    assert XComCollection.from_dict({"xcom_entries": None, "total_entries": None}).xcom_entries == []


def test_unknown_fields_are_kept() -> None:
    xcom: Any = XCom.from_dict(FIELDS)
    assert xcom.new_field == xcom["new_field"] == "n"
    assert xcom.to_dict() == FIELDS


def test_unknown_names_raise_errors_of_the_library() -> None:
    xcom: Any = XCom.from_dict(FIELDS)
    with pytest.raises(ApiAttributeError, match="XCom has no attribute 'nope'"):
        xcom.nope  # noqa: B018
    with pytest.raises(ApiKeyError) as caught:
        xcom["nope"]
    assert str(caught.value).startswith("this XCom has no field 'nope'; it has: key, timestamp")
    assert not hasattr(xcom, "nope")


def test_attributes_and_items_can_be_set() -> None:
    xcom: Any = XCom.from_dict(FIELDS)
    xcom.value = {"a": (1, 2)}
    xcom["key"] = "other"
    xcom.timestamp = datetime(2024, 1, 1, tzinfo=timezone.utc)
    xcom.logical_date = "2024-01-02T00:00:00Z"
    xcom.run_id = "r"
    xcom.new_field = XCom(key="inner")
    xcom.newer_field = None
    assert xcom.to_dict() == {
        **FIELDS,
        "key": "other",
        "timestamp": "2024-01-01T00:00:00+00:00",
        "value": {"a": (1, 2)},
        "new_field": {"key": "inner"},
        "logical_date": "2024-01-02T00:00:00Z",
        "run_id": "r",
        "newer_field": None,
    }
    assert (xcom.key, xcom.logical_date.day, xcom.newer_field) == ("other", 2, None)


@pytest.mark.parametrize("name", ["decode", "items", "to_dict", "_is_like", "_nope", "__class__"])
def test_methods_and_private_names_cannot_be_set(name: str) -> None:
    xcom = XCom.from_dict(FIELDS)
    with pytest.raises(ApiAttributeError, match=rf"XCom\.{name} cannot be set: .* use m\['{name}'\]"):
        setattr(xcom, name, 1)
    with pytest.raises(ApiAttributeError, match=r"Error\.text cannot be set"):
        Error(title="t").text = "other"  # type: ignore[misc]
    assert xcom.to_dict() == FIELDS


def test_entries_rows_and_errors_are_mappings_of_the_json_fields() -> None:
    for model in (XCom.from_dict(FIELDS), XComCollectionItem.from_dict(FIELDS), Error.from_dict(FIELDS)):
        assert isinstance(model, MutableMapping)
        assert dict(model) == {**model} == dict(model.items()) == FIELDS
        assert list(model.keys()) == list(FIELDS)
        assert (len(model), list(model.values())) == (len(FIELDS), list(FIELDS.values()))
        del model["key"]
        assert model.pop("value") == [1, 2.0]
        assert (model.to_dict().keys(), model.get("key")) == (FIELDS.keys() - {"key", "value"}, None)
        with pytest.raises(ApiKeyError, match="has no field 'key'"):
            del model["key"]


def test_from_dict_and_to_dict_copy_shallowly() -> None:
    fields = dict(FIELDS)
    xcom = XCom.from_dict(fields)
    xcom.key = "other"
    xcom.to_dict().clear()
    assert (fields, xcom.key) == (FIELDS, "other")
    assert xcom.value is xcom.to_dict()["value"] is FIELDS["value"]


def test_models_compare_by_content() -> None:
    assert XCom.from_dict(FIELDS) == XCom(**FIELDS)
    assert XCom.from_dict(FIELDS) != XCom(key="other")
    assert XCom(key="k") != XComCollectionItem(key="k")
    assert XCom(key="k") != {"key": "k"}
    with pytest.raises(TypeError, match="unhashable"):
        hash(XCom(key="k"))


@pytest.mark.parametrize(
    "model", [XCom.from_dict(FIELDS), XComCollection(xcom_entries=[XCom(key="a")], total_entries=1)]
)
def test_models_survive_copy_pickle_and_json(model: Any) -> None:
    for twin in (
        copy.copy(model),
        copy.deepcopy(model),
        *(pickle.loads(pickle.dumps(model, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)),
        type(model).from_json(model.to_json()),
        type(model).from_json(model.to_json().encode()),
        type(model)(**model.to_dict()),
    ):
        assert twin == model
        assert twin is not model
        twin["total_entries"] = 2
        assert twin != model


def test_models_take_fields_as_arguments() -> None:
    when = datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    page = XComCollection(xcom_entries=[XComCollectionItem(key="a", timestamp=when)], total_entries=1)
    assert page.to_dict() == {
        "xcom_entries": [{"key": "a", "timestamp": "2024-01-01T00:00:00+01:00"}],
        "total_entries": 1,
    }
    assert page.xcom_entries[0].timestamp == when
    assert page.xcom_entries is page.xcom_entries


def test_repr_shows_the_json_fields() -> None:
    xcom = XCom(value="x", key="k")
    assert repr(xcom) == str(xcom) == xcom.to_str() == "{'key': 'k', 'value': 'x'}"


@pytest.mark.parametrize("obj", [None, 1, "text", [1], [("a", 1)]])
def test_from_dict_needs_a_mapping(obj: Any) -> None:
    with pytest.raises(ApiTypeError, match="obj must be a mapping, not"):
        XCom.from_dict(obj)


@pytest.mark.parametrize("text", ["", "{", "nul", "[" * 100_000])
def test_from_json_needs_json(text: str) -> None:
    with pytest.raises(ApiValueError, match="json_str is not JSON"):
        XCom.from_json(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-02T03:04:05+00:00", datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        ("2024-01-02T03:04:05Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone.utc)),
        ("2024-01-02T03:04:05.5Z", datetime(2024, 1, 2, 3, 4, 5, 500000, tzinfo=timezone.utc)),
        ("2024-02-03T04:05:06.789000+00:00", datetime(2024, 2, 3, 4, 5, 6, 789000, tzinfo=timezone.utc)),
        ("2024-01-02T03:04:05+05:30", datetime(2024, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5.5)))),
    ],
)
def test_timestamps_are_aware_datetimes(text: str, expected: datetime) -> None:
    xcom = XCom(timestamp=text)
    assert xcom.timestamp == expected
    assert xcom.timestamp.utcoffset() == expected.utcoffset()


@pytest.mark.parametrize("text", ["yesterday", 17, {"a": 1}, "9999-99-99"])
def test_unreadable_timestamps_raise_when_they_are_read(text: Any) -> None:
    xcom = XCom.from_dict({"timestamp": text, "key": "k"})
    assert xcom.key == "k"
    assert xcom["timestamp"] == text
    with pytest.raises(ApiValueError, match=r"XCom\.timestamp cannot be read: the server sent"):
        xcom.timestamp  # noqa: B018


def test_text_of_errors_has_title_and_detail() -> None:
    assert Error(title="t", detail=None).text == "t"
    assert Error(title=None, detail="d").text == "d"
    assert Error(title="t", detail="d").text == "t: d"
    assert Error(title="t", detail="t").text == "t"
    assert Error(status=500).text is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
)


@given(JSON)
def test_any_value_survives_json(value: Any) -> None:
    xcom = XCom.from_json(json.dumps({"key": "k", "value": value}))
    assert repr(xcom.value) == repr(value)
    assert XCom.from_json(xcom.to_json()) == xcom


def test_fields_hide_no_methods() -> None:
    data = {"key": "k", "decode": 1, "items": 2, "get": 3, "from_dict": 4, "__class__": 5, "_data": 6, "_x": 7}
    xcom = XCom.from_dict(data)
    assert xcom.to_dict() == data
    assert [xcom[name] for name in data] == list(data.values())
    assert (xcom.get("get"), xcom.decode()) == (3, None)
    assert copy.copy(xcom) == copy.deepcopy(xcom) == pickle.loads(pickle.dumps(xcom)) == xcom
    assert type(xcom) is XCom
    with pytest.raises(ApiAttributeError):
        xcom._x  # type: ignore[attr-defined]  # noqa: B018


class TestPage:
    ROWS = ({"key": "a"}, {"key": "b", "run_id": None})

    @pytest.fixture
    def page(self) -> XComCollection:
        rows = [dict(row) for row in self.ROWS]
        return XComCollection.from_dict({"xcom_entries": rows, "total_entries": 9, "new": 1})

    def test_pages_are_sequences_of_rows(self, page: XComCollection) -> None:
        first, second = page
        assert (len(page), page[0], page[-1], page[1:]) == (2, first, second, [second])
        assert page.xcom_entries is page.xcom_entries
        assert page[0] is first
        assert first in page
        assert XComCollectionItem(key="c") not in page
        with pytest.raises(IndexError):
            page[2]

    def test_pages_have_fields(self, page: Any) -> None:
        assert (page["xcom_entries"], page["total_entries"], page.new) == (list(self.ROWS), 9, 1)
        assert "total_entries" in page
        assert "key" not in page
        with pytest.raises(ApiKeyError, match="this XComCollection has no field 'key'"):
            page["key"]

    def test_pages_are_no_mappings_and_always_true(self) -> None:
        assert not isinstance(XComCollection(), Mapping)
        assert XComCollection(xcom_entries=[], total_entries=0)

    def test_changes_of_rows_are_changes_of_the_page(self, page: XComCollection) -> None:
        for twin in (page, copy.deepcopy(page), pickle.loads(pickle.dumps(page))):
            twin[0].key = "changed"
            assert twin["xcom_entries"][0] == twin.to_dict()["xcom_entries"][0] == {"key": "changed"}

    def test_rows_can_be_set(self, page: XComCollection) -> None:
        page.xcom_entries = page[1:]
        assert [row.key for row in page] == ["b"]
        page["xcom_entries"] = [{"key": "c"}]
        assert (page[0].key, page.to_dict()["xcom_entries"]) == ("c", [{"key": "c"}])
        runs = DAGRunCollection.from_dict({"dag_runs": [{"state": "failed"}, {"state": "queued"}], "total_entries": 9})
        runs.dag_runs = runs.dag_runs[1:]
        assert (runs[0].state, runs.to_dict()["dag_runs"]) == ("queued", [{"state": "queued"}])


def test_an_added_run_id_is_no_field() -> None:
    row = XComCollectionItem(key="k", run_id=None)
    add_run_id(row, "r")
    for twin in (row, copy.copy(row), copy.deepcopy(row), pickle.loads(pickle.dumps(row))):
        assert twin.run_id == "r"
        assert twin.to_dict() == dict(twin) == {"key": "k", "run_id": None}
        assert twin == XComCollectionItem(key="k", run_id=None)
    row.run_id = "other"
    assert (row.run_id, row["run_id"]) == ("other", "other")


DATES = ("timestamp", "logical_date", "execution_date", "run_after")
TEXTS = st.sampled_from(
    [
        *("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.123456+05:30", "2024-01-01t00:00:00z", "2024-01-01"),
        *(None, "", "yesterday", "9999-99-99", 5, True, 1.0, [1], {"a": 1}),
    ]
)


@given(st.dictionaries(st.sampled_from(DATES), TEXTS), st.sampled_from(DATES))
def test_any_date_is_a_datetime_none_or_unreadable(fields: Any, name: str) -> None:
    row = XComCollectionItem.from_dict(fields)
    with contextlib.suppress(ApiValueError):  # and no other error
        assert isinstance(getattr(row, name), (datetime, type(None)))
    assert row.to_dict() == fields


@pytest.mark.parametrize("name", ["logical_date", "execution_date"])
def test_the_logical_date_has_two_names(name: str) -> None:
    row = XComCollectionItem.from_dict({name: "2024-01-01T00:00:00Z"})
    assert row.logical_date == row.execution_date == datetime(2024, 1, 1, tzinfo=timezone.utc)
    assert list(row) == [name]
