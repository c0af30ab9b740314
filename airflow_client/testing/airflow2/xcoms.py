"""XComs of ``/api/v1``: listed and read."""

from __future__ import annotations

import json
from typing import Any

from airflow_client.testing.airflow2.params import page_size, read_boolean, read_integer, read_natural, read_text
from airflow_client.testing.airflow2.responses import Problem, bad_request, json_object
from airflow_client.testing.airflow2.value_rendering import deserialize, render, to_json
from airflow_client.testing.application import InternalServerError, Response, Settings
from airflow_client.testing.filters import compare
from airflow_client.testing.store import Store, XCom

LIST_PARAMETERS = {"map_index": read_integer, "xcom_key": read_text, "limit": read_integer, "offset": read_natural}
ENTRY_PARAMETERS = {"map_index": read_integer, "deserialize": read_boolean, "stringify": read_boolean}


class XComs:
    """XComs of a server."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings

    def list_xcoms(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """List XComs."""
        wanted: dict[str, Any] = {name: value for name, value in ids.items() if value != "~"}
        wanted.update(key=params.get("xcom_key"), map_index=params.get("map_index"))
        total, xcoms = self._store.list_xcoms(
            [compare(name, "=", value) for name, value in wanted.items() if value is not None],
            limit=page_size(params.get("limit"), self._settings.maximum_page_limit),
            offset=params.get("offset", 0),
        )
        return json_object({"xcom_entries": [_row(xcom) for xcom in xcoms], "total_entries": total})

    def get_xcom(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """Return an XCom with its value."""
        deserializes = params.get("deserialize", False)
        if deserializes and not self._settings.deserialize_support:
            raise bad_request("XCom deserialization is disabled in configuration.")
        xcom = self._store.get(**ids, map_index=params.get("map_index", -1))
        if xcom is None:
            raise Problem(404, "XCom entry not found", None, "NotFound")
        stored = json.loads(xcom.value)
        if deserializes and isinstance(stored, float) and stored != stored:
            raise InternalServerError("real servers fail on NaN here")
        value = deserialize(stored) if deserializes else render(stored)
        if params.get("stringify", True):
            value = None if value is None else str(value)
        elif deserializes:
            value = to_json(value)
        return json_object({**_row(xcom), "value": value})


def _row(xcom: XCom) -> dict[str, Any]:
    return {
        "dag_id": xcom.dag_id,
        "execution_date": xcom.logical_date,
        "key": xcom.key,
        "map_index": xcom.map_index,
        "task_id": xcom.task_id,
        "timestamp": xcom.timestamp,
    }
