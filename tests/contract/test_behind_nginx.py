"""A real nginx in front that strips a prefix: it decodes and folds paths, and no key may reach another endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_client.xcom import ApiException, ApiValueError, Configuration, UnexpectedContentException
from tests.contract import dataset
from tests.contract.clients import ApiClient, XComApi
from tests.contract.expected import KINDS
from tests.contract.servers import Server
from tests.support import nginx
from tests.support.cases import all_cases

#: Keys that lead a client which only percent-encodes them to another path.
LEADING_AWAY = [
    *("//return_value", "x/../str", "./str", "str/", "../xcomEntries/str", "../../../../../../contract"),
    *("../../../../../../../pools", "../../../../../../../version", "../../../../../../../health", "..", "../..", "."),
    "..%2F..%2F..",
]


@pytest.fixture(scope="module", params=nginx.STRIPPING)
def front(request: pytest.FixtureRequest, server: Server) -> Iterator[str]:
    """The URL of an nginx in front of the server."""
    running = nginx.running_nginx(urlsplit(server.url).netloc, location=nginx.STRIPPING[request.param])
    try:
        url = running.__enter__()
    except nginx.NoNginx as error:
        pytest.skip(str(error))
    yield url
    running.__exit__(None, None, None)


@pytest.fixture
def api(front: str, client_kind: None) -> Iterator[Any]:
    with ApiClient(Configuration(host=front, username="admin", password="admin-pw")) as client:
        yield XComApi(client)


def received(api: Any, key: str) -> Any:
    """Return the key of the entry that a call for ``key`` returns, or its exception."""
    try:
        return api.get_xcom_entry(*KINDS, key).key
    except ApiException as error:
        return error


def test_each_entry_is_the_requested_one(api: Any) -> None:
    keys = {row.key for row in api.iter_xcom_entries(*KINDS)}
    results = {key: received(api, key) for key in keys}
    refused = [key for key, result in results.items() if result != key]
    assert len(refused) < 10 < len(keys)
    for key in refused:  # nginx folds its path, or Airflow 2 redirects
        assert isinstance(results[key], ApiException), key
        assert "/" in key or key in (".", "..") or (key == "none" and results[key].status == 500), key


def test_keys_that_lead_away_return_nothing(api: Any) -> None:
    with all_cases() as case:
        for key in LEADING_AWAY:
            result = received(api, key)
            with case(key):
                if isinstance(result, UnexpectedContentException):
                    assert result.body is None or "<" in result.body[:200]  # a page outside of the API
                elif isinstance(result, ApiException):
                    assert result.status in (308, 400, 403, 404, 405, 500)  # 500: Airflow 3 to an empty key
                else:
                    assert result == key
                    assert key in dataset.TASKS["contract"]["kinds"]


def test_keys_that_lead_away_are_refused_where_no_response_would_show_it(api: Any) -> None:
    ids = dict(zip(("dag_id", "dag_run_id", "task_id"), KINDS))
    for key in LEADING_AWAY:
        for name, keywords in (
            ("delete_xcom_entry", {}),
            ("update_xcom_entry", {"value": 1}),
            ("create_xcom_entry", {"value": 1}),
            ("get_xcom_entry_without_preload_content", {}),
        ):
            with pytest.raises(ApiValueError, match="xcom_key must not have an empty"):
                getattr(api, name)(**ids, xcom_key=key, **keywords)
    assert api.get_xcom_entries(*KINDS, limit=1).total_entries > 30  # the DAG is still there
