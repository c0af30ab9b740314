"""Logs of task instances, as Airflow renders them.

A line may begin with its level and a dash, as in "ERROR - no rows"; the default level is INFO.
"""

from __future__ import annotations

import re
from typing import Any

from airflow_client.testing.run_store import TaskInstance

_LINE = re.compile(r"(?:(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) - )?(?P<text>.*)")
_HOST = "worker"


def render_2(instance: TaskInstance, try_number: int, *, is_grouped: bool) -> tuple[str, str]:
    """Return the host and the text of a log of Airflow 2.

    :param is_grouped: whether the source of the lines is in a group, as since 2.10.
    """
    if try_number == 0:
        return "default_host", "Error fetching the logs. Try number 0 is invalid."
    host, source = _HOST, "*** Could not read served logs: 404 Client Error: NOT FOUND"
    if not instance.start_date:
        host, source = "", "*** Could not read served logs: No host supplied"
    if _has_log(instance, try_number):
        source = f"*** Found local files:\n***   * {_path(instance)}"
    lines = [f" INFO - ::group::Log message source details\n{source}\n INFO - ::endgroup::" if is_grouped else source]
    if _has_log(instance, try_number):
        date = str(instance.start_date)
        stamp = f"[{date[:19]}.{date[20:23] or '000'}+0000]"
        lines += [f"{stamp} {{{instance.task_id}.py:1}} {level} - {text}" for level, text in _lines(instance)]
    return host, "".join(f"{line}\n" for line in lines)


def render_3(instance: TaskInstance, *, is_3_0: bool) -> list[dict[str, Any]]:
    """Return the events of a log of Airflow 3."""
    group = "::group::Log message source details"
    found = _has_log(instance, 1)
    source = _path(instance) if found else "Could not read served logs: 404 Client Error: NOT FOUND"
    events: list[dict[str, Any]] = [{"event": group, "sources": [source]}]
    if not is_3_0:
        events = [{"event": group}, {"event": source}]
    events.append({"event": "::endgroup::"})
    for level, text in _lines(instance) if found else ():
        date = str(instance.start_date).replace("+00:00", "Z")
        events.append({"timestamp": date, "event": text, "level": level.lower(), "logger": "task"})
    return events


def _has_log(instance: TaskInstance, try_number: int) -> bool:
    return instance.log is not None and try_number == instance.try_number


def _lines(instance: TaskInstance) -> list[tuple[str, str]]:
    found = [_LINE.fullmatch(line) for line in (instance.log or "").splitlines()]
    return [(line["level"] or "INFO", line["text"]) for line in found if line]


def _path(instance: TaskInstance) -> str:
    index = "" if instance.map_index == -1 else f"/map_index={instance.map_index}"
    folder = f"/opt/airflow/logs/dag_id={instance.dag_id}/run_id={instance.run_id}/task_id={instance.task_id}"
    return f"{folder}{index}/attempt=1.log"
