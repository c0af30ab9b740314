"""Records of an export: XComs with their values, with the same fields on every Airflow release."""

from __future__ import annotations

import datetime as dt
from hashlib import blake2b
from typing import Any, Optional

from airflow_client import xcom
from airflow_client.cli.json_text import to_json
from airflow_client.cli.terminal import printable
from airflow_client.cli.wording import task_label

Record = dict[str, Any]

#: Fields of a record in their order. A record whose value is the text that Airflow 2 made of it has ``stringified``,
#: True, too.
FIELDS = ("dag_id", "run_id", "task_id", "map_index", "key", "value", "timestamp", "logical_date")
STRINGIFIED = "stringified"

_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1


def record_of(item: xcom.XCom, *, stringified: bool = False) -> Record:
    """Return the record of an XCom.

    :param stringified: the value is the text that Airflow 2 made of it.
    """
    record = {
        "dag_id": item.dag_id,
        "run_id": item.run_id,
        "task_id": item.task_id,
        "map_index": item.map_index,
        "key": item.key,
        "value": item.value,
        "timestamp": datetime_text(item, "timestamp"),
        "logical_date": datetime_text(item, "logical_date"),
    }
    if stringified:
        record[STRINGIFIED] = True
    return record


def datetime_text(item: xcom.XComCollectionItem, name: str) -> Optional[str]:
    """Return a datetime in the form that is the same for all releases."""
    try:
        value = getattr(item, name)
    except xcom.ApiValueError:  # not ISO 8601
        return str(item[name])
    return value.isoformat() if isinstance(value, dt.datetime) else None


def to_line(record: Record) -> bytes:
    """Return the line of a record in a JSON Lines file.

    :raises RecursionError: the value is nested too deeply.
    """
    return json_column(record).encode() + b"\n"


def json_column(value: Any) -> str:
    """Return a value as JSON on one line, in characters that every encoding of Unicode has."""
    text = to_json(value)
    return text if _is_unicode(text) else to_json(value, is_ascii=True)


def identity(fields: Any) -> bytes:
    """Return a short hash of what identifies an XCom, for a record or a row of a list."""
    names = [fields.get(name) for name in ("dag_id", "task_id", "map_index", "key")]
    return blake2b(ascii([*names, run_id_of(fields)]).encode(), digest_size=16).digest()


def scalar_kind(value: Any) -> str:
    """Return the name of the JSON type of a value that a column can hold, ``other`` for all others."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if _INT64_MIN <= value <= _INT64_MAX else "other"
    if isinstance(value, float):
        return "float"
    return (
        "text" if isinstance(value, str) and (value.isascii() or _is_unicode(value)) and "\0" not in value else "other"
    )


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def describe_ids(fields: Any) -> str:
    """Return the ids of an XCom as a person reads them on one line, for a record or a row of a list."""
    task = task_label(fields.get("task_id"), fields.get("map_index"))
    return printable(f"{fields.get('dag_id')}  {run_id_of(fields)}  {task}  {fields.get('key')}")


def run_id_of(fields: Any) -> Optional[str]:
    """Return the run id of a record or a row of a list, to which the client may have added it."""
    run_id: Optional[str] = fields.get("run_id") if isinstance(fields, dict) else fields.run_id
    return run_id
