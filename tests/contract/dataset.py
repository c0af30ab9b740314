"""The values that the tasks of the contract suite push.

The DAGs of a real Airflow (``tests/support/airflow/dags``) push them when their runs are executed; the embedded
server is filled with the same values. This module also runs inside Airflow's own environment: it imports only the
standard library and what each Airflow depends on.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import uuid
import zoneinfo
from collections.abc import Sequence
from typing import Any, NamedTuple

import attrs
import pendulum

RUN_1 = "manual__2024-01-01T00:00:00+00:00"
RUN_2 = "manual__2024-02-03T04:05:06.789000+00:00"
#: Two runs of one DAG that are a microsecond apart.
CLOSE_1 = "manual__2024-04-05T06:07:08.123456+00:00"
CLOSE_2 = "manual__2024-04-05T06:07:08.123457+00:00"
EXECUTION_DATES = {run_id: run_id.partition("__")[2] for run_id in (RUN_1, RUN_2, CLOSE_1, CLOSE_2)}
#: DAG -> the runs that are executed, in this order.
RUNS = {"contract": (RUN_1, RUN_2), "other": (RUN_1,), "many": (RUN_1,), "close": (CLOSE_1, CLOSE_2)}
#: Airflow 3 has one more run of ``other``, without a logical date; Airflow itself would end its id at random.
RUN_WITHOUT_DATE = "manual__2024-03-01T00:00:00+00:00_contract"
RUN_AFTER = "2024-03-01T00:00:00+00:00"


@dataclasses.dataclass
class Point:
    x: Any
    label: str


@attrs.define
class Spot:
    x: Any
    label: str
    size: int = attrs.field(default=0, init=False)


class Pair(NamedTuple):
    left: int
    right: str


class Color(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Celsius:
    """A class with a ``serialize`` method of its own."""

    __version__ = 2

    def __init__(self, degrees: float) -> None:
        self.degrees = degrees

    def serialize(self) -> dict[str, Any]:
        return {"degrees": self.degrees, "day": dt.date(2024, 1, 2)}


class Model:
    """A class that Airflow takes for a pydantic model; not each Airflow has pydantic installed."""

    model_config = model_fields = __pydantic_fields__ = {}  # noqa: RUF012
    model_fields_set = __pydantic_validator__ = None

    def __init__(self, day: dt.date) -> None:
        self.day = day

    def model_dump(self, mode: str = "python") -> dict[str, Any]:
        return {"day": self.day.isoformat() if mode == "json" else self.day}


# Airflow stores the name of the module with the class: a script of the user, here and in a real Airflow.
for _class in (Point, Spot, Celsius, Model):
    _class.__module__ = "pushed"


class Opaque:
    """A class without a serializer in Airflow."""


KINDS: dict[str, Any] = {
    "str": "hello",
    "str_empty": "",
    "str_numeric": "42",
    "str_date": "2020-01-01",
    "str_quotes": 'it\'s "quoted" \\ back',
    "str_newline": "line1\nline2\ttab",
    "str_unicode": "h\u00e9llo \U0001f600 \u4e16\u754c \u200d",
    "str_json": '{"a": 1}',
    "str_nul": "a\0b",
    "int": 42,
    "int_negative": -1,
    "int_big": 2**70,
    "int_64_bits": 2**63 - 1,
    "int_65_bits": 2**63,
    "float": 3.5,
    "float_whole": 1.0,
    "float_tiny": 1e-300,
    "float_nan": float("nan"),
    "float_inf": float("inf"),
    "float_inf_negative": -float("inf"),
    "bool_true": True,
    "bool_false": False,
    "none": None,
    "list": [1, "two", 3.0, None, True],
    "list_empty": [],
    "list_of_numbers": [1.0, 2**70, 1e-300],
    "list_with_nan": [float("nan")],
    "dict": {"c": None, "b": "two", "a": 1, "d": False},
    "dict_empty": {},
    "dict_int_keys": {1: "one", 2: "two"},
    "dict_other_keys": {True: 1, None: 2, 1.5: 3},
    "nested": {"l": [{"x": [1, 2, {"y": "\u00e9"}]}], "d": {"e": {"f": [None]}}},
    "nested_mixed": {"when": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc), "t": (1, 2)},
    "datetime_utc": dt.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=dt.timezone.utc),
    "datetime_naive": dt.datetime(2024, 1, 2, 3, 4, 5),
    "datetime_zone": dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    "datetime_fold": dt.datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    "datetime_offset": dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    "datetime_before_1970": dt.datetime(1960, 1, 1, 0, 0, 0, 1, tzinfo=dt.timezone.utc),
    "datetime_max": dt.datetime.max.replace(tzinfo=dt.timezone.utc),
    "datetime_pendulum": pendulum.datetime(2024, 7, 2, 3, 4, 5),
    "datetime_pendulum_zone": pendulum.datetime(2024, 7, 2, 3, 4, 5, tz="Europe/Paris"),
    "datetime_pendulum_offset": pendulum.datetime(2024, 7, 2, 3, 4, 5, tz=pendulum.timezone(19800)),
    "date": dt.date(2024, 1, 2),
    "zone": zoneinfo.ZoneInfo("Europe/Paris"),
    "zone_pendulum": pendulum.timezone("Europe/Paris"),
    "zone_pendulum_utc": pendulum.UTC,
    "zone_pendulum_offset": pendulum.timezone(19800),
    "timedelta": dt.timedelta(days=1, seconds=2.5),
    "timedelta_negative": dt.timedelta(days=-1, microseconds=1),
    "decimal": decimal.Decimal("12.340"),
    "decimal_long": decimal.Decimal("0.1234567890123456789"),
    "decimal_whole": decimal.Decimal("1E+3"),
    "decimal_nan": decimal.Decimal("NaN"),
    "set": {1, 2, 3},
    "set_empty": set(),
    "set_of_sets": {frozenset([1])},
    "set_of_tuples": {(1, 2)},
    "frozenset": frozenset(["a"]),
    "tuple": (1, "two", 3.0),
    "tuple_empty": (),
    "tuple_of_sets": ({1},),
    "namedtuple": Pair(1, "b"),
    "tuple_in_list": [(1, 2), (3, 4)],
    "enum_str": Color.RED,
    "enum_int": Level.HIGH,
    "dataclass": Point(1, "dc"),
    "dataclass_nested": Point(Point(1, "in"), "out"),
    "attrs": Spot(2, "at"),
    "attrs_nested": Spot(Spot(1, "in"), "out"),
    "dataclass_of_attrs": Point(Spot(1, "in"), "out"),
    "own_serialize": Celsius(21.5),
    "pydantic": Model(dt.date(2024, 1, 2)),
    "old_set": {"__type": "set", "__var": [1, 2]},
}

#: Airflow 2 refuses these when a task pushes them: they have no XCom.
REFUSED: dict[str, Any] = {
    "bytes": b"\x00\xffabc",
    "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "opaque": Opaque(),
    "time": dt.time(1, 2),
    "timezone": dt.timezone.utc,
    "complex": 1j,
    "date_pendulum": pendulum.date(2024, 1, 2),
    "dict_tuple_keys": {(1, 2): 3},
}

#: The values that Airflow 3 refuses.
REFUSED_BY_AIRFLOW_3: dict[str, Any] = {
    **{key: REFUSED[key] for key in ("bytes", "opaque", "time", "timezone", "complex")},
    **{key: KINDS[key] for key in ("float_nan", "float_inf", "float_inf_negative", "list_with_nan", "decimal_nan")},
}
#: What Airflow 2.4 refuses besides: it stores nothing but JSON.
_NO_JSON = (
    *(key for key in KINDS if key.startswith(("datetime_", "zone", "timedelta", "decimal", "set", "frozenset"))),
    *("attrs", "attrs_nested", "dataclass", "dataclass_nested", "dataclass_of_attrs", "own_serialize"),
    *("date", "nested_mixed", "tuple_of_sets"),
)
#: The first release that accepts a value -> the values that earlier ones with the same API refuse.
_ACCEPTED_SINCE: dict[tuple[int, ...], Sequence[str]] = {
    (2, 5): _NO_JSON,
    (2, 7): ["zone"],
    (2, 10): ["pydantic"],
    (3, 1): ["none", "pydantic", "date_pendulum"],
    (3, 2): ["uuid"],
}

#: The value that Airflow 3 cannot store in PostgreSQL, whose JSONB has no NUL in texts.
REFUSED_BY_POSTGRESQL: dict[str, Any] = {"str_nul": KINDS["str_nul"]}
#: The keys that MariaDB and MySQL refuse: Airflow's ids are texts there whose characters have up to three bytes.
REFUSED_BY_MARIADB = ("emoji\U0001f600",)


def refused_by(version: str, database: str = "sqlite") -> dict[str, Any]:
    """Return the values that a release with a kind of database refuses when a task pushes them."""
    release = tuple(map(int, version.split(".")))
    refused = dict(REFUSED if release < (3,) else REFUSED_BY_AIRFLOW_3)
    if (2, 5) <= release < (2, 8):  # 2.4 stores a plain list
        refused["namedtuple"] = KINDS["namedtuple"]
    for since, keys in _ACCEPTED_SINCE.items():
        if release < since and release[0] == since[0]:
            refused.update((key, {**KINDS, **REFUSED}[key]) for key in keys)
    if database == "postgresql" and release >= (3,):
        refused.update(REFUSED_BY_POSTGRESQL)
    if database == "mariadb":
        refused.update((key, TASKS["contract"]["odd_keys"][key]) for key in REFUSED_BY_MARIADB)
    return refused


ODD_KEYS = [
    "with space",
    "with/slash",
    "with/two/slashes",
    "/leading",
    "trailing/",
    "with%percent",
    "with%2Fencoded",
    "with+plus",
    "with?question",
    "with#hash",
    "with&amp=eq",
    "with;semi",
    "with:colon",
    'with"quote',
    "with'apos",
    "with\\back",
    "with.dot",
    "..",
    ".",
    "~",
    "\u043a\u043b\u044e\u0447",
    "\u952e",
    "emoji\U0001f600",
    "e\u0301 combining",
    "k" * 512,
]

#: Stands for the id of the run that pushes.
ITS_RUN = "the id of the run"

#: dag_id -> task_id -> key -> the value that the task pushes in each run.
TASKS: dict[str, dict[str, dict[str, Any]]] = {
    "contract": {
        "kinds": {**KINDS, **REFUSED},
        "odd_keys": {key: f"value of {key}" for key in ODD_KEYS},
        "big": {"return_value": "x" * (5 * 1024 * 1024)},
        "multi": {"return_value": {"first": 1, "second": [2]}, "first": 1, "second": [2]},
        "group.inner": {"return_value": "in group"},
    },
    "other": {"one": {"return_value": "other"}},
    "many": {"many": {f"k{i:04d}": i for i in range(250)}},
    "close": {"one": {"run": ITS_RUN}},
}

#: dag_id -> task_id -> map_index -> key -> value; the same for mapped tasks.
MAPPED: dict[str, dict[str, list[dict[str, Any]]]] = {
    "contract": {"mapped": [{"return_value": i * 10, "square": i * i} for i in range(5)]},
}


def value_in(run_id: str, value: Any) -> Any:
    """Return the value that a run pushes for ``value`` in ``TASKS``."""
    return run_id if value is ITS_RUN else value


#: name -> (password, role) of the users of every server.
USERS = {
    "admin": ("admin-pw", "Admin"),
    "viewer": ("viewer-pw", "Viewer"),
    "nobody": ("nobody-pw", "Public"),
    "odd": ("p:\u00e4ss w\u00f6rd", "Admin"),
}
#: A role of the suite with this permission and "can read on DAGs".
READS_XCOMS = "can read on XComs"
#: More users of servers with such roles: all but those with Airflow 3's simple auth manager.
USERS_OF_FAB = {"xcoms-only": ("xcoms-only-pw", READS_XCOMS)}
