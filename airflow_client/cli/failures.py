"""Exit statuses, and what the program says about a failure."""

from __future__ import annotations

import re
from typing import Optional, TextIO, Union

import click

from airflow_client import xcom
from airflow_client.cli import terminal
from airflow_client.cli.wording import capitalized, task_label

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
        return error.format_message().replace("\t", "  ")
    if isinstance(error, xcom.ApiException):
        return _describe_call(error)
    if isinstance(error, xcom.OpenApiException):
        return in_options(str(error))
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, (Failure, OSError)):
        return str(error)
    return f"{type(error).__name__}: {error}\nThis is a bug of airflow-xcom. Run the command again with --debug."


def describe_row(error: BaseException) -> str:
    """Return a line about an XCom of a list that could not be read."""
    entry = getattr(error, "entry", None)
    reason = describe(error).splitlines()[0]
    if not entry:
        return reason
    task = task_label(repr(entry.get("task_id")), entry.get("map_index"))
    return f"Task {task}, key {entry.get('key')!r}: {reason}"


def report(error: BaseException) -> int:
    """Print an exception to standard error.

    :returns: exit status.
    """
    if isinstance(error, click.UsageError) and error.ctx is not None:
        command = error.ctx.command_path
        terminal.error(f"{describe(error)}\nUsage: {error.ctx.get_usage().partition(' ')[2].strip()}")
        terminal.note(f"See: {command} --help")
    else:
        terminal.error(describe(error))
    return exit_status(error)


def in_options(text: str) -> str:
    """Return a message of the library in the terms of the command line: options instead of keywords and calls."""
    for pattern, replacement in _IN_OPTIONS:
        text = pattern.sub(replacement, text)
    return text


def show_warning(
    message: Union[Warning, str],
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Optional[TextIO] = None,
    line: Optional[str] = None,
) -> None:
    """Print a warning of the library as one of the program: for ``warnings.showwarning``."""
    terminal.warn(in_options(str(message)))


def _describe_call(error: xcom.ApiException) -> str:
    text = error.error.text if error.error is not None else None
    reason = in_options(str(error.reason if text is None or not error.status else text)).rstrip(".")
    if isinstance(error, xcom.TransportException):
        # The exception's class and number say less than its text.
        reason = re.sub(r"^\w+: (\[Errno -?\d+\] )?", "", reason)
        origin = re.search(r"https?://[^/ ]+", error.request or "")
        reason = f"{origin[0]}: {reason}" if origin else reason
    if error.status:
        reason = f"{reason} ({error.status})"
    return "\n".join(sentence(part) for part in (reason, in_options(error.hint or "")) if part)


def sentence(text: str) -> str:
    """Return text with a capital letter and a full stop, unless it begins or ends with a name."""
    start = text if text.startswith(("http:", "https:", "--")) else capitalized(text)
    return start if start.endswith((".", "?", "!", "'")) or "://" in start.split(" ")[-1] else f"{start}."


#: The library's words -> the command line's. The first that fit are used first.
_IN_OPTIONS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^KeyboardInterrupt: ", ""),
        (r"password\(\) failed: \w+: ", ""),
        (r"access_token\(\) failed: \w+: ", ""),
        (
            r"[Ss]et Configuration\(username=…, password=…\) or access_token=…",
            "use --user or --token-stdin, or run airflow-xcom login",
        ),
        (r"[Ss]et Configuration\(host='([^']*)'\)", r"use --host \1"),
        (r"[Ss]et Configuration\(ssl_ca_cert=FILE\), or SSL_CERT_FILE", "use --ca-cert FILE, or set SSL_CERT_FILE"),
        (r"Configuration\(host=…\)", "--host"),
        (r"; or omit the API from host", "; or omit the API from --host"),
        (r"(?<!-)\bhost (must|may)", r"--host \1"),
        (r", or set assert_hostname", ""),
        (
            r"may require a client certificate \(cert_file, key_file\)",
            "may require a client certificate, which airflow-xcom cannot send",
        ),
        (
            r"([Pp])ass access_token=…, or (a session of your own that is logged in|your own session)",
            r"use --token-stdin",
        ),
        (r"which needs access_token=…", "which needs --token-stdin"),
        (
            r"a token \(access_token\), a header \(default_headers\) or a session of your own",
            "a token (--token-stdin) or a header (--header)",
        ),
        (r"reuse one ApiClient, share the login among processes with Configuration\.session_file, or wait", "wait"),
        (r"\. This login is tried again after [^.]*close\(\)", ""),
        (r"session_file '([^']*)'", r"the file of logins \1"),
        (r"[Ll]ist the existing XComs with get_xcom_entries", "see airflow-xcom list"),
        (r"(with|has no|needs|set|Set) map_index\b", r"\1 --map-index"),
        (r"\bdag_display_name(?=(_prefix)?_pattern needs)", "dag"),
        (r"\b(?:(dag)|(run|task)_id|xcom_(key))_prefix_pattern needs", r"--\1\2\3-prefix needs"),
        (r"\b(?:(dag)|(run|task)_id|xcom_(key))_pattern needs", r"--\1\2\3-pattern needs"),
        (r"\b(logical|run)_(date|after)_([gl]te?) needs", r"--\1-\2-\3 needs"),
        (r"\b(map|order)_(index|by) needs", r"--\1-\2 needs"),
        (r"\bxcom_key needs", "--key needs"),
        (r"\bmap_index counts", "--map-index counts"),
        (r"set others with _request_timeout=…", "try again, or check the server"),
        (r" \(Configuration\.retry_budget\)", ""),
        (r"read less at a time, or set Configuration\.max_response_size", "read less at a time"),
        (r"Pass a dag_run_id, or", "Name a run, or"),
        (r"Skip it with on_error='skip'", "It cannot be read"),
        (r"X?\. Or pass task_id:", ". Or name the task:"),
        (r"; set a larger stall_timeout to wait longer", ""),
        (r"and stall_timeout is (\S+) s", r"which is given up after \1 s"),
        (r"or set missing_run_timeout if the DAG run is created later", "or wait until the DAG run exists"),
        (r"wait again with wait_for_dag_run, or set a larger timeout", "wait again, or set a larger --timeout"),
        (r"trigger it again with dag_run_id=(\S+?),", r"trigger it again with the run id \1,"),
        (r"\b(create|update|put)_xcom_entry\b", "writing an XCom"),
        (r"\bcopy_xcom_entries\b", "copying XComs"),
        (r"\bdelete_xcom_entr(y|ies)\b", "deleting XComs"),
        (r"stringify=False needs", "JSON needs"),
        (r"\baccess_token\b", "the token"),
    )
)
