"""A keyring in a file, by keyring's own interface: for ``PYTHON_KEYRING_BACKEND``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError


class FileKeyring(KeyringBackend):
    """Secrets in the JSON file ``TEST_KEYRING``; a file with the text ``locked`` refuses everything."""

    priority: Any = 1
    name = "Test keyring"

    def _read(self) -> dict[str, str]:
        path = Path(os.environ["TEST_KEYRING"])
        text = path.read_text() if path.exists() else "{}"
        if text == "locked":
            raise KeyringError("the keyring is locked")
        return json.loads(text)  # type: ignore[no-any-return]

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        secrets = {**self._read(), f"{service}/{username}": password}
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(secrets))

    def delete_password(self, service: str, username: str) -> None:
        secrets = self._read()
        if f"{service}/{username}" not in secrets:
            raise PasswordDeleteError("no such secret")
        del secrets[f"{service}/{username}"]
        Path(os.environ["TEST_KEYRING"]).write_text(json.dumps(secrets))
