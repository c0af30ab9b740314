"""How a call is made and what form its result has: the keywords that all calls share."""

from __future__ import annotations

from typing import Any

from airflow_client.client import auth, timeouts
from airflow_client.client.exceptions import ApiTypeError, ApiValueError

#: Rows of a page when nothing is said: what servers give at most, but for Airflow 3.0 and 3.1.
PAGE_SIZE = 100
#: How many requests a bulk reading makes at once when nothing is said.
MAX_WORKERS = 8
#: Keywords of a call that the documentation lists and that have no meaning here.
_WITHOUT_EFFECT = frozenset(
    {"_check_input_type", "_check_return_type", "_content_type", "_host_index", "_spec_property_naming"}
)


class Options:
    """How a call is made and what form its result has: the keywords that all calls share.

    :param keywords: they are taken out of it: a credential among them is not to stay where a traceback shows it.

    :ivar bool async_req: make the call in another thread and return an ``AsyncResult`` at once, default False.
    :ivar bool only_data: return the model alone; False for ``(model, status, headers)``.
    :ivar bool preload: read and decode the body; False for the HTTP library's own response, unread.
    :ivar Timeouts timeouts: how long the call may take.
    :ivar Auth auth: how it is authenticated; None for the configuration's way.
    :ivar bool with_http_info: return an :class:`ApiResponse`.
    :ivar wait: how long to wait for what is asked for to be there, and how long from time to time; None for not at all.
    """

    __slots__ = ("async_req", "auth", "only_data", "preload", "timeouts", "wait", "with_http_info")

    def __init__(
        self, keywords: dict[str, Any], *, with_http_info: bool = False, wait: tuple[float, float] | None = None
    ) -> None:
        self.async_req = bool(keywords.pop("async_req", False))
        self.only_data = keywords.pop("_return_http_data_only", True) is not False
        self.preload = keywords.pop("_preload_content", True) is not False
        self.timeouts = timeouts.requested(keywords.pop("_request_timeout", None))
        settings = keywords.pop("_request_auths", None)
        self.auth = None if settings is None else auth.Settings(settings)
        self.with_http_info = with_http_info
        self.wait = wait
        if not self.preload and wait is not None:
            raise ApiValueError("_preload_content=False cannot be waited for: the answer has to be read")
        if not self.preload and with_http_info:
            raise ApiValueError("_preload_content=False leaves no model to return; use …_without_preload_content")
        unknown = keywords.keys() - _WITHOUT_EFFECT
        if unknown:
            raise ApiTypeError(f"unknown keyword: {', '.join(sorted(unknown))}")
