"""A user's commands of airflowctl 0.1: ``script_airflowctl.py URL``.

They run in one process, because each start takes a second. The token goes through the environment, so that no keyring
is needed: ``auth login --skip-keyring`` writes only the URL of the server into a file.
"""

# mypy: ignore-errors
from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
import urllib.request

from airflowctl.__main__ import main as airflowctl

RUN = "manual__2024-01-01T00:00:00+00:00"
#: A run to which no other test writes.
RUN_2 = "manual__2024-02-03T04:05:06.789000+00:00"
KINDS = ["contract", RUN, "kinds"]
ODD = ["contract", RUN, "odd_keys"]
COMMANDS = [
    ["version", "--remote"],
    ["xcom", "list", "contract", RUN_2, "mapped"],
    ["xcom", "list", "contract", RUN, "mapped", "--key", "square", "--map-index", "2"],
    ["xcom", "list", "contract", RUN, "nope"],
    *(["xcom", "get", *KINDS, key] for key in ("str", "int", "dict", "none", "datetime_utc", "nope")),
    ["xcom", "get", "contract", RUN, "mapped", "return_value", "--map-index", "3"],
    ["xcom", "add", *ODD, "ctl", '{"a": 1}'],
    ["xcom", "add", *ODD, "ctl", "again"],
    ["xcom", "get", *ODD, "ctl"],
    ["xcom", "edit", *ODD, "ctl", "[1, 2]"],
    ["xcom", "get", *ODD, "ctl"],
    ["xcom", "edit", *ODD, "nope", "1"],
    ["xcom", "delete", *ODD, "ctl"],
    ["xcom", "delete", *ODD, "ctl"],
    ["xcom", "get", "nope", RUN, "kinds", "str"],
    ["dags", "get", "contract"],
    ["dagrun", "get", "contract", RUN],
]


def token(url: str) -> str:
    body = json.dumps({"username": "admin", "password": "admin-pw"}).encode()
    request = urllib.request.Request(f"{url}/auth/token", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)["access_token"]


def run(arguments: list[str], name: str = "") -> None:
    """Run a command and print its name, its exit code and its output."""
    output = io.StringIO()
    sys.argv, code = ["airflowctl", *arguments], 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        try:
            airflowctl()
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) or exit_.code is None else str(exit_.code)
        except Exception as error:
            code = type(error).__name__
    print(json.dumps([name or " ".join(arguments), code or 0, parsed(output.getvalue())]), flush=True)


def parsed(text: str):
    with contextlib.suppress(ValueError):
        return json.loads(text)
    # A line of the log begins with the time.
    return [re.sub(r"^[\d-]+ [\d:]+ +", "", line) for line in text.splitlines()]


if __name__ == "__main__":
    url = sys.argv[1]
    access_token = token(url)
    run(["auth", "login", "--api-url", url, "--api-token", access_token, "--skip-keyring"], "auth login")
    os.environ["AIRFLOW_CLI_TOKEN"] = access_token
    for command in COMMANDS:
        run(command)
