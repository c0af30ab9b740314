"""Policy of calls that need new credentials at the same time, without sockets and threads."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.xcom.core import policy
from airflow_client.xcom.core.login import SuppliedToken
from airflow_client.xcom.core.messages import Request, Response
from airflow_client.xcom.core.options import DEFAULT_TIMEOUTS
from airflow_client.xcom.core.server import Server
from airflow_client.xcom.headers import Headers, ResponseHeaders
from tests.support.flows import run_sleeping


def run_together(*calls: policy.Flow[Any]) -> list[Any]:
    """Run calls that all wait for the lock before the first of them gets it; return their results."""
    results = []
    for call, step in [(call, next(call)) for call in calls]:
        assert isinstance(step, policy.Exclusive)
        run_sleeping(step.steps, print)
        with pytest.raises(StopIteration) as end:
            next(call)
        results.append(end.value.value)
    return results


def test_calls_that_wait_for_each_other_get_the_credentials_of_the_first() -> None:
    tokens = ["three", "two", "one"]
    auth = SuppliedToken(tokens.pop)
    server = Server("http://x/api/v2", Headers)
    context = policy.CallContext(DEFAULT_TIMEOUTS, policy.RetryPolicy(0), policy.Budget(), lambda: 0.0)
    assert run_together(*(auth.prepare(server, context) for _ in range(2))) == [None, None]
    request = Request("GET", server.origin, "/api/v2/dags", Headers(), None)
    auth.sign(request.headers)
    assert request.headers["Authorization"] == "Bearer one"
    refusal = Response(401, None, ResponseHeaders(()), b"")
    assert run_together(*(auth.renew(request, refusal, server, context) for _ in range(2))) == [True, True]
    auth.sign(request.headers)
    assert (request.headers["Authorization"], tokens) == ("Bearer two", ["three"])
