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
    path = _DOCUMENTED.get(name.rpartition(".")[2])
    return f"`{name}`" if path is None else f"[`{name}`][{path}]"


class Markdown(griffe.Extension):
    """Rewrite docstrings before they are parsed, and read those of a model's fields."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Make Markdown of roles, literal blocks and examples."""
        if obj.docstring is not None:
            text = _ROLE.sub(lambda role: _link(role[1].removeprefix("airflow_client.xcom.")), obj.docstring.value)
            text = re.sub(r"(?m)::$(?=\n\n +)", ":", text)
            obj.docstring.value = _EXAMPLE.sub(lambda found: f"{found[1]}```pycon\n{found[0]}\n{found[1]}```", text)

    def on_attribute_instance(self, *, attr: griffe.Attribute, **kwargs: Any) -> None:
        """Read ``name: Field[str] = Field("docstring")``."""
        if isinstance(attr.value, griffe.ExprCall) and str(attr.value.function) in ("Field", "DateTimeField"):
            attr.docstring = griffe.Docstring(ast.literal_eval(str(attr.value.arguments[0])), parent=attr)
            if isinstance(attr.annotation, griffe.ExprSubscript):
                attr.annotation = attr.annotation.slice
