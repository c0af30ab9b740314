"""The documentation is true: every snippet runs, every public name is documented, every link resolves.

The fenced blocks of a page run in order, over real sockets, against embedded servers with the sample data:

``python``  executed in one namespace per page; a block that defines ``test_…`` functions is a module for pytest
``python notebook``  the same, as a cell of a notebook: ``await`` is allowed
``python no-run``  only compiled: it needs a service or a library that the tests do not have
``python official-2``, ``python official-3``  executed with that release of ``apache-airflow-client``, in one process
            per page: the left column of a pair, whose right column is the next block. Without an output of its own,
            it prints what the right column prints; with one, something else
``sh``      executed by ``sh -e``; ``airflow-xcom`` uses the embedded Airflow 3; a server of
            ``airflow_client.testing`` is started, and stopped as by Ctrl-C; installations run only where
            XCOM_CLIENT_TEST_INSTALL=1 is set
``text``    right below one of these, its output (``...`` stands for what may differ); elsewhere, just text
``json``    must be JSON
``dockerfile``  its command is executed as a server is
``yaml``    a CI job: its commands of ``airflow-xcom`` are executed

A block that imports a tool that is not installed here is only compiled: tox installs the tools for one of the Pythons.

``http://localhost:8080`` stands for an embedded Airflow 2, ``http://localhost:8083`` for an embedded Airflow 3,
``http://localhost:8180`` for a stub of Keycloak.
Anything else in a fence fails a test.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import datetime as dt
import decimal
import doctest
import importlib
import importlib.util
import inspect
import io
import json
import os
import pkgutil
import re
import shlex
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional
from unittest import mock
from zoneinfo import ZoneInfo

import pendulum
import pytest
import yaml

import airflow_client
from airflow_client import testing, xcom
from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import _shared_name, hooks
from airflow_client.xcom.core import api_version, decoding, listing, operations, options, policy, web_login
from airflow_client.xcom.values import SerializedObject, decode, parse_text
from tests.contract import dataset
from tests.contract.decoded import rendered
from tests.support import sites
from tests.support.airflow.errors import AirflowError
from tests.support.cases import all_cases
from tests.support.clients.install import OFFICIAL_2, OFFICIAL_3, BlockRunner
from tests.support.commands import output_of
from tests.support.faulty_responses import FAULTS
from tests.support.keycloak import KeycloakStub
from tests.support.pickles import usual_pickles

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "examples" / "README.md",
        *sorted((ROOT / "docs").glob("**/*.md")),
    )
    if page.exists()
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
#: The addresses in the pages -> the release of Airflow there.
DOCUMENTED = {"http://localhost:8080": "2.11.2", "http://localhost:8083": "3.3.2"}
#: The packages of the extras: their modules are not checked where they are not installed.
EXTRAS = ("aiohttp", "msgspec", "pandas", "pyarrow", "requests")
#: The left columns of pairs, and the clients that execute them.
OFFICIAL = {"python official-2": OFFICIAL_2, "python official-3": OFFICIAL_3}
LANGUAGES = ("python", "python notebook", "python no-run", *OFFICIAL, "sh", "text", "json", "dockerfile", "yaml")
#: The tools that some snippets use, by what such a snippet contains.
TOOLS = {
    "import vcr": "vcr",
    "import time_machine": "time_machine",
    "mark.asyncio": "pytest_asyncio",
    "opentelemetry.instrumentation.urllib3": "opentelemetry",
    "import sentry_sdk": "sentry_sdk",
}
#: The libraries of extras that the snippets of a page need.
LIBRARIES = {
    "docs/guides/notebooks.md": ("pandas", "pyarrow"),
    "docs/guides/reading-millions.md": ("distributed",),
    "docs/guides/export.md": ("pyarrow",),
    "docs/guides/history.md": ("pandas", "matplotlib"),
}
#: The environment before the fixtures: installations may need its proxies and certificates.
ENVIRONMENT = dict(os.environ)
INSTALLING = ENVIRONMENT.get("XCOM_CLIENT_TEST_INSTALL") == "1"
#: The users of the snippets, and their passwords.
USERS = {"admin": "admin", "YOUR_USERNAME": "YOUR_PASSWORD"}

_FENCE = re.compile(r"(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<language>.*)")
_INSTALL = re.compile(r"\b(pip|pipx|uv|apt|conda|poetry)\b.*\b(install|add|sync)\b|-m venv|\bgit clone\b")
#: README's command that runs all tests, this one included: it would never end here.
_THESE_TESTS = re.compile(r"\btox\b")
_SERVER = re.compile(r"-m airflow_client\.testing\b")


class Block(NamedTuple):
    """One fenced block of a page."""

    language: str
    code: str
    line: int
    #: The text block right below, which holds the output of this one.
    output: Optional[str] = None

    @property
    def kind(self) -> str:
        if self.language == "python" and re.search(r"^(async )?def test_", self.code, re.M):
            return "pytest"
        if self.language in OFFICIAL:
            return "official"
        if self.language.startswith("python "):
            return self.language.partition(" ")[2].replace("-", "_")
        if self.language == "sh" and _THESE_TESTS.search(self.code):
            return "these_tests"
        if self.language == "sh" and _INSTALL.search(self.code):
            return "install"
        if self.language == "sh" and _SERVER.search(self.code):
            return "server"
        return self.language


def blocks_of(text: str) -> list[Block]:
    """Return the fenced blocks of a page, each with its output; text blocks with output are not blocks of their own."""
    blocks: list[Block] = []
    opened: Optional[re.Match[str]] = None
    content: list[str] = []
    start, follows = 0, False
    for number, line in enumerate(text.splitlines(), start=1):
        fence = _FENCE.fullmatch(line)
        if opened is None and fence:
            opened, content, start = fence, [], number
        elif opened is not None and fence and line.strip() == opened["marks"]:
            language, code = opened["language"].strip(), "".join(content)
            if language == "text" and follows:
                blocks[-1] = blocks[-1]._replace(output=code)
            else:
                blocks.append(Block(language, code, start))
            opened, follows = None, language in ("python", "python notebook", "sh", *OFFICIAL)
        elif opened is not None:
            content.append(line[len(opened["indent"]) :] + "\n")
        elif line.strip():
            follows = False
    assert opened is None, f"the fence opened in line {start} is not closed"
    return blocks


def prose_of(text: str) -> str:
    """Return a page without its fenced blocks."""
    return re.sub(r"(?ms)^( *)(`{3,}|~{3,}).*?^\1\2$", "", text)


class Runner:
    """Run the blocks of one page."""

    def __init__(self, page: str, origins: dict[str, str], directory: Path) -> None:
        self.page = page
        self.origins = origins
        self.directory = directory
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.official: Optional[BlockRunner] = None
        #: Why the official client cannot be installed here.
        self.not_installed = ""
        #: The left column whose right column comes next, and what it has printed; None if it could not run.
        self.left: Optional[tuple[Block, Optional[str]]] = None
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
            # Plugins that happen to be installed here take longer to start than a snippet to run.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "-p airflow_client.testing.pytest_plugin -p no:cacheprovider",
            # Of airflow-xcom: the embedded Airflow 3, and nothing of the developer's own settings.
            "HOME": str(directory),
            "AIRFLOW_XCOM_HOST": origins.get("http://localhost:8083", ""),
            "AIRFLOW_XCOM_USERNAME": "admin",
            "AIRFLOW_XCOM_PASSWORD": "admin",
        }

    def run_page(self, text: str) -> None:
        for block in blocks_of(text):
            self.run(block)
        assert self.left is None, f"{self.page}: the last block has no right column"

    def run(self, block: Block) -> None:
        assert block.language in LANGUAGES, (
            f"{self.page}:{block.line}: only {', '.join(LANGUAGES)} are executed or checked"
        )
        code = self.here(block.code)
        missing = [tool for text, tool in TOOLS.items() if text in code and importlib.util.find_spec(tool) is None]
        if missing:
            self._run_no_run(code, block.line)
            return
        if block.language in OFFICIAL:
            assert self.left is None, f"{self.page}:{block.line}: the block before has no right column"
            self.left = block, self._run_official(block, code)
            return
        printed = getattr(self, f"_run_{block.kind}")(code, block.line)
        if block.output is not None:
            self.check(block, printed, block.output)
        if self.left is not None:
            self.check_pair(*self.left, block.output or "")
            self.left = None

    def check(self, block: Block, printed: str, expected: str) -> None:
        alike = self.alike(printed, expected)
        assert alike, f"{self.page}:{block.line} prints\n{printed}\nrather than\n{self.here(expected)}"

    def alike(self, printed: str, expected: str) -> bool:
        # Compared as doctest does: "..." stands for what may differ. A hint can have the documented address.
        return doctest.OutputChecker().check_output(self.here(expected), self.here(printed), doctest.ELLIPSIS)

    def check_pair(self, left: Block, printed: Optional[str], right: str) -> None:
        if printed is None:
            return
        self.check(left, printed, right if left.output is None else left.output)
        is_redundant = left.output is not None and self.alike(printed, right)
        assert not is_redundant, f"{self.page}:{left.line} prints what the right column prints: leave its output out"

    def here(self, text: str) -> str:
        for documented, real in self.origins.items():
            text = text.replace(documented, real)
        return text

    def _run_python(self, code: str, line: int) -> str:
        compiled = compile("\n" * line + code, self.page, "exec", dont_inherit=True)  # errors name the page's line
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compiled, self.namespace)
        return printed.getvalue()

    def _run_notebook(self, code: str, line: int) -> str:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        compiled = compile("\n" * line + code, self.page, "exec", flags, dont_inherit=True)

        async def run() -> None:
            result = eval(compiled, self.namespace)
            if result is not None:
                await result

        with contextlib.redirect_stdout(io.StringIO()) as printed:
            asyncio.run(run())
        return printed.getvalue()

    def _run_official(self, block: Block, code: str) -> Optional[str]:
        """Return what the block prints; None if its client cannot be installed here."""
        self._run_no_run(code, block.line)
        if self.official is None and not self.not_installed:
            try:
                self.official = BlockRunner(OFFICIAL[block.language], self.page, self.directory)
            except AirflowError as error:
                self.not_installed = str(error)
        return self.official.run(code, block.line) if self.official else None

    def close(self) -> None:
        if self.official is not None:
            self.official.close()

    def _run_no_run(self, code: str, line: int) -> str:
        compile("\n" * line + code, self.page, "exec", dont_inherit=True)
        return ""

    def _run_pytest(self, code: str, line: int) -> str:
        module = self.directory / f"test_line_{line}.py"
        module.write_text(code, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--rootdir=.", str(module)]
        if "mark.asyncio" in code:
            command += ["-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function"]
        return self._output_of(command, line)

    def _run_sh(self, code: str, line: int) -> str:
        return self._output_of(["sh", "-e", "-c", code], line)

    def _run_install(self, code: str, line: int) -> str:
        return ""  # test_installation_commands_work runs it

    def _run_these_tests(self, code: str, line: int) -> str:
        return ""

    def _run_server(self, code: str, line: int) -> str:
        assert len(code.splitlines()) == 1, f"{self.page}:{line}: a block that starts a server starts nothing else"
        # The documented port may be taken on the machine of the tests.
        command = re.sub(r"--port[ =]\d+", "--port 0", code)
        variables = re.match(r"(\w+=\S+ )*", command)
        assert variables
        command = f"{variables[0]}exec {command[variables.end() :]}"
        with subprocess.Popen(
            ["sh", "-e", "-c", command],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            assert process.stdout is not None
            greeting = ""
            while " answers at " not in greeting and (text := process.stdout.readline()):
                greeting += text
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(30) == 0, f"{self.page}:{line}: {greeting}{rest}"
        port = re.search(r"--port[ =](\d+)", code)
        assert port, f"{self.page}:{line}: a server without a --port"
        return re.sub(r"http://127\.0\.0\.1:\d+", self.here(f"http://localhost:{port[1]}"), greeting + rest)

    def _run_text(self, code: str, line: int) -> str:
        assert not re.search(r"^(>>>|\$) ", code, re.M), f"{self.page}:{line}: a snippet that is not executed"
        return ""

    def _run_json(self, code: str, line: int) -> str:
        json.loads(code)
        return ""

    def _run_dockerfile(self, code: str, line: int) -> str:
        instructions = dict(text.split(" ", 1) for text in code.splitlines())
        assert instructions.keys() == {"FROM", "COPY", "RUN", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}
        assert instructions["COPY"].split()[-1] == instructions["RUN"].split()[-1]  # what is installed
        command = [*json.loads(instructions["ENTRYPOINT"]), *json.loads(instructions["CMD"])]
        assert f"--port {instructions['EXPOSE']}" in shlex.join(command)
        return self._run_server(shlex.join(command), line)

    def _run_yaml(self, code: str, line: int) -> str:
        def commands(node: object) -> Iterator[str]:
            """Yield the commands of GitHub's steps (``run``) and of GitLab's ``script``."""
            if isinstance(node, dict):
                for key, value in node.items():
                    yield from value if key == "script" else [value] if key == "run" else commands(value)
            elif isinstance(node, list):
                for value in node:
                    yield from commands(value)

        found = [command for command in commands(yaml.safe_load(code)) if command.startswith("airflow-xcom ")]
        assert found, f"{self.page}:{line}: a job without a command of airflow-xcom"
        return self._run_sh("\n".join(found), line)

    def _output_of(self, command: list[str], line: int, **variables: str) -> str:
        environment = {**self.environment, **variables}
        return output_of(command, cwd=self.directory, env=environment, about=f"{self.page}:{line}")


@pytest.fixture(scope="module")
def airflows() -> Iterator[dict[str, EmbeddedAirflow]]:
    """A server of each release in the pages."""
    with contextlib.ExitStack() as running:
        servers = {}
        for version in (*DOCUMENTED.values(), "3.0.6"):
            servers[version] = server = running.enter_context(EmbeddedAirflow(version))
            for username, password in USERS.items():
                server.add_user(username, password)
            server.add_sample_data()
        yield servers


@pytest.fixture(scope="module")
def origins(airflows: dict[str, EmbeddedAirflow]) -> Iterator[dict[str, str]]:
    embedded = {documented: airflows[version].base_url for documented, version in DOCUMENTED.items()}
    with KeycloakStub(lambda: (sites.token_of(airflows["3.3.2"]), 60)) as stub:
        yield {**embedded, "http://localhost:8180": stub.url}


@pytest.fixture
def runner(
    airflows: dict[str, EmbeddedAirflow], origins: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runner]:
    monkeypatch.chdir(tmp_path)
    # A snippet without a host reaches the local Airflow.
    monkeypatch.setattr("airflow_client.xcom.urls.LOCAL_AIRFLOW", origins["http://localhost:8080"])
    with mock.patch.dict(os.environ):  # a snippet may set variables
        with contextlib.closing(Runner("", origins, tmp_path)) as runner:
            yield runner
    xcom.Configuration.set_default(None)
    for airflow in airflows.values():
        with contextlib.suppress(ValueError):
            while True:  # the page's triggered runs would be in the lists of the next
                airflow.delete_run("report", airflow.get_run("report").run_id)


# ------------------------------------------------------------------------ snippets


def test_snippets_are_fenced() -> None:
    for name in NAMES:
        prose = prose_of((ROOT / name).read_text(encoding="utf-8"))
        assert not re.findall(r"(?m)^(?: {4,}|\t)(?:>>> |\$ |import |from \w+ import ).*|<pre", prose), name


def forget_sentry() -> None:
    """Sentry's SDK stays in ``http.client``, and would add headers to the requests of other tests: end its client."""
    if "sentry_sdk" in sys.modules:
        sys.modules["sentry_sdk"].get_global_scope().set_client(None)


@pytest.mark.parametrize("name", NAMES)
def test_snippets_run(name: str, runner: Runner, airflows: dict[str, EmbeddedAirflow]) -> None:
    surroundings, libraries = sites.PAGES.get(name, (sites.nothing, LIBRARIES.get(name, ())))
    runner.page = name
    with contextlib.ExitStack() as stack:
        stack.enter_context(usual_pickles())
        stack.callback(forget_sentry)
        for library in libraries:
            pytest.importorskip(library, reason=f"the page needs {library}")
        addresses, variables = stack.enter_context(surroundings(airflows))
        stack.enter_context(mock.patch.dict(os.environ, variables))
        runner.origins = {**runner.origins, **addresses}
        runner.environment.update(variables)
        runner.run_page((ROOT / name).read_text(encoding="utf-8"))
    if runner.not_installed:
        pytest.skip(f"the left columns were only compiled: {runner.not_installed}")


@pytest.mark.parametrize(
    "page",
    [
        "```python\nprint(1)\n```\n```text\n2\n```",
        "```python\nraise ValueError\n```",
        "```python\ndef test_a():\n    assert False\n```",
        "```sh\nfalse\ntrue\n```",
        "```sh\necho 1\n```\n\n```text\n2\n```",
        "```sh\npython -m airflow_client.testing\n```\n```text\nnothing\n```",
        "```text\n>>> 1 + 1\n```",
        "```json\n{\n```",
        "```yaml\nscript: [airflow-xcom get nothing]\n```",
        "```pycon\n1\n```",
        "```\n1\n```",
        "```python no-run\n1 +\n```",
        "```python norun\n1\n```",
        "```python official-2\n1\n```",
        "```python\n1",
    ],
)
def test_wrong_pages_fail(page: str, runner: Runner) -> None:
    with pytest.raises((AssertionError, ValueError, SyntaxError)):
        runner.run_page(page)


@pytest.mark.parametrize(("output", "printed"), [(None, "1"), ("1\n", "2\n"), ("2\n", "2\n")])
def test_wrong_pairs_fail(output: Optional[str], printed: str, runner: Runner) -> None:
    with pytest.raises(AssertionError):
        runner.check_pair(Block("python official-2", "", 1, output), printed, "2\n")


#: By their commands: what two pages say is run once.
INSTALLATIONS = {
    block.code: pytest.param(name, block, id=f"{name}:{block.line}")
    for name in reversed(NAMES)
    for block in blocks_of((ROOT / name).read_text(encoding="utf-8"))
    if block.kind == "install"
}


@pytest.mark.parametrize(("name", "block"), INSTALLATIONS.values())
def test_installation_commands_work(name: str, block: Block, origins: dict[str, str], tmp_path: Path) -> None:
    if not INSTALLING:
        pytest.skip("installs into an environment of its own from the network: set XCOM_CLIENT_TEST_INSTALL=1")
    checkout, wheels = tmp_path / "checkout", tmp_path / "wheels"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    for file in filter(None, os.fsdecode(listed.stdout).split("\0")):
        if (ROOT / file).is_file():
            (checkout / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, checkout / file)
    installer = Runner(name, origins, checkout)
    installer.environment = {**ENVIRONMENT, "PATH": installer.environment["PATH"]}
    for name_of_ours in ("PYTHONPATH", "XCOM_CLIENT_TEST_INSTALL"):
        installer.environment.pop(name_of_ours, None)
    # The name of the package is the checkout's wheel, published or not.
    pip = [sys.executable, "-m", "pip"]
    installer._output_of([*pip, "wheel", "-q", "--no-deps", "-w", str(wheels), "."], block.line)
    installer.environment["PIP_FIND_LINKS"] = " ".join(filter(None, (os.environ.get("PIP_FIND_LINKS"), str(wheels))))
    installer._run_sh(installer.here(block.code), block.line)


def test_examples_in_docstrings_are_true(runner: Runner) -> None:
    count = 0
    with all_cases() as case:
        for found in pkgutil.walk_packages(airflow_client.__path__, "airflow_client."):
            try:
                module = importlib.import_module(found.name)
            except ModuleNotFoundError as error:
                if error.name not in EXTRAS:
                    raise
                continue
            report: list[str] = []
            checker = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
            for test in doctest.DocTestFinder(exclude_empty=True).find(module, found.name):
                for example in test.examples:
                    example.source, example.want = runner.here(example.source), runner.here(example.want)
                checker.run(test, out=report.append)
            count += checker.tries
            with case(found.name):
                assert not report, "".join(report)
    assert count > 0


# ------------------------------------------------------------------------- tables

_NAMES = {"float": float, "frozenset": frozenset}
_NAMESPACE = {
    "datetime": dt,
    "Decimal": decimal.Decimal,
    "ZoneInfo": ZoneInfo,
    "UUID": uuid.UUID,
    "SerializedObject": SerializedObject,
    "pendulum": pendulum,
    **{name: getattr(dataset, name) for name in ("Point", "Spot", "Pair", "Color", "Level", "Celsius", "Model")},
    "__builtins__": _NAMES,
}
#: The classes that only Airflow 3.3 stores.
_ONLY_AIRFLOW_3 = {uuid.UUID, pendulum.Date}
_REFUSED_BY_3_0 = (
    "None",
    'UUID("12345678-1234-5678-1234-567812345678")',
    "pendulum.date(2024, 1, 2)",
    "Model(datetime.date(2024, 1, 2))",
)


def _rows_of(page: str, heading: str) -> list[list[str]]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    table = re.split(r"---(?:\|---)+\n", section)[1].partition("\n\n")[0]
    return [[cell.strip("`") for cell in line.split(" | ")] for line in table.splitlines()]


@pytest.fixture
def push_and_read(airflows: dict[str, EmbeddedAirflow]) -> Iterator[Callable[..., Any]]:
    """A function that pushes a value on a server of a release, and reads it."""
    with contextlib.ExitStack() as clients:
        apis: dict[str, xcom.XComApi] = {}
        for version, airflow in airflows.items():
            configuration = xcom.Configuration(host=airflow.host, username="admin", password="admin")
            apis[version] = xcom.XComApi(clients.enter_context(xcom.ApiClient(configuration)))

        def push_and_read(version: str, value: object, stringify: Optional[bool]) -> Any:
            airflows[version].push_xcom("table", "run", "task", "key", value)
            return apis[version].get_xcom_entry("table", "run", "task", "key", stringify=stringify).value

        yield push_and_read


def _evaluated(expression: str) -> Any:
    return eval(expression, dict(_NAMESPACE))


def test_the_table_of_values_is_true_on_airflow_2(push_and_read: Callable[..., Any]) -> None:
    with all_cases() as case:
        for expression, text, native in _rows_of("guides/values.md", "Airflow 2"):
            with case(expression):
                value = _evaluated(expression)
                assert repr(push_and_read("2.11.2", value, None)) == text
                assert repr(push_and_read("2.11.2", value, True)) == text
                assert repr(push_and_read("2.11.2", value, False)) == (text if native == "the same" else native)


@pytest.mark.parametrize("version", ["3.0.6", "3.3.2"])
def test_the_table_of_values_is_true_on_airflow_3(version: str, push_and_read: Callable[..., Any]) -> None:
    with all_cases() as case:
        for expression, cell in _rows_of("guides/values.md", "Airflow 3"):
            with case(expression):
                value = _evaluated(expression)
                if cell == "refused" or (version == "3.0.6" and expression in _REFUSED_BY_3_0):
                    with pytest.raises(TypeError):
                        push_and_read(version, value, None)
                    continue
                native = _evaluated(expression if cell == "the same" else cell)
                assert repr(push_and_read(version, value, None)) == repr(native)
                assert repr(push_and_read(version, value, False)) == repr(native)
                # As the page says below the table: Python's str(), but None for None.
                assert push_and_read(version, value, True) == (None if native is None else str(native))


def test_the_table_of_decoding_is_true(push_and_read: Callable[..., Any]) -> None:
    with all_cases() as case:
        for expression, parsed, decoded in _rows_of("guides/decoding.md", "Results for each type"):
            for version, convert, cell in (("2.11.2", parse_text, parsed), ("3.3.2", decode, decoded)):
                with case(f"{expression} on {version}"):
                    value = _evaluated(expression)
                    if cell == "refused":
                        with pytest.raises(TypeError):
                            push_and_read(version, value, None)
                        continue
                    received = push_and_read(version, value, None)
                    special = {"the same": value, "text": received}
                    expected = special[cell] if cell in special else _evaluated(cell)
                    assert rendered(convert(received)) == rendered(expected)


@pytest.mark.parametrize(
    ("page", "heading"),
    [
        ("guides/values.md", "Airflow 2"),
        ("guides/values.md", "Airflow 3"),
        ("guides/decoding.md", "Results for each type"),
    ],
)
def test_tables_of_values_have_every_kind_of_the_contract(page: str, heading: str) -> None:
    documented = {type(_evaluated(row[0])) for row in _rows_of(page, heading)}
    assert documented - _ONLY_AIRFLOW_3 == {type(value) for value in dataset.KINDS.values()}


def test_documented_statuses_raise_the_documented_exceptions() -> None:
    for page in ("guides/errors.md", "guides/calls.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        rows = re.findall(r"(?m)^(\d{3}|5xx) \| .*?`(\w+(?:Exception))`", text)
        assert {int(status.replace("xx", "00")) for status, _ in rows} >= {400, 401, 403, 404, 409, 422, 500}, page
        for status, name in rows:
            assert xcom.exceptions.for_status(int(status.replace("xx", "00"))).__name__ == name, (page, status)


_LIMITS = options.CONNECT, options.READ, options.TOTAL
_STATUSES = sorted(policy.STATUSES)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("guides/reliability.md", f"connect | {options.CONNECT:g} s |"),
        ("guides/reliability.md", f"read | {options.READ:g} s |"),
        ("guides/reliability.md", f"call | {options.TOTAL:g} s |"),
        ("guides/configuration.md", f"connect, per attempt | {options.CONNECT:g} s |"),
        ("guides/configuration.md", f"read: each wait for the next bytes | {options.READ:g} s |"),
        ("guides/configuration.md", f"whole call, including retries and login | {options.TOTAL:g} s |"),
        (
            "migrating/from-2.x.md",
            "[{:g} s, {:g} s, {:g} s](../guides/configuration.md#time-limits)".format(*_LIMITS),
        ),
        ("guides/reliability.md", f"retries per call | {policy.RETRIES}, "),
        ("guides/configuration.md", f"`retries`, {policy.RETRIES} by default"),
        ("guides/reliability.md", f"methods | {', '.join(sorted(policy.METHODS))};"),
        ("guides/reliability.md", "statuses | {}, {}, {}, {}\n".format(*_STATUSES)),
        ("guides/configuration.md", "on {}, {}, {} and {}.".format(*_STATUSES)),
        (
            "guides/reliability.md",
            f"a random time of up to {policy.BACKOFF:g} · 2ⁿ s, capped at {policy.BACKOFF_MAX:g} s\n",
        ),
        (
            "guides/configuration.md",
            f"a random time of up to {policy.BACKOFF:g} · 2ⁿ seconds, capped at {policy.BACKOFF_MAX:g}",
        ),
        (
            "guides/reliability.md",
            f"{policy.RETRY_BUDGET:g} retries at once, and one more for every {1 / policy.PER_CALL:g} calls",
        ),
        (
            "guides/configuration.md",
            f"{policy.RETRY_BUDGET:g} retries, and one more for every {1 / policy.PER_CALL:g} calls",
        ),
        ("guides/reliability.md", f"{xcom.Configuration().max_response_size >> 30} GiB unless set"),
        ("guides/reliability.md", f"half of the time of a call, once in {web_login._FORM_RETRY_DELAY:g} seconds"),
        ("guides/install.md", f"the first response of {decoding.MSGSPEC_MIN_SIZE // 1000} kB or more"),
        ("guides/calls.md", f"a list of {listing.RUN_BY_RUN_MIN:,} rows or more"),
        ("guides/calls.md", f"fewer than *n*² / {listing.PAGE_SIZE * listing.RUN_BY_RUN_COST:,}"),
    ],
)
def test_documented_numbers_are_those_of_the_code(page: str, text: str) -> None:
    assert text in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_the_message_about_mixed_files_is_in_troubleshooting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "airflow_client.client", None)
    with pytest.raises(ImportError) as raised:
        _shared_name.check_distribution()
    sentence = str(raised.value).partition(". ")[0]
    assert f"`{sentence}`" in (ROOT / "docs" / "guides" / "troubleshooting.md").read_text(encoding="utf-8")


def test_documented_faults_raise_the_documented_exceptions() -> None:
    """``tests/transport`` shows that it does."""
    with all_cases() as case:
        for row in _rows_of("guides/reliability.md", "Failures"):
            for fault in row[0].split("; "):
                with case(fault):
                    kinds = FAULTS[fault][1]
                    assert getattr(xcom, row[1]) in (kinds if isinstance(kinds, tuple) else (kinds,))


def test_soak_results_are_consistent() -> None:
    text = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    soak = text.partition("\n## soak\n")[2].partition("\n## ")[0]
    found = re.search(
        r"(?m)^\* (\d+) threads, .* right, 0 wrong, .* one of our exceptions, 0 with another exception\.$", soak
    )
    assert found
    assert f"has {found[1]} threads of one client" in (ROOT / "docs" / "guides" / "reliability.md").read_text(
        encoding="utf-8"
    )
    assert re.search(r"(?m)^\* before: (.*); afterwards: \1\.$", soak)


# ------------------------------------------------------------ completeness

#: Paths of the objects that the reference documents, with the options of each.
REFERENCE = {
    found[1]: found[2]
    for page in (ROOT / "docs" / "reference").glob("*.md")
    for found in re.finditer(r"(?m)^::: (\S+)\n((?: {4,}.*\n)*)", page.read_text(encoding="utf-8") + "\n")
}
_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def test_the_reference_names_everything_public() -> None:
    public = {f"airflow_client.xcom.{name}" for name in xcom.__all__ if name != "__version__"}
    public |= {f"airflow_client.testing.{name}" for name in testing.__all__}
    for api in ("XComApi", "DAGRunApi"):
        calls = [name for name in dir(getattr(xcom, api)) if not name.startswith("_")]
        public |= {f"airflow_client.xcom.{api}.{call}" for call in calls}
    assert public <= set(REFERENCE)


def test_what_the_reference_names_is_documented() -> None:
    """The site leaves out members without a docstring."""
    with all_cases() as case:
        for path, options in REFERENCE.items():
            if path.startswith("airflow_client.testing.pytest_plugin."):
                continue  # pytest wraps its fixtures
            named = pkgutil.resolve_name(path)
            members = [(path, named)]
            if isinstance(named, type) and "members: false" not in options:
                members += [item for item in vars(named).items() if not item[0].startswith("_")]
            for name, member in members:
                function = inspect.unwrap(getattr(member, "__func__", member))
                if inspect.isfunction(function) or isinstance(member, type):
                    with case(f"{path}: {name}"):
                        assert member.__doc__


def test_calls_document_their_parameters() -> None:
    no_effect = {"_check_input_type", "_check_return_type", "_content_type", "_host_index", "_spec_property_naming"}
    with all_cases() as case:
        for path in REFERENCE:
            call = pkgutil.resolve_name(path)
            if not re.search(r"Api\.\w+$", path) or "The parameters are those of" in (
                docstring := inspect.getdoc(call)
            ):
                continue
            with case(path):
                parameters = [item.name for item in inspect.signature(call).parameters.values()][1:]
                documented = re.findall(r"(?m)^:param (?:[\w.]+ )?(\w+):", docstring)
                collecting = {"ids", "keywords", "unknown"}
                assert documented == [name for name in parameters if name not in no_effect | collecting]
                assert no_effect - set(parameters) in (set(), no_effect)


def test_parameters_say_since_which_airflow_they_exist() -> None:
    """``like the next three``: a row speaks for those below it, too."""
    numbers = {"next": 1, "next two": 2, "next three": 3, "next seven": 7}
    docstring = inspect.getdoc(xcom.XComApi.get_xcom_entries) or ""
    said, below = {}, ("", 0)
    for name, text in re.findall(r"(?ms)^:param (?:[\w.]+ )?(\w+): (.*?)(?=^:)", docstring):
        since = re.search(r"Since\s+Airflow\s+([\d.]+\d)(?:,\s+like\s+the\s+([a-z\s]+))?", text)
        if since:
            below = since[1], numbers[" ".join(since[2].split())] if since[2] else 0
            said[name] = since[1]
        elif below[1]:
            below = below[0], below[1] - 1
            said[name] = below[0]
    for name in (*operations.FILTERS, "order_by"):
        if name in api_version.MIN_VERSION:
            assert said.get(name) == ".".join(map(str, api_version.MIN_VERSION[name])), name


@pytest.mark.parametrize("cls", [xcom.Counts, xcom.BulkWriteResult, hooks.Attempt, hooks.OutgoingRequest])
def test_attributes_are_documented(cls: Any) -> None:
    assert sorted(re.findall(r":ivar (?:\w+ )?(\w+):", cls.__doc__)) == sorted(cls.__slots__)


def test_documented_defaults_are_those_of_the_code() -> None:
    docstring = " ".join((xcom.XComApi.__doc__ or "").split())
    assert "Default None: {:g} to connect, {:g} to wait for data, {:g} in total".format(*_LIMITS) in docstring


def test_the_page_about_releases_is_current() -> None:
    """``tests/contract/test_compatibility.py`` checks that its cells are true."""
    output_of([sys.executable, "scripts/compatibility.py", "--check"], cwd=ROOT, env=ENVIRONMENT)


def test_the_index_links_every_page() -> None:
    docs = ROOT / "docs"
    linked = {
        (index.parent / link).resolve()
        for index in docs.glob("**/README.md")
        for link in re.findall(r"\]\(([^)#\s]+)", index.read_text(encoding="utf-8"))
    }
    with all_cases() as case:
        for page in docs.glob("**/*.md"):
            with case(f"{page.relative_to(docs)} is in no index"):
                assert page.resolve() in linked or page == docs / "README.md"


# -------------------------------------------------------------------- links


def _anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a page, and those that the page names itself."""
    anchors = set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for heading in re.findall(r"(?m)^#{1,6} +(.*?) *#*$", prose_of(text)):
        bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        anchors.add(re.sub(r"[^\w\- ]", "", bare).replace(" ", "-"))
    return anchors


def test_relative_links_resolve() -> None:
    with all_cases() as case:
        for name in NAMES:
            page = ROOT / name
            for link in re.findall(r"\]\(([^)\s]+)\)", prose_of(page.read_text(encoding="utf-8"))):
                if re.match(r"[a-z]+:", link):
                    continue
                path, _, anchor = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                with case(f"{name}: {link}"):
                    assert target.exists()
                    assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8"))
