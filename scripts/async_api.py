"""Generate ``api/async_….py``, the asyncio versions of the modules in ``api`` that have blocking calls.

``python scripts/async_api.py`` writes the files. ``--check`` exits with 1 if one is out of date.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

API = Path(__file__).parent.parent / "airflow_client" / "xcom" / "api"
#: The modules, and the names of their calls.
SOURCES = {"x_com_api.py": "XCom", "x_com_bulk_api.py": "Bulk XCom", "dag_run_api.py": "DAG run"}

HEADER = '''"""{calls} calls for asyncio.

Generated from {source} by scripts/async_api.py; do not edit.
"""
'''
CLASS_DOCSTRING = '''    """{calls} calls of Airflow's REST API for asyncio, the same for Airflow 2 and Airflow 3.

    :param AsyncApiClient api_client: client that sends the requests. Default None: a new one with the default
        configuration.

    Methods take the arguments and keywords of the :class:`{name}` methods of the same names, and raise the same
    exceptions. Await the calls, and use ``async for`` with the iterators. ``async_req=True`` is refused,
    ``max_workers`` counts tasks, and ``_preload_content=False`` returns aiohttp's response.
    """
'''
#: A single overload still hides ``**unknown`` from callers that pass ``**keywords: Unpack[…]``.
SINGLE = "pyright: ignore[reportInconsistentOverload]"
#: Patterns and their replacements, applied in this order. Each must match in a source.
REPLACEMENTS = [
    (r"    from multiprocessing\.pool import AsyncResult\n\n", ""),
    (r"api\.x_com_bulk_api\b", "api.async_x_com_bulk_api"),
    (r"airflow_client\.xcom\.api_client\b", "airflow_client.xcom.async_api_client"),
    (r"return write_by_threads\(", "return await write_by_tasks("),
    (r"(read|write)_by_threads", r"\1_by_tasks"),
    (r"list\((read_by_tasks\([^()]*\))\)", r"[item async for item in \1]"),
    (r"import XComHistory, XComs", "import XComs, XComHistory"),
    (r"import Never, RawResponse", "import RawResponse, Never"),
    (r"import Callable, Iterable, Iterator, Mapping", "import Iterator, Callable, Iterable, Mapping"),
    (r"for AsyncApiClient use Async(\w+)Api", r"for a blocking client use \1 calls"),
    (r"\b(Iterator|RawResponse|XComApi|XComBulkApi|DAGRunApi|ApiClient)\b", r"Async\1"),
    (r"for a blocking client use (\w+) calls", r"for ApiClient use \1Api"),
    (r"\bXComs\b(?=[\[(`,]|\n)", "AsyncXComs"),
    (r"(?m)^    def (?!iter_|__)", "    async def "),
    (r"return self\.api_client\.(execute|run)\(", r"return await self.api_client.\1("),
    (r"async_req: bool = False", "async_req: Literal[False] = False"),
    (r":param bool async_req: .*", ":param bool async_req: must be False. Use ``asyncio.create_task()`` instead."),
    (r"each in its own thread", "each in its own task"),
    (r"in another thread while", "in another task while"),
    (r"(in the caller's\s+)thread", r"\1task"),
    (r"Leaving the loop early stops the requests\.", "Leaving its ``async with`` stops the requests."),
]


def generate(file_name: str, unused: set[str]) -> str:
    """Return the source of the asyncio version; remove the patterns that match from ``unused``."""
    source = (API / file_name).read_text(encoding="utf-8")
    lines = source.splitlines(keepends=True)
    module = ast.parse(source)
    docstring = module.body[0]
    (cls,) = (node for node in module.body if isinstance(node, ast.ClassDef))
    methods = [node for node in cls.body if isinstance(node, ast.FunctionDef)]
    for name in reversed(list(dict.fromkeys(node.name for node in methods))):
        overloads = [node for node in methods if node.name == name][:-1]
        retained = [node for node in overloads if not _is_async_req(node)]
        for node in reversed(overloads):
            if node not in retained:
                del lines[node.decorator_list[0].lineno - 1 : node.end_lineno]
            elif len(retained) == 1 < len(overloads):
                lines[node.decorator_list[0].lineno - 1] = "    @overload  # type: ignore[misc]\n"
                lines[node.lineno - 1] = lines[node.lineno - 1].rstrip() + f"  # {SINGLE}\n"
    class_doc = cls.body[0]
    lines[class_doc.lineno - 1 : class_doc.end_lineno] = ["<class docstring>\n"]
    del lines[docstring.lineno - 1 : docstring.end_lineno]
    text = "".join(lines)
    for pattern, replacement in REPLACEMENTS:
        text, count = re.subn(pattern, replacement, text)
        unused -= {pattern} if count else set()
    text = re.sub(r"(?m)(^from airflow_client\..*\n)+", lambda match: "".join(sorted(match[0].splitlines(True))), text)
    names = {"calls": SOURCES[file_name], "source": file_name, "name": cls.name}
    return HEADER.format(**names) + text.replace("<class docstring>\n", CLASS_DOCSTRING.format(**names))


def _is_async_req(function: ast.FunctionDef) -> bool:
    """Return True for an overload with ``async_req=True``."""
    arguments = {argument.arg: argument.annotation for argument in function.args.kwonlyargs}
    annotation = arguments.get("async_req")
    return annotation is not None and ast.unparse(annotation) == "Literal[True]"


if __name__ == "__main__":
    unused = {pattern for pattern, _ in REPLACEMENTS}
    generated = {API / f"async_{file_name}": generate(file_name, unused) for file_name in SOURCES}
    if unused:
        sys.exit(f"no source matches {unused}; update REPLACEMENTS")
    for target, text in generated.items():
        if "--check" not in sys.argv[1:]:
            target.write_text(text, encoding="utf-8")
        elif target.read_text(encoding="utf-8") != text:
            sys.exit(f"{target} is out of date: run scripts/async_api.py")
