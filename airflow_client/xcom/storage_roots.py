"""Folders in object storage that Airflow keeps XCom values in: ``Configuration.xcom_storage``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Optional, Union
from urllib.parse import unquote

from airflow_client.xcom.exceptions import ApiTypeError, ApiValueError
from airflow_client.xcom.headers import Secret

#: Accepted forms of the setting: one folder, or fsspec's options by folder.
XComStorage = Optional[Union[str, "os.PathLike[str]", Mapping[str, Optional[Mapping[str, Any]]]]]
#: fsspec's options by folder.
Roots = dict[str, dict[str, Any]]

#: Maximum length of a value that can be a URL. S3's keys have up to 1,024 bytes, and paths up to 4,096.
MAX_URL = 8_192
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_EXPECTED = "a URL such as 's3://bucket/xcom', or an absolute path"


class StoredFile(NamedTuple):
    """File with the value of an XCom.

    :ivar url: URL or absolute path, without the connection id.
    :ivar protocol: name of the file system for fsspec.
    :ivar options: fsspec's options, which can hold credentials.
    """

    url: str
    protocol: str
    options: Secret[dict[str, Any]]


def parse_roots(given: Secret[XComStorage]) -> Roots:
    """Return the options of each folder, by the folder's URL or path without connection id and trailing slash.

    :raises ApiTypeError: the setting, a folder or its options have the wrong type.
    :raises ApiValueError: a folder is neither a URL with a path nor an absolute path, or contains a password.
    """
    if given.value is None:
        return {}
    if isinstance(given.value, (str, os.PathLike)):
        return {_root(given.value): {}}
    if not isinstance(given.value, Mapping):
        raise ApiTypeError(
            f"xcom_storage must be a folder (str) or a mapping of folders to options, not {type(given.value).__name__}"
        )
    roots: Secret[Roots] = Secret({})
    for folder in given.value:
        root, options = _root(folder), Secret(given.value[folder])
        if options.value is not None and not isinstance(options.value, Mapping):
            kind = type(options.value).__name__
            raise ApiTypeError(f"xcom_storage: the options of {root!r} must be a mapping or None, not {kind}")
        roots.value[root] = dict(options.value or {})
    return roots.value


def find(value: object, roots: Secret[Roots]) -> StoredFile | None:
    """Return the file that ``value`` names, or None if it is not the URL of a file below one of ``roots``.

    A folder that is a path also matches paths, because Airflow stores the form that its own setting has.
    """
    if not isinstance(value, str) or len(value) > MAX_URL:
        return None
    located = _split(value)
    if located is None:
        return None
    scheme, path = located
    best: tuple[str, str] | None = None
    for root in roots.value:
        root_scheme, root_path = _split_root(root)
        is_same_store = scheme == root_scheme or (scheme == "file" and root_scheme == "")
        if is_same_store and path.startswith(root_path + "/") and (best is None or len(root_path) > len(best[1])):
            best = root, root_path
    if best is None or any(map(_can_change_path, path[len(best[1]) + 1 :].split("/"))):
        return None
    return StoredFile(_join(scheme, path), scheme or "file", Secret(roots.value[best[0]]))


def _root(folder: object) -> str:
    """Return the canonical form of a folder."""
    text: Any = os.fspath(folder) if isinstance(folder, os.PathLike) else folder
    if not isinstance(text, str):
        raise ApiTypeError(f"xcom_storage: a folder must be {_EXPECTED} (str), not {type(text).__name__}")
    secret, text, folder = Secret(text), "", ""  # tracebacks show local variables
    userinfo = Secret(secret.value.partition("://")[2].partition("/")[0].rpartition("@")[0])
    if ":" in userinfo.value:
        raise ApiValueError(
            "xcom_storage: a folder must not contain a password (hidden here): pass it as an option of fsspec, such as "
            "{'s3://bucket/xcom': {'key': …, 'secret': …}}"
        )
    located = _split(secret.value.rstrip("/"))
    if located is None or not located[1].strip("/") or any(map(_can_change_path, located[1].strip("/").split("/"))):
        raise ApiValueError(
            f"xcom_storage: a folder must be {_EXPECTED}, without empty, '.' and '..' segments; got {secret.value!r}"
        )
    return _join(*located)


@lru_cache(64)  # every value is compared with the same folders
def _split_root(root: str) -> tuple[str, str]:
    located = _split(root)
    assert located is not None  # noqa: S101  # _root() returned it
    return located


def _split(text: str) -> tuple[str, str] | None:
    """Return the scheme, empty for a path, and the path without a connection id; None for other text."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return ("", text) if text.startswith("/") else None
    scheme = scheme.lower()
    if not _SCHEME.fullmatch(scheme):  # also refuses fsspec's chains, such as zip://…::s3
        return None
    first, slash, tail = rest.partition("/")
    path = first.rpartition("@")[2] + slash + tail
    if scheme in ("file", "local"):
        return (scheme, path) if path.startswith("/") else None
    return scheme, path.lstrip("/")  # Airflow 2 writes memory:///xcom for memory://xcom


def _join(scheme: str, path: str) -> str:
    return f"{scheme}://{path}" if scheme else path


def _can_change_path(segment: str) -> bool:
    """Return True if a file system or a server can resolve ``segment`` to another folder, percent-decoded or not."""
    for _ in range(5):
        bare = segment.partition(";")[0]  # some servers drop a segment's parameters (RFC 3986, 3.3)
        if bare in ("", ".", "..") or "/" in segment or "\\" in segment or not segment.isprintable():
            return True
        decoded = unquote(segment)
        if decoded == segment:
            return False
        segment = decoded
    return True
