"""YAML as text that every reader of YAML takes for the same values."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import yaml

from airflow_client.cli.json_text import to_json

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
#: Text that PyYAML would not quote, but that YAML 1.1 or 1.2 reads as a number or a boolean.
_AMBIGUOUS = re.compile(r"[-+.]?[0-9].*|[-+]?\.(?i:inf|nan)|[yYnN]", re.DOTALL)


class _SafeDumper(_Dumper):  # type: ignore[misc]  # chosen at run time
    """Dumper that quotes ambiguous text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="'" if _AMBIGUOUS.fullmatch(text) else None)


def _represent_datetime(dumper: Any, value: dt.datetime) -> Any:
    return _represent_text(dumper, value.isoformat())


_SafeDumper.add_representer(str, _represent_text)
_SafeDumper.add_representer(dt.datetime, _represent_datetime)


def to_yaml(value: Any, *, is_ascii: bool = False) -> str:
    """Return a value of JSON types and datetimes as YAML."""
    plain = json.loads(to_json(value))
    text: str = yaml.dump(plain, Dumper=_SafeDumper, allow_unicode=not is_ascii, sort_keys=False, width=10_000)
    return text.removesuffix("...\n")
