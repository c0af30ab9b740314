"""Arguments that the client refuses before it sends a request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from airflow_client.xcom import ApiTypeError, ApiValueError, XComApi
from tests.support.cases import check_each

TASK = {"dag_id": "contract", "dag_run_id": "run", "task_id": "task"}
COPY = {"dag_id": "contract", "from_run": "run", "to_run": "other", "task_id": "task"}


@pytest.fixture
def api() -> XComApi:
    """Calls that no test here sends: there is no server."""
    return XComApi()


def test_ids_of_writes_are_keywords(api: XComApi) -> None:
    def check(call: str) -> None:
        ids = (
            COPY
            if call == "copy_xcom_entries"
            else TASK
            if call == "delete_xcom_entries"
            else {**TASK, "xcom_key": "k"}
        )
        value = {} if call.startswith(("delete", "copy")) else {"value": 1}
        message = rf"^{call} takes its ids by keyword .*: Airflow's own clients order them differently"
        with pytest.raises(ApiTypeError, match=message):
            getattr(api, call)("d", "t", **ids, **value)

    check_each([name for name in dir(XComApi) if name.startswith(("create", "update", "put", "delete", "copy"))], check)


def test_bulk_writes_need_one_dag_and_copies_two_runs(api: XComApi) -> None:
    def check(case: tuple[str, dict[str, Any], type[Exception], str]) -> None:
        call, arguments, error, message = case
        with pytest.raises(error, match=message):
            getattr(api, call)(**{**(COPY if call == "copy_xcom_entries" else TASK), **arguments})

    delete, copy = "delete_xcom_entries", "copy_xcom_entries"
    check_each(
        [
            (delete, {"dag_id": "~"}, ApiValueError, "dag_id must be the id of one DAG, not '~', which means all"),
            (copy, {"dag_id": "~"}, ApiValueError, "dag_id must be the id of one DAG"),
            (copy, {"from_run": "~"}, ApiValueError, "from_run must be the id of one DAG run"),
            (copy, {"to_run": "~"}, ApiValueError, "to_run must be the id of one DAG run"),
            (copy, {"to_run": "run"}, ApiValueError, "from_run and to_run must be different runs, got 'run'"),
            (copy, {"to_run": "a/b"}, ApiValueError, "dag_run_id must not contain '/'"),
            (copy, {"overwrite": "no"}, ApiTypeError, "overwrite must be a bool, not str"),
            (delete, {"dry_run": "false"}, ApiTypeError, "dry_run must be a bool, not str"),
            (delete, {"on_error": "yield"}, ApiValueError, "on_error must be 'raise' or 'skip', not 'yield'"),
            (delete, {"max_workers": 0}, ApiValueError, "max_workers must be at least 1"),
            (delete, {"progress": 1}, ApiTypeError, r"progress must be a function of \(done, total\)"),
            (delete, {"xcom_key": ""}, ApiValueError, "xcom_key must not be empty"),
            (delete, {"xcom_key": ["a"]}, ApiTypeError, "xcom_key must be a str, not list"),
        ],
        check,
    )


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (float("nan"), ApiValueError, "value holds nan, which JSON does not have"),
        ([{"a": float("inf")}], ApiValueError, "value holds inf, which JSON does not have"),
        (b"bytes", ApiTypeError, "value must be made of JSON's types; it holds a bytes"),
        ({1: "one"}, ApiTypeError, "value has a key that is not a str: 1"),
        ((1, 2), ApiTypeError, "it holds a tuple"),
        ({"a": {1, 2}}, ApiTypeError, "it holds a set"),
        ("\ud800", ApiValueError, "cannot be encoded as UTF-8"),
        ({"\ud800": 1}, ApiValueError, "cannot be encoded as UTF-8"),
        (object(), ApiTypeError, "it holds a object"),
    ],
)
def test_values_without_a_json_form_are_refused(api: XComApi, value: Any, error: type[Exception], message: str) -> None:
    for call in (api.create_xcom_entry, api.update_xcom_entry):
        with pytest.raises(error, match=message):
            call(**TASK, xcom_key="k", value=value)


def test_depth_of_values_is_limited(api: XComApi) -> None:
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(ApiValueError, match="nested more than 200 levels deep"):
        api.create_xcom_entry(**TASK, xcom_key="k", value=deep)


def test_ids_of_writes_are_checked(api: XComApi) -> None:
    with pytest.raises(ApiValueError, match="xcom_key must not be empty"):
        api.create_xcom_entry(**TASK, xcom_key="", value=1)
    with pytest.raises(ApiTypeError, match="map_index must be an int"):
        api.delete_xcom_entry(**TASK, xcom_key="k", map_index="1")  # type: ignore[arg-type]


def test_date_filters_need_a_time_zone(api: XComApi) -> None:
    with pytest.raises(ApiValueError, match="logical_date_gte must have a time zone"):
        api.get_xcom_entries(*TASK.values(), logical_date_gte=datetime(2024, 1, 1))
    with pytest.raises(ApiTypeError, match="run_after_lt must be a datetime, not str"):
        api.get_xcom_entries(*TASK.values(), run_after_lt="2024-01-01T00:00:00Z")  # type: ignore[arg-type]
