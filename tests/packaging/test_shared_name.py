"""One library under two names: ``airflow_client.xcom``, and ``airflow_client.client`` like apache-airflow-client.

Real installations beside it are in tests/packaging/test_installations.py.
"""

from __future__ import annotations

import ast
import importlib
import json
import pickle
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import airflow_client.client
from airflow_client import client, xcom
from tests.support.cases import all_cases

ROOT = Path(__file__).parents[2]
SHARED = ["airflow_client.client", *(m.name for m in pkgutil.walk_packages(client.__path__, "airflow_client.client."))]
TRY_EACH = """
import importlib, json, os, sys
results = {}
for name in sys.argv[1:]:
    for loaded in [loaded for loaded in sys.modules if loaded.startswith("airflow_client")]:
        del sys.modules[loaded]
    # An installed copy would fill up what is missing here: airflow_client is a namespace of all of sys.path.
    importlib.import_module("airflow_client").__path__ = [os.path.abspath("airflow_client")]
    try:
        importlib.import_module(name)
    except ImportError as error:
        results[name] = str(error)
    else:
        results[name] = "imported"
print(json.dumps(results))
"""


def test_public_names_are_the_same_objects_under_both_names() -> None:
    assert client.__all__ == xcom.__all__
    assert set(client.__all__) <= set(dir(client))
    for name in xcom.__all__:
        thing = getattr(client, name)
        assert thing is getattr(xcom, name), name
        assert not isinstance(thing, type) or thing.__module__.startswith("airflow_client.xcom."), name


def test_shared_modules_export_objects_of_the_library() -> None:
    with all_cases() as case:
        for name in SHARED:
            module = importlib.import_module(name)
            for exported in getattr(module, "__all__", ()):
                thing = getattr(module, exported)
                if isinstance(thing, type):
                    with case(f"{name}.{exported}"):
                        assert thing.__module__.startswith("airflow_client.xcom.")
                        assert getattr(importlib.import_module(thing.__module__), exported) is thing


def test_the_shared_module_has_every_exception() -> None:
    names = {
        name
        for name, thing in vars(xcom.exceptions).items()
        if isinstance(thing, type) and issubclass(thing, Exception) and thing.__module__ == xcom.exceptions.__name__
    }
    assert names == set(client.exceptions.__all__)


def test_submodules_are_attributes() -> None:
    program = """
import airflow_client.client
c = airflow_client.client
names = [c.api.x_com_api.XComApi, c.model.x_com.XCom, c.model.x_com_collection.XComCollection, c.model.error.Error]
names += [c.api.dag_run_api.DAGRunApi, c.model.dag_run.DAGRun, c.model.dag_run_collection.DAGRunCollection]
names += [c.apis.DAGRunApi, c.models.DAGRun]
names += [c.apis.XComApi, c.models.XCom, c.rest.ApiException, c.exceptions.ApiException, c.values.decode]
names += [c.configuration.Configuration, c.api_client.ApiClient, c.api_response.ApiResponse, c.aio.AsyncApiClient]
print({thing.__module__.partition(".xcom.")[1] for thing in names})
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "{'.xcom.'}\n"


@pytest.mark.parametrize("package", ["airflow_client.client.api", "airflow_client.client.model"])
def test_dir_lists_submodules(package: str) -> None:
    module = importlib.import_module(package)
    submodules = {name.rpartition(".")[2] for name in SHARED if name.startswith(package + ".")}
    assert submodules <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        module.nope  # noqa: B018


def test_names_that_dir_lists_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(xcom, "model")  # as before the first import of it
    for name in dir(xcom):
        getattr(xcom, name)


def test_type_checkers_find_every_public_name() -> None:
    tree = ast.parse(Path(airflow_client.client.__file__).read_text(encoding="utf-8"))
    found = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "airflow_client.xcom"
        for alias in node.names
    }
    assert found == set(xcom.__all__)


def test_the_library_imports_nothing_from_the_shared_name() -> None:
    for path in (ROOT / "airflow_client" / "xcom").rglob("*.py"):
        assert "airflow_client.client import" not in path.read_text(encoding="utf-8"), path
    program = "import sys, airflow_client.xcom as x; [getattr(x, n) for n in x.__all__]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=ROOT)
    assert "airflow_client.client" not in done.stdout.split()


def test_pickles_use_the_name_of_the_library_and_earlier_ones_load() -> None:
    pickled = pickle.dumps(client.XCom(key="k", value=1), protocol=0)
    assert b"airflow_client.xcom.model.x_com" in pickled
    assert pickle.loads(pickled) == xcom.XCom(key="k", value=1)
    earlier = pickled.replace(b"airflow_client.xcom.model.x_com", b"airflow_client.client.model.x_com")
    assert type(pickle.loads(earlier)) is xcom.XCom


def _try_each(folder: Path) -> dict[str, str]:
    """Import each shared module, and two of the library, from ``folder``; return what each import raised."""
    command = [sys.executable, "-c", TRY_EACH, *SHARED, "airflow_client.xcom", "airflow_client.xcom.values"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    results: dict[str, str] = json.loads(done.stdout)
    assert results.pop("airflow_client.xcom") == "imported"
    assert results.pop("airflow_client.xcom.values") == "imported"
    return results


def _assert_refused(message: str) -> None:
    for words in ("airflow-xcom-client", "apache-airflow-client", "Import airflow_client.xcom", "uninstall one"):
        assert words in message


@pytest.mark.parametrize(
    "theirs_on_top",
    [
        pytest.param((), id="ours on top"),
        pytest.param(("__init__.py", "api/__init__.py", "model/__init__.py"), id="theirs of 2.x on top"),
        pytest.param(("__init__.py", "api/__init__.py"), id="theirs of 3.x on top"),
    ],
)
def test_files_of_both_distributions_are_refused(theirs_on_top: tuple[str, ...], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "airflow_client", tmp_path / "airflow_client")
    shared = tmp_path / "airflow_client" / "client"
    for name in ("api/config_api.py", *theirs_on_top):
        (shared / name).write_text("", encoding="utf-8")
    theirs = {".".join(["airflow_client.client", *Path(name).parent.parts]) for name in theirs_on_top}
    results = _try_each(tmp_path)
    assert {name for name, result in results.items() if result == "imported"} == theirs
    for name in set(results) - theirs:
        _assert_refused(results[name])


def test_files_without_their_package_are_refused(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "airflow_client", tmp_path / "airflow_client")
    (tmp_path / "airflow_client" / "client" / "__init__.py").unlink()
    results = _try_each(tmp_path)
    assert results.pop("airflow_client.client") == "imported"  # an empty namespace package
    for message in results.values():
        _assert_refused(message)
