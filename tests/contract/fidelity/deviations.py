"""The differences between embedded and real servers that remain, with their reasons.

``docs/guides/testing.md`` has those of the server. An entry that is no difference any more fails the suite.
"""

from __future__ import annotations

import dataclasses
import re

from tests.contract.fidelity.answers import Comparable, differences
from tests.contract.fidelity.cases import Case


@dataclasses.dataclass(frozen=True)
class Deviation:
    """A known difference.

    :ivar reason: why it remains: a sentence of ``docs/guides/testing.md``, unless only the data of the suite differs.
    :ivar requests: pattern that the name of a request matches from its beginning.
    :ivar values: pattern that the path of a value in the answer, and both values, match from their beginning.
    :ivar flavours: beginning of the names of the flavours that differ.
    :ivar is_documented: whether users of the embedded server can see it.
    """

    reason: str
    requests: str
    values: str = ""
    flavours: str = ""
    is_documented: bool = True

    def matches(self, case: Case, difference: str) -> bool:
        return bool(re.match(self.requests, case.name) and re.match(self.values, difference))


_OPERATORS = "`rendered_fields` of a task instance is empty: the server runs no operators."
_METHODS = "Other methods of their paths, such as `PATCH` of a run, return 405."
_PREFLIGHT = "Airflow 3.0 answers CORS preflight requests of browsers. The server returns 405."
_DAG_TEST = "DAG.test(), which made the real servers' runs, stores no start of a task on Airflow 2; a scheduler does."
_TASKS = r"GET /dags/[^/]+/dagRuns/[^/]+/taskInstances"
_TASK = r"body\.(task_instances\[\d+\]\.)?"

DEVIATIONS = (
    Deviation(_OPERATORS, _TASKS, _TASK + r"rendered_fields\."),
    Deviation(_METHODS, r"(PATCH|DELETE|OPTIONS) /dags/~/dagRuns/list", flavours="2."),
    Deviation(_METHODS, r"PATCH /dags/contract/dagRuns/[^/]+/taskInstances/mapped/xcomEntries", flavours="3."),
    Deviation(_METHODS, r"(PATCH|PUT|DELETE|OPTIONS|HEAD|TRACE) /dags/contract/dagRuns$", flavours="3.3"),
    Deviation(_PREFLIGHT, "OPTIONS .* Origin: ", flavours="3.0"),
    Deviation(_DAG_TEST, _TASKS, _TASK + r"(start_date|duration): .* is not None$", "2.", is_documented=False),
)


def unexpected(
    flavour: str, cases: list[Case], actual: list[Comparable], expected: list[Comparable]
) -> dict[str, list[str]]:
    """Return the differences that are no known deviations, by request; and the deviations that are none any more."""
    found: dict[str, list[str]] = {}
    known = [deviation for deviation in DEVIATIONS if flavour.startswith(deviation.flavours)]
    used = set()
    for case, one, other in zip(cases, actual, expected):
        for difference in differences(one, other):
            matching = [deviation for deviation in known if deviation.matches(case, difference)]
            used.update(matching)
            if not matching:
                found.setdefault(case.name, []).append(difference)
    for deviation in known:
        if deviation not in used and any(re.match(deviation.requests, case.name) for case in cases):
            found[f"no deviation any more: {deviation}"] = []
    return found
