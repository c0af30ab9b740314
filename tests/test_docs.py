"""The documentation does what it says: every snippet is executed, every public name is told, every link resolves.

A page's fenced blocks are carried out in order, over real sockets, against an embedded server with the sample data:

``python``  executed in one namespace per page; a block that defines ``test_…`` functions is a module for pytest
``sh``      executed by ``sh -e``; one that starts ``airflow_client.testing`` is awaited and stopped as by Ctrl-C;
            one that installs something is executed only where XCOM_CLIENT_TEST_INSTALL=1 is set
``text``    right below one of these, what it prints (``...`` stands for what may differ); elsewhere, just text
``json``    must be JSON

``http://localhost:8080`` stands for the embedded server's address. Anything else in a fence fails a test.
"""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import decimal
import doctest
import importlib
import inspect
import io
import json
import os
import pkgutil
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Optional
from zoneinfo import ZoneInfo

import pytest

import airflow_client
from airflow_client import client, testing
from airflow_client.testing import EmbeddedAirflow
from tests.contract import pushed

ROOT = Path(__file__).parent.parent
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md")))
    if page.exists()
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
DOCUMENTED_ORIGIN = "http://localhost:8080"
LANGUAGES = ("python", "sh", "text", "json")
#: As it was before the fixtures: installing may need its proxies and certificates.
ENVIRONMENT = dict(os.environ)
INSTALLING = ENVIRONMENT.get("XCOM_CLIENT_TEST_INSTALL") == "1"
#: Users that the snippets log in as, and their passwords.
USERS = {"admin": "admin", "YOUR_USERNAME": "YOUR_PASSWORD"}

_FENCE = re.compile(r"(?P<indent> *)(?P<marks>`{3,}|~{3,})(?P<language>.*)")
_INSTALL = re.compile(r"\b(pip|pipx|uv|apt|conda|poetry)\b.*\b(install|add|sync)\b|-m venv|\bgit clone\b")
_SERVER = re.compile(r"-m airflow_client\.testing\b")


class Block(NamedTuple):
    """One fenced block of a page."""

    language: str
    code: str
    line: int
    #: The text block right below, which is what this one prints.
    output: Optional[str] = None

    @property
    def kind(self) -> str:
        if self.language == "python" and re.search(r"^(async )?def test_", self.code, re.M):
            return "pytest"
        if self.language == "sh" and _INSTALL.search(self.code):
            return "install"
        if self.language == "sh" and _SERVER.search(self.code):
            return "server"
        return self.language


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a page, each with its output; the text blocks that are output are not among them."""
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
            opened, follows = None, language in ("python", "sh")
        elif opened is not None:
            content.append(line[len(opened["indent"]) :] + "\n")
        elif line.strip():
            follows = False
    assert opened is None, f"the fence opened in line {start} is not closed"
    return blocks


def prose_of(text: str) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"(?ms)^( *)(`{3,}|~{3,}).*?^\1\2$", "", text)


class Runner:
    """Carries the blocks of one page out."""

    def __init__(self, page: str, airflow: EmbeddedAirflow, directory: Path) -> None:
        self.page = page
        self.airflow = airflow
        self.directory = directory
        self.namespace: dict[str, Any] = {"__name__": "__main__"}
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
        }

    def run_page(self, text: str) -> None:
        for block in blocks_of(text):
            self.run(block)

    def run(self, block: Block) -> None:
        assert block.language in LANGUAGES, (
            f"{self.page}:{block.line}: only {', '.join(LANGUAGES)} are executed or checked"
        )
        code = self.here(block.code)
        printed = getattr(self, f"_run_{block.kind}")(code, block.line)
        if block.output is not None:
            expected = self.here(block.output)
            # As doctest compares, so that "..." stands for what may differ.
            alike = doctest.OutputChecker().check_output(expected, printed, doctest.ELLIPSIS)
            assert alike, f"{self.page}:{block.line} prints\n{printed}\nrather than\n{expected}"

    def here(self, text: str) -> str:
        return text.replace(DOCUMENTED_ORIGIN, self.airflow.base_url)

    def _run_python(self, code: str, line: int) -> str:
        compiled = compile("\n" * line + code, self.page, "exec", dont_inherit=True)  # errors name the page's line
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compiled, self.namespace)
        return printed.getvalue()

    def _run_pytest(self, code: str, line: int) -> str:
        module = self.directory / f"test_line_{line}.py"
        module.write_text(code, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=.", str(module)]
        return self._output_of(command, line)

    def _run_sh(self, code: str, line: int) -> str:
        return self._output_of(["sh", "-e", "-c", code], line)

    def _run_install(self, code: str, line: int) -> str:
        return ""  # test_an_installation_works runs it

    def _run_server(self, code: str, line: int) -> str:
        assert len(code.splitlines()) == 1, f"{self.page}:{line}: a block that starts a server starts nothing else"
        # The documented port may be taken on the machine of the tests.
        command = re.sub(r"--port[ =]\d+", "--port 0", code)
        with subprocess.Popen(
            ["sh", "-e", "-c", f"exec {command}"],
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as process:
            assert process.stdout is not None
            greeting = process.stdout.readline()
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            assert process.wait(30) == 0, f"{self.page}:{line}: {greeting}{rest}"
        return re.sub(r"http://127\.0\.0\.1:\d+", self.airflow.base_url, greeting + rest)

    def _run_text(self, code: str, line: int) -> str:
        assert not re.search(r"^(>>>|\$) ", code, re.M), f"{self.page}:{line}: a snippet that is not executed"
        return ""

    def _run_json(self, code: str, line: int) -> str:
        json.loads(code)
        return ""

    def _output_of(self, command: list[str], line: int) -> str:
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=3600 if INSTALLING else 600,  # the tests of everything, for one
            check=False,
        )
        assert done.returncode == 0, f"{self.page}:{line} exits with {done.returncode}:\n{done.stdout}"
        return done.stdout


@pytest.fixture(scope="module")
def airflow() -> Iterator[EmbeddedAirflow]:
    with EmbeddedAirflow("2.11.2") as server:
        for username, password in USERS.items():
            server.add_user(username, password)
        server.add_sample_data()
        yield server


@pytest.fixture
def runner(airflow: EmbeddedAirflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    monkeypatch.chdir(tmp_path)
    # A snippet without a host means the local Airflow as well.
    monkeypatch.setattr("airflow_client.client.configuration.LOCAL_AIRFLOW", airflow.base_url)
    yield Runner("", airflow, tmp_path)
    client.Configuration.set_default(None)


# ------------------------------------------------------------------------ snippets


@pytest.mark.parametrize("name", NAMES)
def test_no_snippet_is_outside_of_a_fence(name: str) -> None:
    prose = prose_of((ROOT / name).read_text(encoding="utf-8"))
    assert not re.findall(r"(?m)^(?: {4,}|\t)(?:>>> |\$ |import |from \w+ import ).*|<pre", prose)


@pytest.mark.parametrize("name", NAMES)
def test_every_snippet_of_a_page_runs(name: str, runner: Runner) -> None:
    runner.page = name
    runner.run_page((ROOT / name).read_text(encoding="utf-8"))


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
        "```pycon\n1\n```",
        "```\n1\n```",
        "```python\n1",
    ],
)
def test_a_page_that_is_wrong_fails(page: str, runner: Runner) -> None:
    with pytest.raises((AssertionError, ValueError)):
        runner.run_page(page)


INSTALLATIONS = [
    pytest.param(name, block, id=f"{name}:{block.line}")
    for name in NAMES
    for block in blocks_of((ROOT / name).read_text(encoding="utf-8"))
    if block.kind == "install"
]


@pytest.mark.parametrize(("name", "block"), INSTALLATIONS)
def test_an_installation_works(name: str, block: Block, airflow: EmbeddedAirflow, tmp_path: Path) -> None:
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
    installer = Runner(name, airflow, checkout)
    installer.environment = {**ENVIRONMENT, "PATH": installer.environment["PATH"]}
    for name_of_ours in ("PYTHONPATH", "XCOM_CLIENT_TEST_INSTALL"):  # a snippet that runs the tests ends here
        installer.environment.pop(name_of_ours, None)
    # So that the package's name means what is being tested, published or not.
    pip = [sys.executable, "-m", "pip"]
    installer._output_of([*pip, "wheel", "-q", "--no-deps", "-w", str(wheels), "."], block.line)
    installer.environment["PIP_FIND_LINKS"] = " ".join(filter(None, (os.environ.get("PIP_FIND_LINKS"), str(wheels))))
    installer._run_sh(installer.here(block.code), block.line)


def _modules() -> list[str]:
    found = pkgutil.walk_packages(airflow_client.__path__, "airflow_client.")
    return ["airflow_client", *(module.name for module in found)]


@pytest.mark.parametrize("name", _modules())
def test_every_example_in_a_docstring_is_true(name: str, runner: Runner) -> None:
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("airflow_client"):
            raise
        pytest.skip(f"{error.name}, of an extra, is not installed")
    report: list[str] = []
    checker = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        for example in test.examples:
            example.source, example.want = runner.here(example.source), runner.here(example.want)
        checker.run(test, out=report.append)
    assert not report, "".join(report)


# --------------------------------------------------------- what the tables tell

_VALUES = ROOT / "docs" / "values.md"
_MEANING = {"datetime": dt, "Decimal": decimal.Decimal, "ZoneInfo": ZoneInfo, "Point": pushed.Point}


def _rows_of_values() -> list[list[str]]:
    table = _VALUES.read_text(encoding="utf-8").partition("---|---|---\n")[2].partition("\n\n")[0]
    return [[cell.strip("`") for cell in line.split(" | ")] for line in table.splitlines()]


@pytest.mark.parametrize("row", _rows_of_values(), ids=lambda row: row[0])
def test_the_table_of_values_is_what_a_server_answers(row: list[str], airflow: EmbeddedAirflow) -> None:
    expression, text, native = row
    value = eval(expression, {"__builtins__": {"float": float, "frozenset": frozenset}}, _MEANING)
    airflow.add_xcom("table", "run", "task", "key", value)
    configuration = client.Configuration(host=airflow.host, username="admin", password="admin")
    with client.ApiClient(configuration) as api_client:
        api = client.XComApi(api_client)
        assert repr(api.get_xcom_entry("table", "run", "task", "key").value) == text
        native_value = api.get_xcom_entry("table", "run", "task", "key", stringify=False).value
    assert repr(native_value) == (text if native == "the same" else native)


def test_the_table_of_values_has_every_kind_of_the_contract() -> None:
    told = {type(eval(row[0], {}, _MEANING)) for row in _rows_of_values()}
    assert told == {type(value) for value in pushed.KINDS.values()}


def test_every_status_is_told_as_the_exception_it_is_raised_as() -> None:
    for page in ("errors.md", "XComApi.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        rows = re.findall(r"(?m)^(\d{3}|5xx) \| .*?`(\w+(?:Exception))`", text)
        assert {int(status.replace("xx", "00")) for status, _ in rows} >= {400, 401, 403, 404, 500}, page
        for status, name in rows:
            assert client.exceptions.for_status(int(status.replace("xx", "00"))).__name__ == name, (page, status)


# ------------------------------------------------------------ completeness


def _page_of(cls: type) -> str:
    if issubclass(cls, BaseException):
        return "errors.md"
    return {"Model": "XCom.md", "EmbeddedAirflow": "testing.md"}.get(cls.__name__, f"{cls.__name__}.md")


def _public_names() -> list[tuple[str, str]]:
    """(page, name) of all that a user can name: classes, their attributes and methods, and the arguments of these."""
    names: set[tuple[str, str]] = set()
    classes = [(name, getattr(client, name)) for name in client.__all__]
    classes += [(name, getattr(testing, name)) for name in testing.__all__]
    for name, cls in classes:
        if not isinstance(cls, type):
            names.add(("README.md", name))
            continue
        names.add((_page_of(cls), name))
        for base in cls.__mro__:
            if not base.__module__.startswith("airflow_client"):
                continue
            page = _page_of(base)
            for attribute, value in vars(base).items():
                if attribute.startswith("_") and attribute != "__init__":
                    continue
                if attribute != "__init__":
                    names.add((page, attribute))
                function = inspect.unwrap(getattr(value, "__func__", value))
                if inspect.isfunction(function):
                    names.update((page, argument) for argument in list(inspect.signature(function).parameters)[1:])
    for instance in (client.Configuration(), client.ApiClient(), client.ApiException()):
        page = _page_of(type(instance))
        names.update((page, attribute) for attribute in vars(instance) if not attribute.startswith("_"))
    return sorted(names)


#: The keywords that a call collects: their own names do not matter, what they collect is told.
_COLLECTED = {"options", "filters_and_options", "parameters_and_options", "fields"}


@pytest.mark.parametrize(("page", "name"), [pair for pair in _public_names() if pair[1] not in _COLLECTED])
def test_every_public_name_is_told(page: str, name: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text), f"{name} is not in docs/{page}"


def test_every_keyword_of_a_call_is_told() -> None:
    text = (ROOT / "docs" / "XComApi.md").read_text(encoding="utf-8")
    source = ast.parse(inspect.getsource(importlib.import_module("airflow_client.client.api.x_com_api")))
    declared = next(node for node in ast.walk(source) if isinstance(node, ast.ClassDef) and node.name == "CallOptions")
    keywords = [item.target.id for item in declared.body if isinstance(item, ast.AnnAssign)]  # type: ignore[union-attr]
    assert len(keywords) >= 7
    for keyword in [*keywords, "async_req", "_preload_content", "_return_http_data_only"]:
        assert f"`{keyword}`" in text


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, f"docs/README.md has no link to {page.name}"


# -------------------------------------------------------------------- links


def _anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page, and those that it names itself."""
    anchors = set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    for heading in re.findall(r"(?m)^#{1,6} +(.*?) *#*$", prose_of(text)):
        bare = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
        anchors.add(re.sub(r"[^\w\- ]", "", bare).replace(" ", "-"))
    return anchors


@pytest.mark.parametrize("name", NAMES)
def test_every_relative_link_resolves(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", prose_of(page.read_text(encoding="utf-8")))
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name}: {link}"
        if anchor:
            assert anchor in _anchors(target.read_text(encoding="utf-8")), f"{name}: {link}"
