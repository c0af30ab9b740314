"""The calls about XComs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast, overload

from airflow_client.xcom.api.x_coms import XComs
from airflow_client.xcom.api_client import ApiClient
from airflow_client.xcom.core import operations
from airflow_client.xcom.core.bulk import Bulk
from airflow_client.xcom.core.listing import Listing, Lists
from airflow_client.xcom.core.options import MAX_WORKERS, PAGE_SIZE, seconds
from airflow_client.xcom.core.thread_runner import read
from airflow_client.xcom.exceptions import ApiTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.pool import AsyncResult
    from typing import Literal

    from typing_extensions import Unpack

    from airflow_client.xcom.api.keywords import (
        BulkKeywords,
        CallOptions,
        EntryKeywords,
        FilterKeywords,
        ListKeywords,
    )
    from airflow_client.xcom.api_response import ApiResponse
    from airflow_client.xcom.exceptions import OpenApiException
    from airflow_client.xcom.model.x_com import XCom
    from airflow_client.xcom.model.x_com_collection import XComCollection
    from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem


class XComApi:
    """The calls about XComs: the same at Airflow 2 and Airflow 3.

    :param ApiClient api_client: what makes the calls, default None: a new client with the default configuration.

    Every call also takes these keywords:

    :param float _request_timeout: seconds that the whole call may take, retries included; or a pair of seconds,
        ``(connect, read)``, for each connecting and each wait for bytes. Default None: 5 to connect, 60 to wait, 120
        in all.
    :param bool async_req: True makes the call in another thread and returns an ``AsyncResult`` whose ``get()`` gives
        the result, default False.
    :param bool _return_http_data_only: False returns ``(model, status, headers)``, default True: the model.
    :param bool _preload_content: False returns the HTTP library's own response with its body unread (read it or
        close it, or its connection is lost), default True. A status that is no success raises all the same.
    :param list _request_auths: authenticate by these settings, in the form of ``Configuration.auth_settings()``
        values, instead of the configuration's credentials; ``[]``: not at all. Default None.

    ``_check_input_type``, ``_check_return_type``, ``_content_type``, ``_host_index`` and ``_spec_property_naming`` are
    accepted, without effect. Each call ``f`` has the forms ``f_with_http_info``, which returns an
    :class:`~airflow_client.xcom.api_response.ApiResponse`, and ``f_without_preload_content``, which is
    ``_preload_content=False``.

    Every call raises

    * :class:`ApiTypeError`, :class:`ApiValueError` before anything is sent: an argument cannot be used;
    * :class:`ApiUnsupportedError`: the server's Airflow release does not have the call or the parameter;
    * :class:`UnauthorizedException` (401), :class:`ForbiddenException` (403), :class:`NotFoundException` (404),
      :class:`BadRequestException` (400), :class:`ConflictException` (409), :class:`UnprocessableEntityException` (422),
      :class:`ServiceException` (5xx), :class:`ApiException` (any other): the server refuses;
    * :class:`UnexpectedContentException`: what came is not what Airflow's API sends;
    * :class:`TransportException`: no complete answer came.

    They all are in :mod:`airflow_client.xcom.exceptions`.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        if api_client is not None and not isinstance(api_client, ApiClient):
            raise ApiTypeError(
                f"XComApi takes an ApiClient, not {type(api_client).__name__}; for AsyncApiClient use AsyncXComApi"
            )
        self.api_client = ApiClient() if api_client is None else api_client

    @overload
    def get_xcom_entries(
        self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Unpack[ListKeywords]
    ) -> XComCollection: ...
    @overload
    def get_xcom_entries(
        self, dag_id: str, dag_run_id: str, task_id: str, *, async_req: Literal[True], **keywords: Any
    ) -> AsyncResult[Any]: ...
    @overload
    def get_xcom_entries(self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Any) -> Any: ...
    def get_xcom_entries(self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Any) -> Any:
        """List the XComs of a task instance, without their values.

        ``"~"`` as ``dag_id``, ``dag_run_id`` or ``task_id`` stands for all of them. What does not exist is an empty
        list, not an error. Since Airflow 2.0. A date and time is an aware ``datetime``; all filters have to hold.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param int map_index: only the entries of this index of a mapped task; -1 for tasks that are not mapped.
            Default None: of all. Since Airflow 2.7.
        :param str xcom_key: only the entries with this key. Default None: with any. Since Airflow 2.7.
        :param int limit: how many rows to return at most. Default None: the server's default, 100 at Airflow 2 and 50
            at Airflow 3. The server silently caps it at its ``[api] maximum_page_limit``, 100 by default (Airflow 3.0
            and 3.1 have no cap): go on from the number of rows that came.
        :param int offset: how many rows to skip. Default None: 0.
        :param str xcom_key_pattern: only keys like this: ``%`` stands for any text, ``_`` for any character, case does
            not count, the pattern may be anywhere in the key; ``a|b`` is either, since Airflow 3.2. Default None.
            Since Airflow 3.1, as the three that follow.
        :param str dag_display_name_pattern: the same for the DAG's display name.
        :param str run_id_pattern: the same for the run's id.
        :param str task_id_pattern: the same for the task's id.
        :param str xcom_key_prefix_pattern: only keys that begin with this text, to the letter; ``a|b`` is either. Fast
            where the database has an index. Default None. Since Airflow 3.2.2, as the three that follow.
        :param str dag_display_name_prefix_pattern: the same for the DAG's display name.
        :param str run_id_prefix_pattern: the same for the run's id.
        :param str task_id_prefix_pattern: the same for the task's id.
        :param int map_index_filter: the same as ``map_index``. Since Airflow 3.1.
        :param datetime logical_date_gte: only runs whose logical date is this or later. Default None. Since Airflow
            3.1, as the seven that follow.
        :param datetime logical_date_gt: only runs whose logical date is later.
        :param datetime logical_date_lte: only runs whose logical date is this or earlier.
        :param datetime logical_date_lt: only runs whose logical date is earlier.
        :param datetime run_after_gte: only runs that could start at this moment or later.
        :param datetime run_after_gt: only runs that could start later.
        :param datetime run_after_lte: only runs that could start at this moment or earlier.
        :param datetime run_after_lt: only runs that could start earlier.
        :param order_by: what to sort by, a str or a list of them, ``-`` before it for descending: ``key``, ``dag_id``,
            ``run_id``, ``task_id``, ``map_index``, ``timestamp``, ``run_after``. Rows that are equal in it come in no
            particular order. Default None: by DAG, task, run, map index and key. Since Airflow 3.2.2.
        :returns: :class:`XComCollection`: the rows of this page, and ``total_entries``, how many there are in all.

        See :class:`XComApi` for the keywords and the exceptions of every call.
        """
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, keywords)
        return self.api_client.execute(operation, keywords)

    def get_xcom_entries_with_http_info(
        self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Unpack[ListKeywords]
    ) -> ApiResponse[XComCollection]:
        """:meth:`get_xcom_entries`, returning an :class:`ApiResponse` with the model in ``data``."""
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, options)
        return self.api_client.execute_with_http_info(operation, options)

    def get_xcom_entries_without_preload_content(
        self, dag_id: str, dag_run_id: str, task_id: str, **keywords: Unpack[ListKeywords]
    ) -> Any:
        """:meth:`get_xcom_entries`, returning the HTTP library's own response with its body unread."""
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        options["_preload_content"] = False
        operation = operations.get_xcom_entries(dag_id, dag_run_id, task_id, options)
        return self.api_client.execute(operation, options)

    def iter_xcom_entries(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        page_size: int = PAGE_SIZE,
        **keywords: Unpack[FilterKeywords],
    ) -> Iterator[XComCollectionItem]:
        """List all XComs that the filters leave, of all pages, without their values. Since Airflow 2.0.

        The next page is fetched, in another thread, while the caller works on one; no more than that is held. No row
        comes twice. A :class:`PagingWarning` tells at the end when rows were written or deleted meanwhile, and at the
        beginning when the server's order of rows cannot be relied on (Airflow before 2.10). Stopping early gives
        up the page that is on its way. A long list of all runs is read run by run, where that takes the server less
        time: in the order in which the runs were created.

        :param str dag_id: the DAG's id, default ``"~"``: of all DAGs.
        :param str dag_run_id: the DAG run's id, default ``"~"``: of all runs.
        :param str task_id: the task's id, default ``"~"``: of all tasks.
        :param int page_size: how many rows to ask for at a time, default 100; most servers give no more.
        :param keywords: the filters of :meth:`get_xcom_entries`, but ``limit`` and ``offset``, and
            ``_request_timeout`` and ``_request_auths``, which are for each page.
        :returns: an iterator of :class:`XComCollectionItem`.

        See :class:`XComApi` for the exceptions of every call; they are raised where the page is needed.
        """
        lists = Lists(self.api_client, "iter_xcom_entries", dag_id, dag_run_id, task_id, page_size, {**keywords})
        return read(self.api_client, Listing(lists))

    @overload
    def iter_xcoms(
        self,
        dag_id: str = ...,
        dag_run_id: str = ...,
        task_id: str = ...,
        *,
        max_workers: int = ...,
        ordered: bool = ...,
        on_error: Literal["raise", "skip"] = ...,
        progress: Callable[[int, int], object] | None = ...,
        page_size: int = ...,
        **keywords: Unpack[BulkKeywords],
    ) -> XComs[XCom]: ...
    @overload
    def iter_xcoms(
        self,
        dag_id: str = ...,
        dag_run_id: str = ...,
        task_id: str = ...,
        *,
        max_workers: int = ...,
        ordered: bool = ...,
        on_error: Literal["yield"],
        progress: Callable[[int, int], object] | None = ...,
        page_size: int = ...,
        **keywords: Unpack[BulkKeywords],
    ) -> XComs[XCom | OpenApiException]: ...
    def iter_xcoms(
        self,
        dag_id: str = "~",
        dag_run_id: str = "~",
        task_id: str = "~",
        *,
        max_workers: int = MAX_WORKERS,
        ordered: bool = True,
        on_error: str = "raise",
        progress: Callable[[int, int], object] | None = None,
        page_size: int = PAGE_SIZE,
        **keywords: Any,
    ) -> XComs[Any]:
        """Read all XComs that the filters leave, with their values, by several requests at once. Since Airflow 2.0.

        In memory are two pages of rows and two values for each worker, however long the list and however slow the
        caller. An XCom that is deleted after it was listed is left out, and counted. At Airflow 2 values come as JSON
        where the server can send them so (since Airflow 2.10), as the server's text where it cannot:
        ``counts.stringified`` says which. Every :class:`XCom` has its ``run_id``; where Airflow 2 does not tell it,
        with ``"~"`` as the run, it is looked up among the DAG runs, which the user has to be allowed to read.

        :param str dag_id: the DAG's id, default ``"~"``: of all DAGs.
        :param str dag_run_id: the DAG run's id, default ``"~"``: of all runs.
        :param str task_id: the task's id, default ``"~"``: of all tasks.
        :param int max_workers: how many requests are made at once, default 4, each by a thread of its own.
        :param bool ordered: whether they come in the order of the list, default True; False gives each as it arrives.
        :param str on_error: what becomes of an XCom that cannot be read: ``"raise"`` (the default) ends the reading
            with the exception, ``"skip"`` leaves it out, ``"yield"`` gives the exception in its place; its ``entry`` is
            the row.
        :param progress: a function that is called with ``(done, total)``, two ints, as XComs arrive, in the caller's
            thread; default None.
        :param int page_size: how many rows to ask for at a time, default 100; most servers give no more.
        :param keywords: the filters of :meth:`get_xcom_entries`, but ``limit`` and ``offset``; ``deserialize`` and
            ``stringify`` of :meth:`get_xcom_entry`; ``_request_timeout`` and ``_request_auths``, for each request.
        :returns: :class:`XComs`, an iterator of :class:`XCom`. Leaving the loop early stops the reading.

        See :class:`XComApi` for the exceptions of every call; they are raised where the XCom would come.
        """
        bulk: Bulk[Any] = Bulk(
            self.api_client,
            dag_id,
            dag_run_id,
            task_id,
            max_workers=max_workers,
            ordered=ordered,
            on_error=on_error,
            progress=progress,
            page_size=page_size,
            keywords=keywords,
        )
        return XComs(read(self.api_client, bulk, stacklevel=3), bulk.counts)

    @overload
    def get_xcom_entry(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Unpack[EntryKeywords]
    ) -> XCom: ...
    @overload
    def get_xcom_entry(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, *, async_req: Literal[True], **keywords: Any
    ) -> AsyncResult[Any]: ...
    @overload
    def get_xcom_entry(self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Any) -> Any: ...
    def get_xcom_entry(self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Any) -> Any:
        """Read one XCom with its value. Since Airflow 2.0.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key, ``return_value`` for what the task returned. Any text but control
            characters; Airflow 2 refuses a key that begins with ``/``, Airflow 3.0 and 3.1 any with a ``/`` in it.
        :param int map_index: the index of the mapped task instance. Default None: the server's default, -1, which is
            the instance of a task that is not mapped. Since Airflow 2.7.
        :param bool deserialize: whether a custom XCom backend's value is loaded in full. Default None: the server's
            default, False. Since Airflow 2.4; Airflow 2.7 to 3.0 refuse True unless their ``[api]
            enable_xcom_deserialize_support`` is on.
        :param bool stringify: whether the value comes as text (Python's ``str()``) rather than as JSON. Default None:
            the server's default, True at Airflow 2 and False at Airflow 3. Since Airflow 2.10; older servers refuse it.
        :returns: :class:`XCom`, its ``value`` exactly as the server sent it.

        See :class:`XComApi` for the keywords and the exceptions of every call.
        """
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, keywords)
        return self.api_client.execute(operation, keywords)

    def get_xcom_entry_with_http_info(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Unpack[EntryKeywords]
    ) -> ApiResponse[XCom]:
        """:meth:`get_xcom_entry`, returning an :class:`ApiResponse` with the model in ``data``."""
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, options)
        return self.api_client.execute_with_http_info(operation, options)

    def get_xcom_entry_without_preload_content(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **keywords: Unpack[EntryKeywords]
    ) -> Any:
        """:meth:`get_xcom_entry`, returning the HTTP library's own response with its body unread."""
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        options["_preload_content"] = False
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, options)
        return self.api_client.execute(operation, options)

    def wait_for_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        timeout: float,
        poll_interval: float = 1.0,
        **keywords: Unpack[EntryKeywords],
    ) -> XCom:
        """Read one XCom with its value as soon as it is there. Since Airflow 2.0.

        It asks again and again, with pauses that grow (to ten times the first) and vary a little. A wrong password or
        address is raised at once; once the server has answered, it may be away for a while.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id. That the run does not exist cannot be told from an XCom that does not.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key.
        :param float timeout: seconds until it gives up; each attempt's own limits hold within it.
        :param float poll_interval: seconds of the first pause, default 1.
        :param keywords: the parameters of :meth:`get_xcom_entry`.
        :returns: :class:`XCom`, as :meth:`get_xcom_entry`.
        :raises TimeoutException: it is not there in time; this is also Python's own ``TimeoutError``.

        See :class:`XComApi` for the keywords and the exceptions of every call.
        """
        options: Any = keywords  # no copy: a traceback shows the variables of this function
        operation = operations.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, options)
        wait = seconds("timeout", timeout), seconds("poll_interval", poll_interval)
        return self.api_client.execute(operation, options, wait)

    def create_xcom_entry(
        self,
        *ids: str,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
        **options: Unpack[CallOptions],
    ) -> XCom:
        """Write a new XCom. Since Airflow 3.2: earlier releases of Airflow 3 store the value's JSON text in place of
        the value, so that it would not read back as it was.

        Ids go by keyword only: other clients have them in another order. The call is never sent twice.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key.
        :param value: the value, made of JSON's types: None, bool, int, finite float, str, list, and dict with keys of
            str. A dict with Airflow's reserved keys (``__classname__`` and the like) is refused by the server.
        :param int map_index: the index of the mapped task instance, default -1: the task is not mapped.
        :returns: :class:`XCom` as it was stored. A :class:`ValueChangedWarning` tells where that is not what was sent:
            SQLite stores ``1.0`` as ``1``, and integers beyond 64 bits as floats.
        :raises ConflictException: there is such an XCom already.
        :raises NotFoundException: there is no such DAG, run or task.

        See :class:`XComApi` for the keywords and the exceptions of every call.
        """
        refuse_positional("create_xcom_entry", ids)
        operation = operations.create_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        return self.api_client.execute(operation, cast("dict[str, Any]", options))

    def update_xcom_entry(
        self,
        *ids: str,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        value: Any,
        map_index: int = -1,
        **options: Unpack[CallOptions],
    ) -> XCom:
        """Replace the value of an XCom. Since Airflow 3.2, for the reason that :meth:`create_xcom_entry` tells.

        Arguments, keywords and result are those of :meth:`create_xcom_entry`.

        :raises NotFoundException: there is no such XCom.
        """
        refuse_positional("update_xcom_entry", ids)
        operation = operations.update_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, value, map_index)
        return self.api_client.execute(operation, cast("dict[str, Any]", options))

    def delete_xcom_entry(
        self,
        *ids: str,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        map_index: int = -1,
        **options: Unpack[CallOptions],
    ) -> None:
        """Delete an XCom. Since Airflow 3.2.

        Ids go by keyword only: other clients have them in another order. The call is never sent twice.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key.
        :param int map_index: the index of the mapped task instance, default -1: the task is not mapped.
        :raises NotFoundException: there is no such XCom.

        See :class:`XComApi` for the keywords and the exceptions of every call.
        """
        refuse_positional("delete_xcom_entry", ids)
        operation = operations.delete_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, map_index)
        return self.api_client.execute(operation, cast("dict[str, Any]", options))


def refuse_positional(call: str, ids: tuple[str, ...]) -> None:
    if ids:
        raise ApiTypeError(
            f"{call} takes its ids by keyword (dag_id=…, dag_run_id=…, task_id=…, xcom_key=…): Airflow's own clients "
            "have them in different orders, and a write must not go to another XCom"
        )
