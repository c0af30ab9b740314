"""Reads the recorded exchanges of real servers in ``tests/exchanges``."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "exchanges"


class Recording:
    """One request and its answer, as a real Airflow gave it.

    :ivar version: the release of Airflow.
    :ivar status: the HTTP status.
    :ivar answer: the bytes of the answer, to be said again.
    :ivar body: its body; None when the recording does not hold all of it.
    """

    def __init__(self, path: Path) -> None:
        self.name = f"{path.parent.name}/{path.stem}"
        self.version = path.parent.name.split("-")[1]
        request, _, response = path.read_bytes().partition(b"\n--- response")
        self.method, self.target = request.split(b"\n", 1)[0].decode("ascii").split(" ")[:2]
        sent = re.search(rb"\n\n\n?(\{.*\})\n", request)
        self.request_body = sent[1] if sent else None
        if not response:  # cut in the middle of the request, which was 100,000 letters long
            self.status, self.body, self.answer = 0, None, b""
            return
        head, _, body = response.split(b"\n", 1)[1].partition(b"\n\n\n")
        self.status = int(head.split(b" ")[1])
        # The recorder ended each body with a line break of its own, and hid the tokens.
        size = int(found[1]) if (found := re.search(rb"(?i)\ncontent-length: (\d+)", head)) else None
        if self.method == "HEAD":
            body = b""
        elif size is not None and b"JWT.OF.THE-LAB" not in body:
            body = body[:size]
        else:
            body = body.removesuffix(b"\n")
        # Shortened, or compressed bytes that the recorder garbled.
        self.body = None if b"[cut: " in body or body.startswith(b"b'") else body
        # It had the body decoded and its chunks joined: these headers are of what was on the wire.
        head = re.sub(rb"(?i)\n(content-length|transfer-encoding|content-encoding):[^\n]*", b"", head)
        head += b"\nContent-Length: %d" % len(body)
        self.answer = head.replace(b"\n", b"\r\n") + b"\r\n\r\n" + body

    def __repr__(self) -> str:
        return self.name


def recordings(pattern: str) -> list[Recording]:
    """The recordings of the servers that a glob pattern names, in order."""
    return [Recording(path) for path in sorted(FOLDER.glob(f"{pattern}/*.txt"))]
