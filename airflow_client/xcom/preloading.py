"""Imports ahead of time what calls import when they first need it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from airflow_client import xcom
from airflow_client.xcom.exceptions import ApiValueError

#: Modules of the standard library, and of the libraries below, that are imported late, by them or by us.
_LATE = (
    "base64",
    "decimal",
    "encodings.idna",
    "html",
    "linecache",
    "multiprocessing.dummy",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.synchronize",
    "netrc",
    "platform",
    "pprint",
    "tracemalloc",
    "urllib.request",
    "urllib3",
    "uuid",
    "zoneinfo",
    "dateutil.parser",
    "dateutil.tz",
)
#: Modules of ours that need a library which may not be installed, and the library.
_OPTIONAL = {"json_decoder": "msgspec", "requests": "requests", "aiohttp": "aiohttp", "aiohttp_connector": "aiohttp"}


def preload(*, asyncio: bool = False) -> None:
    """Import all modules that calls, results and errors need later.

    Call it before a server forks its workers, so that they share the memory of the modules and start at once, and
    before ``chroot``, or a change of user, puts the modules out of reach. It opens nothing and reads no setting.
    pandas and pyarrow, which decode DataFrames, are not imported.

    :param bool asyncio: import aiohttp too, default False.
    :raises ApiValueError: ``asyncio`` is True, and aiohttp is not installed.
    """
    for name in _LATE:
        import_module(name)
    for module in walk_packages(xcom.__path__, "airflow_client.xcom."):
        library = _OPTIONAL.get(module.name.rpartition(".")[2])
        if library == "aiohttp" and not asyncio:
            continue
        try:
            import_module(module.name)
        except ModuleNotFoundError as error:
            if library is None:
                raise
            if library == "aiohttp":
                raise ApiValueError(
                    f"asyncio=True needs aiohttp: pip install 'airflow-xcom-client[async]' ({error})"
                ) from error
