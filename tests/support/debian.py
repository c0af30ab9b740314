"""Programs from Debian's packages, installed if necessary."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Callable, Optional


class NotInstalled(RuntimeError):
    """A program is missing and could not be installed; the message has the reason."""


def find(package: str, search: Callable[[], Optional[str]]) -> str:
    """Return the path that ``search`` finds; install ``package`` if it finds none.

    :raises NotInstalled: there is no such program.
    """
    with Path(tempfile.gettempdir(), f"xcom-client-apt-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # suites of several Pythons run at once
        found = search()
        if found is None:
            _install(package)
            found = search()
    if found is None:
        raise NotInstalled(f"{package} was installed, and its program is not found")
    return found


def _install(package: str) -> None:
    if os.getuid() != 0 or shutil.which("apt-get") is None:
        raise NotInstalled(f"only root on Debian can install it here: apt-get install {package}")
    variables = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_service_starts():
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
            command = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120", *arguments]
            done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300)
            if done.returncode:
                raise NotInstalled(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    policy = Path("/usr/sbin/policy-rc.d")
    made = not policy.exists()
    if made:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        yield
    finally:
        if made:
            policy.unlink()
