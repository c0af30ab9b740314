"""Completion scripts of bash, zsh and fish, by click's own mechanism."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from click.shell_completion import (
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

if TYPE_CHECKING:
    Item = CompletionItem[str]
else:  # generic since click 8.5
    Item = CompletionItem

#: Set by the scripts; click reads it too.
COMPLETE_VARIABLE = "_AIRFLOW_XCOM_COMPLETE"

_BASH = """\
%(complete_func)s() {
    local type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_FISH = """\
function %(complete_func)s
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \\
        COMP_CWORD=(commandline -ct | string collect) %(prog_name)s 2>/dev/null)
    for line in $response
        set -l parts (string split -m 1 "," -- $line)
        switch $parts[1]
            case dir
                __fish_complete_directories (commandline -ct)
            case file
                __fish_complete_path (commandline -ct)
            case plain
                echo $parts[2]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class Bash(ShellComplete):
    """bash 4.4 and later. click's own class loses ids with a colon, at which bash splits words."""

    name = "bash"
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_LINE"]
        line = line.encode()[: int(os.environ["COMP_POINT"])].decode(errors="ignore")
        words = split_arg_string(line)
        incomplete = "" if line[-1:].isspace() or len(words) < 2 else words.pop()
        # What bash replaces begins behind the last of its own separators.
        breaks = [
            incomplete.rfind(character) for character in os.environ.get("COMP_WORDBREAKS", ":") if character in ":="
        ]
        self._replaced = max(breaks, default=-1) + 1
        self._has_equals_sign = incomplete.startswith("--") and "=" in incomplete
        return words[1:], incomplete

    def format_completion(self, item: Item) -> str:
        value = item.value if self._has_equals_sign else item.value[self._replaced :]
        return f"{item.type},{shlex.quote(value) if item.type == 'plain' else value}"


class Zsh(ZshComplete):
    """zsh. Before click 8.2, its class loses ids with a colon."""

    def format_completion(self, item: Item) -> str:
        value = item.value.replace(":", "\\:") if item.help else item.value
        return f"{item.type}\n{value}\n{item.help or '_'}"


class Fish(FishComplete):
    """fish. click's own class cuts ids at a comma."""

    source_template = _FISH

    def format_completion(self, item: Item) -> str:
        return f"{item.type},{item.value}\t{item.help}" if item.help else f"{item.type},{item.value}"


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def register() -> None:
    """Make click use these classes."""
    for name, shell in SHELLS.items():
        add_completion_class(shell, name)
