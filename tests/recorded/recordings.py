"""Read the recorded requests and responses of real Airflow servers.

``airflow-VERSION.jsonl`` has one exchange a line. They were normalized when they were stored: bodies are decoded and
complete, tokens are replaced, and headers of the transfer (length, encoding, date) are left out. Exchanges with bodies
of megabytes and requests that the client cannot send are not stored.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Optional

#: Of servers with another DAG than the contract suite's, which ``record.py`` records.
OF_THE_LAB = ("2.10.5", "2.11.2", "3.0.6", "3.3.2")
VERSIONS = ("2.4.3", "2.6.3", "2.7.3", "2.8.4", "2.9.3", "2.10.5", "2.11.2", "3.0.6", "3.1.8", "3.2.2", "3.3.2")


@dataclasses.dataclass(frozen=True)
class Recording:
    """A request to a real Airflow, and its response."""

    #: The release of Airflow.
    version: str
    name: str
    method: str
    target: str
    status: int
    reason: str
    headers: Mapping[str, str]
    body: str
    request_body: Optional[str] = None
    http_version: str = "HTTP/1.1"

    @property
    def response(self) -> bytes:
        """The bytes of the response."""
        body = self.body.encode()
        headers = {**self.headers, "Content-Length": str(len(body))}
        lines = [f"{self.http_version} {self.status} {self.reason}", *(f"{k}: {v}" for k, v in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def recordings(version: str) -> list[Recording]:
    """Return the recordings of a release, in order."""
    text = Path(__file__).with_name(f"airflow-{version}.jsonl").read_text(encoding="utf-8")
    # Not splitlines(): a text may hold other line ends, such as U+2028.
    return [Recording(version=version, **json.loads(line)) for line in text.rstrip("\n").split("\n")]
