"""A page's repr tells if rows are missing, and a 404 names everything that may be."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, Configuration, NotFoundException, XComApi

RUN = "manual__2024-01-01T00:00:00+00:00"
TASK = ("dag", RUN, "task")
NOTE = "rows: iter_xcom_entries and iter_xcoms read all pages"


@pytest.fixture(scope="module", params=["2.11.2", "3.3.2"])
def api(request: pytest.FixtureRequest) -> Any:
    with EmbeddedAirflow(request.param) as server:
        server.add_user("admin", "pw")
        for i in range(120):
            server.push_xcom(*TASK, f"k{i:03}", i)
        with ApiClient(Configuration(host=server.base_url, username="admin", password="pw")) as client:
            yield XComApi(client)


class TestRepr:
    def test_of_a_page_that_the_server_cut(self, api: XComApi) -> None:
        page = api.get_xcom_entries(*TASK)
        assert repr(page).endswith(f"\n# {len(page)} of 120 {NOTE}")
        assert NOTE not in page.to_str()

    @pytest.mark.parametrize("parameters", [{"limit": 5}, {"offset": 5}, {"limit": 100, "offset": 0}])
    def test_of_a_page_that_the_caller_cut(self, api: XComApi, parameters: dict[str, Any]) -> None:
        assert NOTE not in repr(api.get_xcom_entries(*TASK, **parameters))

    def test_of_all_rows(self, api: XComApi) -> None:
        assert NOTE not in repr(api.get_xcom_entries(*TASK, xcom_key="k001"))

    def test_of_a_page_with_http_info(self, api: XComApi) -> None:
        assert NOTE in repr(api.get_xcom_entries_with_http_info(*TASK).data)


class TestNotFound:
    @pytest.mark.parametrize(
        ("map_index", "index"), [(None, "a mapped task needs map_index"), (3, "the task has no map_index 3")]
    )
    def test_names_the_run_the_task_the_key_and_the_map_index(self, api: XComApi, map_index: Any, index: str) -> None:
        with pytest.raises(NotFoundException) as caught:
            api.get_xcom_entry(*TASK, "nope", map_index=map_index)
        assert caught.value.hint == (
            f"the DAG run '{RUN}', the task 'task' or the key 'nope' does not exist, or {index}. "
            "List the existing XComs with get_xcom_entries"
        )
