"""``airflow-xcom diff``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Optional

import click

from airflow_client.cli import completion, lookups, terminal
from airflow_client.cli.connection import Airflow, connect, connection_options
from airflow_client.cli.differences import Difference, differences
from airflow_client.cli.failures import FAILURE, OK, describe_row
from airflow_client.cli.json_text import to_json
from airflow_client.cli.output import Column, output_option, write_rows
from airflow_client.cli.parameters import dag_argument, map_index_option
from airflow_client.cli.runs import resolve_run
from airflow_client.cli.values import decode_option, readable, sends_json
from airflow_client.cli.wording import counted, task_label
from airflow_client.xcom.exceptions import OpenApiException

_COLUMNS = (
    Column("change", "CHANGE"),
    Column("task_id", "TASK"),
    Column("map_index", "MAP"),
    Column("key", "KEY"),
    Column("path", "PATH"),
    Column("before", "BEFORE", is_json=True),
    Column("after", "AFTER", is_json=True),
)
#: Task, map index and key of an XCom, and the values in a run by them.
_Id = tuple[str, int, str]
_Values = dict[_Id, Any]
_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
#: Differences of one XCom that a terminal shows.
_SHOWN = 20


@click.command("diff")
@dag_argument()
@click.argument("run_a", metavar="RUN_A", shell_complete=completion.runs)
@click.argument("run_b", metavar="RUN_B", shell_complete=completion.runs)
@click.option("--run-id", "is_run_id", is_flag=True, help="RUN_A and RUN_B are ids, even if one is 'latest'.")
@click.option("--task", "task_id", default="~", metavar="TASK", help="Only XComs of this task.")
@click.option("--key", "xcom_key", metavar="KEY", help="Only XComs with this key.")
@map_index_option
@decode_option
@output_option
@connection_options
def command(
    dag_id: str,
    run_a: str,
    run_b: str,
    is_run_id: bool,
    task_id: str,
    xcom_key: Optional[str],
    map_index: Optional[int],
    decode: bool,
    output: str,
) -> int:
    """Compare the XComs of two runs of a DAG.

    A run is a run id, or latest (the latest successful run), latest:failed, latest:running, latest:queued or
    latest:any. Values are compared part by part: 1, 1.0 and true differ. The exit status is 1 if the runs differ.

    \b
    airflow-xcom diff etl latest latest:failed
    airflow-xcom diff etl scheduled__2024-01-01T00:00:00+00:00 latest --task load --output jsonl
    """
    with connect() as airflow:
        runs = [resolve_run(airflow, dag_id, run, is_run_id) for run in (run_a, run_b)]
        is_text = not sends_json(airflow, is_noted=not decode)
        filters = {"xcom_key": xcom_key, "map_index": map_index}
        errors: list[OpenApiException] = []
        before, after = (
            {
                xcom_id: readable(value, is_text=is_text) if decode else value
                for xcom_id, value in _read(airflow, (dag_id, run_id, task_id), filters, errors)
            }
            for run_id in runs
        )
        for run_id, values in zip(runs, (before, after)):
            if not values:
                lookups.check_ids(airflow, dag_id, run_id, task_id)
    changes = {xcom_id: changed for xcom_id, changed in _changes(before, after) if changed}
    if output == "table" and sys.stdout.isatty():
        if changes:
            _write_heading(runs)
        for xcom_id, changed in changes.items():
            _write_change(xcom_id, changed)
        sys.stdout.flush()
    else:
        write_rows((_row(xcom_id, one) for xcom_id, changed in changes.items() for one in changed), _COLUMNS, output)
    terminal.note(_summary(before, after, changes, len(errors)))
    for error in errors:
        terminal.error(describe_row(error))
    return FAILURE if changes or errors else OK


def _read(
    airflow: Airflow, ids: tuple[str, str, str], filters: dict[str, Any], errors: list[OpenApiException]
) -> Iterator[tuple[_Id, Any]]:
    given = {name: value for name, value in filters.items() if value is not None}
    with airflow.xcoms.iter_xcoms(*ids, on_error="yield", **given) as xcoms:
        for xcom in xcoms:
            if isinstance(xcom, OpenApiException):
                errors.append(xcom)
            else:
                yield (str(xcom.task_id), -1 if xcom.map_index is None else xcom.map_index, str(xcom.key)), xcom.value


def _changes(before: _Values, after: _Values) -> Iterator[tuple[_Id, list[Difference]]]:
    for xcom_id in sorted({**before, **after}):
        if xcom_id not in after:
            yield xcom_id, [Difference("", "removed", before=before[xcom_id])]
        elif xcom_id not in before:
            yield xcom_id, [Difference("", "added", after=after[xcom_id])]
        else:
            yield xcom_id, list(differences(before[xcom_id], after[xcom_id]))


def _row(xcom_id: _Id, one: Difference) -> dict[str, Any]:
    task_id, map_index, key = xcom_id
    row = {"change": one.change, "task_id": task_id, "map_index": map_index, "key": key, "path": one.path}
    if one.change != "added":
        row["before"] = one.before
    if one.change != "removed":
        row["after"] = one.after
    return row


def _summary(before: _Values, after: _Values, changes: dict[_Id, list[Difference]], errors: int) -> str:
    added, removed = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    counts = {"added": added, "removed": removed, "changed": len(changes) - added - removed}
    equal = len(before.keys() & after.keys()) - counts["changed"]
    parts = [f"{number:,} {change}" for change, number in counts.items() if number]
    unreadable = [f"{errors:,} unreadable"] if errors else []
    if not parts:
        return ", ".join([counted(equal, "XCom"), "all equal", *unreadable])
    return ", ".join([*parts, f"{equal:,} equal", *unreadable])


def _write_heading(runs: list[str]) -> None:
    for mark, style, run_id in (("---", "red", runs[0]), ("+++", "green", runs[1])):
        _write_line([(f"{mark} {run_id}", style)])


def _write_change(xcom_id: _Id, changed: list[Difference]) -> None:
    """Write the differences of one XCom for a terminal."""
    task_id, map_index, key = xcom_id
    title = f"{task_label(task_id, map_index)} {key}"
    first = changed[0]
    if not first.path:  # one difference, of the whole value
        _write_difference("", (title, "bold"), first)
        return
    _write_line([("~ ", "yellow"), (title, "bold")])
    for one in changed[:_SHOWN]:
        _write_difference("    ", (one.path, ""), one)
    if len(changed) > _SHOWN:
        _write_line([(f"    {counted(len(changed) - _SHOWN, 'more difference')}", "dim")])


def _write_difference(indent: str, title: tuple[str, str], one: Difference) -> None:
    arrow = " → " if terminal.is_unicode() else " -> "
    columns = terminal.columns()
    mark, style = _MARKS[one.change]
    name = terminal.fitted(terminal.printable(title[0]), max(columns * 3 // 5, 10))
    parts = [(f"{indent}{mark} ", style), (name, title[1]), ("  ", "")]
    room = max(columns - sum(terminal.width(text) for text, _ in parts), 8)
    before = "" if one.change == "added" else _value(one.before, columns)
    after = "" if one.change == "removed" else _value(one.after, columns)
    if before and after:
        half = (room - len(arrow)) // 2
        size = max(half, room - len(arrow) - terminal.width(after))
        before = terminal.fitted(before, size, at_end=True)
        parts += [(before, "red"), (arrow, "")]
        room -= terminal.width(before) + len(arrow)
    parts.append((before if not after else terminal.fitted(after, room, at_end=True), "green" if after else "red"))
    _write_line(parts)


def _value(value: Any, columns: int) -> str:
    return terminal.printable(to_json(value, is_ascii=not terminal.is_unicode())[: 2 * columns])


def _write_line(parts: list[tuple[str, str]]) -> None:
    """Write parts of a line in their styles, as many as fit."""
    room = terminal.columns()
    for text, style in parts:
        shown = terminal.fitted(terminal.printable(text), room, at_end=True)
        room -= terminal.width(shown)
        sys.stdout.write(terminal.styled(shown, style, sys.stdout))
    sys.stdout.write("\n")
