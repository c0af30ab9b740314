"""Reads many things by several requests at once: what a policy tells the threads or tasks that carry it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

if TYPE_CHECKING:
    from airflow_client.xcom.core.policy import Flow

T = TypeVar("T")


class Job:
    """One request of a reading: the flow to carry out, and then what came of it."""

    __slots__ = ("about", "ended", "error", "result", "steps")

    def __init__(self, steps: Flow[Any], about: Any = None) -> None:
        self.steps: Flow[Any] = steps
        self.about: Any = about
        self.ended: bool = False
        self.result: Any = None
        self.error: Optional[BaseException] = None


class Scheduler(Generic[T]):
    """The policy of a reading. It is used by one thread or task; only the flows of its jobs run elsewhere.

    :ivar int workers: how many jobs may run at once.
    """

    workers: int

    def begin(self) -> Job | None:
        """The next job to begin, None while there is none to begin."""
        raise NotImplementedError

    def end(self, job: Job) -> str | None:
        """Take what came of a job; returns what is to be told of it, None for nothing."""
        raise NotImplementedError

    def take(self) -> T | None:
        """The next thing for the caller, None while there is none.

        :raises OpenApiException: it is an error that is the next thing.
        """
        raise NotImplementedError

    def finish(self) -> str | None:
        """What is to be told after the last thing, None for nothing."""
        raise NotImplementedError
