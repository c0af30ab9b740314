"""Model of an XCom with its value."""
# pyright: reportPrivateUsage=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_client.xcom import values
from airflow_client.xcom.annotations import Self
from airflow_client.xcom.model import Field, wrap
from airflow_client.xcom.model.dag_run import DAGRun
from airflow_client.xcom.model.x_com_collection_item import XComCollectionItem


class XCom(XComCollectionItem):
    """XCom with its value, exactly as the server sent it.

    >>> XCom(key="answer", value=42).value
    42
    """

    #: DAG run that the library read, so it is not among the server's fields.
    __slots__ = ("_dag_run",)
    _dag_run: DAGRun | None

    value: Field[Any] = Field(
        "Value as the server sent it, of any JSON type; None if it is null, or absent as in Airflow 2.0.0. Airflow 2"
        " sends it as text (Python's ``str()``), or as JSON with ``stringify=False`` (since Airflow 2.10). The file's"
        " content if the client read the value from object storage."
    )

    @property
    def dag_run(self) -> DAGRun | None:
        """DAG run of the XCom, with its state and dates, if :meth:`XComApi.history` returned the XCom; else None.

        It is only an attribute: not an item, and not in ``to_dict()``.
        """
        return getattr(self, "_dag_run", None)

    def __copy__(self) -> Self:
        duplicate = super().__copy__()
        duplicate._dag_run = self.dag_run
        return duplicate

    @classmethod
    def _is_like(cls, data: Any) -> bool:
        return isinstance(data, dict) and "key" in data

    def decode(self) -> Any:
        """Return the value with Airflow's envelopes opened, such as a set, a datetime or a DataFrame.

        Calls :func:`airflow_client.xcom.values.decode`, which lists the supported classes. It is useful on Airflow 3;
        Airflow 2 sends such values as text, which is returned unchanged.

        >>> XCom(value={"__classname__": "builtins.set", "__version__": 1, "__data__": [1]}).decode()
        {1}

        :raises ApiValueError: the value is nested too deeply, or is too large.
        """
        return values.decode(self.value)


def add_dag_run(xcom: XCom, dag_run: DAGRun) -> None:
    """Set the DAG run of an XCom without changing the server's fields."""
    object.__setattr__(xcom, "_dag_run", dag_run)


class StoredXCom(XCom):
    """XCom whose value Airflow keeps in object storage: ``value`` is the file's content, ``m["value"]`` its URL.

    Setting the value, by either name, replaces both.
    """

    #: Content of the file, which the library read, so it is not among the server's fields.
    __slots__ = ("_content",)
    _content: Any

    if not TYPE_CHECKING:  # it has the type of XCom.value

        @property
        def value(self) -> Any:
            """Content of the file, decoded from JSON."""
            return self._content

        @value.setter
        def value(self, value: Any) -> None:
            self["value"] = value

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if name == "value":
            self._content = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        if name == "value":
            self._content = None

    def __copy__(self) -> StoredXCom:
        duplicate = super().__copy__()
        duplicate._content = self._content
        return duplicate


def with_content(xcom: XCom, content: Any) -> StoredXCom:
    """Return ``xcom`` with the content of the file that its value names, without a copy."""
    stored = wrap(StoredXCom, xcom._data)
    stored._content = content
    return stored
