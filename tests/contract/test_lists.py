"""What every Airflow answers to a list: the same calls, and the same assertions for each."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Optional

import pytest

from airflow_client.xcom import (
    ApiTypeError,
    ApiUnsupportedError,
    ApiValueError,
    BadRequestException,
    ServiceException,
)
from tests.contract import pushed
from tests.contract.expected import KINDS, MAPPED, RUN_BY_RUN_MIN, fields_of_a_row, keys, refused
from tests.contract.pushed import RUN_1
from tests.contract.servers import Server
from tests.contract.sides import XComApi


class TestRows:
    def test_there_is_one_for_each_key_in_order(self, server: Server, api: XComApi) -> None:
        page = api.get_xcom_entries(*KINDS, limit=100)
        assert [row.key for row in page.xcom_entries] == sorted(server.kinds)
        assert page.total_entries == len(server.kinds)

    def test_have_names_and_dates_and_no_value(self, server: Server, api: XComApi) -> None:
        row = api.get_xcom_entries(*MAPPED, limit=1).xcom_entries[0]
        assert sorted(row) == fields_of_a_row(server)
        assert (row.dag_id, row.task_id, row.key, row.map_index) == ("contract", "mapped", "return_value", 0)
        assert row.logical_date == row.execution_date == datetime(2024, 1, 1, tzinfo=timezone.utc)
        assert row.timestamp.utcoffset() == timedelta(0)
        assert row.run_id == (None if server.major == 2 else RUN_1)
        newest = server.version == "3.3.2"
        assert (row.dag_display_name, row.task_display_name) == (("contract", "mapped") if newest else (None, None))
        assert row.run_after == (datetime(2024, 1, 1, tzinfo=timezone.utc) if newest else None)

    def test_are_in_the_order_of_map_index_and_key(self, api: XComApi) -> None:
        rows = api.get_xcom_entries(*MAPPED).xcom_entries
        assert [(row.map_index, row.key) for row in rows] == [
            (index, key) for index in range(5) for key in ("return_value", "square")
        ]

    def test_of_what_does_not_exist_are_none(self, api: XComApi) -> None:
        for missing in range(3):
            ids = ["nope" if i == missing else id_ for i, id_ in enumerate(KINDS)]
            page = api.get_xcom_entries(*ids)
            assert (page.xcom_entries, page.total_entries) == ([], 0)

    def test_of_a_run_without_a_logical_date(self, server: Server, api: XComApi) -> None:
        if server.major == 3:
            row = api.get_xcom_entries("other", pushed.RUN_WITHOUT_DATE, "one").xcom_entries[0]
            assert (row.logical_date, row.execution_date, row["logical_date"]) == (None, None, None)
            assert row.run_id == pushed.RUN_WITHOUT_DATE
            assert api.get_xcom_entry("other", pushed.RUN_WITHOUT_DATE, "one", "return_value").value == "other"


class TestPages:
    @pytest.mark.parametrize("limit", [None, 2, 100, 10000, 0])
    def test_limit_is_capped_silently(self, server: Server, api: XComApi, limit: Optional[int]) -> None:
        page = api.get_xcom_entries(*RUN_BY_RUN_MIN, limit=limit)
        asked = server.default_limit if limit is None or (limit == 0 and server.major == 2) else limit
        assert (len(page.xcom_entries), page.total_entries) == (min(asked, server.page_limit or 250, 250), 250)

    @pytest.mark.parametrize(("offset", "came"), [(0, ["k0000", "k0001"]), (249, ["k0249"]), (250, []), (9999, [])])
    def test_offset_skips_rows_and_keeps_the_total(self, api: XComApi, offset: int, came: list[str]) -> None:
        page = api.get_xcom_entries(*RUN_BY_RUN_MIN, offset=offset, limit=2)
        assert ([row.key for row in page.xcom_entries], page.total_entries) == (came, 250)

    def test_an_offset_beyond_the_database_is_a_failure_of_the_server(self, api: XComApi) -> None:
        assert type(refused(api, *RUN_BY_RUN_MIN, offset=10**23)) is ServiceException


class TestFilters:
    def test_by_key(self, api: XComApi) -> None:
        assert keys(api, *MAPPED, xcom_key="square") == ["square"] * 5

    def test_by_map_index(self, api: XComApi) -> None:
        assert keys(api, *MAPPED, map_index=3) == ["return_value", "square"]
        assert keys(api, *MAPPED, map_index=-1) == []
        assert len(keys(api, *RUN_BY_RUN_MIN, map_index=-1, limit=100)) == 100

    def test_by_both(self, api: XComApi) -> None:
        assert keys(api, *MAPPED, map_index=3, xcom_key="square") == ["square"]

    @pytest.mark.parametrize("key", pushed.ODD_KEYS)
    def test_by_an_odd_key(self, api: XComApi, key: str) -> None:
        assert keys(api, "contract", RUN_1, "odd_keys", xcom_key=key) == [key]

    def test_a_tilde_stands_for_all(self, server: Server, api: XComApi) -> None:
        assert keys(api, "~", RUN_1, "one") == ["return_value"]
        rows = api.get_xcom_entries("contract", "~", "mapped").xcom_entries
        dates = [datetime.fromisoformat(pushed.EXECUTION_DATES[run_id]) for run_id in pushed.RUNS["contract"]]
        assert [row.logical_date for row in rows] == [date for date in dates for _ in range(10)]
        pushes = sum(
            len(pushed.RUNS[dag]) * sum(len(values.keys() - server.refused_kinds.keys()) for values in tasks.values())
            for dag, tasks in pushed.TASKS.items()
        )
        without_a_date = 1 if server.major == 3 else 0
        assert api.get_xcom_entries("~", "~", "~", limit=1).total_entries == pushes + len(rows) + without_a_date


class TestFiltersOfAirflow3:
    """What only Airflow 3 filters by is refused where it cannot be known."""

    #: Each filter, and how many of the 20 XComs of the mapped task it leaves.
    EVERY: ClassVar[dict[str, tuple[Any, int]]] = {
        "xcom_key_pattern": ("turn_val", 10),
        "dag_display_name_pattern": ("CONTR%", 20),
        "run_id_pattern": ("2024-01", 10),
        "task_id_pattern": ("mapp", 20),
        "xcom_key_prefix_pattern": ("return", 10),
        "dag_display_name_prefix_pattern": ("con", 20),
        "run_id_prefix_pattern": ("manual", 20),
        "task_id_prefix_pattern": ("mapp", 20),
        "map_index_filter": (3, 4),
        "logical_date_gte": (datetime(2024, 1, 1, tzinfo=timezone.utc), 20),
        "logical_date_gt": (datetime(2024, 1, 1, tzinfo=timezone.utc), 10),
        "logical_date_lte": (datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 10),
        "logical_date_lt": (datetime(2024, 1, 1, tzinfo=timezone.utc), 0),
        "run_after_gte": (datetime(2024, 1, 1, tzinfo=timezone.utc), 20),
        "run_after_gt": (datetime(2023, 12, 31, tzinfo=timezone.utc), 20),
        "run_after_lte": (datetime(2024, 1, 1, tzinfo=timezone.utc), 10),
        "run_after_lt": (datetime(2024, 3, 1, tzinfo=timezone.utc), 20),
        "order_by": ("-map_index", 20),
    }

    @pytest.mark.parametrize("name", EVERY)
    def test_each(self, server: Server, api: XComApi, name: str) -> None:
        value, left = self.EVERY[name]
        keyword: Any = {name: value}
        if server.version == "3.3.2":
            assert len(api.get_xcom_entries("contract", "~", "mapped", **keyword).xcom_entries) == left
        else:
            with pytest.raises(
                ApiUnsupportedError, match=rf"^{name} needs Airflow 3\.[12](\.2)? or later; this server"
            ):
                api.get_xcom_entries("contract", "~", "mapped", **keyword)

    def test_order(self, server: Server, api: XComApi) -> None:
        if server.version == "3.3.2":
            rows = api.get_xcom_entries(*MAPPED, order_by=["-map_index", "key"]).xcom_entries
            expected = [(index, key) for index in range(4, -1, -1) for key in ("return_value", "square")]
            assert [(row.map_index, row.key) for row in rows] == expected
            with pytest.raises(BadRequestException, match="Ordering with 'nope' is disallowed"):
                api.get_xcom_entries(*MAPPED, order_by="nope")

    def test_a_naive_datetime_is_refused(self, api: XComApi) -> None:
        with pytest.raises(ApiValueError, match="logical_date_gte must have a time zone"):
            api.get_xcom_entries(*MAPPED, logical_date_gte=datetime(2024, 1, 1))
        with pytest.raises(ApiTypeError, match="run_after_lt must be a datetime, not str"):
            api.get_xcom_entries(*MAPPED, run_after_lt="2024-01-01T00:00:00Z")
