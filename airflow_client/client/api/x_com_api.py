"""The calls about XComs."""

from __future__ import annotations

from typing import Any, overload

from airflow_client.client import wire
from airflow_client.client.api_client import ApiClient
from airflow_client.client.model.x_com import XCom
from airflow_client.client.model.x_com_collection import XComCollection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from multiprocessing.pool import AsyncResult
    from typing import Literal

    from typing_extensions import TypedDict, Unpack

    from airflow_client.client.api_response import ApiResponse

    class CallOptions(TypedDict, total=False):
        """The keywords that every call takes, see :class:`XComApi`."""

        _request_timeout: float | tuple[float, float] | None
        _request_auths: Iterable[Mapping[str, Any]] | None
        _check_input_type: bool
        _check_return_type: bool
        _content_type: str | None
        _host_index: int | None
        _spec_property_naming: bool


class XComApi:
    """The calls about XComs.

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
    :class:`~airflow_client.client.api_response.ApiResponse`, and ``f_without_preload_content``, which is
    ``_preload_content=False``.

    Every call raises

    * :class:`ApiTypeError`, :class:`ApiValueError` before anything is sent: an argument cannot be used;
    * :class:`UnauthorizedException` (401), :class:`ForbiddenException` (403), :class:`NotFoundException` (404),
      :class:`BadRequestException` (400), :class:`ServiceException` (5xx), :class:`ApiException` (any other): the server
      refuses;
    * :class:`UnexpectedContentException`: what came is not what Airflow's API sends;
    * :class:`TransportException`: no complete answer came.

    They all are in :mod:`airflow_client.client.exceptions`.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client

    @overload
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = ...,
        xcom_key: str | None = ...,
        limit: int | None = ...,
        offset: int | None = ...,
        **options: Unpack[CallOptions],
    ) -> XComCollection: ...
    @overload
    def get_xcom_entries(
        self, dag_id: str, dag_run_id: str, task_id: str, *, async_req: Literal[True], **options: Any
    ) -> AsyncResult[Any]: ...
    @overload
    def get_xcom_entries(self, dag_id: str, dag_run_id: str, task_id: str, **options: Any) -> Any: ...
    def get_xcom_entries(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        *,
        map_index: int | None = None,
        xcom_key: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        **options: Any,
    ) -> Any:
        """List the XComs of a task instance, without their values.

        ``"~"`` as ``dag_id``, ``dag_run_id`` or ``task_id`` stands for all of them. What does not exist is an empty
        list, not an error. Since Airflow 2.0.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param int map_index: only the entries of this index of a mapped task; -1 for tasks that are not mapped.
            Default None: of all. Since Airflow 2.7.
        :param str xcom_key: only the entries with this key. Default None: with any. Since Airflow 2.7.
        :param int limit: how many rows to return at most. Default None: the server's default, 100. The server silently
            caps it at its ``[api] maximum_page_limit``, 100 by default: go on from the number of rows that came.
        :param int offset: how many rows to skip. Default None: 0.
        :returns: :class:`XComCollection`: the rows of this page, and ``total_entries``, how many there are in all.

        See :class:`XComApi` for the keywords and the exceptions of every call.
        """
        operation = wire.get_xcom_entries(dag_id, dag_run_id, task_id, map_index, xcom_key, limit, offset)
        return self.api_client.execute(operation, options)

    def get_xcom_entries_with_http_info(
        self, dag_id: str, dag_run_id: str, task_id: str, **filters_and_options: Any
    ) -> ApiResponse[XComCollection]:
        """:meth:`get_xcom_entries`, returning an :class:`ApiResponse` with the model in ``data``."""
        filters, options = _split(filters_and_options, _LIST_FILTERS)
        operation = wire.get_xcom_entries(dag_id, dag_run_id, task_id, *filters)
        return self.api_client.execute_with_http_info(operation, options)

    def get_xcom_entries_without_preload_content(
        self, dag_id: str, dag_run_id: str, task_id: str, **filters_and_options: Any
    ) -> Any:
        """:meth:`get_xcom_entries`, returning the HTTP library's own response with its body unread."""
        return self.get_xcom_entries(dag_id, dag_run_id, task_id, **filters_and_options, _preload_content=False)

    @overload
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = ...,
        deserialize: bool | None = ...,
        stringify: bool | None = ...,
        **options: Unpack[CallOptions],
    ) -> XCom: ...
    @overload
    def get_xcom_entry(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, *, async_req: Literal[True], **options: Any
    ) -> AsyncResult[Any]: ...
    @overload
    def get_xcom_entry(self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **options: Any) -> Any: ...
    def get_xcom_entry(
        self,
        dag_id: str,
        dag_run_id: str,
        task_id: str,
        xcom_key: str,
        *,
        map_index: int | None = None,
        deserialize: bool | None = None,
        stringify: bool | None = None,
        **options: Any,
    ) -> Any:
        """Read one XCom with its value. Since Airflow 2.0.

        :param str dag_id: the DAG's id.
        :param str dag_run_id: the DAG run's id.
        :param str task_id: the task's id.
        :param str xcom_key: the XCom's key, ``return_value`` for what the task returned. Any text but control
            characters; on Airflow 2 the server itself refuses a key that begins with ``/``.
        :param int map_index: the index of the mapped task instance. Default None: the server's default, -1, which is
            the instance of a task that is not mapped. Since Airflow 2.7.
        :param bool deserialize: whether a custom XCom backend's value is loaded in full. Default None: the server's
            default, False. Since Airflow 2.4; from 2.7 on the server refuses True unless its ``[api]
            enable_xcom_deserialize_support`` is on.
        :param bool stringify: whether the value comes as text (Python's ``str()``) rather than as JSON. Default None:
            the server's default, True on Airflow 2. Since Airflow 2.10; older servers refuse it.
        :returns: :class:`XCom`, its ``value`` exactly as the server sent it.

        See :class:`XComApi` for the keywords and the exceptions of every call.
        """
        operation = wire.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, map_index, deserialize, stringify)
        return self.api_client.execute(operation, options)

    def get_xcom_entry_with_http_info(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **parameters_and_options: Any
    ) -> ApiResponse[XCom]:
        """:meth:`get_xcom_entry`, returning an :class:`ApiResponse` with the model in ``data``."""
        parameters, options = _split(parameters_and_options, _ENTRY_PARAMETERS)
        operation = wire.get_xcom_entry(dag_id, dag_run_id, task_id, xcom_key, *parameters)
        return self.api_client.execute_with_http_info(operation, options)

    def get_xcom_entry_without_preload_content(
        self, dag_id: str, dag_run_id: str, task_id: str, xcom_key: str, **parameters_and_options: Any
    ) -> Any:
        """:meth:`get_xcom_entry`, returning the HTTP library's own response with its body unread."""
        return self.get_xcom_entry(
            dag_id, dag_run_id, task_id, xcom_key, **parameters_and_options, _preload_content=False
        )


_LIST_FILTERS = ("map_index", "xcom_key", "limit", "offset")
_ENTRY_PARAMETERS = ("map_index", "deserialize", "stringify")


def _split(keywords: dict[str, Any], names: tuple[str, ...]) -> tuple[list[Any], dict[str, Any]]:
    return [keywords.pop(name, None) for name in names], keywords
