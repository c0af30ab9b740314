"""Options and timeouts of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from airflow_client.xcom.core.auth import Auth, request_auths
from airflow_client.xcom.core.validation import headers_of, plain
from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError, parameters, type_name, unknown_keywords
from airflow_client.xcom.headers import Headers, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Never, TypeAlias

    #: ``_request_auths``, ``_headers`` and the unknown keywords of a call: all of them can hold credentials.
    Secrets: TypeAlias = Secret[
        tuple[Optional[Iterable[Mapping[str, Any]]], Optional[Mapping[str, str]], Mapping[str, Any]]
    ]

#: Default page size: the servers' maximum, except on Airflow 3.0 and 3.1.
PAGE_SIZE = 100
#: Default concurrency of bulk reads: Airflow 2's workers. More slow one Airflow process down (docs/benchmarks.md).
MAX_WORKERS = 4
#: Default concurrency of bulk writes: SQLite makes a second one wait for 5 s and fail (measured on 3.3.2).
MAX_WRITERS = 1
#: Default timeouts in seconds, see :class:`Timeouts`.
CONNECT, READ, TOTAL = 5.0, 60.0, 120.0

#: The keywords of :class:`Options` that nearly every call has.
KEYWORDS = ("async_req", "_return_http_data_only", "_preload_content", "_request_timeout", "resolve")


def hide(
    auths: Iterable[Mapping[str, Any]] | None, headers: Mapping[str, str] | None, unknown: Mapping[str, Any]
) -> tuple[Secrets, None, None, dict[str, Never]]:
    """Wrap what can hold credentials; return empty values for the caller to assign to its own variables.

    Tracebacks show the variables of every frame, so a call hides these before anything can raise.
    """
    return Secret((auths, headers, unknown)), None, None, {}


class Options:
    """The keywords that all calls share.

    :param call: the method that was called; errors suggest its keywords.
    :param secrets: from :func:`hide`.

    :ivar bool async_req: make the call in another thread and return an ``AsyncResult`` at once, default False.
    :ivar bool only_data: return the model alone; False for ``(model, status, headers)``.
    :ivar bool preload: read and decode the body; False for the HTTP library's own response, unread.
    :ivar Timeouts timeouts: timeouts of the call.
    :ivar Auth auth: the call's own authentication; None for the configuration's.
    :ivar headers: the call's own headers; they override the client's default headers.
    :ivar bool is_paced: True if the call belongs to a bulk read, which retries it itself.
    :ivar bool with_http_info: return an :class:`ApiResponse`.
    :ivar resolve: read values from object storage: True, False, or None if ``Configuration.xcom_storage`` is set.
    :ivar Polling polling: poll until the XCom exists; None to not poll.
    :ivar bool prefers_json: make JSON the default of ``stringify``, as polling does.
    """

    def __init__(
        self,
        call: Callable[..., Any],
        secrets: Secrets,
        *,
        async_req: bool = False,
        _return_http_data_only: bool = True,
        _preload_content: bool = True,
        _request_timeout: float | Iterable[float] | None = None,
        with_http_info: bool = False,
        polling: Polling | None = None,
        resolve: bool | None = False,
    ) -> None:
        if secrets.value[2]:
            raise ApiTypeError(unknown_keywords(secrets.value[2], parameters(call)))
        self.async_req: bool = bool(async_req)
        self.is_paced: bool = False
        self.only_data: bool = _return_http_data_only is not False
        self.preload: bool = _preload_content is not False
        self.timeouts: Timeouts = parse_timeout(_request_timeout)
        self.auth: Auth | None = None if secrets.value[0] is None else request_auths(Secret(secrets.value[0]))
        self.headers: Headers | None = (
            None if secrets.value[1] is None else headers_of("_headers", Secret(secrets.value[1]))
        )
        self.with_http_info: bool = with_http_info
        self.polling: Polling | None = polling
        if resolve is not None and not isinstance(plain(resolve), bool):
            raise ApiTypeError(f"resolve must be a bool, not {type_name(resolve)}")
        self.resolve: bool | None = None if resolve is None else bool(resolve)
        self.prefers_json: bool = polling is not None
        if not self.preload and polling is not None:
            raise ApiValueError(
                "wait_for_xcom_entry does not support _preload_content=False: it has to read the response"
            )
        if not self.preload and self.resolve:
            raise ApiValueError("_preload_content=False leaves no value to read from object storage with resolve=True")
        if not self.preload and with_http_info:
            raise ApiValueError("_preload_content=False leaves no model to return; use …_without_preload_content")


class Polling(NamedTuple):
    """Times of polling for an XCom, in seconds.

    :ivar timeout: until it gives up.
    :ivar interval: first pause.
    :ivar missing_run_timeout: time that a missing DAG run may take to appear; None for no limit but ``timeout``.
    """

    timeout: float
    interval: float
    missing_run_timeout: float | None

    @classmethod
    def parse(cls, timeout: float, poll_interval: float, missing_run_timeout: float | None) -> Polling:
        """Validate the times that a caller gave.

        :raises ApiTypeError: one is not a number.
        :raises ApiValueError: one is out of range.
        """
        missing = missing_run_timeout
        if missing is not None and (missing != 0 or isinstance(missing, bool)):
            missing = seconds("missing_run_timeout", missing, "a number of seconds or None")
        return cls(seconds("timeout", timeout), seconds("poll_interval", poll_interval), missing)


class Timeouts(NamedTuple):
    """Timeouts of one call, in seconds.

    :ivar connect: for each connection attempt.
    :ivar read: for each wait for the next bytes.
    :ivar total: for the whole call, retries included.
    """

    connect: float
    read: float
    total: float

    def within(self, seconds: float) -> Timeouts:
        """Return these timeouts, capped for a call with ``seconds`` left."""
        return Timeouts(min(self.connect, seconds), min(self.read, seconds), seconds)


DEFAULT_TIMEOUTS = Timeouts(CONNECT, READ, TOTAL)


def parse_timeout(request_timeout: float | Iterable[float] | None) -> Timeouts:
    """Return the timeouts for a call's ``_request_timeout``.

    A number of seconds limits the whole call. A pair ``(connect, read)`` limits each connection attempt and each wait
    for bytes; the whole call is limited by their sum, or by the default total if that is longer.
    """
    if request_timeout is None:
        return DEFAULT_TIMEOUTS
    if isinstance(request_timeout, (tuple, list)):
        if len(request_timeout) != 2:
            raise ApiValueError(f"_request_timeout must be {_ACCEPTED}, not {request_timeout!r}")
        connect, read = (seconds("_request_timeout", part, _ACCEPTED) for part in request_timeout)
        return Timeouts(connect, read, max(TOTAL, connect + read))
    total = seconds("_request_timeout", request_timeout, _ACCEPTED)
    return Timeouts(total, total, total)


_ACCEPTED = "a number or (connect, read)"


def seconds(name: str, value: object, accepted: str = "a number of seconds") -> float:
    """Return ``value`` as a float if it is a positive number of seconds, else raise an error."""
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ApiTypeError(f"{name} must be {accepted}, not {type_name(value)}")
    value = number
    if not 0 < value <= 10**9:  # NaN and infinity too: every wait times out
        raise ApiValueError(f"{name} must be a positive number of seconds, not {value!r}")
    return float(value)
