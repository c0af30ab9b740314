"""Reading values in bulk, of every Airflow."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom import ForbiddenException
from tests.contract import pushed
from tests.contract.conftest import configuration
from tests.contract.expected import KINDS, RUN_BY_RUN_MIN, as_json, as_text
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server
from tests.contract.sides import ApiClient, XComApi


def ids(xcom: Any) -> tuple[Any, ...]:
    return (xcom.dag_id, xcom.run_id, xcom.task_id, xcom.map_index, xcom.key)


@pytest.mark.parametrize("max_workers", [1, 8])
def test_values_come_in_the_order_of_the_list(api: Any, max_workers: int) -> None:
    xcoms = api.iter_xcoms(*RUN_BY_RUN_MIN, max_workers=max_workers)
    assert [(xcom.key, xcom.value) for xcom in xcoms] == [(f"k{i:04d}", i) for i in range(250)]
    assert (xcoms.counts.total, xcoms.counts.done, xcoms.counts.failed) == (250, 250, 0)
    assert xcoms.counts.stringified is False


@pytest.mark.parametrize("stringify", [None, False, True])
def test_values_are_those_of_the_single_calls(server: Server, api: Any, stringify: Any) -> None:
    xcoms = api.iter_xcoms(*KINDS, ordered=False, stringify=stringify)
    came = {xcom.key: xcom.value for xcom in xcoms}
    form = as_text if stringify else as_json
    expected = {key: form(server, key) for key in server.kinds}
    assert {key: repr(value) for key, value in came.items()} == {key: repr(value) for key, value in expected.items()}


def test_everything_there_is_has_its_run(server: Server, api: Any) -> None:
    """With ``~`` as the run, Airflow 2 tells no run ids: they are looked up."""
    xcoms = api.iter_xcoms(on_error="yield")
    came = list(xcoms)
    unread = [xcom for xcom in came if isinstance(xcom, Exception)]
    # Keys that this release lists, and cannot be asked for by any client.
    assert all("/" in error.entry.key for error in unread)
    read = [xcom for xcom in came if not isinstance(xcom, Exception)]
    assert len(came) + xcoms.counts.deleted == xcoms.counts.total
    runs = {(dag_id, run_id) for dag_id, run_ids in pushed.RUNS.items() for run_id in run_ids}
    if server.major == 3:
        runs.add(("other", pushed.RUN_WITHOUT_DATE))
    assert {(xcom.dag_id, xcom.run_id) for xcom in read} >= runs
    for xcom in read[:: len(read) // 20]:
        dag_id, run_id, task_id, map_index, key = ids(xcom)
        again = api.get_xcom_entry(dag_id, run_id, task_id, key, map_index=map_index, stringify=False)
        assert repr(again.value) == repr(xcom.value)


def test_runs_a_microsecond_apart_have_their_own_values(api: Any) -> None:
    xcoms = list(api.iter_xcoms("close", "~", xcom_key="run"))
    assert sorted(xcom.value for xcom in xcoms) == sorted(xcom.run_id for xcom in xcoms)
    assert {xcom.run_id for xcom in xcoms} == {pushed.CLOSE_1, pushed.CLOSE_2}


def test_mapped_tasks(api: Any) -> None:
    xcoms = list(api.iter_xcoms("contract", RUN_1, "mapped", xcom_key="return_value"))
    assert [(xcom.map_index, xcom.value) for xcom in xcoms] == [(i, i * 10) for i in range(5)]


def test_a_user_who_may_not_read_dag_runs(server: Server) -> None:
    if not server.knows_roles:
        return
    with ApiClient(configuration(server, "xcoms-only", "xcoms-only-pw")) as client:
        api = XComApi(client)
        assert len(list(api.iter_xcoms(*RUN_BY_RUN_MIN, xcom_key="k0001"))) == 1
        if server.major == 2:
            with pytest.raises(ForbiddenException, match="Airflow 2 sends no run ids"):
                list(api.iter_xcoms("many", xcom_key="k0001"))
        else:
            assert [xcom.value for xcom in api.iter_xcoms("many", xcom_key="k0001")] == [1]
