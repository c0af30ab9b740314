"""A client for each HTTP library. All transports keep the same promises, so they all run the same tests."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import Coroutine
from typing import Any, Callable, Optional

import requests

from airflow_client.xcom import ApiClient, AsyncApiClient, AsyncXComApi, Configuration, XComApi


class TransportClient:
    """Blocking client on urllib3, the default; usable from any thread."""

    def __init__(self, configuration: Configuration, proxy: Optional[str], authority: Optional[str]) -> None:
        configuration.proxy = proxy
        configuration.ssl_ca_cert = authority
        self.api_client: Any = ApiClient(configuration)
        self.api: Any = XComApi(self.api_client)

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        """Return the result of the method ``name`` of XComApi, or of ``call_api`` of the client."""
        return getattr(self.api_client if name == "call_api" else self.api, name)(*arguments, **keywords)

    def body(self, raw: Any) -> bytes:
        """Read and close the library's own response, which ``_preload_content=False`` returns."""
        try:
            return raw.read()
        finally:
            raw.close()

    def close(self) -> None:
        self.api_client.close()


class RequestsClient(TransportClient):
    """Blocking client with a session, which has its own proxy and certificate authority."""

    def __init__(self, configuration: Configuration, proxy: Optional[str], authority: Optional[str]) -> None:
        self.session = requests.Session()
        self.session.verify = authority or True
        if proxy is not None:
            self.session.proxies = {"http": proxy, "https": proxy}
        self.api_client = ApiClient(configuration, session=self.session)
        self.api = XComApi(self.api_client)

    def body(self, raw: Any) -> bytes:
        with raw:
            return raw.content

    def close(self) -> None:
        super().close()
        self.session.close()


class AiohttpClient(TransportClient):
    """Asyncio client, in its own event loop in another thread."""

    def __init__(self, configuration: Configuration, proxy: Optional[str], authority: Optional[str]) -> None:
        configuration.proxy = proxy
        configuration.ssl_ca_cert = authority
        self.api_client = AsyncApiClient(configuration)
        self.api = AsyncXComApi(self.api_client)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def call(self, name: str, *arguments: Any, **keywords: Any) -> Any:
        return self._run(super().call(name, *arguments, **keywords))

    def body(self, raw: Any) -> bytes:
        try:
            return self._run(raw.read())
        finally:
            self._loop.call_soon_threadsafe(raw.close)

    def close(self) -> None:
        self._run(self.api_client.close())
        self._run(self._loop.shutdown_default_executor())
        self._run(self._abort())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _abort(self) -> None:
        """End connections whose request was not read: asyncio closes them only when the last of it is sent."""
        for transport in [one for one in gc.get_objects() if isinstance(one, asyncio.Transport)]:
            if getattr(transport, "_loop", None) is self._loop:
                transport.abort()

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


TRANSPORTS: dict[str, type[TransportClient]] = {
    "urllib3": TransportClient,
    "requests": RequestsClient,
    "aiohttp": AiohttpClient,
}

#: Open a client for a host, without retries unless ``retries`` is set. ``proxy`` and ``authority`` (a file of CA
#: certificates) are set where the transport has them; other keywords are attributes of the configuration.
OpenClient = Callable[..., TransportClient]


def client_opener(transport: str, stack: contextlib.ExitStack) -> OpenClient:
    """Return a function that opens clients on ``transport``; ``stack`` closes them."""

    def open_client(
        host: str, *, proxy: Optional[str] = None, authority: Optional[str] = None, **attributes: Any
    ) -> TransportClient:
        configuration = Configuration(host=host)
        configuration.retries = 0
        for name, value in attributes.items():
            setattr(configuration, name, value)
        client = TRANSPORTS[transport](configuration, proxy, authority)
        stack.callback(client.close)
        return client

    return open_client
