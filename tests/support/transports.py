"""The transports: all of them keep the same promises, so all of them run the same tests."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import Coroutine
from typing import Any, Callable, Optional

import requests

from airflow_client.xcom import ApiClient, AsyncApiClient, AsyncXComApi, Configuration, XComApi


class ByDefault:
    """The blocking client as it is by default."""

    def __init__(self, configuration: Configuration, proxy: Optional[str], authority: Optional[str]) -> None:
        configuration.proxy = proxy
        configuration.ssl_ca_cert = authority
        self.client: Any = ApiClient(configuration)
        self.api: Any = XComApi(self.client)

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        """What the method ``name`` of XComApi, or ``call_api`` of the client, gives; from whatever thread."""
        return getattr(self.client if name == "call_api" else self.api, name)(*arguments, **keywords)

    def body(self, raw: Any) -> bytes:
        """The body of the library's own response, which ``_preload_content=False`` gives; it is closed."""
        try:
            return raw.read()
        finally:
            raw.close()

    def close(self) -> None:
        self.client.close()


class ByRequests(ByDefault):
    """The blocking client with a session, which has a proxy and an authority of its own."""

    def __init__(self, configuration: Configuration, proxy: Optional[str], authority: Optional[str]) -> None:
        self.session = requests.Session()
        self.session.verify = authority or True
        if proxy is not None:
            self.session.proxies = {"http": proxy, "https": proxy}
        self.client = ApiClient(configuration, session=self.session)
        self.api = XComApi(self.client)

    def body(self, raw: Any) -> bytes:
        with raw:
            return raw.content

    def close(self) -> None:
        super().close()
        self.session.close()


class ByAsyncio(ByDefault):
    """The asyncio client, in an event loop of its own that another thread runs."""

    def __init__(self, configuration: Configuration, proxy: Optional[str], authority: Optional[str]) -> None:
        configuration.proxy = proxy
        configuration.ssl_ca_cert = authority
        self.client = AsyncApiClient(configuration)
        self.api = AsyncXComApi(self.client)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        return self._awaited(super().call(name, *arguments, **keywords))

    def body(self, raw: Any) -> bytes:
        try:
            return self._awaited(raw.read())
        finally:
            self._loop.call_soon_threadsafe(raw.close)

    def close(self) -> None:
        self._awaited(self.client.close())
        self._awaited(self._loop.shutdown_default_executor())
        self._awaited(self._abort())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _abort(self) -> None:
        """End the connections whose request was not read: asyncio closes them when the last of it is sent."""
        for transport in [one for one in gc.get_objects() if isinstance(one, asyncio.Transport)]:
            if getattr(transport, "_loop", None) is self._loop:
                transport.abort()

    def _awaited(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


#: Each by the name that it has in the tests' ids.
WAYS: dict[str, type[ByDefault]] = {
    "urllib3": ByDefault,
    "requests": ByRequests,
    "aiohttp": ByAsyncio,
}

#: Makes a client for a host. It tries nothing again unless told to. ``proxy`` and ``authority`` (a file of CA
#: certificates) go to where this way has them set; other keywords are attributes of the configuration.
Open = Callable[..., ByDefault]


def opening(way: str, stack: contextlib.ExitStack) -> Open:
    """What makes clients that call in this way; ``stack`` closes them."""

    def opened(host: str, *, proxy: Optional[str] = None, authority: Optional[str] = None, **attributes: Any) -> Any:
        configuration = Configuration(host=host)
        configuration.retries = 0
        for name, value in attributes.items():
            setattr(configuration, name, value)
        client = WAYS[way](configuration, proxy, authority)
        stack.callback(client.close)
        return client

    return opened
