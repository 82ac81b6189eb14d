"""What a shell asks when Tab is pressed: which words may follow; and the script with which it asks."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping

VARIABLE: Final = "_CODEX_DOCTOR_COMPLETE"
"""Set where a shell asks what may follow: nothing is to be done then."""

OWN: Final = ("--help", "--version", "--install-completion", "--show-completion", "-h")
"""Options that stand before a command; those of `check` may stand there too."""

PROGRAM: Final = "codex-doctor"


class Shell(StrEnum):
    """A shell for which there is a script."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def script(shell: Shell) -> str:
    """Return what *shell* is to read, so that it asks."""
    from typer._completion_shared import get_completion_script

    return get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell).strip() + "\n"


def meant(env: MutableMapping[str, str]) -> None:
    """Put `check` before an option that stands alone in what a shell asks, as the command line does."""
    words = env.get("COMP_WORDS") or env.get("_TYPER_COMPLETE_ARGS") or ""
    program, blank, rest = words.lstrip().partition(" ")
    rest = rest.lstrip()
    first = rest.split(" ", 1)[0]
    of_its_own = len(first) > len("--") and any(own.startswith(first) for own in OWN)
    if not blank or not first.startswith("-") or of_its_own:
        return
    if "COMP_WORDS" in env:
        env["COMP_WORDS"] = f"{program} check {rest}"
        env["COMP_CWORD"] = str(int(env.get("COMP_CWORD", "1")) + 1)
    else:
        env["_TYPER_COMPLETE_ARGS"] = f"{program} check {rest}"


def a_shell_asks() -> bool:
    """Whether a shell asks; then what it asks is put as it is meant."""
    if VARIABLE not in os.environ:
        return False
    meant(os.environ)
    return True


def selectable(incomplete: str) -> list[str]:
    """Return the areas, checks and problems whose names begin with *incomplete*."""
    from codex_doctor.examination import load

    catalogues = [loaded.catalogue for loaded in load()]
    checks = [check for catalogue in catalogues for check in catalogue.checks]
    named = [word for check in checks for word in (check.area, check.id)]
    return _begun(incomplete, [*named, *_problems()])


def problems(incomplete: str) -> list[str]:
    """Return the problems whose names or codes begin with *incomplete*."""
    return _begun(incomplete, _problems())


def _problems() -> list[str]:
    from codex_doctor.examination import load

    found = [problem for loaded in load() for problem in loaded.catalogue.problems]
    return [word for problem in found for word in (problem.name, problem.code)]


def _begun(incomplete: str, words: Iterable[str]) -> list[str]:
    return sorted({word for word in words if word.startswith(incomplete)})
