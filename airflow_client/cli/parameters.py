"""Arguments and options that several commands have."""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar

import click

from airflow_client.cli import completion

if TYPE_CHECKING:
    FloatType = click.ParamType[float]
    DatetimeType = click.ParamType[dt.datetime]
else:  # generic since click 8.5
    FloatType = DatetimeType = click.ParamType

F = TypeVar("F", bound=Callable[..., Any])

RUN_STATES = ("queued", "running", "success", "failed")
_DURATION = re.compile(r"(\d+(\.\d+)?[smhd])+")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}


class Duration(FloatType):
    """A number of seconds, or text such as ``90s``, ``10m``, ``1h30m`` or ``7d``; as seconds."""

    name = "duration"

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> float:
        if isinstance(value, (int, float)):
            return float(value)
        text = value.strip().lower()
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        if not _DURATION.fullmatch(text):
            self.fail(f"{value!r} is not a duration. Use a number with a unit: 90s, 10m, 1h30m, 7d.", param, ctx)
        return sum(float(number) * _UNITS[unit] for number, _, unit in re.findall(r"(\d+(\.\d+)?)([smhd])", text))


class Datetime(DatetimeType):
    """A date and time in ISO 8601, or a duration that is subtracted from now; as an aware datetime."""

    name = "datetime"

    def convert(self, value: Any, param: Optional[click.Parameter], ctx: Optional[click.Context]) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        if _DURATION.fullmatch(value.strip().lower()):
            return dt.datetime.now(dt.timezone.utc) - dt.timedelta(seconds=DURATION.convert(value, param, ctx))
        from dateutil.parser import isoparse

        try:
            parsed = isoparse(value.strip())
        except ValueError:
            self.fail(
                f"{value!r} is not a date. Use 2024-01-31, 2024-01-31T08:00:00Z, or 2d for two days ago.", param, ctx
            )
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.timezone.utc)


DURATION = Duration()
DATETIME = Datetime()


def dag_argument(required: bool = True) -> Callable[[F], F]:
    """Add the argument DAG: ``dag_id``, ``~`` for all DAGs if it is not required."""
    return _id_argument("dag_id", "DAG", required, completion.dags)


def run_argument(required: bool = True) -> Callable[[F], F]:
    """Add the argument RUN and the flag ``--run-id``: ``run`` and ``is_run_id``, for :func:`runs.resolve_run`."""
    argument = _id_argument("run", "RUN", required, completion.runs)
    flag = click.option("--run-id", "is_run_id", is_flag=True, help="RUN is an id, even if it is 'latest'.")
    return lambda command: argument(flag(command))


def task_argument(required: bool = True) -> Callable[[F], F]:
    """Add the argument TASK: ``task_id``, ``~`` for all tasks if it is not required."""
    return _id_argument("task_id", "TASK", required, completion.tasks)


def _id_argument(name: str, metavar: str, required: bool, complete: Callable[..., Any]) -> Callable[[F], F]:
    # click takes a default of None for a value that was given.
    default: dict[str, Any] = {} if required else {"default": "~"}
    metavar = metavar if required else f"[{metavar}]"
    return click.argument(name, metavar=metavar, required=required, shell_complete=complete, **default)


def key_argument(command: F) -> F:
    """Add the argument KEY: ``xcom_key``, ``return_value`` by default."""
    return click.argument("xcom_key", metavar="[KEY]", default="return_value", shell_complete=completion.keys)(command)


def map_index_option(command: F) -> F:
    """Add the option ``--map-index``: ``map_index``, None by default."""
    return click.option(
        "--map-index", type=click.IntRange(min=-1), metavar="N", help="Index of a mapped task instance, from 0."
    )(command)


#: Options that filter XComs: the name of the filter of ``iter_xcom_entries``, the option, its type and its help.
_FILTERS: tuple[tuple[str, str, Any, str], ...] = (
    ("xcom_key", "--key", str, "Only XComs with this key."),
    ("map_index", "--map-index", click.IntRange(min=-1), "Only this index of mapped tasks; -1: unmapped tasks."),
    *(
        (f"{name}{kind}_pattern", f"--{option}-{kind[1:] or 'pattern'}", str, f"Only {noun} {text}")
        for kind, text in (
            ("", "with TEXT in them; % is any text. Airflow 3.1+."),
            ("_prefix", "that begin with TEXT. Airflow 3.2.2+."),
        )
        for name, option, noun in (
            ("xcom_key", "key", "keys"),
            ("dag_display_name", "dag", "names of DAGs"),
            ("run_id", "run", "run ids"),
            ("task_id", "task", "task ids"),
        )
    ),
    *(
        (
            f"{name}_{bound}",
            f"--{name.replace('_', '-')}-{bound}",
            DATETIME,
            f"Only runs whose {noun} is {meaning}. Airflow 3.1+.",
        )
        for name, noun in (("logical_date", "logical date"), ("run_after", "run_after"))
        for bound, meaning in (
            ("gte", "DATE or later"),
            ("gt", "after DATE"),
            ("lte", "DATE or earlier"),
            ("lt", "before DATE"),
        )
    ),
)


#: Filters within one run of a DAG.
_RUN_FILTERS = tuple(row for row in _FILTERS if row[0].startswith(("xcom_key", "map_index", "task_id")))


def filter_options(command: F) -> F:
    """Add the options that filter XComs: ``filters``, a dict of keywords of ``iter_xcom_entries``."""
    return _with_filters(command, _FILTERS)


def run_filter_options(command: F) -> F:
    """Add the options that filter the XComs of one run: ``filters``, a dict of keywords of ``copy_xcom_entries``."""
    return _with_filters(command, _RUN_FILTERS)


def _with_filters(command: F, filters: tuple[tuple[str, str, Any, str], ...]) -> F:
    @functools.wraps(command)
    def with_filters(*args: Any, **arguments: Any) -> Any:
        given = {name: arguments.pop(name) for name, *_ in filters}
        return command(*args, filters={name: value for name, value in given.items() if value is not None}, **arguments)

    decorated: Any = with_filters
    for name, option, kind, text in reversed(filters):
        metavar = "DATE" if kind is DATETIME else "N" if kind is not str else None
        decorated = click.option(option, name, type=kind, metavar=metavar, help=text)(decorated)
    with_options: F = decorated
    return with_options


def state_option(command: F) -> F:
    """Add the option ``--state``: ``state``, a tuple of states of runs."""
    return click.option(
        "--state",
        multiple=True,
        type=click.Choice(RUN_STATES),
        metavar="STATE",
        help=f"Only runs in this state: {', '.join(RUN_STATES[:-1])} or {RUN_STATES[-1]}. Repeatable.",
    )(command)
