"""Signatures of the public calls, as ``help()``, ``inspect``, Jedi and ``typing.get_type_hints`` show them.

The files in tests/packaging/typing show them to type checkers.
"""

from __future__ import annotations

import importlib
import inspect
import pydoc
import re
import sys
import typing
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Optional

import pytest

from airflow_client import testing, xcom
from airflow_client.xcom import (
    ApiTypeError,
    AsyncDAGRunApi,
    AsyncXComApi,
    Configuration,
    DAGRunApi,
    XComApi,
    values,
)
from airflow_client.xcom.api import keywords
from airflow_client.xcom.hooks import Attempt, OutgoingRequest
from tests.support.cases import all_cases

IDS = ("d", "r", "t", "k")
APIS = (XComApi, AsyncXComApi, DAGRunApi, AsyncDAGRunApi)
#: Public modules besides the names of the package.
MODULES = ("annotations", "api.keywords", "headers", "hooks")
#: Methods of the clients that only the library's own modules call.
_OF_THE_LIBRARY = (
    *("run", "call_flow", "page_url", "api_version_flow", "version_flow", "order_warning_flow", "support_flow"),
    "is_xcom_missing",
)
#: Classes that only the library creates.
_CREATED_BY_THE_LIBRARY = (Attempt, OutgoingRequest)


def public_classes() -> list[type]:
    """Return the public classes, and the classes of the library that they inherit from."""
    named = [getattr(package, name) for package in (xcom, testing) for name in package.__all__]
    for name in MODULES:
        module = importlib.import_module(f"airflow_client.xcom.{name}")
        named += [thing for thing in vars(module).values() if getattr(thing, "__module__", None) == module.__name__]
    bases = {base for thing in named if isinstance(thing, type) for base in thing.__mro__}
    ours = [base for base in bases if base.__module__.startswith("airflow_client")]
    return sorted(ours, key=str)


def callables_of(cls: type) -> Iterator[FunctionType]:
    """Yield the functions of a class that users call, themselves or by ``with`` or an operator."""
    for name, member in vars(cls).items():
        function = getattr(member, "fget", getattr(member, "__func__", member))
        is_public = not name.startswith("_") or (name.startswith("__") and cls not in _CREATED_BY_THE_LIBRARY)
        is_public = is_public and name not in _OF_THE_LIBRARY
        if isinstance(function, FunctionType) and is_public:
            yield function


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 cannot evaluate X | None")
def test_type_hints_can_be_evaluated() -> None:
    with all_cases() as case:
        for cls in public_classes():
            with case(cls.__qualname__):
                typing.get_type_hints(cls)
                for function in callables_of(cls):
                    typing.get_type_hints(function)
    for function in (values.decode, values.parse_text):
        assert "return" in typing.get_type_hints(function)


def calls(api: type) -> list[str]:
    return [name for name in dir(api) if not name.startswith("_")]


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.__name__)
class TestCalls:
    def test_parameters_are_explicit_and_typed(self, api: type) -> None:
        with all_cases() as case:
            for call in calls(api):
                parameters = list(inspect.signature(getattr(api, call)).parameters.values())[1:]
                collecting = [item for item in parameters if item.kind in (item.VAR_POSITIONAL, item.VAR_KEYWORD)]
                with case(call):
                    assert {item.annotation for item in collecting} == {"Never"}
                    assert all(
                        item.annotation not in (item.empty, "Any") for item in parameters if item.name != "value"
                    )
                    assert {"_request_timeout", "_request_auths", "_headers"} <= {item.name for item in parameters}

    def test_parameters_are_documented(self, api: type) -> None:
        """Each parameter, but those without effect; a second form of a call refers to the first."""
        with all_cases() as case:
            for call in calls(api):
                function = getattr(api, call)
                text = pydoc.plain(pydoc.render_doc(function))
                with case(call):
                    if call.endswith(("_with_http_info", "_without_preload_content")):
                        assert "The parameters are those of :meth:`get_xcom_entr" in text
                        continue
                    for name in inspect.signature(function).parameters:
                        if name not in ("self", "ids", "unknown", *_without_effect()):
                            assert re.search(rf":param (\w+ )?{name}: ", text), name

    def test_misspelt_keywords_are_refused_with_a_suggestion(self, api: Any) -> None:
        message = r"^unknown keyword: request_timeout \(did you mean _request_timeout\?\)$"
        with all_cases() as case:
            for call in calls(api):
                parameters = inspect.signature(getattr(api, call)).parameters
                given: dict[str, Any] = {"timeout": 1.0, "value": 1, "dag_run": {}}
                required = [name for name, item in parameters.items() if item.default is item.empty][1:]
                arguments = {name: given.get(name, "x") for name in required if name not in ("unknown", "ids")}
                with case(call), pytest.raises(ApiTypeError, match=message):
                    start(getattr(api(), call)(**arguments, request_timeout=1))


def start(result: Any) -> None:
    """Start a coroutine; other results have started."""
    if inspect.iscoroutine(result):
        result.send(None)


def _without_effect() -> set[str]:
    found = re.search(r"(?s)\n\s*(``_check_input_type``.*?)are\s+accepted and ignored", XComApi.__doc__ or "")
    assert found
    return set(re.findall(r"``(\w+)``", found[1]))


@pytest.mark.parametrize(
    ("api", "call", "name"),
    [
        (XComApi, "get_xcom_entry", "EntryKeywords"),
        (XComApi, "get_xcom_entries", "ListKeywords"),
        (XComApi, "iter_xcom_entries", "FilterKeywords"),
        (XComApi, "iter_xcoms", "BulkKeywords"),
        (XComApi, "create_xcom_entry", "CallOptions"),
        (XComApi, "put_xcom_entry", "CallOptions"),
        (XComApi, "delete_xcom_entries", "DeleteKeywords"),
        (XComApi, "copy_xcom_entries", "CopyKeywords"),
        (DAGRunApi, "get_dag_run", "RunKeywords"),
        (DAGRunApi, "get_dag_runs", "RunListKeywords"),
        (DAGRunApi, "post_dag_run", "CallOptions"),
    ],
)
def test_typed_dicts_have_the_optional_keywords_of_their_call(api: type, call: str, name: str) -> None:
    declared = set(getattr(keywords, name).__annotations__)
    named = {"async_req", "_return_http_data_only", "_preload_content", "ids", "unknown", "page_size", "map_index"}
    named |= {"max_workers", "ordered", "on_error", "progress", "where", "stall_timeout", "dry_run", "overwrite"}
    parameters = inspect.signature(getattr(api, call)).parameters.values()
    optional = {item.name for item in parameters if item.default is not item.empty and item.default != "~"}
    assert optional - named == declared - named


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("XComApi().get_xcom_entry(", {"xcom_key", "stringify", "_headers"}),
        ("XComApi().get_xcom_entries(", {"order_by", "run_after_lt", "_request_timeout"}),
        ("XComApi().iter_xcoms(", {"max_workers", "deserialize", "xcom_key_prefix_pattern"}),
        ("XComApi().create_xcom_entry(", {"value", "map_index", "_request_auths"}),
        ("AsyncXComApi().get_xcom_entry(", {"xcom_key", "stringify", "_headers"}),
        ("AsyncXComApi().iter_xcom_entries(", {"page_size", "order_by", "_headers"}),
        ("DAGRunApi().call_dag(", {"conf", "task_id", "timeout"}),
        ("AsyncDAGRunApi().get_dag_runs(", {"state", "execution_date_gte", "_headers"}),
        ("Configuration(", {"retries", "tls_server_name", "on_request"}),
    ],
)
def test_jedi_shows_the_parameters(code: str, names: set[str]) -> None:
    jedi = pytest.importorskip("jedi", reason="tox installs jedi for one of the Pythons")
    script = jedi.Script(f"from airflow_client.xcom import *\n{code}")
    signatures = script.get_signatures()
    assert names <= {parameter.name for parameter in signatures[0].params}
    assert ":param " in signatures[0].docstring() + script.help(2, len(code) - 2)[0].docstring()


def test_settings_are_typed_and_documented_keywords() -> None:
    parameters = dict(inspect.signature(Configuration).parameters)
    assert parameters.pop("unknown").annotation == "Never"
    assert [name for name, item in parameters.items() if item.kind is item.POSITIONAL_OR_KEYWORD] == [
        *("host", "api_key", "api_key_prefix")
    ]
    docstring = Configuration.__doc__ or ""
    missing: Optional[list[str]] = [
        name for name in parameters if not re.search(rf":param (\w+ )?{name}:|``{name}``", docstring)
    ]
    assert missing == []
