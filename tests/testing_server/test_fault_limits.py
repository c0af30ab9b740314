"""Faults of overloaded servers, of logins and of data."""

from __future__ import annotations

import threading
import time

from airflow_client.testing import EmbeddedAirflow
from tests.support.wait import wait_until
from tests.testing_server.client import RUN, TASK_2, TASK_3, credentials, filled, get, request
from tests.testing_server.test_faults import VERSION, ask, connection_to, statuses

# ------------------------------------------------------------------------- limits and overload


def test_requests_beyond_a_rate_are_refused(airflow_3: EmbeddedAirflow) -> None:
    fault = airflow_3.limit_rate(3, seconds=1, retry_after=2)
    with connection_to(airflow_3) as connection:
        found = []
        for _ in range(5):
            response = ask(connection)
            response.read()
            found.append((response.status, response.headers["Retry-After"]))
        assert found == [(200, None)] * 3 + [(429, "2")] * 2
        time.sleep(1)
        assert ask(connection).status == 200
    assert fault.count == 2
    airflow_3.reset()
    airflow_3.limit_rate(1, "/auth/*", seconds=600, retry_after=None)
    assert statuses(airflow_3, "/auth/token", VERSION, "/auth/token", VERSION) == [403, 200, 429, 200]


def test_requests_beyond_a_number_wait_for_others_or_fail(airflow_3: EmbeddedAirflow) -> None:
    delay = airflow_3.delay(600)
    limit = airflow_3.max_concurrent(2, timeout=60)
    found: list[int] = []
    clients = [threading.Thread(target=lambda: found.extend(statuses(airflow_3, VERSION))) for _ in range(5)]
    for client in clients:
        client.start()
    wait_until(lambda: limit.count == 3)
    assert delay.count == 2  # the others wait outside
    delay.remove()
    for client in clients:
        client.join()
    assert found == [200] * 5
    assert limit.count == 3
    limit.remove()


def test_a_request_that_waits_too_long_is_a_500(airflow: EmbeddedAirflow) -> None:
    path = f"{airflow.host[len(airflow.base_url) :]}/version"
    delay = airflow.delay(600, times=1)
    limit = airflow.max_concurrent(1, timeout=0.01)
    holder = threading.Thread(target=statuses, args=(airflow, path))
    holder.start()
    wait_until(lambda: delay.count)
    assert statuses(airflow, path) == [500]
    assert limit.count == 1
    delay.remove()
    holder.join()
    assert statuses(airflow, path) == [200]


# ------------------------------------------------------------------------- logins and data


def test_tokens_expire() -> None:
    with filled("3.3.2") as airflow:
        headers = credentials(airflow)
        assert get(airflow, TASK_3, headers).status == 200
        airflow.expire_tokens()
        expired = get(airflow, TASK_3, headers)
        assert (expired.status, expired.json["detail"]) == (401, "Token Expired")
        assert get(airflow, TASK_3).status == 200
        airflow.revoke_tokens()
        assert get(airflow, TASK_3, headers).json["detail"] == "Invalid JWT token"


def test_an_unreadable_xcom_is_a_500_like_each_page_that_contains_it(airflow: EmbeddedAirflow) -> None:
    task = TASK_3 if airflow.host.endswith("v2") else TASK_2
    query = "&order_by=key" if airflow.host.endswith("v2") else ""
    headers = credentials(airflow)
    xcom = airflow.push_xcom("lab", RUN, "kinds", "bad", 1)
    fault = airflow.unreadable(xcom)
    cases = (f"{task}/bad", task, f"{task}?limit=1{query}", f"{task}?limit=1&offset=1", f"{task}/str")
    assert [get(airflow, target, headers).status for target in cases] == [500, 500, 500, 200, 200]
    assert fault.count == 3
    airflow.push_xcom("lab", RUN, "kinds", "bad", 1)
    assert get(airflow, f"{task}/bad", headers).json["key"] == "bad"
    again = airflow.unreadable(airflow.xcoms[0])
    assert get(airflow, task, headers).status == 500
    again.remove()
    assert get(airflow, task, headers).status == 200
    airflow.unreadable(xcom)
    airflow.delete_run("lab", RUN)
    airflow.push_xcom("lab", RUN, "kinds", "bad", 1)
    assert get(airflow, f"{task}/bad", headers).status == 200
    airflow.unreadable(xcom)
    airflow.reset()
    airflow.add_user("admin", "admin-pw")
    airflow.push_xcom("lab", RUN, "kinds", "bad", 1)
    assert get(airflow, f"{task}/bad").status == 200


def test_an_unreadable_xcom_can_be_deleted_and_not_replaced(airflow_3: EmbeddedAirflow) -> None:
    fault = airflow_3.unreadable(airflow_3.xcoms[0])
    assert request(airflow_3, "POST", TASK_3, {"key": "str", "value": 1}).status == 500
    assert request(airflow_3, "PATCH", f"{TASK_3}/str", {"value": 1}).status == 500
    assert fault.count == 2
    assert request(airflow_3, "DELETE", f"{TASK_3}/str").status == 204
    assert request(airflow_3, "POST", TASK_3, {"key": "str", "value": 1}).status == 201
    assert fault.count == 2
