"""Runs that are triggered: bodies, ids that the server makes, and refusals. No scheduler runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.xcom import (
    ApiClient,
    ApiException,
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from tests.contract import triggered
from tests.contract.conftest import configuration
from tests.contract.servers import Server
from tests.support.cases import all_cases

PATH = "/dags/{dag_id}/dagRuns"
DATE = "2025-05-05T00:00:00Z"


class Runs:
    """Runs of the DAG with three tasks, which the test deletes."""

    def __init__(self, server: Server, client: ApiClient) -> None:
        self._server = server
        self._client = client
        self._date = {} if server.major == 2 else {"logical_date": None}
        self.ids: list[str] = []

    def post(self, client: Any = None, dag_id: str = triggered.PAUSED, **body: Any) -> Any:
        body = {**self._date, **body}
        ids = {"dag_id": dag_id}
        run = (client or self._client).call_api(PATH, "POST", ids, body=body, _return_http_data_only=True)
        self.ids.append(run["dag_run_id"])
        return run

    def delete(self) -> None:
        for run_id in self.ids:
            if self._server.embedded:
                self._server.embedded.delete_run(triggered.PAUSED, run_id)
            else:
                ids = {"dag_id": triggered.PAUSED, "run_id": run_id}
                self._client.call_api(PATH + "/{run_id}", "DELETE", ids)


@pytest.fixture
def runs(server: Server, client: ApiClient) -> Iterator[Runs]:
    runs = Runs(server, client)
    yield runs
    runs.delete()


def date_of(server: Server, run: Any) -> str:
    return str(run["execution_date" if server.major == 2 else "logical_date"]).replace("+00:00", "Z")


def test_the_response_is_the_new_run(server: Server, client: ApiClient, runs: Runs) -> None:
    note = {"note": "why"} if server.has_notes else {}
    run = runs.post(dag_run_id="mine", conf={"a": [1, None]}, logical_date=DATE, **note)
    assert run == client.call_api(f"/dags/{triggered.PAUSED}/dagRuns/mine", "GET", _return_http_data_only=True)
    expected = {"dag_run_id": "mine", "conf": {"a": [1, None]}, "run_type": "manual", "state": "queued", **note}
    assert expected.items() <= run.items()
    assert (date_of(server, run), run["start_date"], run["end_date"]) == (DATE, None, None)
    if server.major == 2:
        assert run["external_trigger"] is True
    else:
        assert (run["triggered_by"], run.get("triggering_user_name", "admin")) == ("rest_api", "admin")
        assert run["run_after"] <= run["queued_at"]
    path = f"/dags/{triggered.PAUSED}/dagRuns/mine/taskInstances"
    instances = client.call_api(path, "GET", _return_http_data_only=True)["task_instances"]
    assert [(instance["task_id"], instance["state"]) for instance in instances] == [("echo", None)]


def test_the_server_makes_ids(server: Server, runs: Runs) -> None:
    dates = r"manual__20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00"
    ending = "_.{8}" if server.release[:2] == (3, 0) else ""
    for body in ({}, {"dag_run_id": ""}):
        run = runs.post(**body)
        assert re.fullmatch(dates + ending, run["dag_run_id"])
        assert (run["conf"], run.get("note")) == ({}, None)
    run = runs.post(logical_date=DATE)
    if server.major == 2:
        assert run["dag_run_id"] == "manual__2025-05-05T00:00:00+00:00"
    else:  # named after the date of the request
        assert re.fullmatch(dates, run["dag_run_id"])
        run = runs.post(run_after="2025-06-11T00:00:00Z")
        assert run["dag_run_id"].startswith("manual__2025-06-11T00:00:00+00:00")
        assert (run["run_after"], run["logical_date"]) == ("2025-06-11T00:00:00Z", None)


def test_ids_and_dates_are_unique(server: Server, runs: Runs) -> None:
    runs.post(dag_run_id="taken", logical_date=DATE)
    for body, reason in (
        ({"dag_run_id": "taken"}, "DAGRun ID: 'taken' already exists"),
        (
            {"dag_run_id": "other", "logical_date": DATE},
            "DAGRun logical date: '2025-05-05 00:00:00+00:00' already exists",
        ),
    ):
        with pytest.raises(ConflictException) as caught:
            runs.post(**body)
        assert (reason if server.major == 2 else "Unique constraint violation") in str(caught.value)


def test_wrong_bodies_are_refused_with_the_reason(server: Server, runs: Runs) -> None:
    #: (body, reason of Airflow 2, reason of Airflow 3: None if it is the same and a 400 too)
    cases: list[tuple[dict[str, Any], str, Any]] = [
        ({"dag_run_id": 1}, "1 is not of type 'string' - 'dag_run_id'", "Input should be a valid string"),
        ({"conf": [1]}, "[1] is not of type 'object' - 'conf'", "Input should be a valid dictionary"),
        ({"conf": "x"}, "'x' is not of type 'object' - 'conf'", "Input should be a valid dictionary"),
        ({"note": 1}, "1 is not of type 'string' - 'note'", "Input should be a valid string"),
        ({"foo": 1}, "{'foo': ['Unknown field.']}", "Extra inputs are not permitted"),
        ({"state": "queued"}, "Property is read-only - 'state'", "Extra inputs are not permitted"),
        ({"logical_date": "abc"}, "'abc' is not a 'date-time' - 'logical_date'", "input is too short"),
        (
            {"logical_date": "2025-05-05T00:00:00"},
            "'2025-05-05T00:00:00' is not a 'date-time' - 'logical_date'",
            "Input should have timezone info",
        ),
        (
            {"data_interval_start": DATE},
            "Both 'data_interval_start' and 'data_interval_end' must be specified together",
            "Either both data_interval_start and data_interval_end must be provided or both must be None",
        ),
        (
            {"dag_run_id": "scheduled__1"},
            "A manual DAG run cannot use ID 'scheduled__1' since it is reserved for",
            None,
        ),
    ]
    if server.release < (2, 9):  # a response has the interval, a request has not
        cases = [case for case in cases if "data_interval_start" not in case[0]]
    if not server.has_notes:
        cases = [case for case in cases if case[0].keys() & {"conf", "foo", "state"}]
    with all_cases() as case:
        for body, reason_2, reason_3 in cases:
            reason = reason_2 if server.major == 2 or reason_3 is None else reason_3
            refusal = BadRequestException if reason == reason_2 else UnprocessableEntityException
            with case(body):
                with pytest.raises(refusal) as caught:
                    runs.post(**body)
                assert reason in str(caught.value)
    if server.has_notes:  # nor does 2.4 check ids
        with pytest.raises(ServiceException if server.major == 2 else BadRequestException):
            runs.post(dag_run_id="a/b")


@pytest.mark.airflow("3.")
def test_airflow_3_needs_a_logical_date_that_may_be_null(client: ApiClient) -> None:
    with pytest.raises(UnprocessableEntityException, match="logical_date: Field required"):
        client.call_api(PATH, "POST", {"dag_id": triggered.PAUSED}, body={})


def test_notes_are_limited_on_airflow_2_and_by_databases(server: Server, runs: Runs) -> None:
    if not server.has_notes:
        with pytest.raises(BadRequestException, match=r"'note': \['Unknown field"):
            runs.post(note="n")
    elif server.major == 2:
        with pytest.raises(BadRequestException, match="Longer than maximum length 1000"):
            runs.post(note="n" * 1001)
    elif server.database != "sqlite":
        with pytest.raises(UnprocessableEntityException, match="Value rejected by database"):
            runs.post(note="n" * 1001)
    else:
        assert runs.post(note="n" * 1001)["note"] == "n" * 1001


def test_a_missing_dag_has_no_run_to_trigger(runs: Runs) -> None:
    for dag_id in ("nope", "~"):
        with pytest.raises(NotFoundException, match=f"D(ag|AG) with dag_id: '{dag_id}' not found"):
            runs.post(dag_id=dag_id, dag_run_id="mine")


@pytest.mark.every_login
def test_viewers_may_not_trigger(server: Server, runs: Runs) -> None:
    for name in ("viewer", "nobody"):
        with ApiClient(configuration(server, name, f"{name}-pw")) as client, pytest.raises(ForbiddenException):
            runs.post(client)
    with ApiClient(configuration(server, None, None)) as client:
        with pytest.raises((UnauthorizedException, ForbiddenException)) as caught:
            runs.post(client)
        assert isinstance(caught.value, ApiException)
        assert caught.value.status == server.refusal
