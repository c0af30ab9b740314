"""Headers of requests as a mapping: names in any case, the value that was set last."""

from __future__ import annotations

import copy

import pytest

from airflow_client.xcom import ApiTypeError
from airflow_client.xcom.headers import Headers, Secret, header_name


def test_headers_are_changed_like_a_dictionary() -> None:
    headers = Headers({"X-Team": "a", "X-Trace": "t"})
    assert headers.setdefault("x-team", "b") == "a"
    assert headers.setdefault("X-New", "n") == "n"
    assert (list(headers), list(headers.values())) == (["X-Team", "X-Trace", "X-New"], ["a", "t", "n"])
    assert (headers.pop("x-trace"), headers.pop("x-trace", None), headers.pop("x-trace", "d")) == ("t", None, "d")
    del headers["x-new"]
    assert headers == {"X-Team": "a"}
    for remove in (headers.pop, headers.__delitem__):
        with pytest.raises(KeyError):
            remove("X-New")


def test_a_deep_copy_is_independent() -> None:
    headers = Headers({"X-Team": "a"})
    twin = copy.deepcopy(headers)
    twin["X-Team"] = "b"
    assert (headers["X-Team"], twin["x-team"]) == ("a", "b")


def test_a_name_is_a_str() -> None:
    with pytest.raises(ApiTypeError, match=r"^the name must be a str, not int$"):
        header_name("the name", 1)


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="Secret cannot be pickled: it holds a credential"):
        copy.copy(Secret("pa55"))
