"""Error body of Airflow's API."""

from __future__ import annotations

from typing import Any, Optional

from airflow_client.xcom.model import Field, Record


class Error(Record):
    """Error body: ``application/problem+json`` (RFC 7807) on Airflow 2, ``{"detail": …}`` on Airflow 3.

    >>> Error(status=404, title="XCom entry not found", detail=None).text
    'XCom entry not found'
    >>> Error(detail=[{"loc": ["query", "limit"], "msg": "Input should be a valid integer"}]).text
    'query.limit: Input should be a valid integer'
    """

    __slots__ = ()

    status: Field[Optional[int]] = Field("HTTP status. Airflow 2 only.")
    title: Field[Optional[str]] = Field("Summary. Airflow 2 only.")
    type: Field[Optional[str]] = Field("URI of the error type. Airflow 2 only.")
    detail: Field[Any] = Field(
        "Details. On Airflow 2, text or null; on Airflow 3, text, an object or a list of objects."
    )
    instance: Field[Optional[str]] = Field("URI of this occurrence. Airflow does not send it.")

    @property
    def text(self) -> str | None:
        """Text of ``title``, ``detail`` and ``error``; None if all are empty."""
        texts = [_text(part) for part in (self.title, self.detail, self.get("error")) if part]
        return ": ".join(dict.fromkeys(texts)) or None


def _text(part: Any, depth: int = 0) -> str:
    """Return the text of a str, of validation errors (``loc``, ``msg``), or of any other JSON value."""
    if isinstance(part, list):
        return "; ".join(_text(item, depth + 1) for item in part) if depth < 20 else "…"
    if isinstance(part, dict) and "msg" in part:
        location = part.get("loc")
        return f"{'.'.join(map(str, location))}: {part['msg']}" if isinstance(location, list) else str(part["msg"])
    if isinstance(part, dict):
        return ", ".join(f"{name}: {value}" for name, value in part.items())
    return str(part)
