"""``TypedDict`` types of the calls' keywords, for functions that pass them on: ``**keywords: Unpack[EntryKeywords]``.

:class:`XComApi` documents the keywords. ``async_req``, ``_return_http_data_only`` and ``_preload_content`` are left out
because they change the result type.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict


class CallOptions(TypedDict, total=False):
    """Keywords of every call."""

    _request_timeout: float | tuple[float, float] | None
    _request_auths: Iterable[Mapping[str, Any]] | None
    _headers: Mapping[str, str] | None
    _check_input_type: bool
    _check_return_type: bool
    _content_type: str | None
    _host_index: int | None
    _spec_property_naming: bool


class ValueKeywords(CallOptions, total=False):
    """Keywords of ``wait_for_xcom_entry`` except its times, and of ``get_xcom_entry_without_preload_content``."""

    map_index: int | None
    deserialize: bool | None
    stringify: bool | None


class EntryKeywords(ValueKeywords, total=False):
    """Keywords of ``get_xcom_entry``."""

    resolve: bool


class CopyKeywords(CallOptions, total=False):
    """Filters of ``copy_xcom_entries``."""

    map_index: int | None
    xcom_key: str | None
    xcom_key_pattern: str | None
    task_id_pattern: str | None
    xcom_key_prefix_pattern: str | None
    task_id_prefix_pattern: str | None


class DeleteKeywords(CopyKeywords, total=False):
    """Filters of ``delete_xcom_entries``."""

    dag_display_name_pattern: str | None
    run_id_pattern: str | None
    dag_display_name_prefix_pattern: str | None
    run_id_prefix_pattern: str | None
    map_index_filter: int | None
    logical_date_gte: datetime | None
    logical_date_gt: datetime | None
    logical_date_lte: datetime | None
    logical_date_lt: datetime | None
    run_after_gte: datetime | None
    run_after_gt: datetime | None
    run_after_lte: datetime | None
    run_after_lt: datetime | None


class FilterKeywords(DeleteKeywords, total=False):
    """Keywords of ``iter_xcom_entries`` except ``page_size``."""

    order_by: str | list[str] | None


class ListKeywords(FilterKeywords, total=False):
    """Keywords of ``get_xcom_entries``."""

    limit: int | None
    offset: int | None


class BulkKeywords(FilterKeywords, total=False):
    """Filters and value options of ``iter_xcoms``."""

    deserialize: bool | None
    stringify: bool | None


class RunKeywords(CallOptions, total=False):
    """Keywords of ``get_dag_run``."""

    fields: list[str] | None


class RunListKeywords(RunKeywords, total=False):
    """Keywords of ``get_dag_runs``."""

    limit: int | None
    offset: int | None
    execution_date_gte: datetime | None
    execution_date_lte: datetime | None
    logical_date_gte: datetime | None
    logical_date_lte: datetime | None
    run_after_gte: datetime | None
    run_after_lte: datetime | None
    start_date_gte: datetime | None
    start_date_lte: datetime | None
    end_date_gte: datetime | None
    end_date_lte: datetime | None
    updated_at_gte: datetime | None
    updated_at_lte: datetime | None
    state: str | list[str] | None
    order_by: str | list[str] | None
