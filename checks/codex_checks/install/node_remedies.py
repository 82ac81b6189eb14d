"""How the launcher of Codex gets a Node that is new enough: from whoever keeps the Node that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.install.path_lines import leads_to
from codex_checks.install.remedies import installer
from codex_doctor.fix import Fix, ShellLine

if TYPE_CHECKING:
    from codex_checks.install.answers import LauncherNode
    from codex_checks.install.found import Installations

_NPM: Final = "npm install -g @openai/codex@latest --include=optional"

_KEEPERS: Final[tuple[tuple[tuple[str, ...], str, str, bool], ...]] = (
    ((".nvm",), "nvm", "nvm install --lts && nvm alias default 'lts/*'", True),
    ((".fnm", "fnm", "fnm_multishells"), "fnm", "fnm install --lts && fnm default lts-latest", True),
    ((".volta",), "Volta", "volta install node@lts", False),
    (("mise",), "mise", "mise use -g node@lts", True),
    ((".asdf",), "asdf", "asdf install nodejs latest && asdf set -u nodejs latest", True),
    (("Cellar", "homebrew", "linuxbrew"), "Homebrew", "brew upgrade node", False),
)
"""Parts of a Node's path that name who keeps it, the command, and whether each Node has its own packages.

The commands are those that each of them documents; asdf's is that of 0.16 and later.
"""

_WINDOWS: Final = "winget upgrade OpenJS.NodeJS.LTS"


def newer_node(launcher: LauncherNode, found: Installations) -> Fix:
    """Return how the launcher finds a Node that is new enough, or how to do without one.

    What is there already is taken first. Nothing of it needs the rights of an administrator but on Windows,
    where the installer of Node itself asks for them.
    """
    nearby, windows = launcher.nearby, found.system.os == "windows"
    if nearby is not None and nearby.path is not None and not windows:
        line = leads_to(nearby.path.parent, in_fish=found.shell == "fish")
        return Fix(summary="Let PATH lead to Node", steps=(ShellLine(line=line),))
    there = launcher.node.path
    if there is not None and windows and "nodejs" in there.parts:
        return Fix(summary="Bring Node to its newest version", steps=(ShellLine(line=_WINDOWS),))
    for parts, who, line, own_packages in _KEEPERS:
        if there is not None and not windows and any(part in there.parts for part in parts):
            lines = (line, _NPM) if own_packages else (line,)
            return Fix(
                summary=f"Bring Node to its newest version with {who}",
                steps=tuple(ShellLine(line=each) for each in lines),
            )
    return Fix(
        summary="Install Codex as a program that needs no Node", steps=(ShellLine(line=installer(found)),)
    )
