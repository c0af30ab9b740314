"""URLs: hosts without a proxy, proxies, credentials in URLs, and pages of the user interface given as the host."""

from __future__ import annotations

import re
import traceback

import pytest
from requests.utils import should_bypass_proxies

from airflow_client.xcom import ApiValueError
from airflow_client.xcom.headers import Secret
from airflow_client.xcom.urls import check_characters, is_exempt, is_proxy_url, origin_and_path, without_credentials
from tests.support.cases import check_each


@pytest.mark.parametrize(
    ("origin", "no_proxy", "exempt"),
    [
        ("http://10.1.2.3", "10.0.0.0/8", True),
        ("http://11.1.2.3", "10.0.0.0/8", False),
        ("http://10.1.2.3:8080", "192.168.0.0/16, 10.1.2.3", True),
        ("http://airflow:8080", "airflow:8080", True),
        ("http://airflow:8081", "airflow:8080", False),
        ("http://anything", "*", True),
        ("http://airflow.corp", "corp", True),
        ("http://airflow.corp", ".corp", True),
        ("http://airflow.corp:8080", ".corp:8080", True),
        ("http://AIRFLOW.corp", "airflow.CORP", True),
        ("http://airflow.corp", "other", False),
        ("http://10.1.2.3", "2.3", True),
        ("http://10.1.2.3", "3", True),
        ("http://airflow", "10.0.0.0/8", False),
        ("http://airflow", "", False),
        ("http://airflow", ",", False),
        ("http://airflow", "other,airflow", True),
        ("http://airflow", "airflow,other", True),
    ],
)
def test_no_proxy_is_taken_as_requests_takes_it(
    monkeypatch: pytest.MonkeyPatch, origin: str, no_proxy: str, exempt: bool
) -> None:
    assert is_exempt(origin, no_proxy) is exempt
    if no_proxy != "*":  # which requests takes from the environment alone
        assert should_bypass_proxies(origin, no_proxy) is exempt
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert should_bypass_proxies(origin, None) is exempt


@pytest.mark.parametrize(
    ("origin", "no_proxy", "exempt"),
    [
        ("http://[fd00::1]", "fd00::/8", True),
        ("http://[fd00::1]:8080", "[fd00::1]:8080", True),
        ("http://[fd00::1]:8081", "[fd00::1]:8080", False),
        ("http://10.1.2.3:8080", "10.1.2.3:8080", True),
        ("http://10.1.2.3:8081", "10.1.2.3:8080", False),
        ("https://airflow", "airflow:443", True),
        ("http://airflow.corp.", "airflow.corp", True),
        ("http://airflow.corp", "*.corp", True),
        ("http://airflow", "a, *", True),
        ("http://notcorp", "corp", False),
        ("http://airflow:80", "airflow", True),
        ("http://airflow", "airflow:80", True),
        ("http://airflow", "airflow:443", False),
        ("http://[fe80::1%25eth0]", "fe80::/10", True),
        ("http://[fe80::1%25eth0]:8080", "[fe80::1]:8080", True),
        ("http://[fd00::1]", "[fd00:0::1]", True),
        ("https://[fd00::1]", "fd00::1:443", False),  # another address: a port needs brackets
        ("http://10.1.2.3", "airflow 10.1.2.3/24", True),
        ("http://10.1.2.3", "airflow:x", False),
        ("http://fd00.corp", "fd00::1", False),
        ("http://airflow.", ".", False),
    ],
)
def test_no_proxy_where_requests_knows_less(origin: str, no_proxy: str, exempt: bool) -> None:
    assert is_exempt(origin, no_proxy) is exempt


def test_a_proxy_is_an_http_url_without_credentials() -> None:
    assert [is_proxy_url(url) for url in ("http://proxy", "https://proxy:3128", "http://proxy:3128/")] == [True] * 3
    unusable = ("", "proxy:3128", "socks5://proxy", "http://", "http://:3128", "http://proxy:0", "http://proxy:x")
    assert [url for url in (*unusable, "http://u:p@proxy", "http://proxy/@") if is_proxy_url(url)] == []


def test_credentials_are_taken_out_of_a_url() -> None:
    def check(case: tuple[str, str, tuple[str, str] | None]) -> None:
        url, rest, credentials = case
        found = without_credentials(Secret(url))
        assert (found[0], found[1] and found[1].value) == (rest, credentials)

    check_each(
        [
            ("http://proxy:3128/path", "http://proxy:3128/path", None),
            ("http://u%40x:p%3Aw@proxy:3128/path?q#f", "http://proxy:3128/path?q#f", ("u@x", "p:w")),
            ("http://u@proxy", "http://proxy", ("u", "")),
            ("http://:p@proxy", "http://proxy", ("", "p")),
            ("http://u:p@x@proxy", "http://proxy", ("u", "p@x")),
        ],
        check,
    )


def test_a_url_that_cannot_be_split_is_hidden() -> None:
    for keywords, name in ({}, "proxy"), ({"name": "host"}, "host"):
        message = f"{name} must be a valid URL (hidden here). Percent-encode its user name and password."
        with pytest.raises(ApiValueError, match=f"^{re.escape(message)}$"):
            without_credentials(Secret("http://u:pa55[word@proxy"), **keywords)


def test_a_refused_character_is_named() -> None:
    message = (
        r"proxy must not contain '\u200b': spaces, backslashes, and control, invisible or unassigned characters are "
        "refused. Percent-encode it (%5C for a backslash), or remove it."
    )
    with pytest.raises(ApiValueError, match=f"^{re.escape(message)}$"):
        check_characters("proxy", Secret("http://pro\u200bxy"))
    for url, shown in ((r"http://good\@evil", r"'\\'"), ("http://a b", "' '"), ("http://a\n", r"'\n'")):
        with pytest.raises(ApiValueError, match=re.escape(f"host must not contain {shown}: ")):
            check_characters("host", Secret(url))
    check_characters("host", Secret("http://üser:pass@[fe80::1%25eth0]:80/~a?b#c"))


def test_a_refused_host_is_shown_unless_it_may_hold_a_password() -> None:
    def check(case: tuple[str, str]) -> None:
        host, shown = case
        message = f"host must be a URL like http://localhost:8080/api/v1, or a path, not {shown}"
        with pytest.raises(ApiValueError, match=f"^{re.escape(message)}$"):
            origin_and_path(host)

    hidden = "this value (hidden: it may contain a password)"
    check_each(
        [
            ("airflow:8080", "'airflow:8080'"),
            ("http://airflow:0", "'http://airflow:0'"),
            ("http://airflow:x", "'http://airflow:x'"),
            ("http://", "'http://'"),
            ("http:///api", "'http:///api'"),
            ("ftp://airflow", "'ftp://airflow'"),
            ("airflow:8080/?x=1", "'airflow:8080/?x=1'"),
            ("http://air%66low", "'http://air%66low'"),
            ("http://u:pa55@airflow", hidden),
            ("http://u:pa55@airflow/?x=1", hidden),
            ("http://airflow[", "'http://airflow['"),
        ],
        check,
    )


def test_a_traceback_shows_no_password_of_a_refused_host() -> None:
    with pytest.raises(ApiValueError) as caught:
        origin_and_path("http://u:pa55@airflow")
    inner = [frame.f_locals for frame, _ in traceback.walk_tb(caught.value.__traceback__)][-1]
    assert "host" in inner
    assert "pa55" not in repr(inner)


def test_the_root_is_found_in_the_address_of_a_page() -> None:
    def check(case: tuple[str, str]) -> None:
        host, hint = case
        with pytest.raises(ApiValueError, match=f"^{re.escape('host must not have ' + hint)}$"):
            origin_and_path(host)

    page = "this looks like a page of Airflow's user interface. The root of Airflow is then"
    check_each(
        [
            ("https://airflow/team/dags/d/grid?x=1", f"a query ('?…'): {page} 'https://airflow/team'"),
            ("http://airflow:8080/home#x", f"a fragment ('#…'): {page} 'http://airflow:8080'"),
            (
                "http://airflow/api/v1/?x=1",
                "a query ('?…'): leave it out. The root of Airflow is then 'http://airflow/api/v1'",
            ),
            ("/team/home?x", f"a query ('?…'): {page} 'http://localhost:8080/team'"),
            ("/FLEX/?x", "a query ('?…'): leave it out. The root of Airflow is then 'http://localhost:8080/FLEX'"),
        ],
        check,
    )


def test_a_path_is_percent_encoded_once() -> None:
    assert origin_and_path("http://[fe80::1%25eth0]:8080/te am%20ü/") == (
        "http://[fe80::1%25eth0]:8080",
        "/te%20am%20%C3%BC",
    )
    assert origin_and_path("/FLEX/") == ("http://localhost:8080", "/FLEX")
    allowed = "/-._~!$&'()*+,;=:"
    assert origin_and_path(allowed) == ("http://localhost:8080", allowed)
