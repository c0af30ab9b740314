"""Answers that are spoilt at random, for the soak."""

from __future__ import annotations

import random
from collections import Counter

from .answers import Answer, http

#: How many of all answers are spoilt, and after how many the server closes the connection without a word.
FAULTS, CHURN = 0.10, 0.05
_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"


class Faults:
    """Spoils answers, and counts what it did."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.counts: Counter[str] = Counter()

    def spoil(self, answer: Answer) -> Answer:
        lot = self._random.random()
        if lot < FAULTS:
            kind = self._random.choice(KINDS)
        elif lot < FAULTS + CHURN:
            kind = "closed while idle"
        else:
            kind = "none"
        self.counts[kind] += 1
        return _spoilt(kind, answer)


KINDS = ("reset", "cut body", "503", "500", "garbage", "slow", "HTML with 200")


def _spoilt(kind: str, answer: Answer) -> Answer:
    if kind == "reset":
        return Answer(b"", ending="reset")
    if kind == "cut body":
        return Answer(answer.data[:-20], ending="close")
    if kind == "503":
        return Answer(http("503 Service Unavailable", "v2", b"overloaded"))
    if kind == "500":
        return Answer(http("500 Internal Server Error", "v2", b"Internal Server Error"))
    if kind == "garbage":
        return Answer(b"\x16\x03\x01\x02\x00garbage\r\n\r\n" * 3, ending="close")
    if kind == "slow":
        return answer._replace(seconds=0.3)
    if kind == "HTML with 200":
        page = http("200 OK", "v2", _LOGIN_PAGE)
        return Answer(page.replace(b"application/json", b"text/html; charset=utf-8"))
    return answer._replace(ending="close") if kind == "closed while idle" else answer
