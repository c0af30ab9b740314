"""Execute the blocks of a page in one namespace; this runs in the environment of an official client.

Each line of the input is a JSON text with ``code`` and ``line``; each line of the output is one with ``printed``.
"""

# mypy: ignore-errors
from __future__ import annotations

import contextlib
import io
import json
import sys
import traceback

if __name__ == "__main__":
    namespace = {"__name__": "__main__"}
    for text in sys.stdin:
        block = json.loads(text)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile("\n" * block["line"] + block["code"], block["page"], "exec"), namespace)
            except Exception:
                traceback.print_exc(file=printed)
        print(json.dumps({"printed": printed.getvalue()}), flush=True)
