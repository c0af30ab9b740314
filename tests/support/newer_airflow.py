"""An embedded server that claims to be a release that nobody knows yet."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from airflow_client.testing import EmbeddedAirflow
from airflow_client.testing.application import Request, Response

#: The field that each object of such a server has besides those of the known release.
NEW_FIELD = {"new_in_this_release": {"a": [1, None]}}


class NewerAirflow(EmbeddedAirflow):
    """A server that answers like a known release, with another version and with more fields.

    :param announced: the version in ``GET /version``.
    :param known: the release as which it answers.
    :param prefix: the path of its API; that of ``known`` answers 404 if it is another one.
    """

    def __init__(self, announced: str, known: str = "3.3.2", *, prefix: str | None = None) -> None:
        super().__init__(known)
        self._announced = announced
        self._is_elsewhere = prefix is not None

    def _respond(self, request: Request) -> Response:
        target = request.target.replace("/api/", "/api/gone/") if self._is_elsewhere else request.target
        response = super()._respond(dataclasses.replace(request, target=target))
        headers = {name.lower(): text for name, text in response.headers}
        if response.status >= 300 or headers.get("content-type") != "application/json" or not response.body:
            return response
        if "content-encoding" in headers:
            return response
        decoded = json.loads(response.body)
        if request.path.endswith("/version"):
            decoded = {**decoded, "version": self._announced}
        return dataclasses.replace(response, body=json.dumps(_extended(decoded)).encode())


def _extended(decoded: dict[str, Any]) -> dict[str, Any]:
    """Return a response with the new field, in its rows too."""
    rows = {name: [_extended(row) for row in item] for name, item in decoded.items() if _is_rows(item)}
    return {**decoded, **rows, **NEW_FIELD}


def _is_rows(item: Any) -> bool:
    return isinstance(item, list) and all(isinstance(row, dict) for row in item)
