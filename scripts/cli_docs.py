"""Write docs/guides/cli.md and cli.svg from the commands of ``airflow-xcom``; ``--check`` says if they are out of date.

The text comes from ``cli_page.md`` and the commands' own help. The picture shows real output of real commands on the
embedded server.
"""

from __future__ import annotations

import io
import shlex
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import click  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.text import Text  # noqa: E402

from airflow_client.cli.program import ENVIRONMENT, EXIT_STATUSES, SECTIONS, program  # noqa: E402
from airflow_client.testing import EmbeddedAirflow  # noqa: E402
from airflow_client.testing.demo import add_demo  # noqa: E402
from tests.support.program import environment, run_process  # noqa: E402

PAGE, PICTURE = ROOT / "docs" / "guides" / "cli.md", ROOT / "docs" / "guides" / "cli.svg"
#: Columns of the help in the page, and of the terminal in the picture.
_HELP_WIDTH, _PICTURE_WIDTH = 96, 100
#: What the picture shows.
_RECORDED = (
    ("runs", "daily_sales", "--last", "4"),
    ("list", "daily_sales", "latest"),
    ("get", "daily_sales", "latest", "report"),
    ("history", "daily_sales", "clean", "--last", "7"),
)


def page() -> str:
    """Return the page."""
    index, commands = [], []
    root = program.make_context("airflow-xcom", [], resilient_parsing=True)
    for section, summaries in SECTIONS.items():
        links = ", ".join(f"[{name}](#{name})" for name in summaries)
        index.append(f"- {section}: {links}")
        commands.append(f"\n## {section}\n")
        for name, summary in summaries.items():
            command = program.get_command(root, name)
            assert command is not None  # noqa: S101
            with click.Context(command, root, name, terminal_width=_HELP_WIDTH) as context:
                text = command.get_help(context).partition("\n\n  Connection options")[0]
            commands.append(f"### {name}\n\n{summary}.\n\n```text\n{text.rstrip()}\n```\n")
    text = (Path(__file__).parent / "cli_page.md").read_text(encoding="utf-8")
    parts = {
        "index": index,
        "commands": commands,
        "connection": _connection(),
        "statuses": [f"{status} | {meaning}" for status, meaning in EXIT_STATUSES.items()],
    }
    for name, lines in parts.items():
        text = text.replace(f"<!-- {name} -->", "\n".join(lines))
    return f"<!-- Written by scripts/cli_docs.py, with click {version('click')} -->\n{text}"


def _connection() -> list[str]:
    """Return the rows of the options of the connection, and of the variables."""
    from airflow_client.cli.connection import ConnectionOption

    variables = {
        "host": "AIRFLOW_XCOM_HOST",
        "user": "AIRFLOW_XCOM_USERNAME",
        "password_stdin": "AIRFLOW_XCOM_PASSWORD",
        "token_stdin": "AIRFLOW_XCOM_TOKEN",
        "profile": "AIRFLOW_XCOM_PROFILE",
    }
    assert set(variables.values()) == set(ENVIRONMENT)  # noqa: S101
    rows = []
    for option in program.params:
        if isinstance(option, ConnectionOption) and not option.hidden:
            names = " ".join(filter(None, (option.opts[0], option.metavar)))
            variable = variables.get(str(option.name))
            rows.append(f"`{names}` | {f'`{variable}`' if variable else ''} | {str(option.help).rstrip('.')}")
    return rows


def picture() -> str:
    """Return the picture of a terminal, as SVG."""
    airflow = EmbeddedAirflow("3.3.2")
    airflow.add_user("demo", "demo")
    add_demo(airflow)
    console = Console(record=True, width=_PICTURE_WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    with airflow, tempfile.TemporaryDirectory() as home:
        variables = {
            "AIRFLOW_XCOM_HOST": airflow.base_url,
            "AIRFLOW_XCOM_USERNAME": "demo",
            "AIRFLOW_XCOM_PASSWORD": "demo",
        }
        for arguments in _RECORDED:
            result = run_process(arguments, environment(Path(home), variables), tty=True, columns=_PICTURE_WIDTH)
            if result.status != 0:
                raise SystemExit(f"airflow-xcom {shlex.join(arguments)} failed:\n{result.screen}")
            console.print(Text.assemble(("$ ", "bold green"), (f"airflow-xcom {shlex.join(arguments)}", "bold")))
            console.print(Text.from_ansi(result.terminal.replace("\r\n", "\n").rstrip("\n")), no_wrap=True)
            console.print()
    return console.export_svg(title="airflow-xcom", unique_id="cli")


def main() -> None:
    """Write both files, or check them."""
    outdated = []
    for path, text in ((PAGE, page()), (PICTURE, picture())):
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            outdated.append(str(path.relative_to(ROOT)))
    if outdated:
        sys.exit(f"{', '.join(outdated)} is not up to date (click {version('click')}): run scripts/cli_docs.py")


if __name__ == "__main__":
    main()
