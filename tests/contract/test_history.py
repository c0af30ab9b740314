"""The history of an XCom: its values in the last runs of a DAG."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom import ForbiddenException, NotFoundException, XComNotProducedException
from tests.contract import dag_runs
from tests.contract.clients import ApiClient, XComApi
from tests.contract.conftest import configuration
from tests.contract.dag_runs import DagRun
from tests.contract.dataset import CLOSE_1, CLOSE_2, RUN_1, RUN_2, RUN_WITHOUT_DATE
from tests.contract.servers import SINCE_2_7, Server
from tests.support.cases import all_cases

pytestmark = pytest.mark.every_client


def runs_of(xcoms: Any) -> list[str]:
    return [xcom.run_id for xcom in xcoms]


def test_the_last_runs_are_the_latest_and_the_oldest_of_them_is_first(api: Any) -> None:
    history = api.history("close", "one", "run")
    assert [xcom.value for xcom in history] == runs_of(history) == [CLOSE_1, CLOSE_2]
    assert history.missing == history.errors == []
    last = api.history("close", "one", "run", last=1)
    assert runs_of(last) == [CLOSE_2]
    assert last[0].dag_run.dag_run_id == CLOSE_2
    assert last[0].dag_run.state == "success"
    assert last[0].dag_run.logical_date == last[0].logical_date == history[-1].dag_run.logical_date


def test_state_selects_runs(api: Any) -> None:
    with all_cases() as case:
        for state, expected in (("success", [CLOSE_1, CLOSE_2]), (["failed", "success"], [CLOSE_1, CLOSE_2])):
            with case(str(state)):
                assert runs_of(api.history("close", "one", "run", state=state)) == expected
        with case("failed"):
            history = api.history("close", "one", "run", state="failed")
            assert (len(history), history.missing) == (0, [])


def test_values_are_json_unless_text_is_requested(server: Server, api: Any) -> None:
    values = [xcom.value for xcom in api.history("contract", "kinds", "list")]
    assert values == [server.sent([1, "two", 3.0, None, True])] * 2
    if not server.sends_json:
        return
    as_text = [xcom.value for xcom in api.history("contract", "kinds", "list", stringify=True, last=1)]
    assert [type(value) for value in as_text] == [str]


def test_runs_without_the_xcom_are_left_out_and_listed(server: Server, client: Any, api: Any) -> None:
    run = DagRun(server, client)
    run.create()
    try:
        history = api.history("contract", "kinds", "int")
        recent = api.history("contract", "kinds", "int", last=2)
    finally:
        run.delete()
    assert runs_of(history) == [RUN_1, RUN_2]
    assert runs_of(recent) == [RUN_2]
    assert [run.dag_run_id for run in history.missing] == [run.dag_run_id for run in recent.missing] == [dag_runs.RUN]
    assert [run.dag_run_id for run in api.history("contract", "nope").missing] == [RUN_1, RUN_2]


@pytest.mark.airflow(*SINCE_2_7)
def test_a_mapped_task_needs_a_map_index(server: Server, api: Any) -> None:
    with pytest.raises(XComNotProducedException, match="task 'mapped' is mapped in DAG run") as raised:
        api.history("contract", "mapped")
    assert raised.value.hint is not None
    assert raised.value.hint.startswith("set map_index, which counts from 0")
    history = api.history("contract", "mapped", map_index=2)
    assert [(xcom.value, xcom.map_index) for xcom in history] == [(server.sent(20), 2)] * 2
    assert len(api.history("contract", "mapped", map_index=-1).missing) == 2
    assert len(api.history("contract", "mapped", map_index=99).missing) == 2


def test_a_dag_that_does_not_exist(server: Server, api: Any) -> None:
    if server.major == 3:
        with pytest.raises(NotFoundException, match="nope"):
            api.history("nope", "task")
    else:
        history = api.history("nope", "task")
        assert (len(history), history.missing) == (0, [])


@pytest.mark.airflow("3.")
def test_runs_without_a_logical_date_are_in_the_order_of_run_after(api: Any) -> None:
    history = api.history("other", "one")
    assert runs_of(history) == [RUN_1, RUN_WITHOUT_DATE]
    assert history[-1].logical_date is None
    assert history[-1].dag_run.run_after.isoformat() == "2024-03-01T00:00:00+00:00"


@pytest.mark.every_login
def test_it_needs_permission_to_read_dag_runs(server: Server) -> None:
    if not server.knows_roles:
        pytest.skip("no role of this server may read XComs alone")
    with ApiClient(configuration(server, "xcoms-only", "xcoms-only-pw")) as client:
        with pytest.raises(ForbiddenException, match=r"read .*DAG Runs"):
            XComApi(client).history("close", "one", "run")
