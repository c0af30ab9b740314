"""Iterating over values."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom import BadRequestException, ForbiddenException, ServiceException
from tests.contract import dataset
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS, MANY, as_json, as_text
from tests.contract.servers import Server
from tests.support.cases import assert_equal_tables

pytestmark = pytest.mark.filterwarnings("ignore:Airflow 2.[4-8].* lists XComs in no stable order")


@pytest.mark.every_client
def test_values_are_in_the_order_of_the_list(server: Server, api: Any) -> None:
    xcoms = api.iter_xcoms(*MANY)
    assert [(xcom.key, xcom.value) for xcom in xcoms] == [(f"k{i:04d}", server.sent(i)) for i in range(250)]
    assert (xcoms.counts.total, xcoms.counts.done, xcoms.counts.failed) == (250, 250, 0)
    assert xcoms.counts.stringified is not server.sends_json


@pytest.mark.every_client
@pytest.mark.parametrize("stringify", [None, False, True])
def test_every_kind_is_exact(server: Server, api: Any, stringify: Any) -> None:
    if stringify is not None and not server.sends_json:
        with pytest.raises(BadRequestException, match=r"stringify needs Airflow 2\.10 or later: omit it"):
            list(api.iter_xcoms(*KINDS, stringify=stringify))
        return
    xcoms = api.iter_xcoms(*KINDS, ordered=False, stringify=stringify, on_error="skip")
    form = as_text if stringify or not server.sends_json else as_json
    expected = {key: repr(form(server, key)) for key in server.kinds if key != "none" or server.sends_json}
    assert_equal_tables({xcom.key: repr(xcom.value) for xcom in xcoms}, expected)


def test_each_value_has_the_id_of_its_run(server: Server, api: Any) -> None:
    """Rows of Airflow 2 have no run id: the client looks the runs up."""
    xcoms = api.iter_xcoms(on_error="yield")
    results = list(xcoms)
    errors = [result for result in results if isinstance(result, Exception)]
    # Keys that this release lists and does not accept in a path, and values that it cannot send.
    unreadable = [] if server.sends_json else ["none"]
    mapped = [] if server.knows_map_index else ["mapped"]
    for error in errors:
        entry = error.entry
        assert "/" in entry.key or entry.key in unreadable or entry.task_id in mapped
    read = [result for result in results if not isinstance(result, Exception)]
    assert len(results) + xcoms.counts.deleted == xcoms.counts.total
    runs = {(dag_id, run_id) for dag_id, run_ids in dataset.RUNS.items() for run_id in run_ids}
    if server.major == 3:
        runs.add(("other", dataset.RUN_WITHOUT_DATE))
    assert {(xcom.dag_id, xcom.run_id) for xcom in read} >= runs
    for xcom in read[:: len(read) // 20]:
        single = api.get_xcom_entry(
            *(xcom.dag_id, xcom.run_id, xcom.task_id, xcom.key), map_index=xcom.map_index, **server.json_parameters
        )
        assert repr(single.value) == repr(xcom.value)


@pytest.mark.every_client
def test_runs_a_microsecond_apart_have_their_own_values(api: Any) -> None:
    xcoms = list(api.iter_xcoms("close", "~"))
    assert sorted(xcom.value for xcom in xcoms) == sorted(xcom.run_id for xcom in xcoms)
    assert {xcom.run_id for xcom in xcoms} == {dataset.CLOSE_1, dataset.CLOSE_2}


@pytest.mark.every_client
def test_mapped_tasks_have_a_value_for_each_map_index(server: Server, api: Any) -> None:
    if not server.knows_map_index:
        with pytest.raises(ServiceException, match=r"Airflow 2\.6 and earlier cannot send the XComs of a mapped task"):
            list(api.iter_xcoms("contract", RUN_1, "mapped"))
        return
    xcoms = list(api.iter_xcoms("contract", RUN_1, "mapped", xcom_key="return_value"))
    assert sorted((xcom.map_index, xcom.value) for xcom in xcoms) == [(i, server.sent(i * 10)) for i in range(5)]


@pytest.mark.every_client
@pytest.mark.every_login
def test_permission_for_xcoms_suffices_but_for_run_ids_on_airflow_2(server: Server) -> None:
    if not server.knows_roles:
        pytest.skip("no role of this server may read XComs alone")
    with ApiClient(configuration(server, "xcoms-only", "xcoms-only-pw")) as client:
        api = XComApi(client)
        selected = {"xcom_key": "k0001"} if server.knows_map_index else {}
        assert next(iter(api.iter_xcoms(*MANY, **selected))) is not None
        if server.major == 2:
            with pytest.raises(ForbiddenException, match="Airflow 2 sends no run ids"):
                list(api.iter_xcoms("many", **selected))
        else:
            assert [xcom.value for xcom in api.iter_xcoms("many", xcom_key="k0001")] == [1]
