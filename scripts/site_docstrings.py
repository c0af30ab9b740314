"""Extension of griffe, for the site: our docstrings are reST, and the site's pages are Markdown."""

from __future__ import annotations

import re
from typing import Any

import griffe

#: Roles, such as ``:class:`~airflow_client.xcom.hooks.Attempt` ``.
_ROLE = re.compile(r":(?:class|meth|func|mod|attr|exc):`(~?)([\w.]+)`")
#: Examples of the interactive interpreter, with their output.
_EXAMPLE = re.compile(r"(?m)^( *)>>> .*(?:\n\1\S.*)*")


def _link(role: re.Match[str]) -> str:
    name = role[2].rpartition(".")[2] if role[1] or role[2].startswith("airflow_client.") else role[2]
    return f"`{name}`"


class Markdown(griffe.Extension):
    """Rewrite each docstring before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring is not None:
            text = _ROLE.sub(_link, obj.docstring.value)
            text = re.sub(r"(?m)::$(?=\n\n +)", ":", text)
            obj.docstring.value = _EXAMPLE.sub(lambda found: f"{found[1]}```pycon\n{found[0]}\n{found[1]}```", text)
