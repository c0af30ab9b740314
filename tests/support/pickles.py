"""How objects are pickled in the tests."""

from __future__ import annotations

import contextlib
import copyreg
from collections.abc import Iterator


@contextlib.contextmanager
def usual_pickles() -> Iterator[None]:
    """Undo what the block registers: tblib, which comes with Dask, has the causes of known exceptions pickled too."""
    before = dict(copyreg.dispatch_table)
    try:
        yield
    finally:
        copyreg.dispatch_table.clear()
        copyreg.dispatch_table.update(before)
