"""Eager import of the modules that calls would import when they first need them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

from airflow_client import xcom
from airflow_client.xcom.core.decoding import load_msgspec
from airflow_client.xcom.exceptions import ApiValueError

#: Modules of other packages that this library or its dependencies import lazily.
_LAZY = (
    *("base64", "concurrent.futures.thread", "dateutil.parser", "dateutil.tz", "decimal", "encodings.idna", "html"),
    *(
        "linecache",
        "multiprocessing.dummy",
        "multiprocessing.pool",
        "multiprocessing.queues",
        "multiprocessing.synchronize",
    ),
    *("netrc", "platform", "pprint", "tracemalloc", "urllib.request", "urllib3", "uuid", "zoneinfo"),
)
#: Modules of this package that need an optional library.
_OPTIONAL = {"requests": "requests", "aiohttp": "aiohttp", "aiohttp_connector": "aiohttp"}


def preload(*, asyncio: bool = False) -> None:
    """Import all modules that calls, results and errors need.

    Call it before a server forks its workers, so that they share the modules' memory and start faster, and before
    ``chroot`` or a change of user makes the modules inaccessible. It opens no connections and reads no settings. It
    does not import pandas and pyarrow, which decode DataFrames, and fsspec, which reads object storage.

    :param bool asyncio: import aiohttp too. Default False.
    :raises ApiValueError: ``asyncio`` is True, but aiohttp is not installed.
    """
    for name in _LAZY:
        import_module(name)
    load_msgspec()
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
                raise ApiValueError(f"asyncio=True needs aiohttp: pip install 'aiohttp>=3.11' ({error})") from error
