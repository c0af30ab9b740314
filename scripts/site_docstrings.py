"""Extension of griffe for the site: our docstrings are reST, and the site's pages are Markdown."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import griffe

#: Roles, such as ``:class:`~airflow_client.xcom.hooks.Attempt` ``.
_ROLE = re.compile(r":(?:class|meth|func|mod|attr|exc):`~?([\w.]+)`")
#: Examples of the interactive interpreter, with their output.
_EXAMPLE = re.compile(r"(?m)^( *)>>> .*(?:\n\1\S.*)*")
#: The objects that the reference documents, by their names.
_DOCUMENTED = {
    path.rpartition(".")[2]: path
    for page in (Path(__file__).parents[1] / "docs" / "reference").glob("*.md")
    for path in re.findall(r"(?m)^::: (\S+)$", page.read_text(encoding="utf-8"))
}


def _link(name: str) -> str:
    """Return the name as code, with a link if the reference documents it."""
    last = name.rpartition(".")[2]
    name, path = last if name.startswith("airflow_client.") else name, _DOCUMENTED.get(last)
    return f"`{name}`" if path is None else f"[`{name}`][{path}]"


def _fields_last(text: str) -> str:
    """Move fields behind the text, since a paragraph below them would be part of the last one.

    Those below a colon are a list, which stays: ``:param`` and ``:raises`` of what a class says of all its methods.
    """
    above: list[str] = []
    fields: list[str] = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith(":") and above and above[-1].endswith(":"):
            listed = re.sub(r"(?m)^:param (\S+) (\S+):", r"- `\2` (\1):", paragraph)
            listed = re.sub(r"(?m)^:param (\S+):", r"- `\1`:", listed)
            above.append(re.sub(r"(?m)^:raises (\S+):", lambda field: f"- {_link(field[1])}:", listed))
        elif paragraph.startswith(":") or (paragraph.startswith(" ") and fields):
            fields.append(paragraph)
        else:
            above.append(paragraph)
    return "\n\n".join([*above, *fields])


class Markdown(griffe.Extension):
    """Rewrite docstrings before they are parsed, and read those of a model's fields."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Make Markdown of roles, literal blocks and examples."""
        if obj.docstring is not None:
            text = _ROLE.sub(lambda role: _link(role[1]), obj.docstring.value)
            text = re.sub(r"(?m)::$(?=\n\n +)", ":", text)
            text = _EXAMPLE.sub(lambda found: f"{found[1]}```pycon\n{found[0]}\n{found[1]}```", text)
            obj.docstring.value = _fields_last(text)

    def on_attribute_instance(self, *, attr: griffe.Attribute, **kwargs: Any) -> None:
        """Read ``name: Field[str] = Field("docstring")``."""
        if isinstance(attr.value, griffe.ExprCall) and str(attr.value.function) in ("Field", "DateTimeField"):
            attr.docstring = griffe.Docstring(ast.literal_eval(str(attr.value.arguments[0])), parent=attr)
            if isinstance(attr.annotation, griffe.ExprSubscript):
                attr.annotation = attr.annotation.slice
