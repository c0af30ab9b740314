"""How far a request got, which decides whether it may be sent again."""

from __future__ import annotations


class Course:
    """How far a request got.

    :ivar opening: a new connection was begun.
    :ivar opened: it was established.
    :ivar received: bytes of the answer came.
    """

    __slots__ = ("opened", "opening", "received")

    def __init__(self) -> None:
        self.opening = self.opened = self.received = False

    @property
    def unsent(self) -> bool:
        """Whether the request certainly never left: no connection was to be had for it."""
        return self.opening and not self.opened

    @property
    def stale(self) -> bool:
        """Whether a kept-alive connection was used, on which no answer came."""
        return not self.opening and not self.received
