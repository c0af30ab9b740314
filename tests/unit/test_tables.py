"""XComs as tables of pandas and pyarrow."""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
from collections.abc import AsyncGenerator
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_client.xcom import (
    ApiTypeError,
    ApiValueError,
    AsyncXComs,
    Counts,
    OpenApiException,
    XCom,
    XComCollection,
    XComs,
)
from airflow_client.xcom.model.x_com_collection_item import add_run_id
from airflow_client.xcom.tables import ROW_COLUMNS

needs_pandas = pytest.mark.skipif("not __import__('importlib').util.find_spec('pandas')", reason="needs pandas")
needs_pyarrow = pytest.mark.skipif("not __import__('importlib').util.find_spec('pyarrow')", reason="needs pyarrow")

FIELDS = {
    "dag_id": "d",
    "run_id": "r",
    "task_id": "t",
    "map_index": -1,
    "key": "k",
    "timestamp": "2024-01-02T03:04:05.678901+00:00",
    "logical_date": None,
    "dag_display_name": "D",
}
NAMES = list(ROW_COLUMNS)


def xcoms(*values: Any, **fields: Any) -> XComs[XCom]:
    """An iterator over XComs with these values, as ``iter_xcoms`` returns."""
    rows = (XCom.from_dict({**FIELDS, **fields, "value": value}) for value in values)
    return XComs(rows, Counts())  # type: ignore[arg-type]  # a generator


def is_same(one: Any, other: Any) -> bool:
    """Return True for equal values of the same types; NaN is NaN."""
    return type(one) is type(other) and repr(one) == repr(other)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
)


@needs_pandas
class TestPandas:
    def test_columns(self) -> None:
        frame = xcoms(1, 2).to_pandas()
        assert list(frame) == [*NAMES, "value"]
        assert frame["map_index"].tolist() == [-1, -1]
        assert frame["timestamp"][0].to_pydatetime() == datetime(2024, 1, 2, 3, 4, 5, 678901, timezone.utc)
        assert {str(frame[name].dtype) for name in ("timestamp", "logical_date", "run_after")} == {
            "datetime64[us, UTC]"
        }
        assert frame["logical_date"].isna().all()
        empty = xcoms().to_pandas()
        assert [str(kind) for kind in empty.dtypes][:-1] == [str(kind) for kind in frame.dtypes][:-1]

    def test_airflow_2_has_the_same_columns(self) -> None:
        row = XCom.from_dict({"key": "k", "execution_date": "2024-01-01T01:00:00+01:00", "value": "x"})
        add_run_id(row, "r")
        frame = XComs(iter([row]), Counts()).to_pandas()  # type: ignore[arg-type]
        assert (list(frame), frame["run_id"][0]) == ([*NAMES, "value"], "r")
        assert frame["logical_date"][0].to_pydatetime() == datetime(2024, 1, 1, tzinfo=timezone.utc)
        assert frame["map_index"].isna().all()

    def test_any_year_is_exact(self) -> None:
        years = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", None)
        frame = XComs(iter([XCom(timestamp=year) for year in years]), Counts()).to_pandas()  # type: ignore[arg-type]
        assert [str(year) for year in frame["timestamp"][:2]] == [
            "0001-01-01 00:00:00+00:00",
            "9999-12-31 23:59:59.999999+00:00",
        ]

    @pytest.mark.parametrize(
        ("values", "dtype"),
        [
            ([1, 2**62], "int64"),
            ([1, 2**70], "object"),
            ([0.5, math.nan], "float64"),
            ([True, False], "bool"),
            ([1, 2.5], "object"),
            ([1, True], "object"),
            ([1, None], "object"),
            ([2**70, 1], "object"),
            ([2**63, -1], "object"),
            (["a", "\ud800"], "object"),
            ([[1, 2], [3, 4]], "object"),
            ([{"a": 1}, {}], "object"),
            ([], "object"),
        ],
    )
    def test_values_are_unchanged(self, values: list[Any], dtype: str) -> None:
        column = xcoms(*values).to_pandas()["value"]
        assert str(column.dtype) == dtype
        assert is_same(column.tolist(), values)

    @given(st.lists(JSON, max_size=5))
    def test_any_values_are_unchanged(self, values: list[Any]) -> None:
        assert is_same(xcoms(*values).to_pandas()["value"].tolist(), values)

    def test_explode_makes_columns_of_the_keys(self) -> None:
        values = [{"rows": 1, "ok": True, "n": {"a": 1}}, {"rows": 2, "mean": 0.5, "value": None}]
        frame = xcoms(*values).to_pandas(explode=True)
        names = [f"value.{name}" for name in ("rows", "ok", "n", "mean", "value")]
        assert list(frame) == [*NAMES, *names]
        assert [str(frame[name].dtype) for name in names] == ["int64", "boolean", "object", "float64", "object"]
        assert frame["value.n"][0] == {"a": 1}
        assert frame["value.n"][1] is None

    def test_explode_leaves_other_values_in_their_column(self) -> None:
        frame = xcoms({"rows": 1}, 7, [1]).to_pandas(explode=True)
        assert list(frame)[-2:] == ["value", "value.rows"]
        assert frame["value"].tolist() == [None, 7, [1]]
        assert str(frame["value.rows"].dtype) == "Int64"
        frame = xcoms({"rows": 2**70}, {}).to_pandas(explode=True)
        assert is_same(frame["value.rows"].tolist(), [2**70, None])
        assert list(xcoms(1, 2).to_pandas(explode=True)) == list(xcoms().to_pandas(explode=True)) == [*NAMES, "value"]

    def test_explode_must_be_a_bool(self) -> None:
        with pytest.raises(ApiTypeError, match=r"^explode must be a bool, not int$"):
            xcoms(1).to_pandas(explode=1)  # type: ignore[arg-type]

    def test_errors_are_left_out(self) -> None:
        items = iter([XCom(value=1), OpenApiException("x")])
        assert XComs(items, Counts()).to_pandas()["value"].tolist() == [1]  # type: ignore[arg-type]

    def test_pages_have_no_values(self) -> None:
        page = XComCollection.from_dict({"xcom_entries": [FIELDS, FIELDS], "total_entries": 2})
        assert list(page.to_pandas()) == NAMES
        assert page.to_pandas()["key"].tolist() == ["k", "k"]

    def test_pandas_itself_reads_the_fields_of_the_server(self) -> None:
        import pandas

        frame = pandas.DataFrame(list(xcoms({"a": 1}, [2])))
        assert sorted(frame) == sorted([*FIELDS, "value"])
        assert frame["value"].tolist() == [{"a": 1}, [2]]
        page = XComCollection.from_dict({"xcom_entries": [FIELDS, FIELDS], "total_entries": 2})
        assert sorted(pandas.DataFrame(list(page))) == sorted(FIELDS)


@needs_pyarrow
class TestArrow:
    def test_columns(self) -> None:
        table = xcoms(1, {"a": [None]}).to_arrow()
        assert table.column_names == [*NAMES, "value"]
        first = table.to_pylist()[0]
        assert first["timestamp"] == datetime(2024, 1, 2, 3, 4, 5, 678901, timezone.utc)
        assert (first["map_index"], first["logical_date"], first["value"]) == (-1, None, "1")
        assert xcoms().to_arrow().schema == table.schema
        page = XComCollection.from_dict({"xcom_entries": [FIELDS], "total_entries": 1})
        assert page.to_arrow().column_names == NAMES

    @given(st.lists(JSON, max_size=5))
    def test_values_are_exact_as_json(self, values: list[Any]) -> None:
        column = xcoms(*values).to_arrow()["value"].to_pylist()
        assert is_same([json.loads(text) for text in column], values)

    def test_values_must_be_json(self) -> None:
        with pytest.raises(ApiValueError, match=r"^to_arrow\(\) stores values as JSON; the value of 'k' is not"):
            xcoms({1, 2}).to_arrow()


@needs_pandas
@needs_pyarrow
def test_asyncio_iterators_are_awaited() -> None:
    async def items() -> AsyncGenerator[Any]:
        yield XCom(key="a", value={"rows": 1})
        yield OpenApiException("x")
        yield XCom(key="b", value={"rows": 2})

    frame = asyncio.run(AsyncXComs(items(), Counts()).to_pandas(explode=True))
    assert frame["value.rows"].tolist() == [1, 2]
    table = asyncio.run(AsyncXComs(items(), Counts()).to_arrow())
    assert table["value"].to_pylist() == ['{"rows": 1}', '{"rows": 2}']


@pytest.mark.parametrize(("library", "call"), [("pandas", "to_pandas"), ("pyarrow", "to_arrow")])
def test_a_missing_library_is_named_before_anything_is_read(
    library: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    message = rf"^{call}\(\) needs {library}: pip install '{library}>="
    rows = xcoms(1)
    with pytest.raises(ApiValueError, match=message) as raised:
        getattr(rows, call)()
    assert isinstance(raised.value.__cause__, ImportError)
    assert next(rows).value == 1
    with pytest.raises(ApiValueError, match=message):
        getattr(XComCollection(xcom_entries=[]), call)()


def test_libraries_are_imported_only_when_used() -> None:
    code = """
import sys
from airflow_client.xcom import Counts, XCom, XComApi, XComCollection, XComs
repr(XCom(key="k")), XCom(key="k")._repr_html_(), XComCollection(xcom_entries=[])._repr_html_()
print(sorted({"pandas", "numpy", "pyarrow", "rich", "pprint"} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['pprint']\n"
