"""What the scripts of the official clients print, against embedded servers and real ones."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tests.contract.fidelity.answers import differences, normalized
from tests.contract.fidelity.flavours import Flavour
from tests.contract.fidelity.recorded import FOLDER
from tests.contract.servers import Server
from tests.support.clients.install import CLIENTS, Client, output_of

#: Values of task instances in which an embedded server deviates: see ``deviations.py``.
_OF_TASKS = re.compile(r"^(get_task_instances?|get_mapped|list mapped)\[.*(rendered_fields|start_date|duration)\b")

#: Fields that depend on who ran a task; a client leaves them out where they are null.
_OF_WORKERS = ("hostname", "last_parse_duration", "pid", "triggered_by", "triggering_user_name", "unixname")


def printed(client: Client, server: Server) -> dict[str, Any]:
    """Run the script of a client, and return what it prints for each call; calls of the same name are numbered."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as home:
        for name, *outcome in output_of(client, server.url, Path(home)):
            while name in found:
                name += " again"
            found[name] = _without(_OF_WORKERS, normalized(outcome))
    return found


def _without(names: Collection[str], value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(names, item) for name, item in value.items() if name not in names}
    return [_without(names, item) for item in value] if isinstance(value, list) else value


def path_of(client: Client, version: str) -> Path:
    return FOLDER / f"{client.version}-on-{version}.json"


def recorded(client: Client, version: str) -> dict[str, Any]:
    """Return what the script has printed when it ran against a real server."""
    found: dict[str, Any] = json.loads(path_of(client, version).read_text(encoding="utf-8"))
    return found


def clients_of(flavour: Flavour) -> list[Client]:
    return [client for client, names in CLIENTS.items() if flavour.name in names]


def record(flavour: Flavour, server: Server) -> None:
    """Store what the scripts print that run against a real server of this flavour."""
    for client in clients_of(flavour):
        text = json.dumps(printed(client, server), indent=1)
        path_of(client, flavour.version).write_text(text + "\n", encoding="utf-8")


def unexpected(client: Client, flavour: Flavour, actual: dict[str, Any]) -> list[str]:
    """Return the differences to what is recorded, without the values in which an embedded server is known to differ."""
    found = differences(actual, recorded(client, flavour.version))
    return [one for one in found if not _OF_TASKS.search(one)]
