"""Exceptions: their classes, text and pickles."""

from __future__ import annotations

import pickle
from types import MappingProxyType

import pytest

from airflow_client.xcom import ApiException, Configuration, Error, NotFoundException, XCom, exceptions
from airflow_client.xcom.core.api_version import V1
from airflow_client.xcom.core.login import auth_for
from airflow_client.xcom.core.policy import RetryPolicy

_CLASSES = [
    kind for kind in vars(exceptions).values() if isinstance(kind, type) and kind.__module__ == exceptions.__name__
]
EXCEPTIONS = [kind for kind in _CLASSES if issubclass(kind, exceptions.OpenApiException)]


def test_exceptions_have_a_common_base_class() -> None:
    assert {kind.__name__ for kind in set(_CLASSES) - set(EXCEPTIONS)} == {
        "DagRunWarning",
        "LoginWarning",
        "PagingWarning",
        "ValueChangedWarning",
    }
    assert issubclass(exceptions.ApiTypeError, TypeError)
    assert issubclass(exceptions.ApiValueError, ValueError)
    assert issubclass(exceptions.ApiAttributeError, AttributeError)
    assert issubclass(exceptions.ApiKeyError, KeyError)
    assert issubclass(exceptions.TimeoutException, TimeoutError)


def test_exceptions_show_their_message() -> None:
    for kind in EXCEPTIONS:
        start = "(" if issubclass(kind, ApiException) else "the message"
        assert str(kind("the message")).startswith(start), kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "BadRequestException"),
        (401, "UnauthorizedException"),
        (403, "ForbiddenException"),
        (404, "NotFoundException"),
        (409, "ConflictException"),
        (422, "UnprocessableEntityException"),
        (500, "ServiceException"),
        (503, "ServiceException"),
        (599, "ServiceException"),
        (302, "ApiException"),
        (405, "ApiException"),
        (600, "ApiException"),
    ],
)
def test_statuses_have_exceptions(status: int, kind: str) -> None:
    assert exceptions.for_status(status).__name__ == kind


def test_api_exception_takes_a_response_like_the_official_clients() -> None:
    class Response:
        status = 404
        reason = "NOT FOUND"
        data = b'{"title": "gone"}'
        headers = MappingProxyType({"X": "y"})

    made = ApiException(http_resp=Response())
    assert (made.status, made.reason, made.body, made.headers) == (404, "NOT FOUND", '{"title": "gone"}', {"X": "y"})
    assert str(made) == '(404)\nReason: NOT FOUND\nServer says: {"title": "gone"}'
    assert str(ApiException(status=0, reason="why")) == "(0)\nReason: why"
    assert ApiException().status == 0


def test_pickled_exceptions_have_no_headers() -> None:
    error = NotFoundException(
        404, "NOT FOUND", body="b", headers={"Set-Cookie": "session=5ecret"}, error=Error(title="gone"), request="GET x"
    )
    pickled = pickle.dumps(error)
    assert b"5ecret" not in pickled
    twin = pickle.loads(pickled)
    assert type(twin) is NotFoundException
    assert str(twin) == str(error)
    assert (twin.status, twin.body, twin.error, twin.headers) == (404, "b", Error(title="gone"), None)


def test_key_errors_have_a_readable_message() -> None:
    with pytest.raises(KeyError) as caught:
        XCom(key="k")["nope"]
    assert str(caught.value) == "this XCom has no field 'nope'; it has: key"


def test_unlimited_retries_are_the_default_number() -> None:
    import urllib3

    assert RetryPolicy(urllib3.Retry(total=None)).count == RetryPolicy(None).count == 2
    assert RetryPolicy(urllib3.Retry(total=False)).count == RetryPolicy(False).count == 0


def test_header_values_are_checked() -> None:
    from airflow_client.xcom import headers

    with pytest.raises(exceptions.ApiTypeError, match="access_token must be a str, not int"):
        headers.check_header_value("access_token", headers.Secret(7))
    with pytest.raises(exceptions.ApiValueError, match="access_token must not contain line breaks") as caught:
        auth_for(Configuration(access_token="5ecret\n"), V1)
    assert "5ecret" not in str(caught.value)
