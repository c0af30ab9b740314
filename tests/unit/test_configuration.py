"""Configuration: its settings, their checks, and how secrets are hidden."""

from __future__ import annotations

import copy
import pickle
import re
import traceback
from typing import Any, Optional

import pytest

from airflow_client.xcom import ApiAttributeError, ApiTypeError, ApiValueError, Configuration
from airflow_client.xcom.core.api_version import V1, V2
from airflow_client.xcom.core.login import auth_for
from airflow_client.xcom.urls import origin_and_path
from tests.support.cases import all_cases


def test_all_settings_are_optional() -> None:
    configuration = Configuration()
    assert (configuration.host, configuration.username, configuration.password) == ("/api/v1", None, None)
    assert (configuration.verify_ssl, configuration.retries, configuration.debug) == (True, None, False)
    assert configuration.auth_settings() == {}


def test_documented_keywords_are_accepted() -> None:
    configuration = Configuration(
        host="http://airflow/api/v1",
        username="u",
        password="p",
        api_key={"session": "k"},
        api_key_prefix={"session": "x"},
        access_token="t",
        discard_unknown_keys=True,
        disabled_client_side_validations="maximum",
        server_index=0,
        server_variables={},
        server_operation_index={},
        server_operation_variables={},
        ssl_ca_cert="/ca.pem",
    )
    assert (configuration.api_key, configuration.access_token) == ({"session": "k"}, "t")


#: The documented attributes of Airflow's 2.x client, and the parameters of its 3.x client.
OFFICIAL = """
    verify_ssl ssl_ca_cert cert_file key_file assert_hostname connection_pool_maxsize proxy no_proxy proxy_headers
    retries socket_options debug logger_file logger_format refresh_api_key_hook temp_folder_path ca_cert_data
    tls_server_name proxy_ssl_context safe_chars_for_path_param client_side_validation datetime_format date_format
    ignore_operation_servers
"""


def test_official_settings_are_keywords_and_attributes() -> None:
    values: dict[str, Any] = {"proxy_headers": {"X": "y"}, "proxy": "http://proxy"}
    with all_cases() as case:
        for name in OFFICIAL.split():
            value = values.get(name, "x")
            with case(name):
                configuration = Configuration(**{name: value})
                assert getattr(configuration, name) == value
                setattr(configuration, name, None)
                assert getattr(configuration, name) is None


def test_positions_that_differ_between_the_official_clients_are_keyword_only() -> None:
    assert Configuration("http://h", {"k": "v"}, {"k": "p"}).api_key_prefix == {"k": "p"}
    with pytest.raises(TypeError, match="positional"):
        Configuration("http://h", None, None, "user", "secret")


@pytest.mark.parametrize(
    ("name", "meant"), [("reties", "retries"), ("verify_ssI", "verify_ssl"), ("pasword", "password"), ("timeout", None)]
)
def test_misspelt_settings_are_refused(name: str, meant: Optional[str]) -> None:
    message = f"{name!r} (did you mean {meant}?)" if meant else f"{name!r}"
    with pytest.raises(ApiAttributeError, match=re.escape(f"Configuration has no setting {message}") + "$"):
        setattr(Configuration(), name, "s3cret")
    with pytest.raises(ApiTypeError, match=f"unknown keyword: {name}") as caught:
        Configuration(**{name: "s3cret"})
    assert str(caught.value).endswith(f"(did you mean {meant}?)" if meant else name)
    inner = [frame.f_locals for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1]
    assert "s3cret" not in repr([value for variable, value in inner.items() if variable != "self"])


def test_subclasses_may_add_settings() -> None:
    class Site(Configuration):
        team = "a"

        def __init__(self) -> None:
            super().__init__(host="http://airflow")
            self._cache = {}
            self.team = "b"

    site = copy.deepcopy(Site())
    assert (site.team, site._cache) == ("b", {})
    with pytest.raises(ApiAttributeError):
        site.cache = {}


def test_documented_methods_return_the_documented_values() -> None:
    configuration = Configuration(username="Aladdin", password="open sesame")
    assert configuration.get_basic_auth_token() == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="  # RFC 7617
    assert configuration.auth_settings() == {
        "Basic": {
            "type": "basic",
            "in": "header",
            "key": "Authorization",
            "value": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        }
    }
    assert configuration.get_host_settings()[0]["url"] == "/api/v1"
    report = configuration.to_debug_report()
    assert "Python Version" in report
    assert "sesame" not in report


@pytest.mark.parametrize(
    "keywords", [{"host": 1}, {"username": b"u"}, {"password": 1}, {"access_token": 1}, {"ssl_ca_cert": 1}], ids=str
)
def test_settings_have_types(keywords: Any) -> None:
    name = next(iter(keywords))
    with pytest.raises(ApiTypeError, match=f"^{name} must be a str, not"):
        Configuration(**keywords)


def test_a_retry_budget_is_not_negative() -> None:
    with pytest.raises(ApiValueError, match=r"retry_budget must be 0 or more, got -1"):
        Configuration(retry_budget=-1)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "airflow:8080/api/v1",
        "localhost",
        "ftp://airflow/api/v1",
        "http://",
        "http:///api/v1",
        "http://airflow:port/api/v1",
        "http://airflow:99999/api/v1",
        "http://air flow/api/v1",
        "http://airflow/api/v1\r\nX: y",
        "http://airflow/api/v1?x=1",
        "http://airflow/#/dags",
        "http://[::1/api/v1",
        "http://good.test\\@evil.test/",
        "http://good.test\\.evil.test/",
        "http://good.test%40evil.test/",
        "http://good\u2028.test/",
        "http://go\u00adod.test/",
        "http://good\u202e.test/",
        "http://good\u200b.test/",
        "http://good\u0378.test/",
        "http://good\ue000.test/",
        "http://good\x85.test/",
        "http://good\u00a0.test/",
        "http://good.test/\u202e/api/v1",
    ],
)
def test_invalid_hosts_are_refused(host: str) -> None:
    with pytest.raises(ApiValueError):
        Configuration(host=host)


@pytest.mark.parametrize(
    ("host", "origin", "path"),
    [
        ("http://airflow:8080/api/v1", "http://airflow:8080", "/api/v1"),
        ("https://airflow/", "https://airflow", ""),
        ("https://proxy/team-a/airflow/api/v1/", "https://proxy", "/team-a/airflow/api/v1"),
        ("http://[::1]:8080/api/v1", "http://[::1]:8080", "/api/v1"),
        ("/api/v1", "http://localhost:8080", "/api/v1"),
        ("/team/api/v1", "http://localhost:8080", "/team/api/v1"),
    ],
)
def test_host_has_origin_and_path(host: str, origin: str, path: str) -> None:
    assert origin_and_path(host) == (origin, path)


def test_credentials_are_moved_out_of_the_host() -> None:
    configuration = Configuration(host="https://al%40home:p%3Ass@airflow/api/v1")
    assert configuration.host == "https://airflow/api/v1"
    assert (configuration.username, configuration.password) == ("al@home", "p:ss")
    named = Configuration(host="https://u:p@airflow/api/v1", username="other", password="word")
    assert (named.username, named.password) == ("other", "word")


def test_the_default_is_a_copy() -> None:
    default = Configuration(host="http://airflow/api/v1", username="u", password="p")
    Configuration.set_default(default)
    try:
        default.host = "http://changed/api/v1"
        first, second = Configuration.get_default_copy(), Configuration.get_default_copy()
        assert first is not second
        assert (first.host, first.password) == ("http://airflow/api/v1", "p")
    finally:
        Configuration.set_default(None)
    assert Configuration.get_default_copy().username is None


def test_copies_keep_secrets_and_pickles_do_not() -> None:
    configuration = Configuration(username="u", password="pa55", access_token="t0ken", api_key={"k": "key-5ecret"})
    configuration.proxy = "http://me:pr0xy@proxy:3128"
    configuration.proxy_headers = {"X-Key": "h3ader"}
    for twin in (copy.copy(configuration), copy.deepcopy(configuration)):
        assert (twin.password, twin.access_token) == ("pa55", "t0ken")
        assert (twin.proxy, twin.proxy_credentials) == ("http://proxy:3128", ("me", "pr0xy"))
        assert twin.proxy_headers == {"X-Key": "h3ader"}
        twin.password = "other"
    assert configuration.password == "pa55"
    pickled = pickle.dumps(configuration)
    assert not [secret for secret in (b"pa55", b"t0ken", b"key-5ecret", b"pr0xy", b"h3ader") if secret in pickled]
    assert pickle.loads(pickled).username == "u"
    assert pickle.loads(pickled).password is None


def test_repr_has_no_secrets() -> None:
    configuration = Configuration(
        host="http://u:pa55@airflow/api/v1", access_token="t0ken", api_key={"k": "key-5ecret"}
    )
    configuration.proxy = "http://me:pr0xy@proxy:3128"
    configuration.proxy_headers = {"X-Key": "h3ader"}
    shown = f"{configuration!r} {configuration} {vars(configuration)}"
    assert not [secret for secret in ("pa55", "t0ken", "key-5ecret", "pr0xy", "h3ader") if secret in shown]


def test_user_names_have_no_colon() -> None:
    configuration = Configuration(username="a:b", password="p")
    with pytest.raises(ApiValueError, match="username must not contain ':'"):
        auth_for(configuration, V1)


@pytest.mark.parametrize(
    ("configuration", "on_airflow_2", "on_airflow_3"),
    [
        (Configuration(), "none", "none"),
        (Configuration(username="u"), "none", "none"),
        (Configuration(username="u", password="p"), "user name and password", "token login"),
        (Configuration(username="u", password="p", access_token="t"), "bearer token", "bearer token"),
        (Configuration(access_token=lambda: "t"), "supplied token", "supplied token"),
    ],
)
def test_credentials_select_the_authentication(
    configuration: Configuration, on_airflow_2: str, on_airflow_3: str
) -> None:
    assert (auth_for(configuration, V1).name, auth_for(configuration, V2).name) == (on_airflow_2, on_airflow_3)
    assert auth_for(configuration, None).name == (on_airflow_2 if configuration.access_token else "none")


def test_login_selects_the_login_method() -> None:
    configuration = Configuration(username="u", password="p")
    for login, name in (("basic", "Basic"), ("session", "session login"), ("auto", "user name and password")):
        configuration.login = login
        assert auth_for(configuration, V1).name == name
        with pytest.raises(ApiValueError, match="login must be None or one of 'token' on Airflow 3, not"):
            auth_for(configuration, V2)
    configuration.login = "token"
    assert auth_for(configuration, V2).name == "token login"
    with pytest.raises(ApiValueError, match="login must be None or one of 'auto', 'basic', 'session' on Airflow 2"):
        auth_for(configuration, V1)
    with pytest.raises(ApiTypeError, match="login must be a str"):
        configuration.login = 1


def test_changes_of_credentials_are_counted() -> None:
    configuration = Configuration()
    revisions = [configuration.revision]
    for name in ("username", "password", "access_token", "login"):
        setattr(configuration, name, "x")
        revisions.append(configuration.revision)
    assert revisions == sorted(set(revisions))
