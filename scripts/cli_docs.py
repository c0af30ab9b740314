"""Write docs/guides/cli.md and cli.svg from the commands of ``airflow-xcom``; ``--check`` says if they are out of date.

The text comes from ``cli_page.md`` and the commands' own help. The picture shows real output of real commands on the
embedded server.
"""

from __future__ import annotations

import bisect
import io
import re
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
#: Seconds from a command in the picture to its output, and from there to the next command.
_PAUSES = (0.8, 1.6)
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
    """Return the recording of a terminal, as an SVG that shows one command after the other."""
    airflow = EmbeddedAirflow("3.3.2")
    airflow.add_user("demo", "demo")
    add_demo(airflow)
    line = 0
    starts: list[int] = []  # the lines of the picture at which a command, or its output, begins
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
            output = Text.from_ansi(result.terminal.replace("\r\n", "\n").rstrip("\n"))
            starts += [line, line + 1]
            line += len(output.split("\n")) + 2
            console.print(Text.assemble(("$ ", "bold green"), (f"airflow-xcom {shlex.join(arguments)}", "bold")))
            console.print(output, no_wrap=True)
            console.print()
    return _animated(console.export_svg(title="airflow-xcom", unique_id="cli"), starts)


def _animated(svg: str, starts: list[int]) -> str:
    """Let the lines appear step by step, and load no fonts from other sites."""
    style = [
        "@keyframes cli-show { from { visibility: hidden } to { visibility: visible } }",
        "@media (prefers-reduced-motion: reduce) { text { animation: none !important } }",
    ]
    for step in range(1, len(starts)):
        seconds = (step + 1) // 2 * _PAUSES[0] + step // 2 * _PAUSES[1]
        style.append(f".cli-s{step} {{ animation: cli-show 1ms {seconds:.1f}s both }}")

    def with_step(text: re.Match[str]) -> str:
        step = bisect.bisect(starts, int(text[2])) - 1
        return text[0].replace('class="', f'class="cli-s{step} ', 1)

    svg = re.sub(r"(?s)\s*@font-face \{.*?\}", "", svg).replace("    </style>", "\n".join([*style, "    </style>"]))
    return re.sub(r'<text (class="[^"]+") [^>]*clip-path="url\(#cli-line-(\d+)\)"', with_step, svg)


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
