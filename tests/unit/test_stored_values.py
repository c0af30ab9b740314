"""Policy of values in object storage, without I/O: which file a value names, decoding, and errors."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any, Optional

import pytest

from airflow_client.xcom import ApiTypeError, ApiValueError, Configuration, StoredValueException, XCom
from airflow_client.xcom.core import stored_values
from airflow_client.xcom.core.policy import ReadFile
from airflow_client.xcom.headers import Secret
from airflow_client.xcom.model.x_com import with_content
from airflow_client.xcom.storage_roots import MAX_URL, StoredFile, find
from tests.support.cases import all_cases

S3, RUN = "s3://bucket/xcom", "manual__2024-01-01T00:00:00+00:00"
FILE = StoredFile(f"{S3}/dag/{RUN}/task/u.gz", "s3", Secret({}))
#: root, value, and the URL that is opened; None for a value that stays as it is.
VALUES: list[tuple[Any, object, Optional[str]]] = [
    (S3, f"{S3}/dag/{RUN}/task/u.gz", f"{S3}/dag/{RUN}/task/u.gz"),
    (f"{S3}/", f"{S3}/a", f"{S3}/a"),
    (S3, "S3://bucket/xcom/a", f"{S3}/a"),
    (S3, "s3://conn_id@bucket/xcom/a", f"{S3}/a"),
    ("s3://conn_id@bucket/xcom", f"{S3}/a", f"{S3}/a"),
    (S3, "s3://user:pw@bucket/xcom/a", f"{S3}/a"),
    (S3, f"{S3}/a b%/c:d@e?f#g::h*.xz", f"{S3}/a b%/c:d@e?f#g::h*.xz"),
    ("s3://bucket", "s3://bucket/a", "s3://bucket/a"),
    ("file:///mnt/xcom", "file:///mnt/xcom/a", "file:///mnt/xcom/a"),
    ("file:///mnt/xcom", "file://conn@/mnt/xcom/a", "file:///mnt/xcom/a"),
    ("/mnt/xcom", "/mnt/xcom/a", "/mnt/xcom/a"),
    (Path("/mnt/xcom"), "file:///mnt/xcom/a", "file:///mnt/xcom/a"),
    ("memory://xcom", "memory:///xcom/a", "memory://xcom/a"),
    ("memory:///xcom", "memory://conn@/xcom/a", "memory://xcom/a"),
    # Not below the root.
    (S3, S3, None),
    (S3, f"{S3}/", None),
    (S3, "s3://bucket/xcom2/a", None),
    (S3, "s3://bucket/a", None),
    (S3, "s3://other/xcom/a", None),
    (S3, "s3://bucket@other/xcom/a", None),
    (S3, "gs://bucket/xcom/a", None),
    (S3, "s3:bucket/xcom/a", None),
    (S3, "s3:/bucket/xcom/a", None),
    (S3, "bucket/xcom/a", None),
    (S3, f" {S3}/a", None),
    (S3, f"see {S3}/a", None),
    (S3, f"simplecache::{S3}/a", None),
    (S3, f"zip://a::{S3}/b", None),
    ("file:///mnt/xcom", "/mnt/xcom/a", None),
    ("/mnt/xcom", "mnt/xcom/a", None),
    ("/mnt/xcom", "file://mnt/xcom/a", None),
    # A way out of the root, or what some file system or server takes for one.
    (S3, f"{S3}/../secret", None),
    (S3, f"{S3}/a/../../secret", None),
    (S3, f"{S3}/./a", None),
    (S3, f"{S3}//a", None),
    (S3, f"{S3}/a/", None),
    (S3, f"{S3}/%2e%2e/secret", None),
    (S3, f"{S3}/.%2E/secret", None),
    (S3, f"{S3}/%252e%252e/secret", None),
    (S3, f"{S3}/a%2f..%2f..%2fsecret", None),
    (S3, f"{S3}/a%5c..%5csecret", None),
    (S3, f"{S3}/..\\secret", None),
    (S3, f"{S3}/..;x/secret", None),
    (S3, f"{S3}/a\0b", None),
    (S3, f"{S3}/a%00b", None),
    (S3, f"{S3}/a\nb", None),
    (S3, f"{S3}/%{'25' * 6}2e", None),
    ("/mnt/xcom", "/mnt/xcom/../secret", None),
    # Not a URL at all.
    (S3, "", None),
    (S3, "s3://", None),
    (S3, f"{S3}/{'x' * MAX_URL}", None),
    (S3, None, None),
    (S3, 1, None),
    (S3, [f"{S3}/a"], None),
    (S3, {"url": f"{S3}/a"}, None),
]


def test_only_a_url_of_a_file_below_a_root_is_opened() -> None:
    with all_cases() as case:
        for root, value, opened in VALUES:
            with case(f"{root} {value!r:.100}"):
                file = find(value, Secret(Configuration(xcom_storage=root).xcom_storage))
                assert (file and file.url) == opened


def test_the_deepest_root_gives_the_options() -> None:
    roots = Configuration(xcom_storage={"s3://b": {"key": "1"}, "s3://b/x": {"key": "2"}, "s3://c": None}).xcom_storage
    with all_cases() as case:
        for url, options in {"s3://b/a": {"key": "1"}, "s3://b/x/a": {"key": "2"}, "s3://c/a": {}}.items():
            with case(url):
                file = find(url, Secret(roots))
                assert file is not None
                assert (file.options.value, file.protocol) == (options, "s3")
    assert find("/a/b", Secret({"/a": {}})).protocol == "file"  # type: ignore[union-attr]


def test_roots_that_cannot_be_used_are_refused() -> None:
    refused: list[tuple[Any, type[Exception], str]] = [
        (1, ApiTypeError, "xcom_storage must be a folder (str) or a mapping of folders to options, not int"),
        ([S3], ApiTypeError, "not list"),
        ({1: {}}, ApiTypeError, "not int"),
        ({S3: "key"}, ApiTypeError, "the options of 's3://bucket/xcom' must be a mapping or None, not str"),
        ("bucket/xcom", ApiValueError, "a URL such as 's3://bucket/xcom', or an absolute path"),
        ("", ApiValueError, "got ''"),
        ("/", ApiValueError, "an absolute path"),
        ("s3://", ApiValueError, "an absolute path"),
        ("file:///", ApiValueError, "an absolute path"),
        ("file://relative", ApiValueError, "an absolute path"),
        ("s3://bucket/../other", ApiValueError, "'..' segments"),
        ("/mnt//xcom", ApiValueError, "without empty"),
        ("simplecache::s3://bucket", ApiValueError, "an absolute path"),
    ]
    with all_cases() as case:
        for setting, kind, message in refused:
            with case(repr(setting)):
                with pytest.raises(kind) as caught:
                    Configuration(xcom_storage=setting)
                assert message in str(caught.value)
    with pytest.raises(ApiValueError, match="must not contain a password") as caught_password:
        Configuration(xcom_storage="ftp://user:hunter2-pw@host/xcom")
    assert "hunter2" not in str(caught_password.value)


def test_options_are_secrets_and_pickles_keep_only_the_folders() -> None:
    configuration = Configuration(xcom_storage={S3: {"secret": "hunter2-key"}})
    assert "hunter2" not in repr(configuration)
    assert "hunter2" not in repr(vars(configuration))
    assert b"hunter2" not in pickle.dumps(configuration)
    assert pickle.loads(pickle.dumps(configuration)).xcom_storage == {S3: {}}
    assert copy.deepcopy(configuration).xcom_storage == {S3: {"secret": "hunter2-key"}}
    configuration.pickle_secrets = True
    assert pickle.loads(pickle.dumps(configuration)).xcom_storage == {S3: {"secret": "hunter2-key"}}
    configuration.xcom_storage = None  # type: ignore[assignment]
    assert configuration.xcom_storage == {}


def resolve(content: bytes, value: str = FILE.url) -> Any:
    """Run the flow with ``content`` as the file's."""
    steps = stored_values.resolve(
        XCom(key="k", value=value), Secret({S3: {}}), Configuration(max_response_size=100), 5.0
    )
    step = next(steps)
    assert isinstance(step, ReadFile)
    assert (step.file.url, step.limit, step.seconds) == (value, 100, 5.0)
    with pytest.raises(StopIteration) as end:
        steps.send(content)
    return end.value.value


def test_content_is_decoded_as_the_servers_own_json() -> None:
    with all_cases() as case:
        for content, value in {
            b"null": None,
            b'{"a": [1, 2.5, "\\u00e9"]}': {"a": [1, 2.5, "\u00e9"]},
            b"[Infinity]": [float("inf")],
            b'"s3://bucket/xcom/other"': "s3://bucket/xcom/other",
        }.items():
            with case(content):
                xcom = resolve(content)
                assert xcom.value == value
                assert xcom["value"] == xcom.to_dict()["value"] == FILE.url
    envelope = resolve(b'{"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}')
    assert envelope.value["__classname__"] == "builtins.set"
    assert envelope.decode() == {1}


def test_content_that_is_not_json_is_an_error_that_names_the_file() -> None:
    with all_cases() as case:
        for content in (b"", b"\x1f\x8b", b"{", b"secret text"):
            with case(content):
                with pytest.raises(StoredValueException) as caught:
                    resolve(content)
                assert caught.value.url == FILE.url
                assert f"READ {FILE.url}" in str(caught.value)
                assert "it is not JSON" in str(caught.value)
                assert isinstance(caught.value.__cause__, ValueError)
                assert "secret text" not in str(caught.value)
                assert pickle.loads(pickle.dumps(caught.value)).url == FILE.url


def test_a_refusal_names_the_credentials() -> None:
    error = str(stored_values.failure(FILE, PermissionError, "Access Denied"))
    assert "access to the file with the XCom's value was denied: PermissionError: Access Denied" in error
    assert "check the credentials in the options of Configuration.xcom_storage" in error


def test_the_suffix_names_the_compression() -> None:
    with all_cases() as case:
        for name, compression in {
            "u": None,
            "u.json": None,
            "u.gz": "gzip",
            "u.GZ": "gzip",
            "u.bz2": "bz2",
            "u.xz": "xz",
            "u.lzma": "lzma",
            "u.zip": "zip",
            "u.zst": "zstd",
            "u.lz4": "lz4",
            "gz": None,
            "a.gz/u": None,
        }.items():
            with case(name):
                assert stored_values.compression_of(FILE._replace(url=f"{S3}/{name}")) == compression


def test_a_stored_xcom_stays_an_xcom_when_it_is_copied_or_changed() -> None:
    xcom = with_content(XCom(key="k", value=FILE.url), [1])
    for same in (copy.copy(xcom), copy.deepcopy(xcom), pickle.loads(pickle.dumps(xcom))):
        assert isinstance(same, XCom)
        assert (same.value, same["value"], same) == ([1], FILE.url, xcom)
    xcom["key"] = "other"
    del xcom["key"]
    assert (xcom.value, xcom["value"]) == ([1], FILE.url)
    xcom.value = 2
    assert (xcom.value, xcom["value"]) == (2, 2)
    del xcom["value"]
    assert xcom.value is None
