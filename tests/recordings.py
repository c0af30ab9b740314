"""Reads the recorded exchanges of real servers in ``tests/exchanges``."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "exchanges"


class Recording:
    """One request and its answer, as a real Airflow gave it.

    :ivar status: the HTTP status.
    :ivar answer: the bytes of the answer, to be said again.
    :ivar body: its body; None when the recording does not hold all of it.
    """

    def __init__(self, path: Path) -> None:
        self.name = f"{path.parent.name}/{path.stem}"
        request, _, response = path.read_bytes().partition(b"--- response")
        self.method, self.target = request.split(b"\n", 1)[0].decode("ascii").split(" ")[:2]
        sent = re.search(rb"\n\n\n?(\{.*\})\n", request)
        self.request_body = sent[1] if sent else None
        head, _, body = response.split(b"\n", 1)[1].partition(b"\n\n\n")
        self.status = int(head.split(b" ")[1])
        length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
        size = int(length[1]) if length else len(body)
        # The recorder ended each body with a line break of its own.
        self.body = body[:size] if len(body) in (size, size + 1) else None
        if self.method == "HEAD":
            self.body = b""
        self.answer = head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + (self.body or b"")

    def __repr__(self) -> str:
        return self.name


def recordings(pattern: str) -> list[Recording]:
    """The recordings of the servers that a glob pattern names, in order."""
    return [Recording(path) for path in sorted(FOLDER.glob(f"{pattern}/*.txt"))]
