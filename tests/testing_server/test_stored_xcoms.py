"""XComs read back from the embedded server, and values of numpy and pandas that it stores."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.support.cases import all_cases
from tests.testing_server.client import RUN, TASK_2, TASK_3, TIMESTAMP, filled, get, request

SET = {"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}


def test_pushed_and_written_xcoms_are_read_back(airflow_3: EmbeddedAirflow) -> None:
    airflow_3.push_xcom("lab", RUN, "kinds", "set", {1}, map_index=2)
    airflow_3.add_run("lab", "dateless", run_after="2024-03-01T00:00:00Z")
    airflow_3.push_xcom("lab", "dateless", "a", "k", None)
    before = dt.datetime.now(dt.timezone.utc)
    assert request(airflow_3, "PATCH", f"{TASK_3}/set", {"value": [1, None], "map_index": 2}).status == 200
    assert request(airflow_3, "POST", TASK_3, {"key": "new", "value": {"a": 1.5}}).status == 201
    dateless, new, pushed, patched = airflow_3.xcoms
    assert [xcom.value for xcom in (dateless, new, pushed, patched)] == [None, {"a": 1.5}, "hello", [1, None]]
    assert (dateless.run_id, dateless.logical_date, dateless.task_id) == ("dateless", None, "a")
    ids = (patched.dag_id, patched.run_id, patched.task_id, patched.map_index, patched.key)
    assert ids == ("lab", RUN, "kinds", 2, "set")
    assert pushed.timestamp == dt.datetime.fromisoformat(TIMESTAMP.replace("Z", "+00:00"))
    assert pushed.logical_date == dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
    assert before <= patched.timestamp <= dt.datetime.now(dt.timezone.utc)
    assert request(airflow_3, "DELETE", f"{TASK_3}/set?map_index=2").status == 204
    assert [xcom.key for xcom in airflow_3.xcoms] == ["k", "new", "str"]


def test_values_are_read_back_as_they_are_stored() -> None:
    for version, written in (("3.0.6", '{"a": 1}'), ("3.3.2", {"a": 1})):
        with filled(version) as airflow:
            airflow.push_xcom("lab", RUN, "kinds", "set", {1})
            request(airflow, "POST", TASK_3, {"key": "new", "value": {"a": 1}})
            assert {xcom.key: xcom.value for xcom in airflow.xcoms} == {"new": written, "set": SET, "str": "hello"}


def test_numbers_of_numpy_are_stored_as_each_release_stores_them() -> None:
    numpy: Any = pytest.importorskip("numpy")
    falsehood = type(numpy.bool_(False)).__name__  # "bool_" before numpy 2
    with all_cases() as case:
        for version, target, false in (
            ("2.11.2", TASK_2, "numpy.bool_@version=1(True)"),  # a bug of real servers
            ("3.0.6", TASK_3, {"__classname__": "numpy.bool_", "__version__": 1, "__data__": True}),
            ("3.3.2", TASK_3, {"__classname__": f"numpy.{falsehood}", "__version__": 1, "__data__": False}),
        ):
            with case(version), filled(version) as airflow:
                value = [numpy.int64(7), numpy.float64(0.5), numpy.float16(0.5), numpy.bool_(False)]
                airflow.push_xcom("lab", RUN, "kinds", "numbers", value)
                query = "?stringify=false" if version == "2.11.2" else ""
                integer, plain, half, flag = get(airflow, f"{target}/numbers{query}").json["value"]
                if version == "2.11.2":
                    assert (integer, half) == ("numpy.int64@version=1(7)", "numpy.float16@version=1(0.5)")
                else:
                    assert integer == {"__classname__": "numpy.int64", "__version__": 1, "__data__": 7}
                    assert half == {"__classname__": "numpy.float16", "__version__": 1, "__data__": 0.5}
                assert (plain, flag) == (0.5, false)
                refused = version != "3.3.2"
                try:
                    airflow.push_xcom("lab", RUN, "kinds", "single", numpy.float32(0.5))
                except TypeError:
                    assert refused
                else:
                    assert not refused


def test_data_frames_are_stored_as_parquet(monkeypatch: pytest.MonkeyPatch) -> None:
    pandas, parquet = pytest.importorskip("pandas"), pytest.importorskip("pyarrow.parquet")
    pyarrow: Any = pytest.importorskip("pyarrow")
    frame: Any = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    name = f"{type(frame).__module__}.DataFrame"  # depends on the version of pandas
    with filled("2.11.2") as airflow_2, filled("3.3.2") as airflow_3:
        for airflow in (airflow_2, airflow_3):
            airflow.push_xcom("lab", RUN, "kinds", "frame", frame)
        text = get(airflow_2, f"{TASK_2}/frame").json["value"]
        envelope = get(airflow_3, f"{TASK_3}/frame").json["value"]
    assert text == f"pandas.core.frame.DataFrame@version=1({envelope['__data__']})"
    assert (envelope["__classname__"], envelope["__version__"]) == (name, 1)
    assert envelope["__data__"].isupper()
    table = parquet.read_table(pyarrow.BufferReader(bytes.fromhex(envelope["__data__"])))
    assert table.to_pandas().equals(frame)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"^value is a DataFrame: install pyarrow to push it$"):
        airflow_2.push_xcom("lab", RUN, "kinds", "frame", frame)
