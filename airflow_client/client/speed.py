"""Decodes JSON by msgspec, for the extra ``speed``: imported where that is installed, for an answer that is worth it.

What it gives is what ``json.loads`` gives, to the type and digit; what it refuses (``NaN``, lone surrogates, floats out
of range, a byte order mark) is left to ``json.loads``, which may take it or say what is wrong with it.

Pages of XComs it decodes straight into rows with their fields, moments included. They are :class:`XComCollectionItem`
like others, but for where their fields are: what the server sent for a row, to the letter and in its order, is decoded
from the page's body when it is first asked for, as by ``row["timestamp"]``, ``row.to_dict()``, ``row == other``. What
could make a difference is left to the other way: a field that no Airflow is known to send, a text that is not the date
and time of RFC 3339, and digits of a second that Python cuts off and msgspec rounds.
"""

from __future__ import annotations

import contextlib
import re
from collections import deque
from datetime import datetime
from itertools import count, repeat
from operator import attrgetter
from types import GenericAlias
from typing import Any, Optional

import msgspec

from airflow_client.client.model.view import Field, Model
from airflow_client.client.model.x_com_collection import XComCollection
from airflow_client.client.model.x_com_collection_item import XComCollectionItem

#: What msgspec is not, so that it can be told from what it decodes.
REFUSED: Any = object()
_TOO_FINE = re.compile(rb"\.\d{7}")


class Source:
    """The body of a page, and what is in it once that was asked for: then the body is let go."""

    __slots__ = ("_body", "_page")

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._page: Any = None

    def page(self) -> dict[str, Any]:
        body = self._body
        if body is not None:  # what another thread makes of it meanwhile is the same
            self._page = msgspec.json.decode(body)
            self._body = None
        return self._page  # type: ignore[no-any-return]  # decode_page saw what it is


class _Row(XComCollectionItem):
    __slots__ = ("_origin",)
    _origin: tuple[Source, int]

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # a slot there, made on demand here
        source, index = self._origin
        return source.page()["xcom_entries"][index]  # type: ignore[no-any-return]  # as above


class _Page(XComCollection):
    __slots__ = ("_source",)
    _source: Source

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]  # a slot there, made on demand here
        return self._source.page()


def _decoder(date: str, other: str) -> msgspec.json.Decoder[Any]:
    """Decodes pages of rows that call the logical date ``date``, and have no field called ``other``."""
    fields: list[Any] = [
        (name, Any if isinstance(member, Field) else Optional[datetime], None)
        for name, member in vars(XComCollectionItem).items()
        if isinstance(member, (Field, property)) and name != other
    ]
    row: Any = _struct(XComCollectionItem, _Row, fields, {other: property(attrgetter(date))})
    rows = GenericAlias(list, (row,))
    page = _struct(XComCollection, _Page, [("xcom_entries", rows), ("total_entries", Any, None)], {})
    return msgspec.json.Decoder(page)


def _struct(kind: type[Model], base: type[Model], fields: list[Any], namespace: dict[str, Any]) -> Any:
    return msgspec.defstruct(
        kind.__name__,
        fields,
        bases=(base, msgspec.Struct),
        namespace={**namespace, "_kind": kind},
        forbid_unknown_fields=True,
    )


#: Of Airflow 3 and of Airflow 2.
_DECODERS = _decoder("logical_date", "execution_date"), _decoder("execution_date", "logical_date")
_set_source: Any = vars(_Page)["_source"].__set__
_set_origin: Any = vars(_Row)["_origin"].__set__


def decode(body: bytes) -> Any:
    """The JSON in ``body``, or :data:`REFUSED` where Python's own decoder is to decide."""
    try:
        return msgspec.json.decode(body)
    except Exception:  # its errors have no base in common but this, through all its releases
        return REFUSED


def decode_page(body: bytes) -> XComCollection | None:
    """The page of XComs in ``body``, None where the other way is to read it. It, and its rows, keep ``body``."""
    page: XComCollection | None = None
    if not _TOO_FINE.search(body):
        for decoder in _DECODERS:
            with contextlib.suppress(Exception):  # as above
                page = decoder.decode(body)
                break
    if page is not None:
        source = Source(body)
        _set_source(page, source)
        deque(map(_set_origin, page.xcom_entries, zip(repeat(source), count())), 0)
    return page
