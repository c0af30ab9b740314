"""Recorded answers of real servers to the requests of a table: ``tests/recorded/contract/FLAVOUR.jsonl``.

The first line is a list of headers. Each further line is an answer in the form in which it is compared, with the name
of its request and the index of its headers in that list. The lines are in the order of the table.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.contract.fidelity.answers import Comparable, comparable
from tests.contract.fidelity.cases import Case
from tests.contract.fidelity.peer import Peer
from tests.contract.servers import Server

FOLDER = Path(__file__).resolve().parents[2] / "recorded" / "contract"


def path_of(flavour: str) -> Path:
    return FOLDER / f"{flavour}.jsonl"


def recorded(flavour: str, cases: list[Case]) -> list[Comparable]:
    """Return the recorded answers to requests.

    Raises FileNotFoundError if there are none, AssertionError if other requests were recorded.
    """
    text = path_of(flavour).read_text(encoding="utf-8")
    again = f"record them: python -m tests.contract.fidelity {flavour}"
    headers, *answers = [json.loads(line) for line in text.rstrip("\n").split("\n")]
    names = [answer.pop("request") for answer in answers]
    assert names == [case.name for case in cases], f"the table of {flavour} was changed since it was recorded; {again}"
    return [{**answer, "headers": headers[answer["headers"]]} for answer in answers]


def write(flavour: str, cases: list[Case], answers: list[Comparable]) -> None:
    """Store the answers of a real server."""
    headers: list[object] = []
    lines = []
    for case, answer in zip(cases, answers):
        if answer["headers"] not in headers:
            headers.append(answer["headers"])
        lines.append(json.dumps({"request": case.name, **answer, "headers": headers.index(answer["headers"])}))
    lines.insert(0, json.dumps(headers))
    path_of(flavour).parent.mkdir(parents=True, exist_ok=True)
    path_of(flavour).write_text("\n".join(lines) + "\n", encoding="utf-8")


def answers_of(server: Server, cases: list[Case]) -> list[Comparable]:
    """Send requests to a server, in order, and return the answers.

    They go through JSON, as recorded ones do.
    """
    peer = Peer(server)
    try:
        return [json.loads(json.dumps(comparable(peer.ask(case)))) for case in cases]
    finally:
        peer.close()
