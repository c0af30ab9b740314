"""Lists: rows, pages and filters."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest

from airflow_client.xcom import ApiUnsupportedError, BadRequestException, ServiceException, UnprocessableEntityException
from airflow_client.xcom.core.api_version import MIN_VERSION
from tests.contract import dataset
from tests.contract.clients import XComApi
from tests.contract.dataset import RUN_1
from tests.contract.expected import KINDS, MANY, MAPPED, error_of, keys, row_fields
from tests.contract.servers import Server
from tests.support.cases import all_cases


@pytest.mark.every_release
class TestRows:
    @pytest.mark.every_client
    def test_each_key_has_one_row_in_order(self, server: Server, api: XComApi) -> None:
        page = api.get_xcom_entries(*KINDS, limit=100)
        assert [row.key for row in page.xcom_entries] == sorted(server.kinds)
        assert page.total_entries == len(server.kinds)

    def test_rows_have_ids_and_dates_but_no_value(self, server: Server, api: XComApi) -> None:
        row = api.get_xcom_entries(*MAPPED, limit=1).xcom_entries[0]
        assert sorted(row) == row_fields(server)
        index = 0 if server.knows_map_index else None
        assert (row.dag_id, row.task_id, row.key, row.map_index) == ("contract", "mapped", "return_value", index)
        assert row.logical_date == row.execution_date == datetime(2024, 1, 1, tzinfo=timezone.utc)
        assert row.timestamp.utcoffset() == timedelta(0)
        assert row.run_id == (None if server.major == 2 else RUN_1)
        newest = server.release >= (3, 1)
        assert (row.dag_display_name, row.task_display_name) == (("contract", "mapped") if newest else (None, None))
        assert row.run_after == (datetime(2024, 1, 1, tzinfo=timezone.utc) if newest else None)

    def test_rows_are_ordered_by_map_index_and_key(self, server: Server, api: XComApi) -> None:
        rows = api.get_xcom_entries(*MAPPED).xcom_entries
        found = [(row.map_index, row.key) for row in rows]
        expected: list[Any] = [(index, key) for index in range(5) for key in ("return_value", "square")]
        if not server.has_stable_order:  # by key alone
            assert [key for _, key in found] == sorted(key for _, key in expected)
            indexes = [index if server.knows_map_index else None for index, _ in expected]
            assert sorted(map(str, (index for index, _ in found))) == sorted(map(str, indexes))
        else:
            assert found == expected

    def test_missing_dag_run_or_task_has_no_rows(self, api: XComApi) -> None:
        for missing in range(3):
            ids = ["nope" if i == missing else id_ for i, id_ in enumerate(KINDS)]
            page = api.get_xcom_entries(*ids)
            assert (page.xcom_entries, page.total_entries) == ([], 0)

    @pytest.mark.airflow("3.")
    def test_runs_without_logical_date_have_rows(self, api: XComApi) -> None:
        row = api.get_xcom_entries("other", dataset.RUN_WITHOUT_DATE, "one").xcom_entries[0]
        assert (row.logical_date, row.execution_date, row["logical_date"]) == (None, None, None)
        assert row.run_id == dataset.RUN_WITHOUT_DATE
        assert api.get_xcom_entry("other", dataset.RUN_WITHOUT_DATE, "one", "return_value").value == "other"


@pytest.mark.every_release
class TestPages:
    def test_limit_is_capped(self, server: Server, api: XComApi) -> None:
        limits: list[Optional[int]] = [None, 2, 100, 10000, 0]
        with all_cases() as case:
            for limit in limits:
                with case(f"limit={limit}"):
                    page = api.get_xcom_entries(*MANY, limit=limit)
                    is_default = limit is None or (limit == 0 and server.major == 2)
                    requested = server.default_limit if is_default else limit
                    assert len(page.xcom_entries) == min(requested, server.page_limit or 250, 250)
                    assert page.total_entries == 250

    def test_offset_skips_rows(self, api: XComApi) -> None:
        expected: dict[int, list[str]] = {0: ["k0000", "k0001"], 249: ["k0249"], 250: [], 9999: []}
        with all_cases() as case:
            for offset, found in expected.items():
                with case(f"offset={offset}"):
                    page = api.get_xcom_entries(*MANY, offset=offset, limit=2)
                    assert ([row.key for row in page.xcom_entries], page.total_entries) == (found, 250)

    def test_offset_beyond_the_database_is_an_error(self, server: Server, api: XComApi) -> None:
        rejected = server.major == 3 and server.database != "sqlite"  # Airflow 3 says so of the errors of a driver
        kind = UnprocessableEntityException if rejected else ServiceException
        assert type(error_of(api, *MANY, offset=10**23)) is kind


@pytest.mark.every_release
class TestFilters:
    def test_map_index_and_key_filter_rows(self, server: Server, api: XComApi) -> None:
        if not server.knows_map_index:
            for name, value in (("map_index", 3), ("xcom_key", "square")):
                keyword: Any = {name: value}
                with pytest.raises(BadRequestException, match=f"{name} needs Airflow 2.7 or later: omit it"):
                    api.get_xcom_entries(*MAPPED, **keyword)
            return
        assert keys(api, *MAPPED, xcom_key="square") == ["square"] * 5
        assert keys(api, *MAPPED, map_index=3) == ["return_value", "square"]
        assert keys(api, *MAPPED, map_index=3, xcom_key="square") == ["square"]
        assert keys(api, *MAPPED, map_index=-1) == []
        assert len(keys(api, *MANY, map_index=-1, limit=100)) == 100

    @pytest.mark.every_client
    def test_odd_keys_are_found(self, server: Server, api: XComApi) -> None:
        if not server.knows_map_index:  # nor filters of keys
            assert set(keys(api, "contract", RUN_1, "odd_keys")) == set(server.odd_keys)
            return
        with all_cases() as case:
            for key in server.odd_keys:
                with case(repr(key)):
                    assert keys(api, "contract", RUN_1, "odd_keys", xcom_key=key) == [key]

    def test_tilde_selects_all(self, server: Server, api: XComApi) -> None:
        assert keys(api, "~", RUN_1, "one") == ["return_value"]
        rows = api.get_xcom_entries("contract", "~", "mapped").xcom_entries
        dates = [datetime.fromisoformat(dataset.EXECUTION_DATES[run_id]) for run_id in dataset.RUNS["contract"]]
        assert [row.logical_date for row in rows] == [date for date in dates for _ in range(10)]
        pushes = sum(
            len(dataset.RUNS[dag]) * sum(len(values.keys() - server.refused_kinds.keys()) for values in tasks.values())
            for dag, tasks in dataset.TASKS.items()
        )
        without_a_date = 1 if server.major == 3 else 0
        assert api.get_xcom_entries("~", "~", "~", limit=1).total_entries == pushes + len(rows) + without_a_date


@pytest.mark.every_release
class TestFiltersOfAirflow3:
    #: Each filter with a value, and how many of the 20 XComs of the mapped task it selects.
    SELECTED = (
        ("xcom_key_pattern", "turn_val", 10),
        ("dag_display_name_pattern", "CONTR%", 20),
        ("run_id_pattern", "2024-01", 10),
        ("task_id_pattern", "mapp", 20),
        ("xcom_key_prefix_pattern", "return", 10),
        ("dag_display_name_prefix_pattern", "con", 20),
        ("run_id_prefix_pattern", "manual", 20),
        ("task_id_prefix_pattern", "mapp", 20),
        ("map_index_filter", 3, 4),
        ("logical_date_gte", datetime(2024, 1, 1, tzinfo=timezone.utc), 20),
        ("logical_date_gt", datetime(2024, 1, 1, tzinfo=timezone.utc), 10),
        ("logical_date_lte", datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 10),
        ("logical_date_lt", datetime(2024, 1, 1, tzinfo=timezone.utc), 0),
        ("run_after_gte", datetime(2024, 1, 1, tzinfo=timezone.utc), 20),
        ("run_after_gt", datetime(2023, 12, 31, tzinfo=timezone.utc), 20),
        ("run_after_lte", datetime(2024, 1, 1, tzinfo=timezone.utc), 10),
        ("run_after_lt", datetime(2024, 3, 1, tzinfo=timezone.utc), 20),
        ("order_by", "-map_index", 20),
    )

    @pytest.mark.every_client
    def test_filters_select_rows_or_name_the_release_they_need(self, server: Server, api: XComApi) -> None:
        with all_cases() as case:
            for name, value, selected in self.SELECTED:
                keyword: Any = {name: value}
                with case(name):
                    if server.release >= MIN_VERSION[name]:
                        rows = api.get_xcom_entries("contract", "~", "mapped", **keyword).xcom_entries
                        assert len(rows) == selected
                    else:
                        message = rf"^{name} needs Airflow 3\.[12](\.2)? or later; this server"
                        with pytest.raises(ApiUnsupportedError, match=message):
                            api.get_xcom_entries("contract", "~", "mapped", **keyword)

    @pytest.mark.airflow("3.2", "3.3")
    def test_order_by_orders_rows(self, api: XComApi) -> None:
        rows = api.get_xcom_entries(*MAPPED, order_by=["-map_index", "key"]).xcom_entries
        expected = [(index, key) for index in range(4, -1, -1) for key in ("return_value", "square")]
        assert [(row.map_index, row.key) for row in rows] == expected
        with pytest.raises(BadRequestException, match="Ordering with 'nope' is disallowed"):
            api.get_xcom_entries(*MAPPED, order_by="nope")
