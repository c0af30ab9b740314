"""The guard of the public interface: scripts/public_api.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_client import testing, xcom
from airflow_client.cli.program import SECTIONS
from tests.support.cases import all_cases

ROOT = Path(__file__).parents[2]
LISTING = (ROOT / "public_api.pyi").read_text(encoding="utf-8")

#: A break: the file, the old text, the new text, the name that the guard reports.
BREAKS = {
    "a parameter is renamed": (
        "airflow_client/xcom/api/x_com_bulk_api.py",
        "        max_workers: int",
        "        workers: int",
        "xcom.XComApi.iter_xcoms",
    ),
    "a method of a base class is removed": (
        "airflow_client/xcom/core/base_client.py",
        "    def set_default_header(",
        "    def _set_default_header(",
        "xcom.ApiClient.set_default_header",
    ),
    "a setting is removed": (
        "airflow_client/xcom/configuration.py",
        "        self.connection_max_idle",
        "        self._connection_max_idle",
        "xcom.Configuration.connection_max_idle",
    ),
    "a module of the 2.x client lacks a name": (
        "airflow_client/client/rest.py",
        '    "ServiceException",\n    "UnauthorizedException",\n]',
        '    "UnauthorizedException",\n]',
        "client_rest.ServiceException",
    ),
    "a command is removed": (
        "airflow_client/cli/program.py",
        '        "watch": "Print new XComs as tasks push them",\n',
        "",
        "cli.watch",
    ),
    "an option is renamed": ("airflow_client/cli/commands/history.py", '"--plot"', '"--chart"', "cli.history"),
}


def guard(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(checkout / "scripts" / "public_api.py"), *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    pytest.importorskip("griffe", reason="tox installs griffe for one of the Pythons")
    for name in ("airflow_client", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "public_api.pyi").write_text(LISTING, encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 2.0.0\n\n## 1.0.0\n", encoding="utf-8")
    return tmp_path


def test_an_addition_is_no_break(checkout: Path) -> None:
    module = checkout / "airflow_client" / "xcom" / "preloading.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("(*, asyncio: bool = False)", "(*, asyncio: bool = False, more: bool = False)"))
    done = guard(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    assert guard(checkout, "--write").returncode == 0
    assert "more: bool = False" in (checkout / "public_api.pyi").read_text(encoding="utf-8")


def test_a_break_needs_a_line_in_the_changelog(checkout: Path) -> None:
    for file, old, new, _ in BREAKS.values():
        text = (checkout / file).read_text(encoding="utf-8")
        assert old in text, file
        (checkout / file).write_text(text.replace(old, new), encoding="utf-8")
    found = guard(checkout)
    refused = guard(checkout, "--write")
    assert (found.returncode, refused.returncode) == (1, 1)
    names = {line.partition(":")[0] for line in found.stderr.splitlines()[:-2]}
    with all_cases() as case:
        for about, (_, _, _, name) in BREAKS.items():
            with case(about):
                assert name in names
    assert (checkout / "public_api.pyi").read_text(encoding="utf-8") == LISTING

    lines = "".join(f"* `{name.partition('.')[2]}` has changed.\n" for name in sorted(names))
    changelog = f"# Changelog\n\n## 2.0.0\n\n### Breaking changes\n\n{lines}\n## 1.0.0\n"
    (checkout / "CHANGELOG.md").write_text(changelog, encoding="utf-8")
    assert guard(checkout).returncode == 1
    assert guard(checkout, "--write").returncode == 0
    assert guard(checkout).returncode == 0


def test_the_listing_names_everything_that_is_public() -> None:
    modules = {
        name: LISTING.partition(f"\nclass {name}:\n")[2].partition("\nclass ")[0] for name in ("xcom", "testing")
    }
    for name, package in (("xcom", xcom), ("testing", testing)):
        public = [item for item in package.__all__ if item != "__version__"]
        assert [item for item in public if f"    class {item}" not in modules[name]] == [
            item for item in public if not isinstance(getattr(package, item), type)
        ]
    commands = LISTING.partition("\nclass cli:\n")[2]
    assert [name for names in SECTIONS.values() for name in names if f"    def {name}(" not in commands] == []
