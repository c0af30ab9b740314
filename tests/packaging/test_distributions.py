"""The sdist and the wheel: what they contain, what their metadata says, and that anybody builds the same files."""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import wheel
from tests.support.cases import all_cases
from tests.support.commands import output_of

ROOT = Path(__file__).parents[2]
URL = "https://code.example.org/team/airflow-xcom-client"

for module in ("build.__main__", "setuptools", "wheel"):
    pytest.importorskip(module, reason="build, setuptools and wheel are needed: the tox environments have them")


class Built(NamedTuple):
    """An sdist and the wheel that was built from it."""

    sdist: Path
    wheel: Path

    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith("/METADATA"))
            return email.message_from_bytes(archive.read(name))


def build(source: Path, folder: Path, **variables: str) -> Built:
    folder.mkdir()
    wheel.build_here(source, folder, **variables)
    return Built(next(folder.glob("*.tar.gz")), next(folder.glob("*.whl")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """What the release steps build."""
    folder = tmp_path_factory.mktemp("distributions")
    return build(wheel.copy_of_project(folder / "source"), folder / "dist", SOURCE_DATE_EPOCH="1764460800")


@pytest.fixture(scope="module")
def unpacked(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked sdist."""
    folder = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(built.sdist, folder)
    return next(folder.iterdir())


# ------------------------------------------------------------------------ contents


def test_the_wheel_contains_only_the_library(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "airflow_client").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == files
    # `airflow_client` is a namespace package: type checkers look for the marker in each package below it.
    assert {name for name in names if name.endswith("py.typed")} == {
        f"airflow_client/{package}/py.typed" for package in ("client", "testing", "xcom")
    }
    assert "airflow_client/__init__.py" not in names
    assert all(name.endswith((".py", "py.typed")) for name in names)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="compares with the files of a git checkout")
def test_the_sdist_contains_every_file_of_the_project(built: Built) -> None:
    listed = output_of(["git", "ls-files", "-z"], cwd=ROOT, env=os.environ).split("\0")
    files = {name for name in listed if name and (ROOT / name).exists()}
    with tarfile.open(built.sdist) as archive:
        names = {item.name.partition("/")[2] for item in archive if item.isfile()}
    assert sorted(files - names) == []
    assert {name for name in names - files if not name.startswith("airflow_xcom_client.egg-info/")} <= {
        "PKG-INFO",
        "setup.cfg",
        *output_of(["git", "ls-files", "-z", "--others", "--exclude-standard"], cwd=ROOT, env=os.environ).split("\0"),
    }


def test_the_tests_run_from_the_sdist(unpacked: Path, tmp_path: Path) -> None:
    """All of them can be collected there; those that read files beside the tests pass."""
    copy = Path(shutil.copytree(unpacked, tmp_path / "copy"))
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    pytest_there = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    output_of([*pytest_there, "--collect-only", "tests"], cwd=copy, env=environment)
    some = ["tests/unit/test_models.py", "tests/recorded/test_recordings.py", "tests/docs/test_docs.py"]
    names = "not snippets_run and not wrong_pages and not installation"
    printed = output_of([*pytest_there, *some, "-k", names], cwd=copy, env=environment)
    assert re.search(r"\d{2,} passed", printed), printed


# -------------------------------------------------------------------- reproducible


def test_builds_are_reproducible(built: Built, unpacked: Path, tmp_path: Path) -> None:
    """Another folder, other times and modes of the files, another umask; and the sdist alone, without a variable."""
    source = wheel.copy_of_project(tmp_path / "elsewhere")
    for path in source.rglob("*"):
        if path.is_file():
            path.chmod(0o660 | path.stat().st_mode & 0o110)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    previous = os.umask(0o077)
    try:
        again = build(source, tmp_path / "again", SOURCE_DATE_EPOCH="1764460800")
        wheel.build_here(unpacked, tmp_path, "--wheel")
    finally:
        os.umask(previous)
    assert again.sdist.read_bytes() == built.sdist.read_bytes()
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    assert (tmp_path / built.wheel.name).read_bytes() == built.wheel.read_bytes()


# ------------------------------------------------------------------------ metadata


def test_tools_accept_the_distributions(built: Built) -> None:
    for tool in ("twine", "check_wheel_contents"):
        pytest.importorskip(tool, reason="tox installs it for one of the Pythons")
    files = [str(built.sdist), str(built.wheel)]
    output_of([sys.executable, "-m", "twine", "check", "--strict", *files], cwd=ROOT, env=os.environ)
    output_of([sys.executable, "-m", "check_wheel_contents", str(built.wheel)], cwd=ROOT, env=os.environ)


def test_the_metadata_is_complete(built: Built) -> None:
    metadata = built.metadata()
    assert metadata["Name"] == "airflow-xcom-client"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "LICENSE"
    required = [text for text in metadata.get_all("Requires-Dist", []) if "extra ==" not in text]
    assert sorted(re.findall(r"(?m)^[\w-]+", "\n".join(required))) == ["python-dateutil", "urllib3"]
    with zipfile.ZipFile(built.wheel) as archive:
        points = next(archive.read(name).decode() for name in archive.namelist() if name.endswith("/entry_points.txt"))
    assert "[pytest11]\nairflow_xcom = airflow_client.testing.pytest_plugin\n" in points


def test_classifiers_name_what_the_tests_run_on(built: Built) -> None:
    classifiers = built.metadata().get_all("Classifier", [])
    versions = re.search(r"py\{([\d,]+)\}", (ROOT / "tox.ini").read_text(encoding="utf-8"))
    assert versions
    tested = [f"Programming Language :: Python :: 3.{version[1:]}" for version in versions[1].split(",")]
    assert [text for text in classifiers if re.search(r":: 3\.\d+$", text)] == tested
    assert [text for text in classifiers if text.startswith("Operating System")] == [
        "Operating System :: POSIX :: Linux"
    ]


def links_of(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", text)


def test_links_and_urls_work_on_an_index(built: Built, tmp_path: Path) -> None:
    """All come from one setting. While it is empty, there are none, rather than wrong ones."""
    setting = re.compile('(?m)^repository = "(.*)"')
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [configured] = setting.findall(settings)
    if not configured:
        metadata = built.metadata()
        assert metadata.get_all("Project-URL") is None
        assert [link for link in links_of(str(metadata.get_payload())) if not link.startswith("https://")] == []

    source = wheel.copy_of_project(tmp_path / "source")
    (source / "pyproject.toml").write_text(setting.sub(f'repository = "{URL}"', settings), encoding="utf-8")
    wheel.build_here(source, tmp_path, "--wheel")
    metadata = Built(source, next(tmp_path.glob("*.whl"))).metadata()
    at_tag = f"{URL}/blob/v{metadata['Version']}/"
    links = links_of(str(metadata.get_payload()))
    urls = dict(value.split(", ") for value in metadata.get_all("Project-URL", []))
    assert urls.keys() == {"Homepage", "Documentation", "Changelog", "Source", "Issues", "Security"}
    with all_cases() as case:
        for link in [*links, *urls.values()]:
            with case(link):
                assert link.startswith("https://")
                assert (ROOT / link.partition(at_tag)[2].partition("#")[0]).exists()
    relative = [link for link in links_of((ROOT / "README.md").read_text(encoding="utf-8")) if ":" not in link]
    assert relative
    assert {at_tag + link for link in relative} <= set(links)


def test_the_lowest_versions_are_tested(built: Built) -> None:
    """``tox -e minimum`` installs, of each dependency, the version that the metadata names."""
    lowest = dict(re.findall(r"(?m)^Requires-Dist: ([\w-]+).*?>=([\d.]+)", str(built.metadata())))
    pins = dict(re.findall(r"(?m)^([\w-]+)==([\d.]+)$", (ROOT / "tests" / "minimum.txt").read_text(encoding="utf-8")))
    assert pins.keys() == lowest.keys()
    with all_cases() as case:
        for name, pin in pins.items():
            with case(name):
                assert re.fullmatch(rf"{re.escape(lowest[name])}(\.0)*", pin)


# --------------------------------------------------------------------------- hints


def test_messages_tell_to_install_what_the_extras_have() -> None:
    """None names this package, which an index may lack, or have from somebody else."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    known = set(re.findall(r'"([^"]+)"', section))
    hints = 0
    with all_cases() as case:
        for path in (ROOT / "airflow_client").rglob("*.py"):
            for command in re.findall(r"pip3? install (.*)", path.read_text(encoding="utf-8")):
                with case(f"{path.relative_to(ROOT)}: {command}"):
                    named = re.findall(r"'([^']+)'", command)
                    assert named
                    assert set(named) <= known
                    hints += 1
    assert hints > 8


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="looks into the files of a git checkout")
def test_no_page_installs_a_published_package() -> None:
    """Until this package is published, its pages install it from a checkout."""
    command = [
        "git",
        "grep",
        "-nE",
        r"(pip|pipx|uv|poetry)3? .*(install|add|run|tool).* ['\"]?airflow-xcom-client",
        "--",
        "*.md",
    ]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stdout == ""
