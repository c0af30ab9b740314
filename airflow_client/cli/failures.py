"""Exit statuses, and what the program says about a failure."""

from __future__ import annotations

import click

from airflow_client import xcom
from airflow_client.cli import terminal

OK = 0
FAILURE = 1
USAGE = 2
NOT_ALLOWED = 3
NOT_FOUND = 4
INTERRUPTED = 130


class Failure(Exception):
    """The command failed; the program prints the message and exits with the status.

    :param message: what happened and what to do, in one or two sentences.
    :param status: exit status.
    """

    def __init__(self, message: str, status: int = FAILURE) -> None:
        super().__init__(message)
        self.status = status


def exit_status(error: BaseException) -> int:
    """Return the exit status for an exception."""
    if isinstance(error, Failure):
        return error.status
    if isinstance(error, click.ClickException):
        return error.exit_code
    if isinstance(error, (xcom.UnauthorizedException, xcom.ForbiddenException)):
        return NOT_ALLOWED
    if isinstance(error, (xcom.NotFoundException, xcom.TimeoutException)):
        return NOT_FOUND
    if isinstance(error, (xcom.ApiTypeError, xcom.ApiValueError)) and not isinstance(error, xcom.ApiUnsupportedError):
        return USAGE
    return FAILURE


def describe(error: BaseException) -> str:
    """Return what a user reads about an exception: what happened, and what to do."""
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, xcom.ApiException):
        return _describe_call(error)
    if isinstance(error, (Failure, xcom.OpenApiException, OSError)):
        return str(error)
    return f"{type(error).__name__}: {error}\nThis is a bug of airflow-xcom. Run the command again with --debug."


def report(error: BaseException) -> int:
    """Print an exception to standard error.

    :returns: exit status.
    """
    if isinstance(error, click.UsageError) and error.ctx is not None:
        command = error.ctx.command_path
        terminal.error(f"{error.format_message()}\nUsage: {error.ctx.get_usage().partition(' ')[2].strip()}")
        terminal.note(f"See: {command} --help")
    else:
        terminal.error(describe(error))
    return exit_status(error)


def _describe_call(error: xcom.ApiException) -> str:
    text = error.error.text if error.error is not None else None
    lines = [str(error.reason if text is None or not error.status else text)]
    if error.status:
        lines[0] = f"{lines[0].rstrip('.')} ({error.status})"
    if error.request:
        lines.append(f"Request: {error.request}")
    if error.hint:
        lines.append(f"{error.hint[:1].upper()}{error.hint[1:]}")
    return "\n".join(lines)
