"""The commands of ``airflow-xcom``, their errors and exit statuses."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Optional

import click
from click.shell_completion import CompletionItem, shell_complete

from airflow_client.cli import failures, terminal
from airflow_client.cli.connection import ConnectionOption, connection_options
from airflow_client.cli.shells import COMPLETE_VARIABLE, register
from airflow_client.xcom import __version__

#: The summary of each command, by section of the help. A command is ``command`` in the module of its name; reading the
#: summaries here keeps ``--help`` from loading them all.
SECTIONS = {
    "Read XComs": {
        "list": "List XComs, without their values",
        "runs": "List the last runs of a DAG",
        "get": "Print the value of an XCom",
        "export": "Write all XComs with their values to a file",
        "history": "Show a value over the last runs",
        "diff": "Compare the XComs of two runs",
    },
    "Wait and run": {
        "wait": "Wait for an XCom and print its value",
        "watch": "Print new XComs as tasks push them",
        "call": "Trigger a DAG and print its result",
    },
    "Write XComs": {
        "set": "Create an XCom or replace its value",
        "delete": "Delete XComs",
        "copy": "Copy the XComs of a run to another run",
        "load": "Write the XComs of an export back",
    },
    "Set up": {
        "login": "Save how to reach an Airflow as a profile",
        "logout": "Delete a profile",
        "doctor": "Check the connection to Airflow",
        "completion": "Print the shell's completion script",
        "demo": "Try the commands on an embedded server",
    },
}
#: Below the help of each command.
_CONNECTION = "Connection options such as --host, --profile and --user: airflow-xcom --help"
ENVIRONMENT = {
    "AIRFLOW_XCOM_HOST": "URL of Airflow",
    "AIRFLOW_XCOM_USERNAME": "User name",
    "AIRFLOW_XCOM_PASSWORD": "Password",
    "AIRFLOW_XCOM_TOKEN": "Token, instead of user name and password",
    "AIRFLOW_XCOM_PROFILE": "Name of a profile",
}
EXIT_STATUSES = {
    "0": "Success",
    "1": "Failure or difference",
    "2": "Wrong usage",
    "3": "Login or permission refused",
    "4": "Not found or not in time",
    "130": "Interrupted",
}
_SUMMARIES = {name: summary for commands in SECTIONS.values() for name, summary in commands.items()}


class _ClosedPipe(Exception):
    """The reader of standard output has ended: click would exit with 1 for a BrokenPipeError."""


class Commands(click.Group):
    """Group whose commands are imported when they are used."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ClosedPipe from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        if cmd_name not in _SUMMARIES:
            return None
        command: click.Command = importlib.import_module(f"airflow_client.cli.commands.{cmd_name}").command
        command.epilog = command.epilog or _CONNECTION
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[Optional[str], Optional[click.Command], list[str]]:
        if args and args[0] not in _SUMMARIES and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], _SUMMARIES, 1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise click.UsageError(f"There is no command {terminal.printable(args[0])!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl(list(commands.items()), col_max=12)
        for section, is_connection in (("Connection", True), ("Options", False)):
            options = [
                option for option in self.get_params(ctx) if isinstance(option, ConnectionOption) == is_connection
            ]
            with formatter.section(section):
                formatter.write_dl(list(filter(None, (option.get_help_record(ctx) for option in options))))
        for section, terms in (("Environment", ENVIRONMENT), ("Exit status", EXIT_STATUSES)):
            with formatter.section(section):
                formatter.write_dl(list(terms.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in _SUMMARIES if name.startswith(incomplete)]  # without importing the commands
        items = [CompletionItem(name, help=_SUMMARIES[name]) for name in names]
        return items or click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="airflow-xcom", message="%(prog)s %(version)s")
@connection_options
@click.pass_context
def program(ctx: click.Context) -> None:
    """Read and write the XComs of Apache Airflow 2 and 3.

    Try it without an Airflow: airflow-xcom demo
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(arguments: Sequence[str]) -> int:
    """Run the program.

    :param arguments: arguments of the command line.
    :returns: exit status.
    """
    terminal.prepare_streams()
    warnings.showwarning = failures.show_warning
    debug = "--debug" in arguments
    if os.environ.get(COMPLETE_VARIABLE):
        register()
        return shell_complete(program, {}, "airflow-xcom", COMPLETE_VARIABLE, os.environ[COMPLETE_VARIABLE])
    try:
        result = program.main(list(arguments), prog_name="airflow-xcom", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else failures.OK
    except (BrokenPipeError, _ClosedPipe):
        # The reader of a pipe has ended, as `head` does. Python would fail once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return failures.OK
    except (KeyboardInterrupt, click.Abort):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second Ctrl-C would show a traceback
        terminal.note("Interrupted")
        return failures.INTERRUPTED
    except Exception as error:
        if debug and not isinstance(error, (click.ClickException, failures.Failure)):
            import traceback

            traceback.print_exc()
        return failures.report(error)
