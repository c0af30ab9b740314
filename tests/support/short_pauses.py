"""Short pauses before retries: ``tests/unit`` tests the real ones without waiting."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("policy", "pace"):
        monkeypatch.setattr(f"airflow_client.xcom.core.{module}.BACKOFF", 0.05)
