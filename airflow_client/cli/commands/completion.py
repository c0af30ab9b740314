"""``airflow-xcom completion``."""

from __future__ import annotations

import click

from airflow_client.cli.shells import COMPLETE_VARIABLE, SHELLS


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands, options, and the ids of DAGs, runs, tasks and keys that the server has.

    \b
    Examples:
      airflow-xcom completion bash > ~/.local/share/bash-completion/completions/airflow-xcom
      airflow-xcom completion zsh > ~/.zfunc/_airflow-xcom
      airflow-xcom completion fish > ~/.config/fish/completions/airflow-xcom.fish
    """
    program = ctx.find_root()
    click.echo(SHELLS[shell](program.command, {}, "airflow-xcom", COMPLETE_VARIABLE).source())
