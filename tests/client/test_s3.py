"""Values in S3: both clients, s3fs, and moto's server, which only the tox environment py312 installs."""

from __future__ import annotations

import gzip
import json
import logging
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ResponseTooLargeException, StoredValueException, TimeoutException
from tests.client.test_stored_values import CLIENTS, IDS
from tests.support.cases import all_cases
from tests.support.wire_server import WireServer

_REASON = "needs s3fs and moto[server], as in the tox environment py312"
pytest.importorskip("s3fs", reason=_REASON)
moto_server = pytest.importorskip("moto.server", reason=_REASON)
boto3 = pytest.importorskip("boto3", reason=_REASON)

#: botocore calls functions of the standard library that Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

KEY, SECRET = "AKIDHUNTER2KEY", "hunter2-secret-key"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def refusing(endpoint: str) -> Iterator[None]:
    """The server knows no user."""
    post(f"{endpoint}/moto-api/reset-auth", "0")
    yield
    post(f"{endpoint}/moto-api/reset-auth", "inf")


def post(url: str, text: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, text.encode(), {"Content-Type": "text/plain"})):
        pass


@pytest.fixture(scope="module")
def options(endpoint: str) -> dict[str, Any]:
    """Options of fsspec for the server, which has a bucket with values."""
    s3 = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    s3.create_bucket(Bucket="bucket")
    value = json.dumps({"a": [1]}).encode()
    big = json.dumps("x" * 2_000_000).encode()
    for key, content in {"u": value, "u.gz": gzip.compress(value), "big": big, "text": b"no JSON"}.items():
        s3.put_object(Bucket="bucket", Key=f"xcom/dag/run 1+00:00/{key}", Body=content)
    s3.put_object(Bucket="bucket", Key="secret", Body=b"1")
    return {"key": KEY, "secret": SECRET, "client_kwargs": {"endpoint_url": endpoint, "region_name": "us-east-1"}}


@pytest.fixture(scope="module")
def airflow() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("3.3.2") as server:
        server.add_user("admin", "pw")
        for name in ("u", "u.gz", "big", "text", "missing"):
            server.push_xcom(*IDS, name, f"s3://aws_default@bucket/xcom/dag/run 1+00:00/{name}")
        server.push_xcom(*IDS, "out", "s3://bucket/xcom/../secret")
        yield server


def test_values_are_read_with_one_request_each(
    airflow: EmbeddedAirflow, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "werkzeug")
    with all_cases() as case:
        for client in CLIENTS:
            stored = client(airflow, xcom_storage={"s3://bucket/xcom": options})
            caplog.clear()
            read = stored.all(on_error="yield")
            with case((client.__name__, "values")):
                assert [getattr(one, "value", None) for one in read] == [
                    *("x" * 2_000_000, None, "s3://bucket/xcom/../secret", None, {"a": [1]}, {"a": [1]})
                ]
            with case((client.__name__, "requests")):
                requests = [record.getMessage() for record in caplog.records if record.name == "werkzeug"]
                assert len(requests) == 5, requests
            with case((client.__name__, "wait_for_xcom_entry")):
                assert stored.call("wait_for_xcom_entry", *IDS, "u.gz", timeout=30).value == {"a": [1]}


def test_failures_are_ours_and_show_no_secret(airflow: EmbeddedAirflow, options: dict[str, Any]) -> None:
    with WireServer(lambda connection, head: None) as silent, all_cases() as case:
        hanging = {**options, "client_kwargs": {**options["client_kwargs"], "endpoint_url": silent.url}}
        cases: list[tuple[str, str, dict[str, Any], type[Exception], str]] = [
            ("missing file", "missing", options, StoredValueException, "does not exist"),
            ("no JSON", "text", options, StoredValueException, "it is not JSON"),
            ("too large", "big", options, ResponseTooLargeException, "more than 1000000 bytes"),
            ("unknown option", "u", {**options, "scret": SECRET}, StoredValueException, "cannot be read"),
            ("no response", "u", hanging, TimeoutException, "was not read within the"),
        ]
        for client in CLIENTS:
            for name, key, its_options, kind, message in cases:
                with case((client.__name__, name)):
                    stored = client(
                        airflow, xcom_storage={"s3://bucket/xcom": its_options}, max_response_size=1_000_000
                    )
                    with pytest.raises(kind) as caught:
                        stored.call(
                            "get_xcom_entry",
                            *IDS,
                            key,
                            resolve=True,
                            _request_timeout=1 if its_options is hanging else 60,
                        )
                    text = f"{caught.value} {caught.value.__cause__!r}"
                    assert message in text, text
                    assert KEY not in text
                    assert SECRET not in text
                    assert "READ s3://bucket/xcom/dag/run 1+00:00/" in text


def test_a_refusal_names_the_credentials(airflow: EmbeddedAirflow, options: dict[str, Any], refusing: None) -> None:
    for client in CLIENTS:
        stored = client(airflow, xcom_storage={"s3://bucket/xcom": options})
        with pytest.raises(StoredValueException, match="was denied: PermissionError") as caught:
            stored.call("get_xcom_entry", *IDS, "u", resolve=True)
        assert "check the credentials in the options" in str(caught.value)
        assert KEY not in f"{caught.value} {caught.value.__cause__!r}"
