"""What the tasks of the contract suite push, told once.

The DAGs of a real Airflow (``tests/airflow/dags``) push these values when their runs are executed, and the
embedded server is filled with the same ones, so that one suite can ask both the same questions.
It runs inside Airflow's own environment too: the standard library only.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import uuid
import zoneinfo
from typing import Any

RUN_1 = "manual__2024-01-01T00:00:00+00:00"
RUN_2 = "manual__2024-02-03T04:05:06.789000+00:00"
#: Two runs of one DAG that are a microsecond apart.
CLOSE_1 = "manual__2024-04-05T06:07:08.123456+00:00"
CLOSE_2 = "manual__2024-04-05T06:07:08.123457+00:00"
EXECUTION_DATES = {run_id: run_id.partition("__")[2] for run_id in (RUN_1, RUN_2, CLOSE_1, CLOSE_2)}
#: Which runs of which DAG are executed, in this order.
RUNS = {"contract": (RUN_1, RUN_2), "other": (RUN_1,), "many": (RUN_1,), "close": (CLOSE_1, CLOSE_2)}
#: Airflow 3 has one more run of ``other``, without a logical date; the end of its id would be random.
RUN_WITHOUT_DATE = "manual__2024-03-01T00:00:00+00:00_contract"
RUN_AFTER = "2024-03-01T00:00:00+00:00"


@dataclasses.dataclass
class Point:
    x: int
    label: str


# Airflow writes the module's name down; a real one imports this file as "pushed", the tests as part of a package.
Point.__module__ = "pushed"


class Opaque:
    """A class that Airflow has no serializer for: pushing one is refused."""


KINDS: dict[str, Any] = {
    "str": "hello",
    "str_empty": "",
    "str_numeric": "42",
    "str_date": "2020-01-01",
    "str_quotes": 'it\'s "quoted" \\ back',
    "str_newline": "line1\nline2\ttab",
    "str_unicode": "h\u00e9llo \U0001f600 \u4e16\u754c \u200d",
    "str_json": '{"a": 1}',
    "int": 42,
    "int_negative": -1,
    "int_big": 2**70,
    "float": 3.5,
    "float_whole": 1.0,
    "float_tiny": 1e-300,
    "float_nan": float("nan"),
    "float_inf": float("inf"),
    "bool_true": True,
    "bool_false": False,
    "none": None,
    "list": [1, "two", 3.0, None, True],
    "list_empty": [],
    "dict": {"c": None, "b": "two", "a": 1, "d": False},
    "dict_empty": {},
    "dict_int_keys": {1: "one", 2: "two"},
    "nested": {"l": [{"x": [1, 2, {"y": "\u00e9"}]}], "d": {"e": {"f": [None]}}},
    "nested_mixed": {"when": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc), "t": (1, 2)},
    "datetime_utc": dt.datetime(2024, 1, 2, 3, 4, 5, 678901, tzinfo=dt.timezone.utc),
    "datetime_naive": dt.datetime(2024, 1, 2, 3, 4, 5),
    "datetime_zone": dt.datetime(2024, 7, 2, 3, 4, 5, tzinfo=zoneinfo.ZoneInfo("Europe/Paris")),
    "date": dt.date(2024, 1, 2),
    "timedelta": dt.timedelta(days=1, seconds=2.5),
    "decimal": decimal.Decimal("12.340"),
    "set": {1, 2, 3},
    "frozenset": frozenset(["a"]),
    "tuple": (1, "two", 3.0),
    "tuple_in_list": [(1, 2), (3, 4)],
    "dataclass": Point(1, "dc"),
}

#: Airflow 2 refuses these when a task pushes them, so no XCom exists.
REFUSED: dict[str, Any] = {
    "bytes": b"\x00\xffabc",
    "uuid": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "opaque": Opaque(),
}

#: What Airflow 3 refuses instead.
REFUSED_BY_AIRFLOW_3: dict[str, Any] = {
    "bytes": REFUSED["bytes"],
    "opaque": REFUSED["opaque"],
    "float_nan": KINDS["float_nan"],
    "float_inf": KINDS["float_inf"],
}
#: What Airflow 3.0 refuses.
REFUSED_BY_AIRFLOW_3_0: dict[str, Any] = {**REFUSED_BY_AIRFLOW_3, "none": None, "uuid": REFUSED["uuid"]}

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

#: dag_id -> task_id -> key -> value; what each task of each run pushes.
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
    """What a run pushes where ``TASKS`` has ``value``."""
    return run_id if value is ITS_RUN else value


#: name -> (password, role); the users every server of the suite has.
USERS = {
    "admin": ("admin-pw", "Admin"),
    "viewer": ("viewer-pw", "Viewer"),
    "nobody": ("nobody-pw", "Public"),
    "odd": ("p:\u00e4ss w\u00f6rd", "Admin"),
}
#: A role that is made for the suite, of this permission and "can read on DAGs".
READS_XCOMS = "can read on XComs"
#: The users whom only those servers have that know such roles: all but Airflow 3's simple auth manager.
USERS_OF_FAB = {"xcoms-only": ("xcoms-only-pw", READS_XCOMS)}
