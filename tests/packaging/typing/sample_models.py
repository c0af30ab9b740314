"""A user's script that reads and changes models: mypy and pyright must know every type, and report every mistake.

A comment that ignores an error is an error itself where there is none: mypy ``--strict`` and the line below report it.
"""
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Optional

from typing_extensions import assert_type

from airflow_client.xcom import Error, XCom, XComCollection, XComCollectionItem


def read(page: XComCollection, xcom: XCom, error: Error) -> None:
    assert_type(page.total_entries, int)
    assert_type(page.xcom_entries, list[XComCollectionItem])
    assert_type(page[0], XComCollectionItem)
    assert_type(page[1:], list[XComCollectionItem])
    assert_type(page["total_entries"], Any)
    assert_type([row.key for row in page], list[str])
    assert_type(xcom.timestamp, datetime)
    assert_type(xcom.logical_date, Optional[datetime])
    assert_type(xcom.run_id, Optional[str])
    assert_type(xcom.value, Any)
    assert_type(dict(xcom), dict[str, Any])
    assert_type({**xcom}, dict[str, Any])
    assert_type(xcom["value"], Any)
    assert_type(error.text, Optional[str])
    assert_type(XCom.from_dict(xcom), XCom)


def change(page: XComCollection, xcom: XCom) -> None:
    xcom.key = "other"
    xcom.value = {"any": ["JSON"]}
    xcom.timestamp = datetime.now(timezone.utc)
    xcom.logical_date = "2024-01-01T00:00:00Z"
    xcom.run_id = None
    xcom["value"] = 1
    del xcom["value"]
    page.xcom_entries = page[1:]


def make_mistakes(page: XComCollection, xcom: XCom, error: Error) -> None:
    print(xcom.valeu)  # type: ignore[attr-defined]
    xcom.valeu = 1  # type: ignore[attr-defined]
    xcom.key = 1  # type: ignore[assignment]
    xcom.timestamp = 1.5  # type: ignore[assignment]
    error.text = "other"  # type: ignore[misc]
    page.keys()  # type: ignore[attr-defined]
    page.xcom_entries = ["a"]  # type: ignore[list-item]
