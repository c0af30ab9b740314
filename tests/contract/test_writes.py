"""Writing XComs: what is written is what is read back, or it is said clearly that this release cannot."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiTypeError,
    ApiUnsupportedError,
    ApiValueError,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    UnprocessableEntityException,
    ValueChangedWarning,
)
from airflow_client.xcom.core.validation import can_change_path
from tests.contract import pushed, sides
from tests.contract.conftest import configuration
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server
from tests.contract.sides import ApiClient, XComApi

TASK = {"dag_id": "contract", "dag_run_id": RUN_1, "task_id": "kinds"}
MAPPED = {**TASK, "task_id": "mapped"}
EXACT = [
    1,
    -1,
    1.5,
    0,
    True,
    False,
    None,
    "",
    "x",
    "1",
    '"x"',
    '{"a": 1}',
    [],
    [1],
    {},
    {"a": 1},
    {"b": {"a": [1, {"c": None}, 1.0, 2**70]}, "a": [[]]},
    2**53 + 1,
    1e300,
    "h\u00e9 \U0001f600 \u4e16 \u0001",
    "2020-01-01",
]


@pytest.fixture
def key(server: Server, api: XComApi) -> Iterator[str]:
    """A key that nobody has, deleted after the test."""
    key = f"written-{uuid.uuid4()}"
    yield key
    if server.version == "3.3.2":
        for ids in (TASK, {**MAPPED, "map_index": 1}):
            with contextlib.suppress(NotFoundException):
                api.delete_xcom_entry(**ids, xcom_key=key)


def read(api: XComApi, key: str) -> Any:
    return api.get_xcom_entry(*TASK.values(), key, stringify=False).value


class TestWhereItCannotBe:
    @pytest.mark.parametrize("call", ["create_xcom_entry", "update_xcom_entry", "delete_xcom_entry"])
    def test_it_is_refused_before_anything_is_sent(self, server: Server, api: XComApi, call: str, key: str) -> None:
        value = {} if call == "delete_xcom_entry" else {"value": 1}
        if server.version != "3.3.2":
            with pytest.raises(
                ApiUnsupportedError, match=f"^{call} needs Airflow 3.2 or later.*; this server"
            ) as caught:
                getattr(api, call)(**TASK, xcom_key=key, **value)
            assert ("would read back as a str" in str(caught.value)) == (server.major == 3 and bool(value))


@pytest.mark.airflow("3.3")
class TestWhereItCan:
    @pytest.mark.parametrize("value", EXACT, ids=repr)
    def test_what_is_written_is_what_is_read(self, api: XComApi, key: str, value: Any) -> None:
        created = api.create_xcom_entry(**TASK, xcom_key=key, value=value)
        assert (created.key, created.map_index, repr(created.value)) == (key, -1, repr(value))
        assert repr(read(api, key)) == repr(value)
        api.update_xcom_entry(**TASK, xcom_key=key, value="something else")
        assert repr(api.update_xcom_entry(**TASK, xcom_key=key, value=value).value) == repr(value)
        assert repr(read(api, key)) == repr(value)

    @pytest.mark.parametrize(("value", "stored"), [(1.0, 1), (-0.0, 0), (2**63, 9.223372036854775808e18)])
    def test_what_the_database_changes_is_told(self, api: XComApi, key: str, value: Any, stored: Any) -> None:
        with pytest.warns(ValueChangedWarning, match="the server's database changed the value") as told:
            created = api.create_xcom_entry(**TASK, xcom_key=key, value=value)
        if sides.is_blocking():
            assert told[0].filename == __file__  # it points at the call
        assert repr(created.value) == repr(stored) == repr(read(api, key))

    def test_the_forms_of_every_call(self, api: XComApi, key: str) -> None:
        ids: Any = {**TASK, "xcom_key": key}
        asked = {"async_req": True} if sides.is_blocking() else {}
        created = api.create_xcom_entry(**ids, value=1, **asked)
        assert (created.get(30) if asked else created).value == 1
        data, status, headers = api.update_xcom_entry(**ids, value=2, _return_http_data_only=False)
        assert (data.value, status, headers["content-type"]) == (2, 200, "application/json")
        assert api.update_xcom_entry(**ids, value=3, _preload_content=False).status == 200
        assert read(api, key) == 3
        deleted = api.delete_xcom_entry(**ids, **asked)
        assert (deleted.get(30) if asked else deleted) is None

    def test_delete(self, api: XComApi, key: str) -> None:
        api.create_xcom_entry(**TASK, xcom_key=key, value=1)
        assert api.delete_xcom_entry(**TASK, xcom_key=key) is None
        with pytest.raises(NotFoundException):
            read(api, key)
        with pytest.raises(NotFoundException, match="with mentioned task instance doesn't exist"):
            api.delete_xcom_entry(**TASK, xcom_key=key)

    def test_a_mapped_task(self, api: XComApi, key: str) -> None:
        assert api.create_xcom_entry(**MAPPED, xcom_key=key, value=1, map_index=1).map_index == 1
        assert api.update_xcom_entry(**MAPPED, xcom_key=key, value=2, map_index=1).value == 2
        assert api.get_xcom_entry(*MAPPED.values(), key, map_index=1).value == 2
        with pytest.raises(NotFoundException):
            api.delete_xcom_entry(**MAPPED, xcom_key=key, map_index=2)
        api.delete_xcom_entry(**MAPPED, xcom_key=key, map_index=1)

    @pytest.mark.parametrize("odd", [key for key in pushed.ODD_KEYS if len(key) < 500 and not can_change_path(key)])
    def test_an_odd_key(self, api: XComApi, odd: str) -> None:
        ids = {**TASK, "xcom_key": odd}
        assert api.create_xcom_entry(**ids, value=[odd]).key == odd
        assert api.update_xcom_entry(**ids, value=odd).value == odd
        api.delete_xcom_entry(**ids)

    def test_what_exists_already(self, api: XComApi, key: str) -> None:
        api.create_xcom_entry(**TASK, xcom_key=key, value=1)
        with pytest.raises(ConflictException, match="already exists"):
            api.create_xcom_entry(**TASK, xcom_key=key, value=2)
        assert read(api, key) == 1

    @pytest.mark.parametrize(("name", "said"), [("dag_id", "Dag"), ("dag_run_id", "Dag Run"), ("task_id", "Task")])
    def test_what_does_not_exist(self, api: XComApi, key: str, name: str, said: str) -> None:
        with pytest.raises(NotFoundException, match=rf"{said} with ID: `nope`.*not found"):
            api.create_xcom_entry(**{**TASK, name: "nope"}, xcom_key=key, value=1)
        with pytest.raises(NotFoundException, match="doesn't exist"):
            api.update_xcom_entry(**{**TASK, name: "nope"}, xcom_key=key, value=1)

    def test_reserved_keys(self, api: XComApi, key: str) -> None:
        with pytest.raises(UnprocessableEntityException, match="contains reserved serialization keys: __classname__"):
            api.create_xcom_entry(**TASK, xcom_key=key, value={"__classname__": "datetime.date"})

    def test_a_viewer_may_not(self, server: Server, key: str) -> None:
        with ApiClient(configuration(server, "viewer", "viewer-pw")) as client:
            with pytest.raises(ForbiddenException, match="lack the permission"):
                XComApi(client).create_xcom_entry(**TASK, xcom_key=key, value=1)
            with pytest.raises(ForbiddenException, match="lack the permission"):
                XComApi(client).delete_xcom_entry(**TASK, xcom_key="str")


class TestRefusedBeforeSending:
    @pytest.mark.parametrize("call", ["create_xcom_entry", "update_xcom_entry", "delete_xcom_entry"])
    def test_ids_by_position(self, api: XComApi, call: str) -> None:
        with pytest.raises(
            ApiTypeError, match=r"takes its ids by keyword .*: Airflow's own clients order them differently"
        ):
            getattr(api, call)("d", "t", **TASK, xcom_key="k", **({} if call[0] == "d" else {"value": 1}))

    @pytest.mark.parametrize(
        ("value", "error", "said"),
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
    def test_a_value_that_json_cannot_hold(self, api: XComApi, value: Any, error: type[Exception], said: str) -> None:
        for call in (api.create_xcom_entry, api.update_xcom_entry):
            with pytest.raises(error, match=said):
                call(**TASK, xcom_key="k", value=value)

    def test_a_value_that_is_too_deep(self, api: XComApi) -> None:
        deep: Any = []
        for _ in range(300):
            deep = [deep]
        with pytest.raises(ApiValueError, match="nested more than 200 levels deep"):
            api.create_xcom_entry(**TASK, xcom_key="k", value=deep)

    def test_ids(self, api: XComApi) -> None:
        with pytest.raises(ApiValueError, match="xcom_key must not be empty"):
            api.create_xcom_entry(**TASK, xcom_key="", value=1)
        with pytest.raises(ApiTypeError, match="map_index must be an int"):
            api.delete_xcom_entry(**TASK, xcom_key="k", map_index="1")
