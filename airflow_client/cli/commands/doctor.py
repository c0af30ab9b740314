"""``airflow-xcom doctor``."""

from __future__ import annotations

import shutil
import sys
import textwrap

import click

from airflow_client.cli import terminal
from airflow_client.cli.connection import access, connection_options, given, log_requests, settings_for
from airflow_client.cli.output import Column, output_option, write_rows

_COLUMNS = (
    Column("check", "CHECK"),
    Column("status", "STATUS"),
    Column("detail", "DETAIL"),
    Column("advice", "ADVICE"),
)
#: Sign and color of each status.
_SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}
_NAME_WIDTH = 16


@click.command("doctor")
@output_option
@connection_options
def command(output: str) -> int:
    """Check the connection to Airflow, the login and what the user may do.

    Each line says what was found and, below it, what to change. Nothing is changed on the server. The exit status is 1
    if a check failed, and 3 if the login or a permission was refused.

    \b
    Examples:
      airflow-xcom doctor
      airflow-xcom doctor --output json
    """
    from airflow_client.cli.checks import FAILED, run_checks

    if given("debug"):
        log_requests()
    found = access()
    findings = []
    for finding in run_checks(found, settings_for(found)):
        findings.append(finding)
        if output == "table":
            _show(*finding[:4])
    if output != "table":
        write_rows((dict(zip(finding._fields, finding[:4])) for finding in findings), _COLUMNS, output)
    return max((finding.exit_status for finding in findings if finding.status == FAILED), default=0)


def _show(check: str, status: str, detail: str, advice: str) -> None:
    """Print a check, and what to change below it."""
    sign, code = _SIGNS[status]
    width = max(shutil.get_terminal_size((100, 24)).columns - 1, 40)
    indent = " " * (_NAME_WIDTH + 2)
    head, *rest = textwrap.wrap(terminal.printable(detail), width - len(indent), break_on_hyphens=False) or [""]
    lines = [
        f"{terminal.styled(sign, code, sys.stdout)} {check:<{_NAME_WIDTH - 1}} {head}",
        *(indent + line for line in rest),
    ]
    for line in textwrap.wrap(terminal.printable(advice), width - len(indent) - 2, break_on_hyphens=False):
        lines.append(f"{indent}{'→ ' if len(lines) == 1 + len(rest) else '  '}{line}")
    click.echo("\n".join(lines))
