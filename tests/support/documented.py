"""Run the two examples of the official documentation."""

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
    """Run an example with a host and values for its placeholders, and return its output.

    ``username`` and ``password`` replace the placeholders of the credentials; other values replace assigned ones.
    """
    code = indented(example)
    assert code.count("client.Configuration(") == 2
    # The second configuration has no host: it is added for a server elsewhere.
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
    """Indent the code of the page, which has lost its indentation, after ``with``, ``try`` and ``except``."""
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
