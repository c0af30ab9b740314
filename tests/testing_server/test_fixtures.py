"""Methods that fill the embedded server."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from tests.testing_server.client import RUN, TASK_2, TASK_3, filled, get, request

#: Without types, to pass it wrong ones.
Untyped: Any = EmbeddedAirflow


def test_wrong_arguments_are_named() -> None:
    for call, error, name in (
        (lambda: Untyped("3.0.0"), ValueError, "version"),
        (lambda: Untyped(port="80"), TypeError, "port"),
        (lambda: Untyped(port=65536), ValueError, "port"),
        (lambda: Untyped(maximum_page_limit=0), ValueError, "maximum_page_limit"),
        (lambda: Untyped(deserialize_support=1), TypeError, "deserialize_support"),
        (lambda: Untyped("3.3.2", auth="basic"), ValueError, "auth"),
        (lambda: Untyped("3.3.2", token_lifetime=-1), ValueError, "token_lifetime"),
        (lambda: Untyped("3.3.2", token_lifetime=True), TypeError, "token_lifetime"),
        (lambda: Untyped().add_user("a:b", "x"), ValueError, "username"),
        (lambda: Untyped().add_user("a", 1), TypeError, "password"),
        (lambda: Untyped().add_user("a", "x", "God"), ValueError, "role"),
        (lambda: Untyped().push_xcom(1, "r", "t", "k", 1), TypeError, "dag_id"),
        (lambda: Untyped().push_xcom("d", "", "t", "k", 1), ValueError, "run_id"),
        (lambda: Untyped().push_xcom("d", "r", "t", "\ud800", 1), ValueError, "key"),
        (lambda: Untyped().push_xcom("d", "r", "t", "k", 1, map_index=-2), ValueError, "map_index"),
        (lambda: Untyped().push_xcom("d", "r", "t", "k", 1, map_index=True), TypeError, "map_index"),
        (lambda: Untyped().push_xcom("d", "r", "t", "k", 1, timestamp="no"), ValueError, "timestamp"),
        (lambda: Untyped().push_xcom("d", "r", "t", "k", 1, timestamp=1), TypeError, "timestamp"),
        (
            lambda: Untyped().push_xcom("d", "r", "t", "k", 1, execution_date=dt.datetime(2024, 1, 1)),
            ValueError,
            "execution_date",
        ),
        (lambda: Untyped().delete_xcom("d", "r", "t", ""), ValueError, "key"),
        (lambda: Untyped("3.3.2").add_run("", "r"), ValueError, "dag_id"),
        (lambda: Untyped("3.3.2").add_run("d", "r", run_after="2024-01-01"), ValueError, "run_after"),
        (lambda: Untyped("2.11.2").add_run("d", "r"), ValueError, "logical_date"),
        (lambda: Untyped("3.3.2").set_display_name("d", "x"), ValueError, "dag_id"),
    ):
        with pytest.raises(error, match=f"^{name} "):
            call()


def test_an_xcom_is_replaced_and_deleted() -> None:
    with filled() as airflow:
        airflow.push_xcom("lab", RUN, "kinds", "str", [1])
        assert get(airflow, f"{TASK_2}/str?stringify=false").json["value"] == [1]
        assert get(airflow, TASK_2).json["total_entries"] == 1
        assert airflow.delete_xcom("lab", RUN, "kinds", "str")
        assert not airflow.delete_xcom("lab", RUN, "kinds", "str")
        assert get(airflow, f"{TASK_2}/str").status == 404


def test_a_run_keeps_its_dates() -> None:
    date = dt.datetime(2024, 5, 6, 7, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    with filled("3.3.2") as airflow:
        airflow.push_xcom("lab", "by hand", "kinds", "k", 1, execution_date=date)
        airflow.push_xcom("lab", "by hand", "kinds", "l", 1)
        airflow.push_xcom("lab", "by hand", "kinds", "m", 1, execution_date="2024-05-06T05:00:00Z")
        rows = get(airflow, f"{TASK_3.replace(RUN.replace(':', '%3A').replace('+', '%2B'), 'by%20hand')}").json
        dates = {(row["logical_date"], row["run_after"]) for row in rows["xcom_entries"]}
        assert (len(rows["xcom_entries"]), dates) == (3, {("2024-05-06T05:00:00Z",) * 2})
        with pytest.raises(ValueError, match="execution_date"):
            airflow.push_xcom("lab", "by hand", "kinds", "n", 1, execution_date="2024-05-07T00:00Z")
        with pytest.raises(ValueError, match="run_after"):
            airflow.add_run("lab", "by hand", run_after="2024-05-07T00:00Z")


def test_a_task_without_xcoms_can_be_written_to() -> None:
    silent = TASK_3.replace("kinds", "silent")
    with filled("3.3.2") as airflow:
        assert request(airflow, "POST", silent, {"key": "k", "value": 1}).status == 404
        airflow.add_task("lab", RUN, "silent", map_index=3)
        assert request(airflow, "POST", silent, {"key": "k", "value": 1, "map_index": 3}).status == 201


def test_airflow_3_has_runs_without_a_date_and_display_names() -> None:
    with filled("3.3.2") as airflow:
        airflow.add_run("lab", "dateless", run_after="2024-03-01T00:00:00Z")
        airflow.push_xcom("lab", "dateless", "kinds", "k", 1)
        airflow.add_run("lab", "dateless")
        airflow.set_display_name("lab", "The Lab")
        airflow.set_display_name("lab", "All Kinds", task_id="kinds")
        row = get(airflow, "/api/v2/dags/~/dagRuns/dateless/taskInstances/~/xcomEntries").json["xcom_entries"][0]
        assert (row["logical_date"], row["run_after"]) == (None, "2024-03-01T00:00:00Z")
        assert (row["dag_display_name"], row["task_display_name"]) == ("The Lab", "All Kinds")


class Colour:
    pass


def circular() -> list[Any]:
    itself: list[Any] = []
    itself.append(itself)
    return itself


@pytest.mark.parametrize(
    ("value", "releases"),
    [
        (Colour, "2 3.0 3.3"),
        ({"a": {"__id__": "x"}}, "3.0 3.3"),
        (({"__id__": "x"},), "2 3.0 3.3"),
        (decimal.Decimal("sNaN"), "2 3.0 3.3"),
        (circular(), "2 3.0 3.3"),
        ([float("inf")], "3.0 3.3"),
    ],
)
def test_a_value_that_airflow_cannot_push_is_refused(value: object, releases: str) -> None:
    refused = []
    for release, version in (("2", "2.11.2"), ("3.0", "3.0.6"), ("3.3", "3.3.2")):
        try:
            EmbeddedAirflow(version).push_xcom("lab", RUN, "kinds", "k", value)
        except TypeError:
            refused.append(release)
    assert " ".join(refused) == releases


@pytest.mark.parametrize("version", ["2.10.5", "2.11.2", "3.0.6", "3.3.2"])
def test_sample_data_suits_every_release(version: str) -> None:
    with filled(version) as airflow:
        airflow.add_sample_data()
        path = f"{airflow.host[len(airflow.base_url) :]}/dags/kinds/dagRuns/~/taskInstances/~/xcomEntries"
        keys = {row["key"] for row in get(airflow, path).json["xcom_entries"]}
    assert {"integer", "dataclass", "key/with a slash"} <= keys
    assert ("not a number" in keys) == version.startswith("2")


def test_only_auth_managers_with_roles_have_custom_ones() -> None:
    for version, auth in (("2.11.2", "session"), ("3.3.2", "fab")):
        EmbeddedAirflow(version, auth=auth).add_user("reader", "pw", role="can read on XComs")
    roles = "Public, Viewer, User, Op, Admin"
    with pytest.raises(ValueError, match=f"role must be one of {roles}, not 'can read on XComs'"):
        EmbeddedAirflow("3.3.2").add_user("reader", "pw", role="can read on XComs")
