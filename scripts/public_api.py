"""Compare the public interface with ``public_api.pyi``, which lists that of the last release.

A name or parameter of the listing that the checkout lacks is a break, and the exit status is 1. ``--write`` writes the
listing of the checkout. It refuses to drop anything that the section "Breaking changes" of the changelog does not name.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import keyword
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Union

import griffe

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

LISTING = ROOT / "public_api.pyi"
#: Public modules of the library, and where their public names are listed.
MODULES = {"xcom": "xcom", "xcom.api.keywords": None, "xcom.values": "client.values", "testing": "testing"}
#: Methods that only the library calls.
INTERNAL = {
    *("api_version_flow", "call_flow", "execute", "is_xcom_missing", "order_warning_flow", "page_url", "run"),
    *("support_flow", "version_flow"),
}
#: Methods that ``object`` has, too.
EVERYWHERE = {
    "__dir__",
    "__getattr__",
    "__getstate__",
    "__reduce__",
    "__repr__",
    "__setattr__",
    "__setstate__",
    "__str__",
}

Member = Union[griffe.Object, griffe.Alias]


def parameters_of(function: Member) -> Iterator[str]:
    """Yield the parameters of a function as they stand in its definition."""
    previous = None
    kinds = griffe.ParameterKind
    for parameter in function.parameters:
        if str(parameter.annotation) == "Never":
            continue  # it collects what the function refuses
        if previous is kinds.positional_only and parameter.kind is not previous:
            yield "/"
        if parameter.kind is kinds.keyword_only and previous not in (kinds.keyword_only, kinds.var_positional):
            yield "*"
        previous = parameter.kind
        stars = {kinds.var_positional: "*", kinds.var_keyword: "**"}.get(parameter.kind, "")
        annotation = f": {parameter.annotation}" if parameter.annotation is not None else ""
        has_default = parameter.default is not None and not stars
        equals = " = " if annotation else "="
        yield f"{stars}{parameter.name}{annotation}{f'{equals}{parameter.default}' if has_default else ''}"


def definition(name: str, parameters: list[str], returns: object = "None", prefix: str = "def") -> list[str]:
    """Return the lines of a function. Those of a long one have a parameter each, so that a diff shows what changed."""
    line = f"{prefix} {name}({', '.join(parameters)}) -> {returns}: ..."
    if len(line) <= 100:
        return [line]
    return [f"{prefix} {name}(", *(f"    {parameter}," for parameter in parameters), f") -> {returns}: ..."]


def lines_of(name: str, member: Member) -> list[str]:
    """Return the listing of a class, function or attribute."""
    if member.is_function:
        prefix = "async def" if "async" in member.labels else "def"
        decorators = [f"@{label}" for label in ("classmethod", "staticmethod") if label in member.labels]
        return [*decorators, *definition(name, list(parameters_of(member)), member.returns or "None", prefix)]
    if not member.is_class:
        return [f"{name}: {member.annotation or 'Any'}"]
    bases = [str(base) for base in member.bases if member.is_class]
    lines = [f"class {name}({', '.join(bases)}):" if bases else f"class {name}:"]
    for inner, found in sorted(member.all_members.items()):
        is_special = inner.startswith("__") and found.is_function and inner not in EVERYWHERE
        if found.is_alias and not found.inherited:
            continue  # an import
        if (is_special or not inner.startswith("_")) and inner not in INTERNAL:
            lines += indented(lines_of(inner, found))
    return lines if len(lines) > 1 else [f"{lines[0]} ..."]


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def exported_names(module: str) -> list[str]:
    return sorted(name for name in importlib.import_module(module).__all__ if name != "__version__")


def library() -> Iterator[str]:
    """Yield the listing of ``airflow_client.xcom`` and ``airflow_client.testing``."""
    loader = griffe.GriffeLoader(search_paths=[ROOT])
    for package in ("xcom", "testing"):
        loader.load(f"airflow_client.{package}")
    loader.resolve_aliases(implicit=True)
    for module, exporter in MODULES.items():
        yield f"class {module.replace('.', '_')}:"
        found = loader.modules_collection[f"airflow_client.{module}"]
        if exporter:
            names = exported_names(f"airflow_client.{exporter}")
        else:
            names = sorted(name for name, member in found.members.items() if not (name[0] == "_" or member.is_alias))
        for name in names:
            member = found[name]
            yield from indented(lines_of(name, member.final_target if member.is_alias else member))
    plugin = importlib.import_module("airflow_client.testing.pytest_plugin")
    yield "class fixtures:"
    for name, value in sorted(vars(plugin).items()):
        if not name.startswith("_") and type(value).__name__ == "FixtureFunctionDefinition":
            yield f"    {name}: Any"


def shared_names() -> Iterator[str]:
    """Yield the listing of ``airflow_client.client``: its modules, and the names that each has."""
    import airflow_client.client

    found = pkgutil.walk_packages(airflow_client.client.__path__, "airflow_client.client.")
    for module in ["airflow_client.client", *sorted(item.name for item in found)]:
        if hasattr(importlib.import_module(module), "__all__"):
            yield f"class {module.partition('.')[2].replace('.', '_')}:"
            yield from (f"    {name}: Any" for name in exported_names(module))


def commands() -> Iterator[str]:
    """Yield the listing of the command line: commands with their arguments and options."""
    import click

    from airflow_client.cli.connection import ConnectionOption
    from airflow_client.cli.program import program

    context = click.Context(program)
    groups = {"airflow_xcom": program}
    groups.update((name, program.get_command(context, name)) for name in program.list_commands(context))
    yield "class cli:"
    for name, command in groups.items():
        arguments, options = [], []
        for parameter in command.params:
            if isinstance(parameter, ConnectionOption) and command is not program:
                continue  # every command has those of the program
            if isinstance(parameter, click.Argument):
                default = "" if parameter.required else "=..."
                stars = "*" if parameter.nargs == -1 else ""
                arguments.append(f"{stars}{parameter.name}{'' if stars else default}")
            else:
                options += [f"{identifier(text)}=..." for text in (*parameter.opts, *parameter.secondary_opts)]
        stars = [] if any(text.startswith("*") for text in arguments) or not options else ["*"]
        yield from indented(definition(identifier(name), [*arguments, *stars, *sorted(options)]))


def identifier(text: str) -> str:
    """Return the name of a command or an option as an identifier: ``--run-id`` is ``run_id``."""
    name = text.lstrip("-").replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


def listing() -> str:
    text = "\n".join([*library(), *shared_names(), *commands()])
    return f"# The public interface, generated by scripts/public_api.py.\n{text}\n"


def breaks(old: str, new: str) -> dict[str, str]:
    """Return the breaks between two listings, by the name of what breaks."""
    trees = [griffe.visit("airflow_client", filepath=LISTING, code=text) for text in (old, new)]
    found: dict[str, list[str]] = {}
    for breakage in griffe.find_breaking_changes(*trees):
        text = re.sub(r"\x1b\[[0-9;]*m", "", breakage.explain(griffe.ExplanationStyle.ONE_LINE))
        name = breakage.obj.path.partition(".")[2]
        parts = re.fullmatch(r".*?: \S+?(\(\S+\))?: (.*)", text)
        found.setdefault(name, []).append(f"{parts[2]} {parts[1] or ''}".strip() if parts else text)
    return {name: "; ".join(texts) for name, texts in found.items()}


def announced(name: str, changelog: str) -> bool:
    """Return whether the changelog's first section names a break."""
    section = changelog.partition("\n## ")[2].partition("\n## ")[0]
    lines = section.partition("\n### Breaking changes\n")[2].partition("\n### ")[0]
    return f"`{name.partition('.')[2]}`" in lines or f"`{name}`" in lines


def main() -> int:
    parser = argparse.ArgumentParser(description=inspect.cleandoc(__doc__ or "").partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the listing")
    options = parser.parse_args()
    old, new = LISTING.read_text(encoding="utf-8") if LISTING.exists() else "", listing()
    found = breaks(old, new)
    if options.write:
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        found = {name: text for name, text in found.items() if not announced(name, changelog)}
        if not found:
            LISTING.write_text(new, encoding="utf-8")
            return 0
    if not found:
        return 0
    sys.exit(
        "\n".join(f"{name}: {text}" for name, text in found.items())
        + "\nThis breaks the code of users. Keep the old name or parameter. Or name each of these in backquotes below\n"
        '"### Breaking changes" in the first section of CHANGELOG.md, and run: python scripts/public_api.py --write'
    )


if __name__ == "__main__":
    sys.exit(main())
