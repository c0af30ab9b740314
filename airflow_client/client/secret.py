"""A credential that no repr, traceback or pickle shows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


class Secret:
    """Holds a credential, so that the variables and attributes that lead to it can be shown."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "<hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a credential is not pickled")


def without_tracebacks(error: BaseException) -> BaseException:
    """``error``, and what it came of, without the frames they passed: their variables hold requests with credentials.

    What is lost is where in an HTTP library it happened; what happened is in the messages.
    """
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            waiting += [came for came in (one.__cause__, one.__context__) if came is not None]
    return error
