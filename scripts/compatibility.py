"""Generate ``docs/compatibility.md`` from what the contract suite has seen of the real servers.

``python scripts/compatibility.py`` writes the page, ``--check`` fails if it is not current, and
``--record 2.4.3 3.3.2`` asks real servers of these releases again before.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.contract import compatibility  # noqa: E402

PAGE = ROOT / "docs" / "compatibility.md"
INTRODUCTION = """# Compatibility

This library works with every release of Airflow in these tables. The contract suite starts a real server of each
release and checks each cell. Releases between two of them behave like one of their neighbors. The library treats a
newer release like the newest known one with the same API, and retains fields that it does not know.

`yes` means that the server supports it, `no` that it answers with an error. Airflow 3 ignores parameters that it does
not know: `ignored`. This library raises `ApiUnsupportedError` in place of such a request.
"""
ENDING = """
On Airflow 2.6 and earlier, rows and XComs have no `map_index`. You cannot read the XComs of a mapped task with several
instances there: the server answers 500.

`scripts/compatibility.py` generates this page.

[Index](README.md)
"""


def render() -> str:
    """Return the text of the page."""
    answers = compatibility.answers()
    releases = sorted(answers, key=lambda version: [int(part) for part in version.split(".")])
    parts = [INTRODUCTION]
    for section in dict.fromkeys(row.section for row in compatibility.ROWS):
        lines = [f"{section} | {' | '.join(releases)}", "---|" + "|".join("---" for _ in releases)]
        for row in compatibility.ROWS:
            if row.section == section:
                lines.append(f"{row.name} | {' | '.join(answers[release][row.name] for release in releases)}")
        parts.append(f"\n## {section}\n\n" + "\n".join(lines) + "\n")
    return "".join(parts) + ENDING


def record(version: str) -> None:
    """Ask a real server, and store its answers."""
    from airflow_client.xcom import ApiClient
    from tests.contract import servers
    from tests.contract.conftest import configuration

    auth = "basic" if version.startswith("2.") else "simple"
    with servers.real(version, auth) as server, ApiClient(configuration(server)) as client:
        found = compatibility.ask(server, client)
    answers = {**(compatibility.answers() if compatibility.ANSWERS.exists() else {}), version: found}
    compatibility.ANSWERS.write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the page is not current")
    parser.add_argument("--record", nargs="*", default=(), metavar="RELEASE", help="ask real servers again")
    options = parser.parse_args()
    for version in options.record:
        record(version)
    text = render()
    if options.check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            sys.exit(f"{PAGE} is not current: run python scripts/compatibility.py")
        return
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
