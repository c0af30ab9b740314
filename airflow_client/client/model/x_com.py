"""One XCom, with its value."""

from __future__ import annotations

from typing import Any

from airflow_client.client.model.view import Field
from airflow_client.client.model.x_com_collection_item import XComCollectionItem


class XCom(XComCollectionItem):
    """One XCom with its value, exactly as the server sent it.

    >>> XCom(key="answer", value=42).value
    42
    """

    __slots__ = ()

    value = Field[Any](
        "The value as the server sent it, of whatever JSON type; None when it is null, or absent as in Airflow 2.0.0."
        " Airflow 2 sends it as text (Python's ``str()``) unless asked with ``stringify=False`` (since Airflow 2.10)."
    )
