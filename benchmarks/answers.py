"""What the loopback server answers: canned, in the form that real servers have.

The ids in a request's path say what there is::

    /api/v2/dags/total-1000/dagRuns/page-100/taskInstances/task/xcomEntries    1,000 rows, at most 100 of them a page
    …/xcomEntries/key-7                                                        one XCom, its value a short text
    …/xcomEntries/size-10000000                                                one XCom, its value 10,000,000 characters

In front of ``/api`` a path may say how: ``/after-20`` delays each answer by 20 ms, ``/faults`` spoils some of them.
``/api/v1`` answers as Airflow 2 does. Contenders that check values import this module too, by itself.
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any, NamedTuple, Optional

TASK = "task"
_MOMENT = "2024-01-01T00:00:00"
_PATH = re.compile(
    r"(?P<root>(?:/after-\d+|/faults)?)/api/(?P<api>v1|v2)/"
    r"(?:version|dags/total-(?P<total>\d+)/dagRuns/page-(?P<page>\d+)/taskInstances/task/xcomEntries(?:/(?P<key>[^/?]+))?)"
    r"(?:\?(?P<query>.*))?"
)
_HEAD = {
    "v1": "Server: gunicorn\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nConnection: keep-alive\r\n"
    "Content-Type: application/json\r\nContent-Length: %d\r\nCache-Control: no-store\r\n"
    "X-Robots-Tag: noindex, nofollow\r\n\r\n",
    "v2": "date: Mon, 01 Jan 2024 00:00:00 GMT\r\nserver: uvicorn\r\ncontent-length: %d\r\n"
    "content-type: application/json\r\nvary: Accept-Encoding\r\n\r\n",
}


class Answer(NamedTuple):
    """The bytes to say, and when.

    ``ending``: what becomes of the connection then: "" (it is kept), "close" or "reset".
    """

    data: bytes
    seconds: float = 0.0
    ending: str = ""


def xcoms(total: int, page: int) -> tuple[str, str, str]:
    """DAG, run and task that have ``total`` XComs, listed ``page`` at a time."""
    return f"total-{total}", f"page-{page}", TASK


def value_of(key: str) -> str:
    """The value that the XCom with this key has."""
    name, _, number = key.partition("-")
    return "x" * int(number) if name == "size" else f"the value of {key}"


def answer_to(target: str) -> Answer:
    """The answer to a GET of ``target``."""
    found = _PATH.fullmatch(target)
    if found is None:
        return Answer(http("404 Not Found", "v2", b'{"detail":"Not Found"}'))
    api, total, page, key = found["api"], found["total"], found["page"], found["key"]
    if total is None:
        body = _json(api, {"version": "2.11.2" if api == "v1" else "3.3.2", "git_version": None})
    elif key is not None:
        body = _one(api, total, page, key)
    else:
        query = dict(pair.split("=", 1) for pair in (found["query"] or "").split("&") if pair)
        body = _page(api, int(total), int(page), int(query.get("offset", 0)), query.get("limit"))
    root = found["root"]
    return Answer(http("200 OK", api, body), int(root[len("/after-") :]) / 1000 if root.startswith("/after-") else 0.0)


def http(status: str, api: str, body: bytes) -> bytes:
    """The bytes of an HTTP answer, with the headers that a real server sends."""
    return f"HTTP/1.1 {status}\r\n{_HEAD[api] % len(body)}".encode() + body


def _one(api: str, total: str, page: str, key: str) -> bytes:
    return _json(api, {**_row(api, total, page, key), "value": value_of(key)})


def _page(api: str, total: int, page: int, offset: int, limit: Optional[str]) -> bytes:
    # 1,000,000 rows are listed, so each is a text with the number put in.
    row, before, after = _frame(api, total, page)
    end = min(total, offset + min(page, int(limit or page)))
    return (before + ",".join([row % number for number in range(offset, end)]) + after).encode()


@functools.cache
def _frame(api: str, total: int, page: int) -> tuple[str, str, str]:
    """A row, and what is before and after the rows."""
    row: dict[str, Any] = _row(api, str(total), str(page), "key-%d")
    text = _json(api, {"xcom_entries": [row], "total_entries": total}).decode()
    start, end = text.index("[") + 1, text.rindex("]")
    return text[start:end], text[:start], text[end:]


def _row(api: str, total: str, page: str, key: str) -> dict[str, Any]:
    dag_id, run_id, task_id = f"total-{total}", f"page-{page}", TASK
    if api == "v1":
        moment, written = f"{_MOMENT}+00:00", f"{_MOMENT}.123456+00:00"
        row = {"dag_id": dag_id, "execution_date": moment, "key": key, "map_index": -1}
        return {**row, "task_id": task_id, "timestamp": written}
    moment, written = f"{_MOMENT}Z", f"{_MOMENT}.123456Z"
    row = {"key": key, "timestamp": written, "logical_date": moment, "map_index": -1, "task_id": task_id}
    row.update(dag_id=dag_id, run_id=run_id, dag_display_name=dag_id, task_display_name=task_id, run_after=moment)
    return row


def _json(api: str, content: Any) -> bytes:
    if api == "v1":
        return json.dumps(content, indent=2, sort_keys=True).encode() + b"\n"
    return json.dumps(content, separators=(",", ":")).encode()
