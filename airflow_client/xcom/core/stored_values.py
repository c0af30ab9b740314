"""Values that Airflow's XCom backend keeps in object storage: which file to read, and how to decode it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_client.xcom.core import decoding
from airflow_client.xcom.core.messages import Request, Response
from airflow_client.xcom.core.policy import OpenStorage, ReadFile
from airflow_client.xcom.exceptions import (
    ApiException,
    ApiValueError,
    ResponseTooLargeException,
    StoredValueException,
    TimeoutException,
    UnexpectedContentException,
    format_seconds,
)
from airflow_client.xcom.headers import Headers, ResponseHeaders, Secret
from airflow_client.xcom.model.x_com import XCom, with_content
from airflow_client.xcom.storage_roots import find

if TYPE_CHECKING:
    from typing import Any

    from airflow_client.xcom.configuration import Configuration
    from airflow_client.xcom.core.policy import Flow
    from airflow_client.xcom.storage_roots import Roots, StoredFile

#: fsspec's names of the compressions that Airflow's backend can write, by suffix.
COMPRESSIONS = {
    ".gz": "gzip",
    ".bz2": "bz2",
    ".xz": "xz",
    ".lzma": "lzma",
    ".zip": "zip",
    ".zst": "zstd",
    ".lz4": "lz4",
}
_CHECK_SETTING = (
    "check that the folder and the options of Configuration.xcom_storage reach the storage that Airflow's "
    "[common.io] xcom_objectstorage_path names"
)


def open_roots(configuration: Configuration, resolve: bool | None, checked: set[str]) -> Flow[Secret[Roots]]:
    """Return the folders to read values from, after a check that the driver can read them.

    :param resolve: True to require a folder, None for the configured ones if any, False for none.
    :param checked: protocols that the driver has checked; receives the others.
    :raises ApiValueError: none is configured, or a package is missing.
    """
    # Tracebacks show local variables.
    roots: Secret[Roots] = Secret({} if resolve is False else configuration.xcom_storage)
    if resolve and not roots.value:
        raise ApiValueError(
            "resolve=True reads values from object storage: set Configuration(xcom_storage={'s3://bucket/xcom': {…}}) "
            "to the folders where Airflow keeps them"
        )
    protocols = {root.partition("://")[0] if "://" in root else "file" for root in roots.value} - checked
    if protocols:
        yield OpenStorage(protocols)
        checked |= protocols
    return roots


def resolve(data: Any, roots: Secret[Roots], configuration: Configuration, seconds: float) -> Flow[Any]:
    """Return the XCom ``data`` with the content of the file that its value names; other data unchanged.

    :param configuration: has the maximum size of the content.
    :param seconds: maximum time.
    """
    file = find(data.value, roots) if roots.value and isinstance(data, XCom) else None
    if file is None:
        return data
    content: bytes = yield ReadFile(file, configuration.max_response_size, max(seconds, 0.001))
    return with_content(data, _decode(file, content))


def compression_of(file: StoredFile) -> str | None:
    """Return fsspec's name of the compression that the suffix of ``file`` names, or None."""
    name = file.url.rpartition("/")[2]
    return COMPRESSIONS.get(name[name.rfind(".") :].lower()) if "." in name else None


def _decode(file: StoredFile, content: bytes) -> Any:
    # The request serves an error that nobody receives.
    request, response = Request("GET", file.url, "", Headers(), None), Response(200, None, ResponseHeaders(()), content)
    del content
    try:
        return decoding.decode(request, response, retain_body=False)
    except UnexpectedContentException as error:
        raise broken(file, f"it is not JSON ({error.__cause__})") from error.__cause__


def failure(file: StoredFile, kind: type[BaseException], message: str) -> ApiException:
    """Return the exception for an exception of the class ``kind`` that the file system raised.

    :param message: its message, without credentials.
    """
    if issubclass(kind, FileNotFoundError):
        return _failure(
            file,
            "the file with the XCom's value does not exist",
            f"it may have been deleted, for example by a lifecycle rule of the bucket; or {_CHECK_SETTING}",
        )
    if issubclass(kind, PermissionError):
        return _failure(
            file,
            f"access to the file with the XCom's value was denied: {kind.__name__}: {message}",
            "check the credentials in the options of Configuration.xcom_storage, and that they may read this file",
        )
    return _failure(file, f"the file with the XCom's value cannot be read: {kind.__name__}: {message}", _CHECK_SETTING)


def unknown_compression(file: StoredFile, compression: str) -> ApiException:
    """Return the exception for a compression that needs a package that is not installed."""
    return _failure(
        file,
        f"the file with the XCom's value is compressed with {compression}, which fsspec cannot read here",
        "install the package that Airflow's workers use for it, such as zstandard or lz4",
    )


def broken(file: StoredFile, problem: str) -> ApiException:
    """Return the exception for content that Airflow did not write."""
    return _failure(
        file,
        f"the file with the XCom's value has unexpected content: {problem}",
        "Airflow's backend writes JSON, compressed as the file's suffix says: check what else writes to this folder",
    )


def too_large(file: StoredFile, limit: int) -> ApiException:
    """Return the exception for a file whose content exceeds ``limit`` bytes."""
    return ResponseTooLargeException(
        0,
        f"the file with the XCom's value has more than {limit} bytes",
        request=_request(file),
        hint="set Configuration.max_response_size",
    )


def timed_out(file: StoredFile, seconds: float) -> ApiException:
    """Return the exception for a file that was not read in time."""
    return TimeoutException(
        0,
        f"the file with the XCom's value was not read within the {format_seconds(seconds)} s that the call had left",
        request=_request(file),
        hint="check that the storage can be reached from here, or set a longer _request_timeout=… (of "
        "wait_for_xcom_entry, timeout=…)",
    )


def missing_package(protocol: str, message: str) -> ApiValueError:
    """Return the exception for a protocol that needs another package."""
    return ApiValueError(f"Configuration.xcom_storage: fsspec cannot read {protocol}:// here: {message}")


def missing_fsspec(error: ImportError) -> ApiValueError:
    """Return the exception for a missing extra."""
    return ApiValueError(
        "Configuration.xcom_storage needs fsspec: pip install 'fsspec>=2024.2', and for s3:// s3fs, for "
        f"gs:// gcsfs, for abfs:// adlfs ({error})"
    )


def _failure(file: StoredFile, reason: str, hint: str) -> StoredValueException:
    error = StoredValueException(0, reason, request=_request(file), hint=hint)
    error.url = file.url
    return error


def _request(file: StoredFile) -> str:
    return f"READ {file.url}"
