"""Driver of flows that only sleep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from airflow_client.xcom.core import policy


def run_sleeping(steps: policy.Flow[Any], sleep: Callable[[float], None]) -> Any:
    """Run a flow whose steps are all pauses, and return its result; ``sleep`` receives the seconds of each."""
    try:
        step = next(steps)
        while True:
            assert isinstance(step, policy.Sleep)
            sleep(step.seconds)
            step = next(steps)
    except StopIteration as stop:
        return stop.value
