"""What Airflow says when it refuses a call."""

from __future__ import annotations

from typing import Any, Optional

from airflow_client.xcom.model import Field, Record


class Error(Record):
    """The body of an error: ``application/problem+json`` (RFC 7807) of Airflow 2, ``{"detail": …}`` of Airflow 3.

    >>> Error(status=404, title="XCom entry not found", detail=None).text
    'XCom entry not found'
    >>> Error(detail=[{"loc": ["query", "limit"], "msg": "Input should be a valid integer"}]).text
    'query.limit: Input should be a valid integer'
    """

    __slots__ = ()

    status: Field[Optional[int]] = Field("The HTTP status. Airflow 2.")
    title: Field[Optional[str]] = Field("A summary, or all that the server says. Airflow 2.")
    type: Field[Optional[str]] = Field("A URI that names the kind of error. Airflow 2.")
    detail: Field[Any] = Field(
        "What is wrong in particular. Airflow 2: text, often null. Airflow 3: text, or an object or a list of objects."
    )
    instance: Field[Optional[str]] = Field("A URI of this occurrence; Airflow does not send it.")

    @property
    def text(self) -> str | None:
        """What the server says, whichever of ``title``, ``detail`` and ``error`` holds it."""
        said = [_words(part) for part in (self.title, self.detail, self.get("error")) if part]
        return ": ".join(dict.fromkeys(said)) or None


def _words(part: Any, depth: int = 0) -> str:
    """The words of a text, of the reasons of a refused parameter (``loc``, ``msg``), or of whatever else came."""
    if isinstance(part, list):
        return "; ".join(_words(item, depth + 1) for item in part) if depth < 20 else "…"
    if isinstance(part, dict) and "msg" in part:
        place = part.get("loc")
        return f"{'.'.join(map(str, place))}: {part['msg']}" if isinstance(place, list) else str(part["msg"])
    if isinstance(part, dict):
        return ", ".join(f"{name}: {value}" for name, value in part.items())
    return str(part)
