"""``python benchmarks/worker.py MODULE TASK ARGUMENTS [cold]``: a contender's process; it does its task when told to.

It runs in the contender's environment. ``contenders/MODULE.py`` has a function TASK that is given ARGUMENTS (JSON) and
returns another one, which does the task once. Each line of standard input asks for so many rounds of it
(``{"calls": 100}``), and is answered by a line that says how long they took. Unless it is to be ``cold``, the task is
done once before.
"""

from __future__ import annotations

import gc
import importlib
import json
import re
import sys
import threading
import time
from pathlib import Path
from typing import Any


def main(module: str, task: str, arguments: str, cold: str = "") -> None:
    try:
        once = getattr(importlib.import_module(f"contenders.{module}"), task)(**json.loads(arguments))
        if not cold:
            once()  # connections are open from here on, and all that is imported late is there
    except (AttributeError, ImportError) as error:
        say({"missing": f"{type(error).__name__}: {str(error).partition(' (/')[0]}"})  # not in which file
        return
    say({})
    for line in sys.stdin:
        say(measured(once, **json.loads(line)))


def measured(once: Any, calls: int, memory: bool = False) -> dict[str, Any]:
    """Seconds and CPU seconds of one call; with ``memory``, by how many bytes the process grew at most."""
    before = 0
    if memory:
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
        before = status("VmRSS")
    cpu, start = time.process_time(), time.perf_counter()
    for _ in range(calls):
        result = once()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {
        "seconds": seconds / calls,
        "cpu": cpu / calls,
        "bytes": status("VmHWM") - before if memory else None,
        "threads": threading.active_count() - 1,
        "result": result,
    }


def status(name: str) -> int:
    """A figure of this process, in bytes; VmHWM is the most memory that it had."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def say(content: dict[str, Any]) -> None:
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
