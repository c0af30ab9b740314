"""Answers of servers in the form in which they are compared, and recorded.

What changes from run to run is replaced here, by the name of the header or of the JSON field: see the tables
``HEADERS`` and ``FIELDS``.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any, Callable

from tests.contract.fidelity.peer import Answer

#: A comparable answer: "status", "headers", and "body" unless it is empty.
Comparable = dict[str, Any]
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?")
#: Datetimes of this run or of the installation; those of the dataset and the requests are of 2024 or earlier.
_RECENT = re.compile(r"20(2[5-9]|[3-9]\d)-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?")


def _date(value: Any) -> Any:
    return _DATETIME.sub("DATE", value) if isinstance(value, str) else value


def _now(value: Any) -> Any:
    return _RECENT.sub("NOW", value) if isinstance(value, str) else value


def _any(value: Any) -> Any:
    return None if value is None else f"<{type(value).__name__}>"


def _either(value: Any) -> Any:
    return "<any>"


def _log(value: Any) -> Any:
    """Replace the host, and the reason for which a log is not there."""
    if not isinstance(value, str):
        return value
    text = re.sub(
        r"Could not read served logs: (?!No host).*?(?=\n|\\n|$)", "Could not read served logs: …", _now(value)
    )
    return (
        re.sub(r"^(\[\(['\"])?\w+(?=(['\"], ['\"])?( INFO|\n INFO))", r"\1HOST", text)
        .replace("\\'", "'")
        .replace('"', "'")
    )


#: Field of JSON -> the function that replaces what changes.
FIELDS: dict[str, Callable[[Any], Any]] = {
    # A run with a date of its own, or none yet, keeps it; other dates are of this run.
    **dict.fromkeys(("logical_date", "execution_date", "run_after", "data_interval_start", "data_interval_end"), _now),
    "dag_run_id": lambda value: re.sub(r"(?<=:00)_\w{8}$", "_RANDOM", _now(value)) if isinstance(value, str) else value,
    "statement": lambda value: value.partition(" (")[0],
    **dict.fromkeys(("content", "event", "sources"), _log),
    **dict.fromkeys(
        ("timestamp", "start_date", "end_date", "queued_at", "last_scheduling_decision", "created_at"), _date
    ),
    **dict.fromkeys(("last_parsed_time", "last_parsed", "scheduled_when"), _date),
    # Of the installation: secrets, folders, host and speed.
    **dict.fromkeys(
        ("access_token", "file_token", "continuation_token", "fileloc", "relative_fileloc", "duration"), _any
    ),
    **dict.fromkeys(("hostname", "unixname", "pid", "last_parse_duration"), _either),
    # A set in each server.
    "downstream_task_ids": sorted,
    "id": lambda value: "<uuid>" if isinstance(value, str) and len(value) == 36 else value,
    "message": lambda value: re.sub(r"\b[0-9a-zA-Z]{8}$", "ID", value) if isinstance(value, str) else value,
    # The runs of the dataset were made by DAG.test().
    "triggered_by": lambda value: None if value == "test" else value,
    "triggering_user_name": lambda value: None if value == "dag_test" else value,
}
_HOST = re.compile(r"http(?:://|%3A%2F%2F)127\.0\.0\.1(?::|%3A)\d+")
#: Titles of the web interface's pages, which only a browser reads.
_INTERFACE = ("Airflow", "DAGs - Airflow", "Sign In - Airflow")
#: Headers that belong to the connection, to the length or to the time of the answer.
_IGNORED = ("date", "content-length", "connection", "keep-alive", "transfer-encoding", "expires")
#: Header -> the function that replaces what changes.
HEADERS: dict[str, Callable[[str], str]] = {
    "set-cookie": lambda value: re.sub(r"=[^;]*", "=…", value),
    "location": lambda value: _HOST.sub("http://HOST", value),
    "allow": lambda value: ", ".join(sorted(value.split(", "))),
    "airflow-continuation-token": lambda value: "<str>",
}


def comparable(answer: Answer) -> Comparable:
    """Return what is compared of an answer."""
    headers = sorted([name, HEADERS.get(name, str)(value)] for name, value in answer.headers if name not in _IGNORED)
    found: Comparable = {"status": answer.status, "headers": headers}
    if answer.body:
        found["body"] = _body(answer)
    return found


def _body(answer: Answer) -> Any:
    kind = answer.header("content-type").partition(";")[0]
    text = answer.body.decode("utf-8", "replace")
    if kind.endswith("ndjson") or (not kind and text.startswith("{")):
        return [normalized(json.loads(line)) for line in text.splitlines()]
    if kind.endswith("json"):
        return normalized(json.loads(text))
    if kind == "text/html":
        return _page(text)
    return _log(text)


def _page(text: str) -> Any:
    """Return what scripts look at in a page: its title, the fields of its form, and the text of a short one."""
    found = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
    title = " ".join(found[1].split()) if found else ""
    if title == "Sign In - Airflow":
        return {"title": title, "fields": sorted(set(re.findall(r'<input[^>]*\bname="([^"]+)"', text)))}
    if title in _INTERFACE or not found:
        return {"title": title}
    return {
        "title": title,
        "text": html.unescape(" ".join(re.sub(r"<[^>]*>", " ", _HOST.sub("http://HOST", text)).split())),
    }


def normalized(value: Any, name: str = "") -> Any:
    """Return JSON without what changes from run to run."""
    if isinstance(value, dict):
        return {key: normalized(item, key) for key, item in value.items()}
    if isinstance(value, list) and name != "downstream_task_ids":
        return [normalized(item, name) for item in value]
    if isinstance(value, str) and len(value) > 2000:
        return f"<{len(value)} characters>"
    return FIELDS[name](value) if name in FIELDS else value


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Return the path of each value in which two answers differ, with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = [*one, *(name for name in other if name not in one)]
        return [
            line
            for name in names
            for line in differences(one.get(name, MISSING), other.get(name, MISSING), f"{path}.{name}".lstrip("."))
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [line for i, pair in enumerate(zip(one, other)) for line in differences(*pair, f"{path}[{i}]")]
    # repr() tells 1, 1.0 and True apart, and finds NaN equal to itself.
    return [] if repr(one) == repr(other) else [f"{path}: {one!r:.300} is not {other!r:.300}"]


class _Missing:
    def __repr__(self) -> str:
        return "(missing)"


MISSING = _Missing()
