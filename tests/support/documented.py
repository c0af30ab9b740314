"""The two examples of the documentation that people's scripts follow, ready to be run."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import airflow_client.client

_PAGE = Path(__file__).parent / "XComApi-2.x-documentation.txt"
LIST_EXAMPLE, ENTRY_EXAMPLE = re.findall(
    r"^import time\n.*?(?=^Name \| Type)", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)


def run(example: str, host: str, **filled_in: object) -> str:
    """Run an example as it stands, with the host and what is ``filled_in`` for its placeholders; what it printed.

    ``username`` and ``password`` replace the placeholders of the credentials, the others what a name is assigned.
    """
    code = indented(example)
    assert code.count("client.Configuration(") == 2
    # The second configuration leaves the host out, "which is optional": a server elsewhere has it filled in.
    code = code.replace('"/api/v1"', repr(host)).replace("username =", f"host = {host!r}, username =")
    for name, value in filled_in.items():
        code = code.replace(f"'YOUR_{name.upper()}'", repr(value))
        assigned = f"{name} = {value!r} "
        code = re.sub(rf"(?m)^( *){name} = [^#\n]*(?=#)", lambda found, to=assigned: found[1] + to, code)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "example", "exec"), {"client": airflow_client.client})
    return printed.getvalue()


def indented(example: str) -> str:
    """The page's code lost its indentation: ``with``, ``try`` and ``except`` give it back."""
    code, depth = [], 0
    for line in example.splitlines():
        if line.startswith(("except", "try:", "# example")):
            depth = 1
        code.append("    " * depth + line)
        if line.startswith("with "):
            depth = 1
        elif line.startswith(("try:", "except")):
            depth = 2
    return "\n".join(code)
