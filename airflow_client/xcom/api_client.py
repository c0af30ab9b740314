"""The blocking client: it carries the flow of each call out in the thread that makes the call."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar, cast

from airflow_client.xcom.annotations import RequestsSession, Self
from airflow_client.xcom.configuration import Configuration
from airflow_client.xcom.core import policy
from airflow_client.xcom.core.base_client import BaseClient
from airflow_client.xcom.core.operations import Operation
from airflow_client.xcom.core.options import Options
from airflow_client.xcom.core.threads import close_at_exit
from airflow_client.xcom.exceptions import ApiException, TimeoutException
from airflow_client.xcom.transport.proxies import proxy_for
from airflow_client.xcom.transport.urllib3 import Urllib3Transport

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool

    from airflow_client.xcom.transport import Transport

T = TypeVar("T")


class ApiClient(BaseClient):
    """Makes the calls of an :class:`XComApi`: one for a program, shared by its threads.

    :param Configuration configuration: where the server is, default None: ``Configuration.get_default_copy()``.
    :param str header_name: name of a header to send with each request, default None.
    :param str header_value: its value.
    :param str cookie: value of a Cookie header to send with each request, default None.
    :param int pool_threads: how many calls made with ``async_req=True`` run at the same time, default 1.
    :param requests.Session session: a session of yours that makes the requests, with its own authentication, adapters,
        proxies and certificates, default None: the client makes them. Needs the extra ``requests``. It is not closed.
    :raises ApiTypeError: an argument is of the wrong type.

    Connections are opened by the first call and closed by :meth:`close`, or at the end of a ``with``. A process that
    is forked opens connections of its own. A pickle has no connections in it, and of the configuration's secrets and
    the headers what :attr:`Configuration.pickle_secrets` says.

    :ivar Configuration configuration: the configuration given.
    :ivar Response last_response: status, reason and headers of the answer that came last, of whatever thread.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
        *,
        session: RequestsSession | None = None,
    ) -> None:
        super().__init__(configuration, header_name, header_value, cookie, pool_threads, session=session)

    def _reset_state(self) -> None:
        super()._reset_state()
        #: What flows that have to be alone hold, by name.
        self._locks = {"server": threading.RLock(), "login": threading.RLock()}
        self._transport: Transport | None = None
        self._threads: ThreadPool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Wait for the calls made with ``async_req=True``, close the connections and forget what was found out.

        Closing twice does nothing. A call after that starts afresh, with the configuration as it is then.
        """
        self._unless_forked()
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is not None:
            _finish(threads)
        # Only now: a call that was still waiting for its turn would have opened new connections.
        with self._lock:
            transport, self._transport = self._transport, None
            self._server = self._auth = None
        if transport is not None:
            transport.close()

    def execute(self, operation: Operation[Any], options: Options) -> Any:
        """Make a call and return its result, as the overloads of :class:`XComApi` say."""
        if options.async_req:
            return self._in_thread(operation, options)
        return self.run(self.call_flow(operation, options))

    def get_server_version(self) -> str:
        """Return the release of Airflow that the server runs, such as ``"2.11.2"``. The first call sends a request.

        :raises ApiException: the server is not reached, or is no Airflow.
        """
        return self.run(self.version_flow())

    def run(self, steps: policy.Flow[T], stop: threading.Event | None = None) -> T:
        """Carry a flow out: do what it asks for, tell it what came of it, and return what it returns.

        :param stop: is set by another thread where the flow is to be given up.
        :raises Stopped: it was given up.
        """
        self._unless_forked()
        transport = self._transport or self._open_transport()
        try:
            step = next(steps)
            while True:
                try:
                    result = self._perform(step, transport, stop)
                except ApiException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as end:
            return cast(T, end.value)

    def _perform(self, step: policy.Step, transport: Transport, stop: threading.Event | None) -> Any:
        if stop is not None and stop.is_set():
            raise Stopped
        if isinstance(step, policy.Send):
            return transport.send(step.request, step.timeouts, step.stream, stop)
        if isinstance(step, policy.Sleep):
            return time.sleep(step.seconds) if stop is None else stop.wait(step.seconds)
        lock = self._locks[step.name]
        if not lock.acquire(timeout=step.seconds):
            raise TimeoutException(0, policy.LOCK_TIMEOUT_MESSAGE)
        try:
            return self.run(step.steps, stop)
        finally:
            lock.release()

    def _forked(self) -> None:
        if self._session is not None:
            self._session.close()  # this process's copy of it, which opens connections of its own
        super()._forked()

    def _open_transport(self) -> Transport:
        server = self._find_server()
        with self._lock:
            if self._transport is None:
                if self._session is not None:
                    from airflow_client.xcom.transport.requests import RequestsTransport  # the extra requests

                    self._transport = RequestsTransport(self._session, self.configuration)
                else:
                    proxy = proxy_for(self.configuration, server.origin)
                    self._transport = Urllib3Transport(self.configuration, server.origin, proxy)
            return self._transport

    def _in_thread(self, operation: Operation[Any], options: Options) -> AsyncResult[Any]:
        from multiprocessing.pool import ThreadPool  # takes a tenth of a small script's time, and few calls need it

        self._unless_forked()
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPool(self.pool_threads)
                close_at_exit(self._threads, _finish)
            return self._threads.apply_async(lambda: self.run(self.call_flow(operation, options)))


def _finish(threads: ThreadPool) -> None:
    """Wait for all calls that ``threads`` were given."""
    threads.close()
    threads.join()


class Stopped(Exception):
    """A flow was given up because nobody wants its result any more."""
