"""The differences between embedded and real servers that remain, with their reasons.

``docs/testing.md`` has those of the server. An entry that is no difference any more fails the suite.
"""

from __future__ import annotations

import dataclasses
import re

from tests.contract.fidelity.answers import Comparable, differences
from tests.contract.fidelity.cases import Case


@dataclasses.dataclass(frozen=True)
class Deviation:
    """A known difference.

    :ivar reason: why it remains.
    :ivar requests: pattern that the name of a request matches from its beginning.
    :ivar values: pattern that the path of a value in the answer matches from its beginning.
    :ivar flavours: beginning of the names of the flavours that differ.
    """

    reason: str
    requests: str
    values: str = ""
    flavours: str = ""

    def matches(self, case: Case, difference: str) -> bool:
        return bool(re.match(self.requests, case.name) and re.match(self.values, difference))


_NO_OPERATORS = "The embedded server runs no operators, so it has no arguments to show."
_DAG_TEST = "DAG.test(), which made the real servers' runs, stores no start of a task on Airflow 2; a scheduler does."
_MISSING = (
    "The embedded server has only the calls that docs/testing.md lists; other methods of their paths are missing."
)
_TASKS = r"GET /dags/[^/]+/dagRuns/[^/]+/taskInstances"

DEVIATIONS = (
    Deviation(_NO_OPERATORS, _TASKS, r"body\.(task_instances\[\d+\]\.)?rendered_fields\."),
    Deviation(_DAG_TEST, _TASKS, r"body\.(task_instances\[\d+\]\.)?(start_date|duration): .* is not None$", "2."),
    Deviation(_MISSING, r"(PATCH|DELETE|OPTIONS) /dags/~/dagRuns/list", flavours="2."),
    Deviation(_MISSING, r"PATCH /dags/contract/dagRuns/[^/]+/taskInstances/mapped/xcomEntries", flavours="3."),
    Deviation(_MISSING, r"(PATCH|PUT|DELETE|OPTIONS|HEAD|TRACE) /dags/contract/dagRuns$", flavours="3.3"),
    Deviation("Scripts send no preflight requests, which 3.0 answers.", "OPTIONS .* Origin: ", flavours="3.0"),
)
#: Values of those that the calls of the official clients show, too.
VALUES_OF_DEVIATIONS = re.compile(r"\.rendered_fields\.|^get_(task_instances?|mapped)|^list mapped")


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
