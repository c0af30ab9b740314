"""XComs of ``/api/v1``: listed and read."""

from __future__ import annotations

import json
from typing import Any

from airflow_client.testing.airflow2.params import page_size, read_boolean, read_integer, read_natural, read_text
from airflow_client.testing.airflow2.responses import Problem, bad_request, json_object
from airflow_client.testing.airflow2.value_rendering import deserialize, render, to_json
from airflow_client.testing.application import InternalServerError, Response, Settings
from airflow_client.testing.filters import compare
from airflow_client.testing.since import Numbers, known
from airflow_client.testing.store import Store, XCom

LIST_PARAMETERS = {"map_index": read_integer, "xcom_key": read_text, "limit": read_integer, "offset": read_natural}
#: Order of lists up to Airflow 2.8, which is not total: the instances of a mapped task may come in any order.
_ORDER_2_8 = [(name, False) for name in ("logical_date", "task_id", "dag_id", "key", "id")]
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
            order=_ORDER_2_8 if self._settings.release < (2, 9) else (),
        )
        return json_object({"xcom_entries": [self._row(xcom) for xcom in xcoms], "total_entries": total})

    def get_xcom(self, ids: dict[str, str], params: dict[str, Any]) -> Response:
        """Return an XCom with its value."""
        deserializes = params.get("deserialize", False)
        if deserializes and not self._settings.deserialize_support and self._settings.release >= (2, 7):
            raise bad_request("XCom deserialization is disabled in configuration.")
        xcom = self._store.get(**ids, map_index=self._map_index(ids, params))
        if xcom is None:
            raise Problem(404, "XCom entry not found", None, "NotFound")
        stored = json.loads(xcom.value)
        if deserializes and isinstance(stored, float) and stored != stored:
            raise InternalServerError("real servers fail on NaN here")
        value = stored
        if self._settings.release >= (2, 5):  # before, it had no envelopes
            value = deserialize(stored) if deserializes else render(stored, closed=self._settings.release >= (2, 7))
        if value is None and self._settings.release < (2, 10):
            raise _none_is_no_text(self._settings.release)
        if params.get("stringify", True):
            value = None if value is None else str(value)
        elif deserializes:
            value = to_json(value)
        return json_object({**self._row(xcom), "value": value})

    def _map_index(self, ids: dict[str, str], params: dict[str, Any]) -> int:
        if self._settings.release >= (2, 7):
            return int(params.get("map_index", -1))
        same = [compare(name, "=", value) for name, value in ids.items()]
        total, xcoms = self._store.list_xcoms(same, limit=1, offset=0)
        if total > 1:
            raise InternalServerError("real servers before 2.7 fail on several instances of a mapped task")
        return xcoms[0].map_index if xcoms else -1

    def _row(self, xcom: XCom) -> dict[str, Any]:
        row = {
            "dag_id": xcom.dag_id,
            "execution_date": xcom.logical_date,
            "key": xcom.key,
            "map_index": xcom.map_index,
            "task_id": xcom.task_id,
            "timestamp": xcom.timestamp,
        }
        return known(row, {"map_index": (2, 7)}, self._settings.release)


def _none_is_no_text(release: Numbers) -> Problem:
    schema = {"type": "string", "description": "The value"}
    if release < (2, 9):
        schema = dict(reversed(schema.items()))
    detail = (
        "None is not of type 'string'\n\nFailed validating 'type' in schema['allOf'][1]['properties']['value']:\n"
        f"    {schema}\n\nOn instance['value']:\n    None"
    )
    return Problem(500, "Response body does not conform to specification", detail, "Unknown")
