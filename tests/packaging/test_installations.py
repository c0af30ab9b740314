"""Installations from the registry: beside apache-airflow-client, for type checkers and editors, and in one file.

They take a minute or two and run only where XCOM_CLIENT_TEST_INSTALL=1 is set.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import wheel
from tests.support.commands import output_of

ROOT = Path(__file__).parents[2]
#: The environment before the fixtures: installations may need its proxies and certificates.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
OFFICIAL = ("2.10.0", "3.3.2")
#: The dependencies of both official clients.
OFFICIAL_NEEDS = ("urllib3", "python-dateutil", "pydantic", "typing-extensions")
MYPY, BASEDPYRIGHT = re.findall(r"(?m)^ +((?:mypy|basedpyright)==\S+)$", (ROOT / "tox.ini").read_text(encoding="utf-8"))
JEDI, PYINSTALLER = "jedi==0.20.1", "pyinstaller==6.22.3"

pytestmark = pytest.mark.skipif(
    ENVIRONMENT.get("XCOM_CLIENT_TEST_INSTALL") != "1",
    reason="installs into environments of its own from the network: set XCOM_CLIENT_TEST_INSTALL=1",
)


def run(*command: object, **variables: str) -> str:
    """Run a command, assert that it succeeds, and return its output."""
    return output_of([str(word) for word in command], cwd=ROOT.anchor, env={**ENVIRONMENT, **variables})


class Environment:
    """A virtual environment."""

    def __init__(self, folder: Path) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        self.python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"

    def pip(self, *words: object) -> None:
        run(sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "--python", self.python, *words)

    def install(self, *requirements: object) -> None:
        self.pip("install", *requirements)


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the checkout."""
    return wheel.build(tmp_path_factory.mktemp("ours"))


# ---------------------------------------------------- beside apache-airflow-client


class Official(NamedTuple):
    """A release of apache-airflow-client."""

    version: str
    wheel: Path
    #: A folder with its dependencies.
    needs: Path


@pytest.fixture(scope="session")
def needs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("needs")
    run(sys.executable, "-m", "pip", "install", "-q", "--target", folder, *OFFICIAL_NEEDS)
    return folder


@pytest.fixture(scope="session", params=OFFICIAL)
def official(request: pytest.FixtureRequest, needs: Path, tmp_path_factory: pytest.TempPathFactory) -> Official:
    folder = tmp_path_factory.mktemp("official")
    requirement = f"apache-airflow-client=={request.param}"
    run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, requirement)
    return Official(request.param, next(folder.glob("*.whl")), needs)


#: Import modules one by one; print whose files they load, or the error that they raise.
PROBE = """
import importlib, json, pathlib, sys

def owner(module):
    if getattr(module, "__file__", None) is None:
        return "no file"
    return "ours" if "airflow_client.xcom" in pathlib.Path(module.__file__).read_text(encoding="utf-8") else "theirs"

results = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except ImportError as error:
        both = "airflow-xcom-client" in str(error) and "apache-airflow-client" in str(error)
        results[name] = "refused" if both else type(error).__name__
        continue
    shared = [module for loaded, module in sys.modules.items() if loaded.startswith("airflow_client.client")]
    owners = set(map(owner, shared)) - {"no file"}
    results[name] = "mixture" if len(owners) > 1 else owners.pop() if owners else "imported"
print(json.dumps(results))
"""
#: Read an XCom from the embedded server.
SCRIPT = """
from airflow_client.testing import EmbeddedAirflow
from airflow_client.xcom import ApiClient, Configuration, XComApi
with EmbeddedAirflow("3.3.2") as airflow:
    airflow.add_user("reader", "secret")
    airflow.push_xcom("dag", "run", "task", "key", 1234)
    with ApiClient(Configuration(host=airflow.host, username="reader", password="secret")) as client:
        print(XComApi(client).get_xcom_entry("dag", "run", "task", "key").value)
"""
SHARED_NAME = "airflow_client.client"


def _modules(wheel: Path) -> set[str]:
    """Return the modules of ``airflow_client.client`` in a wheel."""
    names = [
        Path(name) for name in zipfile.ZipFile(wheel).namelist() if re.match(r"airflow_client/client/.*\.py$", name)
    ]
    return {".".join(name.with_suffix("").parts).removesuffix(".__init__") for name in names}


class Site:
    """An environment for both distributions."""

    def __init__(self, folder: Path, ours: Path, official: Official) -> None:
        self.environment = Environment(folder)
        self.wheels = {"ours": ours, "theirs": official.wheel}
        self.needs = official.needs
        self.ours, self.theirs = _modules(ours), _modules(official.wheel)
        # Their other modules are like these.
        few = {name for name in self.theirs if re.search(r"config|x_?com|client\.\w+$", name)}
        self.names = sorted(self.ours | few)

    def install(self, which: str) -> None:
        self.environment.install("--no-deps", "--force-reinstall", self.wheels[which])

    def uninstall(self, which: str) -> None:
        names = {"ours": "airflow-xcom-client", "theirs": "apache-airflow-client"}
        self.environment.pip("uninstall", "-y", names[which])

    def probe(self) -> dict[str, str]:
        words = self.environment.python, "-c", PROBE, json.dumps(self.names)
        results: dict[str, str] = json.loads(run(*words, PYTHONPATH=str(self.needs)).splitlines()[-1])
        return results

    def xcom_works(self) -> bool:
        return run(self.environment.python, "-c", SCRIPT, PYTHONPATH=str(self.needs)) == "1234\n"


@pytest.fixture
def site(ours: Path, official: Official, tmp_path: Path) -> Site:
    return Site(tmp_path / "site", ours, official)


def test_this_library_works_alone(site: Site) -> None:
    site.install("ours")
    assert site.xcom_works()
    results = site.probe()
    assert {name for name, result in results.items() if result == "ours"} == site.ours
    assert {results[name] for name in site.names if name not in site.ours} <= {"ModuleNotFoundError"}


def test_official_client_installed_second_hides_the_shared_name(site: Site) -> None:
    site.install("ours")
    site.install("theirs")
    assert site.xcom_works()
    results = site.probe()
    for name in site.names:
        # A package of theirs hides a module of ours of the same name.
        assert results[name] == ("theirs" if name in site.theirs else "refused"), name
    assert results[SHARED_NAME] == "theirs"
    assert results["airflow_client.client.values"] == "refused"


def test_this_library_installed_second_refuses_the_shared_name(site: Site) -> None:
    site.install("theirs")
    site.install("ours")
    assert site.xcom_works()
    assert set(site.probe().values()) == {"refused"}


def test_editable_installation_beside_the_official_client(site: Site, ours: Path) -> None:
    site.install("theirs")
    site.environment.install("--no-deps", "--editable", ours.parent / "source")
    assert site.xcom_works()
    results = site.probe()
    # Both have a folder of their own, and theirs is found first.
    for name in site.names:
        assert results[name] in (("theirs",) if name in site.theirs else ("refused", "ModuleNotFoundError")), name
    assert results["airflow_client.client.values"] == "refused"


@pytest.mark.parametrize("order", [("ours", "theirs"), ("theirs", "ours")], ids=lambda order: " then ".join(order))
def test_the_official_client_can_be_uninstalled(site: Site, order: tuple[str, str]) -> None:
    for which in order:
        site.install(which)
    site.uninstall("theirs")
    assert site.xcom_works()
    results = site.probe()
    assert results.pop(SHARED_NAME) == "imported"  # an empty namespace: pip removed its __init__.py
    assert set(results.values()) <= {"refused", "imported", "ModuleNotFoundError"}
    assert results["airflow_client.client.values"] == "refused"
    site.install("ours")
    assert site.xcom_works()
    assert {name for name, result in site.probe().items() if result == "ours"} == site.ours


@pytest.mark.parametrize("order", [("ours", "theirs"), ("theirs", "ours")], ids=lambda order: " then ".join(order))
def test_this_library_can_be_uninstalled(site: Site, order: tuple[str, str]) -> None:
    for which in order:
        site.install(which)
    site.uninstall("ours")
    results = site.probe()
    assert set(results.values()) <= {"theirs", "imported", "ImportError", "ModuleNotFoundError"}
    assert results[SHARED_NAME] == "imported"
    site.install("theirs")
    results = site.probe()
    assert {results[name] for name in site.names if name in site.theirs} == {"theirs"}


# ------------------------------------------------------- type checkers and editors


@pytest.fixture(scope="session")
def installed(ours: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with our wheel, and the stubs that its types need."""
    environment = Environment(tmp_path_factory.mktemp("installed"))
    environment.install(ours, "types-python-dateutil", "typing-extensions")
    return environment


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = Environment(tmp_path_factory.mktemp("tools"))
    environment.install(MYPY, BASEDPYRIGHT, JEDI)
    return environment


REVEALED = """
import airflow_client.{name}
from airflow_client import {name}
from airflow_client.{name} import ApiClient, XComApi
from airflow_client.testing import EmbeddedAirflow

api = XComApi(ApiClient())
reveal_type(api.get_xcom_entry("d", "r", "t", "k"))
reveal_type({name}.XComApi().get_xcom_entries("d", "r", "t").xcom_entries[0].timestamp)
reveal_type(airflow_client.{name}.NotFoundException(404).status)
reveal_type({name}.__version__)
reveal_type(EmbeddedAirflow().host)
"""
SAMPLES = {
    "client": ROOT / "tests" / "packaging" / "typing" / "sample_script.py",
    "xcom": ROOT / "tests" / "packaging" / "typing" / "sample_xcom_script.py",
}
NAMES = pytest.mark.parametrize("name", ["client", "xcom"])


@NAMES
def test_mypy_finds_the_types(name: str, installed: Environment, tools: Environment, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(REVEALED.format(name=name), encoding="utf-8")
    mypy = (tools.python, "-m", "mypy", "--strict", f"--cache-dir={tmp_path}", "--python-executable", installed.python)
    types = re.findall(r'Revealed type is "(?:[\w.]+\.)?(\w+)(?: \| None)?"', run(*mypy, script))
    assert types == ["XCom", "datetime", "int", "str", "str"]
    assert "Success" in run(*mypy, SAMPLES[name])


@NAMES
def test_pyright_finds_the_types(name: str, installed: Environment, tools: Environment, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(REVEALED.format(name=name), encoding="utf-8")
    shutil.copy(SAMPLES[name], tmp_path)
    settings = {"typeCheckingMode": "strict", "reportUnusedImport": False}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = tools.python, "-m", "basedpyright", "-p", tmp_path, "--pythonpath", installed.python, "--outputjson"
    report: dict[str, Any] = json.loads(run(*command))
    revealed = [item["message"] for item in report["generalDiagnostics"] if item["severity"] == "information"]
    types = [re.sub(r' \| None"$', "", message).rpartition(' is "')[2].strip('"') for message in revealed]
    assert types == ["XCom", "datetime", "int", "str", "str"]
    assert report["summary"]["errorCount"] == 0


INFERRED = """
import json, sys
import jedi
name, python = sys.argv[1:]
source = f'''
import airflow_client.{name}
from airflow_client import {name}
from airflow_client.{name} import ApiClient, XComApi
api = XComApi(ApiClient())
entry = api.get_xcom_entry("d", "r", "t", "k")
row = {name}.XComApi().get_xcom_entries("d", "r", "t").xcom_entries[0]
error = {name}.NotFoundException()
settings = airflow_client.{name}.Configuration()
'''
environment = jedi.create_environment(python, safe=False)
for variable in ("api", "entry", "row", "error", "settings"):
    print(*(found.full_name for found in jedi.Script(source + variable, environment=environment).infer()))
"""


@NAMES
def test_jedi_finds_the_types(name: str, installed: Environment, tools: Environment) -> None:
    assert run(tools.python, "-c", INFERRED, name, installed.python).split() == [
        "airflow_client.xcom.api.x_com_api.XComApi",
        "airflow_client.xcom.model.x_com.XCom",
        "airflow_client.xcom.model.x_com_collection_item.XComCollectionItem",
        "airflow_client.xcom.exceptions.NotFoundException",
        "airflow_client.xcom.configuration.Configuration",
    ]


# -------------------------------------------------------------------- in one file


#: Use every public name and submodule, which are loaded at first use, and make a call.
PROGRAM = (
    """
from airflow_client import {name} as module
for public in (*module.__all__, *module._SUBMODULES):
    getattr(module, public)
"""
    + SCRIPT
)


@pytest.fixture(scope="session")
def freezer(ours: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = Environment(tmp_path_factory.mktemp("freezer"))
    environment.install(ours, PYINSTALLER)
    return environment


@NAMES
def test_pyinstaller_finds_every_module(name: str, freezer: Environment, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("{name}", name), encoding="utf-8")
    folders = [f"--{kind}path={tmp_path / kind}" for kind in ("dist", "work", "spec")]
    run(freezer.python, "-m", "PyInstaller", "--noconfirm", "--log-level=ERROR", *folders, program)
    assert run(tmp_path / "dist" / "program" / "program") == "1234\n"


@NAMES
def test_a_zipapp_finds_every_module(name: str, ours: Path, tmp_path: Path) -> None:
    folder = tmp_path / "program"
    run(sys.executable, "-m", "pip", "install", "-q", "--target", folder, ours)
    (folder / "__main__.py").write_text(PROGRAM.replace("{name}", name), encoding="utf-8")
    run(sys.executable, "-m", "zipapp", folder, "-o", tmp_path / "program.pyz")
    # Isolated, so that only the archive has the library.
    environment = Environment(tmp_path / "environment")
    assert run(environment.python, "-I", tmp_path / "program.pyz") == "1234\n"
