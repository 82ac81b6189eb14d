"""The line that makes a shell find a program, for the shell that the user has."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from codex_checks.install.remedies import fresh
from codex_doctor.fix import Fix, ShellLine, Tell

if TYPE_CHECKING:
    from pathlib import Path

    from codex_checks.install.found import Installations
    from codex_checks.install.installation import Installation

_PROFILES: Final = {
    ("zsh", "linux"): "~/.zshrc",
    ("zsh", "macos"): "~/.zprofile",
    ("bash", "linux"): "~/.bashrc",
    ("bash", "macos"): "~/.bash_profile",
}
"""Where the standalone installer puts its line; every other shell: ~/.profile (codex-environment 1.2)."""


def leads_to(folder: Path, *, in_fish: bool = False) -> str:
    """Return the line that makes a shell of Unix look into *folder* first.

    The folder stands outside of the quotes: in a report the home is `~`, which no shell expands in them.
    """
    if in_fish:
        return f"fish_add_path {shlex.quote(str(folder))}"
    return f'export PATH={shlex.quote(str(folder))}:"$PATH"'


def path_fix(copy: Installation, found: Installations) -> tuple[Fix, str]:
    """Return the fix that makes the shell find *copy*, and the advice in words."""
    if copy.channel.bundled:
        return (
            fresh(found, "Install Codex for the shell"),
            f"The only copy belongs to the {copy.channel}: install one for the shell too.",
        )
    folder = str(copy.path.parent)
    if found.system.os == "windows":
        value = f'[Environment]::GetEnvironmentVariable("Path", "User") + ";{_in_powershell(copy, found)}"'
        line = f'[Environment]::SetEnvironmentVariable("Path", {value}, "User")'
        return (
            Fix(
                summary="Add the folder to your Path",
                steps=(ShellLine(line=line), Tell(text="Open a new terminal")),
            ),
            f"Add {folder} to your Path with this line in PowerShell, then open a new terminal.",
        )
    if found.shell == "fish":
        line = leads_to(copy.path.parent, in_fish=True)
        return (
            Fix(summary="Add the folder to PATH", steps=(ShellLine(line=line),)),
            "Add its folder to the paths of fish: this line does it for good.",
        )
    profile = _PROFILES.get((found.shell or "", found.system.os), "~/.profile")
    line = leads_to(copy.path.parent)
    return (
        Fix(
            summary="Add the folder to PATH",
            steps=(
                ShellLine(line=line),
                Tell(text=f"Add the same line to {profile} and open a new terminal"),
            ),
        ),
        f"Run this line, and write it into {profile} too, so that every new terminal knows it.",
    )


def _in_powershell(copy: Installation, found: Installations) -> str:
    """Return the folder of *copy* as it may stand in double quotes of PowerShell.

    A report shows the home as `~`, which Windows expands nowhere in Path: its variable does not change.
    """
    folder, home = copy.path.parent, found.home
    if home is not None and folder.is_relative_to(home):
        return "\\".join(("$env:USERPROFILE", *map(_escaped, folder.relative_to(home).parts)))
    return _escaped(str(folder))


def _escaped(text: str) -> str:
    return re.sub('[`$"]', r"`\g<0>", text)
