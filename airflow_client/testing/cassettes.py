"""Filters that keep credentials out of what vcrpy records."""

from __future__ import annotations

import re
from typing import Any

_HIDDEN = "hidden"  # without < and >, so that a login page stays valid
_LOGIN = re.compile("/(auth/token(/cli)?|login)/?$")
_COOKIE = re.compile("^([^=]+=)[^;]*")
#: Headers with credentials.
CREDENTIALS = ("authorization", "proxy-authorization", "cookie", "x-csrftoken")
#: Tokens of Airflow 3, and those of the login form of Airflow 2.
_IN_BODIES = re.compile(rb"""("access_token"\s*:\s*"|"csrf_token"[^>]*value="|csrfToken = ')[^"']+""")


def vcr_options() -> dict[str, Any]:
    """Return options of ``vcr.VCR`` that replace credentials in a cassette by ``hidden``.

    These are the headers with credentials, the bodies of logins, and cookies and tokens in responses. A replay works as
    without the options. Values of XComs are recorded as they are.

    :returns: keyword arguments ``before_record_request``, ``before_record_response`` and
        ``decode_compressed_response``.
    """
    return {
        "before_record_request": _hide_in_request,
        "before_record_response": _hide_in_response,
        "decode_compressed_response": True,  # a token is found in plain text only
    }


def is_login(method: str, path: str) -> bool:
    """Return whether a request is a login, also one with a slash too many or too few in its path."""
    return method == "POST" and _LOGIN.search(path) is not None


def _hide_in_request(request: Any) -> Any:
    for name in list(request.headers):
        if name.lower() in CREDENTIALS:
            request.headers[name] = _HIDDEN
    if is_login(request.method, request.path):
        request.body = _HIDDEN.encode()
    return request


def _hide_in_response(response: dict[str, Any]) -> dict[str, Any]:
    body = _IN_BODIES.sub(rb"\1" + _HIDDEN.encode(), response["body"].get("string") or b"")
    for name, values in response["headers"].items():
        if name.lower() == "set-cookie":
            response["headers"][name] = [_COOKIE.sub(rf"\1{_HIDDEN}", value) for value in values]
        elif name.lower() == "content-length":
            response["headers"][name] = [str(len(body))]
    return {**response, "body": {**response["body"], "string": body}}
