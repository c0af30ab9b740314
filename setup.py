"""Build of airflow-xcom-client: what pyproject.toml cannot say. Its metadata is there."""

import gzip
import os
import re
import tarfile
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

here = Path(__file__).parent
settings = (here / "pyproject.toml").read_text(encoding="utf-8")
version = re.search('__version__ = "(.+)"', (here / "airflow_client/xcom/__init__.py").read_text(encoding="utf-8"))
repository = re.search('(?m)^repository = "(.*)"', settings)
assert version
assert repository

URL = repository[1].rstrip("/")
FILES = f"{URL}/blob/v{version[1]}"
URLS = {
    "Homepage": URL,
    "Documentation": f"{FILES}/docs/README.md",
    "Changelog": f"{FILES}/CHANGELOG.md",
    "Source": URL,
    "Issues": f"{URL}/issues",
    "Security": f"{FILES}/SECURITY.md",
}


def link(found: "re.Match[str]") -> str:
    """Return a link that works on a package index, or its text if the repository has no URL."""
    text, target = found.groups()
    if re.match("[a-z]+:|#", target):
        return found[0]
    return f"[{text}]({FILES}/{target})" if URL else text


class ReproducibleSdist(sdist):
    """Archive of sorted files whose times, owners and modes are the same on every machine."""

    def make_archive(self, base_name, format, root_dir=None, base_dir=None, owner=None, group=None):  # noqa: A002
        time = int(os.environ["SOURCE_DATE_EPOCH"])

        def plain(item: tarfile.TarInfo) -> tarfile.TarInfo:
            item.mtime, item.uid, item.gid, item.uname, item.gname = time, 0, 0, "", ""
            item.mode = 0o755 if item.isdir() or item.mode & 0o100 else 0o644
            return item

        name = f"{base_name}.tar.gz"
        with (
            Path(name).open("wb") as file,
            gzip.GzipFile("", "wb", fileobj=file, mtime=time) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
        ):
            for path in [Path(base_dir), *sorted(Path(base_dir).rglob("*"))]:
                archive.add(path, recursive=False, filter=plain)
        return name


# A wheel records the times and modes of files. In an unpacked sdist, all times are those of its build.
os.environ.setdefault("SOURCE_DATE_EPOCH", str(int(Path(__file__).stat().st_mtime)))
os.umask(0o022)
readme = (here / "README.md").read_text(encoding="utf-8")
setup(
    version=version[1],
    long_description=re.sub(r"\[([^\]]*)\]\(([^)\s]+)\)", link, readme),
    long_description_content_type="text/markdown",
    project_urls=URLS if URL else {},
    cmdclass={"sdist": ReproducibleSdist},
)
