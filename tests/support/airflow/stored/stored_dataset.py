"""Values that the DAG ``stored`` pushes, for an XCom backend that keeps them in files.

This module also runs inside Airflow's own environment: it imports only the standard library.
"""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import Any, NamedTuple

VALUES: dict[str, Any] = {
    "text": "h\u00e9llo \U0001f600",
    "none": None,
    "number": 42,
    "nested": {"c": None, "a": [1, 2.5, {"b": "two"}]},
    "set": {1, 2},
    "tuple": (1, (2, 3)),
    "when": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc),
    "decimal": decimal.Decimal("12.34"),
    "big": ["x" * 100_000, math.nan],
    "url": "file:///elsewhere/a.txt",
}


class Run(NamedTuple):
    """A run of the DAG with its own settings of the backend.

    :ivar date: logical date.
    :ivar scheme: what precedes the path in the setting.
    :ivar compression: name of the compression.
    :ivar threshold: smallest size in bytes of a value that is kept in a file.
    """

    date: str
    scheme: str
    compression: str
    threshold: int

    @property
    def run_id(self) -> str:
        return f"manual__{self.date}"

    @property
    def values(self) -> dict[str, Any]:
        """The values that the run pushes: Airflow 3.0 has no None in its database, but in a file."""
        return {key: value for key, value in VALUES.items() if value is not None or self.threshold == 0}


RUNS = (
    Run("2024-01-01T00:00:00+00:00", "file://", "", 0),
    Run("2024-01-02T00:00:00+00:00", "file://", "gzip", 0),
    Run("2024-01-03T00:00:00+00:00", "", "xz", 0),
    Run("2024-01-04T00:00:00+00:00", "file://", "zip", 1_000),
)
RUNS_BY_ID = {run.run_id: run for run in RUNS}
