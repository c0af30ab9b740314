"""The recipes of ``docs/sites``, as they stand there, renew their logins and fail with our exceptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import (
    ApiClient,
    ApiException,
    Configuration,
    ForbiddenException,
    NotFoundException,
    ProtocolException,
    UnauthorizedException,
    XComApi,
)
from tests.support import mwaa, sites
from tests.support.front import Front

pytest.importorskip("trustme")

IDS = "etl", "scheduled__2024-01-01T00:00:00+00:00", "extract", "rows"


def recipes(page: str, **addresses: str) -> dict[str, Any]:
    """Run the snippets of a page and return their names."""
    text = (Path(__file__).parents[2] / "docs" / "sites" / page).read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for code in re.findall(r"(?m)^```python\n([^`]*)^```$", text):
        for documented, real in addresses.items():
            code = code.replace(documented, real)
        exec(compile(code, page, "exec", dont_inherit=True), names)
    return names


@pytest.fixture
def airflows() -> Iterator[dict[str, EmbeddedAirflow]]:
    with EmbeddedAirflow("2.11.2") as airflow_2, EmbeddedAirflow("3.3.2") as airflow_3:
        for airflow in (airflow_2, airflow_3):
            airflow.add_user("admin", "admin")
            airflow.add_sample_data()
        yield {"2.11.2": airflow_2, "3.3.2": airflow_3}


def failure(call: Callable[..., object], *arguments: Any) -> ApiException:
    with pytest.raises(ApiException) as caught:
        call(*arguments)
    return caught.value


class TestMwaa:
    @pytest.fixture
    def stubs(
        self, airflows: dict[str, EmbeddedAirflow], monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[dict[str, mwaa.MwaaStub]]:
        pytest.importorskip("boto3")
        pytest.importorskip("requests")
        environments = {"my_environment": airflows["3.3.2"], "my_airflow_2": airflows["2.11.2"]}
        with mwaa.running(**environments) as (stubs, variables):
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
            yield stubs

    def test_the_token_of_airflow_3_is_renewed(
        self, stubs: dict[str, mwaa.MwaaStub], airflows: dict[str, EmbeddedAirflow]
    ) -> None:
        stub, token = stubs["my-environment"], recipes("mwaa.md")["mwaa_token"]
        stub.logins = 0
        with ApiClient(Configuration(host=stub.web.url, access_token=token)) as client:
            api = XComApi(client)
            for _ in range(2):
                assert [xcom.value for xcom in api.iter_xcoms(*IDS[:2], max_workers=4)]
                airflows["3.3.2"].revoke_tokens()
            assert stub.logins == 2
            stub.denies = True
            refused = failure(api.get_xcom_entry, *IDS)
        assert isinstance(refused, UnauthorizedException)
        assert "AccessDeniedException" in str(refused)
        assert not any(len(text) > 150 for text in str(refused).split())  # neither token

    def test_the_session_of_airflow_2_is_renewed(self, stubs: dict[str, mwaa.MwaaStub]) -> None:
        stub = stubs["my-airflow-2"]
        session = recipes("mwaa.md")["MwaaSession"]("my-airflow-2")
        stub.logins = 0
        with session, ApiClient(Configuration(host=stub.web.url, retries=0), session=session) as client:
            api = XComApi(client)
            assert api.get_xcom_entry(*IDS).value == "1234"
            stub.end_sessions()
            assert isinstance(failure(api.get_xcom_entry, *IDS), ForbiddenException)  # not within a minute
            session._logged_in -= 61
            with ThreadPoolExecutor(8) as pool:  # all with the old cookie
                pending = [pool.submit(api.get_xcom_entry, *IDS) for _ in range(8)]
                assert {call.result(60).value for call in pending} == {"1234"}
            assert stub.logins == 2
            stub.end_sessions()
            stub.denies = True
            session._logged_in -= 61
            refused = failure(api.get_xcom_entry, *IDS)
        assert isinstance(refused, ProtocolException)
        assert "AccessDeniedException" in str(refused)
        assert "the session's own code raised this" in str(refused)

    def test_invoke_rest_api_passes_values_errors_and_writes(
        self, stubs: dict[str, mwaa.MwaaStub], airflows: dict[str, EmbeddedAirflow]
    ) -> None:
        session = recipes("mwaa.md")["session"]
        airflows["3.3.2"].push_xcom("d", "r", "t", "k", {"large": 2**70, "float": 0.1})
        with ApiClient(Configuration(host="https://my-environment/api/v2", retries=0), session=session) as client:
            api = XComApi(client)
            assert api.get_xcom_entry("d", "r", "t", "k").value == {"large": 2**70, "float": 0.1}
            assert api.create_xcom_entry(dag_id="d", dag_run_id="r", task_id="t", xcom_key="n", value=[1]).value == [1]
            missing = failure(api.get_xcom_entry, "d", "r", "t", "other")
            assert isinstance(missing, NotFoundException)
            assert "Reason: Not Found" in str(missing)
            assert "`other` not found" in str(missing)
            too_long = failure(api.get_xcom_entry, *IDS)
            stubs["my-environment"].denies = True
            denied = failure(api.get_xcom_entry, "d", "r", "t", "k")
        assert "less than or equal to 64" in str(too_long)
        assert "AccessDeniedException" in str(denied)


class TestGoogle:
    @pytest.fixture
    def stub(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[sites.GoogleStub]:
        pytest.importorskip("google.auth")
        pytest.importorskip("requests")
        stub = sites.GoogleStub()
        with sites.google_account(stub) as variables:
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
            yield stub

    def test_the_token_of_composer_is_renewed(
        self, stub: sites.GoogleStub, airflows: dict[str, EmbeddedAirflow]
    ) -> None:
        answer = sites.google_login(stub, "Authorization", {"Authorization": sites.BASIC})
        with Front(airflows["2.11.2"].base_url, answer) as web:
            names = recipes(
                "composer.md", **{"https://example-dot-europe-west1.composer.googleusercontent.com": web.url}
            )
            credentials = names["credentials"]
            with names["AuthorizedSession"](credentials) as session:
                with ApiClient(Configuration(host=web.url), session=session) as client:
                    issued = len(stub.tokens)
                    credentials.expiry = credentials.expiry.replace(year=2000)
                    assert len(list(XComApi(client).iter_xcoms("etl", "~", "~", max_workers=4))) == 12
                    assert len(stub.tokens) > issued

    def test_identity_tokens_are_renewed_before_they_expire(
        self, airflows: dict[str, EmbeddedAirflow], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("google.auth")
        pytest.importorskip("requests")
        from google.auth.transport.requests import Request
        from google.oauth2 import id_token

        stub = sites.GoogleStub(lifetime=1)
        answer = sites.google_login(stub, "Authorization", {"Authorization": sites.BASIC})
        with sites.google_account(stub) as variables, Front(airflows["2.11.2"].base_url, answer) as web:
            monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", variables["GOOGLE_APPLICATION_CREDENTIALS"])
            token = lambda: id_token.fetch_id_token(Request(), "audience")  # noqa: E731
            with ApiClient(Configuration(host=web.url, access_token=token)) as client:
                while len(stub.tokens) < 2:
                    assert XComApi(client).get_xcom_entry(*IDS).value
        assert set(stub.audiences) == {"audience"}
