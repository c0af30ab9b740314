"""Time of `import`: whole processes, compared with an interpreter that imports nothing.

Ratios are of the time beyond that of the interpreter. The names load on first use.
"""

from __future__ import annotations

from ..environments import BY_HAND, OFFICIAL_2, OFFICIAL_3, OURS, Contender
from ..results import Result, table
from ..runner import Bench, whole_processes

_NAMES_OURS = "from airflow_client.xcom import ApiClient, Configuration, XComApi"
_NAMES = "from airflow_client.client import ApiClient, Configuration, XComApi"
_NAMES_2 = """
from airflow_client.client import ApiClient, Configuration
from airflow_client.client.api.x_com_api import XComApi
"""
_STATEMENTS: list[tuple[str, Contender, str]] = [
    ("nothing", OURS, "pass"),
    ("`import urllib3`", BY_HAND, "import urllib3"),
    ("ours: `import airflow_client.client`", OURS, "import airflow_client.client"),
    ("ours: ApiClient, Configuration, XComApi", OURS, _NAMES_OURS),
    ("official 2.10.0: `import airflow_client.client`", OFFICIAL_2, "import airflow_client.client"),
    ("official 2.10.0: the three names", OFFICIAL_2, _NAMES_2),
    ("official 3.3.2: `import airflow_client.client`", OFFICIAL_3, "import airflow_client.client"),
    ("official 3.3.2: the three names", OFFICIAL_3, _NAMES),
]


def measure(bench: Bench) -> Result:
    commands = {
        label: [str(bench.interpreters.of(contender)), "-c", statement]
        for label, contender, statement in _STATEMENTS
        if bench.can_run(contender)
    }
    samples = whole_processes(bench, commands, rounds=bench.rounds(25))
    return Result("import", [table("", "ms", samples, "`import urllib3`", zero="nothing")])
