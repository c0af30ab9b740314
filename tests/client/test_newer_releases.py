"""Releases of Airflow that are newer than any known one."""

from __future__ import annotations

import warnings

import pytest

from airflow_client.xcom import (
    ApiClient,
    ApiUnsupportedError,
    Configuration,
    DAGRunApi,
    UnexpectedContentException,
    XComApi,
)
from airflow_client.xcom.core.api_version import MIN_VERSION, V1, V2
from tests.support.cases import all_cases
from tests.support.newer_airflow import NEW_FIELD, NewerAirflow

DATE = "2024-01-01T00:00:00+00:00"
RUN = f"manual__{DATE}"
#: What a server announces, and the release like which it answers otherwise.
NEWER = (
    ("3.4.0", "3.3.2"),
    ("3.9.0", "3.3.2"),
    ("3.10.0rc1+composer", "3.3.2"),
    ("4.0.0", "3.3.2"),
    ("4.0.0.dev0", "3.3.2"),
    ("nightly", "3.3.2"),
    ("2.12.0", "2.11.2"),
    ("nightly", "2.11.2"),
)


def filled(announced: str, known: str = "3.3.2", prefix: str | None = None) -> NewerAirflow:
    airflow = NewerAirflow(announced, known, prefix=prefix)
    airflow.add_user("admin", "admin-pw")
    airflow.add_run("etl", RUN, logical_date=DATE)
    for key, value in (("a", {"b": [1, None]}), ("c", 2)):
        airflow.push_xcom("etl", RUN, "extract", key, value)
    return airflow


def client_of(airflow: NewerAirflow) -> ApiClient:
    return ApiClient(Configuration(host=airflow.base_url, username="admin", password="admin-pw"))


def test_they_are_read_like_the_newest_known_one() -> None:
    with all_cases() as case, warnings.catch_warnings():
        warnings.simplefilter("error")
        for announced, known in NEWER:
            with case((announced, known)), filled(announced, known) as airflow, client_of(airflow) as client:
                api = XComApi(client)
                assert {x.key: x.value for x in api.iter_xcoms()} == {"a": {"b": [1, None]}, "c": 2}
                xcom = api.wait_for_xcom_entry("etl", RUN, "extract", "a", timeout=5)
                assert xcom.value == {"b": [1, None]}
                assert client.get_server_version() == announced
                assert [run.dag_run_id for run in DAGRunApi(client).iter_dag_runs("etl")] == [RUN]
                if known == "3.3.2":
                    ids = {"dag_id": "etl", "dag_run_id": RUN, "task_id": "extract", "xcom_key": "c"}
                    api.put_xcom_entry(**ids, value=3)
                    keys = [row.key for row in api.get_xcom_entries("etl", RUN, "extract", order_by="-key")]
                    assert keys == ["c", "a"]
                    api.delete_xcom_entry(**ids)
                else:
                    with pytest.raises(ApiUnsupportedError, match="order_by needs Airflow 3"):
                        api.get_xcom_entries("etl", RUN, "extract", order_by="-key")


def test_unknown_fields_are_retained() -> None:
    with filled("4.0.0") as airflow, client_of(airflow) as client:
        page = XComApi(client).get_xcom_entries("etl", RUN, "extract")
        xcom = XComApi(client).get_xcom_entry("etl", RUN, "extract", "a")
        run = DAGRunApi(client).get_dag_run("etl", RUN)
        for model in (page, page.xcom_entries[0], xcom, run):
            data = model.to_dict()
            assert {name: data[name] for name in NEW_FIELD} == NEW_FIELD
            assert model["new_in_this_release"] == NEW_FIELD["new_in_this_release"]


def test_a_server_with_another_api_alone_is_named() -> None:
    with filled("5.0.0", prefix="/api/v3") as airflow, client_of(airflow) as client:
        with pytest.raises(UnexpectedContentException) as caught:
            XComApi(client).get_xcom_entries("etl", RUN, "extract")
    assert "no Airflow API was found" in str(caught.value)
    assert "/api/v2/version" in str(caught.value)


def test_unknown_versions_are_taken_for_the_newest() -> None:
    with all_cases() as case:
        for version in ("9", "9.9.9", "nightly", "", "unknown"):
            with case(version):
                for name, since in MIN_VERSION.items():
                    V2.check((since, name), version)
                assert V1.sends_json(version)
                assert V1.order_warning(version) is None
