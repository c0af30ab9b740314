"""``airflow-xcom history``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Callable, Optional

import click

from airflow_client.cli import lookups, numbers, terminal
from airflow_client.cli.connection import connect, connection_options
from airflow_client.cli.failures import FAILURE, NOT_FOUND, OK, Failure, describe
from airflow_client.cli.json_text import to_json
from airflow_client.cli.output import Column, output_option, state_style, write_rows
from airflow_client.cli.parameters import dag_argument, key_argument, map_index_option, state_option, task_argument
from airflow_client.cli.table import shorten_run_id
from airflow_client.cli.values import decode_option, readable, sends_json
from airflow_client.cli.wording import counted
from airflow_client.xcom.exceptions import ApiException, XComNotProducedException

if TYPE_CHECKING:
    from airflow_client.xcom import DAGRun, XComHistory


@click.command("history")
@dag_argument()
@task_argument()
@key_argument
@map_index_option
@click.option("--last", type=click.IntRange(min=1), default=30, show_default=True, metavar="N", help="Number of runs.")
@state_option
@click.option("--path", metavar="PATH", help="Show a part of the value, such as a.b[0] (JMESPath).")
@decode_option
@click.option(
    "--plot",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Also draw the numbers, in a file that ends with .png, .svg or .html.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV: --output csv.")
@output_option
@connection_options
def command(
    dag_id: str,
    task_id: str,
    xcom_key: str,
    map_index: Optional[int],
    last: int,
    state: tuple[str, ...],
    path: Optional[str],
    decode: bool,
    plot: Optional[str],
    as_csv: bool,
    output: str,
) -> int:
    """Show a value over the last runs of a DAG, the latest at the end.

    Numbers have their change since the run before, and a terminal shows them as a line of bars.

    \b
    airflow-xcom history etl extract rows
    airflow-xcom history etl load --path 'tables.orders[0]' --last 90 --plot orders.png
    """
    select = _selector(path)
    plot_format = None
    if plot is not None:
        from airflow_client.cli import plots

        plot_format = plots.plot_format(plot)
    with connect() as airflow:
        is_text = not sends_json(airflow, is_noted=not decode)
        try:
            history = airflow.xcoms.history(
                dag_id, task_id, xcom_key, last=last, state=list(state) or None, map_index=map_index, on_error="skip"
            )
        except XComNotProducedException as error:
            raise Failure(
                f"Task {task_id!r} is mapped: add --map-index, which counts from 0; -1 reads the runs in which it is "
                "not mapped.",
                NOT_FOUND,
            ) from error
        except ApiException:
            lookups.check_dag(airflow, dag_id)
            raise

        def shown(value: Any) -> Any:
            return select(readable(value, is_text=is_text) if decode else value)

        rows = _rows(history, shown)
        if rows and not len(history) and not history.errors:
            missing = lookups.explain_missing(airflow, dag_id, rows[-1]["run_id"], task_id, xcom_key, map_index)
            raise Failure(missing or f"None of {counted(len(rows), 'run')} has this XCom.", NOT_FOUND)
        is_number = all(numbers.as_number(row["value"]) is not None for row in rows if "value" in row)
        output = "csv" if as_csv else output
        write_rows(rows, _columns(is_number), output, on_empty=lambda: lookups.check_dag(airflow, dag_id))
    if sys.stdout.isatty() and output == "table":
        _write_sparkline([numbers.as_number(row.get("value")) for row in rows])
    terminal.note(_summary(history))
    if plot is not None and plot_format is not None:
        _plot(plot, plot_format, f"{dag_id}  {task_id}  {xcom_key}  {path or ''}", rows)
    return FAILURE if history.errors else OK


def _selector(path: Optional[str]) -> Callable[[Any], Any]:
    """Return a function that returns a part of a value.

    :raises click.UsageError: the path is not a JMESPath.
    """
    if path is None:
        return _whole
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        expression = jmespath.compile(path)
    except JMESPathError as error:
        raise click.UsageError(f"--path is not a JMESPath such as a.b[0]: {str(error).splitlines()[0]}") from error

    def select(value: Any) -> Any:
        try:
            return expression.search(value)
        except JMESPathError as error:
            raise Failure(f"--path does not fit a value: {error}") from error

    return select


def _whole(value: Any) -> Any:
    return value


def _columns(is_number: bool) -> tuple[Column, ...]:
    return (
        Column("run_id", "RUN", "cyan", shorten=shorten_run_id, enough=40),
        Column("date", "DATE", rank=1),
        Column("state", "STATE", state_style),
        Column("value", "VALUE", right=is_number, is_json=True, enough=40),
        Column("change", "CHANGE", right=True, text=_change_text, rank=-1),
        Column("problem", "PROBLEM", "red", enough=40, rank=-1),
    )


def _rows(history: XComHistory, shown: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Return a row for each run, the oldest first; runs without the XCom have no value."""
    rows: list[dict[str, Any]] = []
    for xcom in history:
        rows.append({**_run_fields(xcom.dag_run), "value": shown(xcom.value)})
    rows += ({**_run_fields(run), "problem": "no XCom"} for run in history.missing)
    for error in history.errors:
        entry: Any = getattr(error, "entry", {})
        rows.append(
            {
                "run_id": entry.get("run_id"),
                "date": _date(entry),
                "state": None,
                "problem": describe(error).splitlines()[0],
            }
        )
    rows.sort(key=lambda row: (row["date"] is not None, row["date"]))
    before: Any = None
    for row in rows:
        row.setdefault("problem", None)
        row["change"] = None
        if "value" in row:
            row["change"] = None if before is None else _change(row["value"], before["value"])
            before = row
    return rows


def _run_fields(run: Optional[DAGRun]) -> dict[str, Any]:
    return {"run_id": run and run.dag_run_id, "date": run and _date(run), "state": run and run.state}


def _date(run: Any) -> Any:
    return run.run_after or run.logical_date


def _change(value: Any, before: Any) -> Any:
    """Return the difference of two numbers; for other values, ``"changed"`` or None."""
    number, number_before = numbers.as_number(value), numbers.as_number(before)
    if number is not None and number_before is not None:
        return numbers.difference(number, number_before)
    return None if to_json(value) == to_json(before) else "changed"


def _change_text(change: Any) -> str:
    if change is None or isinstance(change, str):
        return change or ""
    return "=" if change == 0 else f"{'+' if change > 0 else '-'}{numbers.format_number(abs(change))}"


def _write_sparkline(values: list[Optional[numbers.Number]]) -> None:
    found = [value for value in values if value is not None]
    if len(found) < 2 or not terminal.is_unicode():
        return
    bars = numbers.sparkline(values, max(terminal.columns() - 2, 10))
    low, high, mean = map(numbers.format_number, (min(found), max(found), sum(found) / len(found)))
    sys.stdout.write(f"\n{terminal.styled(bars, 'cyan', sys.stdout)}\nmin {low}  max {high}  mean {mean}\n")
    sys.stdout.flush()


def _summary(history: XComHistory) -> str:
    failed = sum(run.state == "failed" for run in history.missing)
    total = len(history) + len(history.missing) + len(history.errors)
    parts = [counted(len(history), "value")]
    parts += (
        [f"{len(history.missing)} without the XCom{f' ({failed} failed)' * bool(failed)}"] if history.missing else []
    )
    parts += [f"{len(history.errors)} unreadable"] if history.errors else []
    return f"{counted(total, 'run')}: {', '.join(parts)}"


def _plot(path: str, form: str, title: str, rows: list[dict[str, Any]]) -> None:
    from airflow_client.cli import plots
    from airflow_client.cli.files import atomic_file

    points = [
        plots.Point(
            str(row["run_id"]),
            row["date"],
            numbers.as_number(row.get("value")),
            row["state"] == "failed",
            to_json(row["value"]) if "value" in row else str(row["problem"]),
        )
        for row in rows
    ]
    if all(point.number is None for point in points):
        raise Failure("There are no numbers to draw. --path selects a number inside a value.")
    with atomic_file(path, is_binary=True) as file:
        file.write(plots.draw(title, points, form))
    terminal.note(f"Wrote {path}")
