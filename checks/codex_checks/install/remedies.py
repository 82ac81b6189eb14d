"""How a copy is installed again, updated or removed: by the program that installed it, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_checks.install.installation import Channel
from codex_doctor.fix import Fix, MoveAside, RunCommand, ShellLine, Step, Tell

if TYPE_CHECKING:
    from codex_checks.install.found import Installations
    from codex_checks.install.installation import Installation

_LATEST: Final = "@openai/codex@latest"

INSTALLER: Final = {
    "windows": "irm https://chatgpt.com/codex/install.ps1 | iex",
    "unix": "curl -fsSL https://chatgpt.com/codex/install.sh | sh",
}
"""The standalone installer's documented commands (codex-environment 1.2)."""

_AGAIN: Final[dict[Channel, tuple[str, ...]]] = {
    Channel.NPM_PROJECT: ("npm", "install", _LATEST, "--include=optional"),
    Channel.BUN: ("bun", "install", "-g", _LATEST),
    Channel.PNPM: ("pnpm", "add", "-g", _LATEST),
    Channel.YARN: ("yarn", "global", "add", _LATEST),
    Channel.VITE_PLUS: ("vp", "install", "-g", _LATEST),
    Channel.VOLTA: ("volta", "install", _LATEST),
    Channel.MISE: ("mise", "install", "-f", "npm:@openai/codex"),
    Channel.BREW: ("brew", "reinstall", "--cask", "codex"),
    Channel.SCOOP: ("scoop", "install", "codex"),
    Channel.WINGET: ("winget", "install", "--force", "OpenAI.Codex"),
}
"""Commands that put a whole copy where the broken one stands (codex-environment 1.1, 1.3 and 1.5)."""

_UPDATE: Final[dict[Channel, tuple[str, ...]]] = {
    **_AGAIN,
    Channel.STANDALONE: ("codex", "update"),
    Channel.MISE: ("mise", "upgrade", "npm:@openai/codex"),
    Channel.BREW: ("brew", "upgrade", "--cask", "codex"),
    Channel.SCOOP: ("scoop", "update", "codex"),
    Channel.WINGET: ("winget", "upgrade", "OpenAI.Codex"),
}

_REMOVE: Final[dict[Channel, tuple[str, ...]]] = {
    Channel.NPM_PROJECT: ("npm", "uninstall", "@openai/codex"),
    Channel.BUN: ("bun", "remove", "-g", "@openai/codex"),
    Channel.PNPM: ("pnpm", "remove", "-g", "@openai/codex"),
    Channel.YARN: ("yarn", "global", "remove", "@openai/codex"),
    Channel.VITE_PLUS: ("vp", "remove", "-g", "@openai/codex"),
    Channel.VOLTA: ("volta", "uninstall", "@openai/codex"),
    Channel.MISE: ("mise", "uninstall", "npm:@openai/codex"),
    Channel.BREW: ("brew", "uninstall", "--cask", "codex"),
    Channel.SCOOP: ("scoop", "uninstall", "codex"),
    Channel.WINGET: ("winget", "uninstall", "OpenAI.Codex"),
}

_OWNERS: Final = {
    Channel.EDITOR: "Update or reinstall the extension in the editor",
    Channel.DESKTOP: "Update or reinstall the desktop app",
    Channel.DAEMON: "Run `codex app-server daemon update`",
    Channel.NIX: "Update the Nix profile that holds codex",
    Channel.NPX: "Run `npx @openai/codex@latest` once",
}
"""Copies that belong to something else: no command of Codex's own changes them."""


def install_again(copy: Installation, found: Installations) -> Fix:
    """Return how to put a whole copy in the place of *copy*, by the way that it was installed.

    A copy that nobody knows how to install goes aside, or PATH would lead to it as before.
    """
    first = (_aside(copy),) if copy.channel is Channel.OTHER else ()
    return Fix(summary="Install this copy again", steps=(*first, _step(copy, found, _AGAIN, "install")))


def update(copy: Installation, found: Installations) -> Fix:
    """Return how to bring *copy* to the newest version."""
    return Fix(summary="Update this copy", steps=(_step(copy, found, _UPDATE, "install"),))


def removal(copy: Installation, found: Installations) -> Step:
    """Return how to remove *copy*; what no program installed is only moved aside."""
    argv = _argv(copy, found, _REMOVE, "uninstall")
    if argv is not None:
        return RunCommand(argv=argv)
    if copy.channel in {Channel.OTHER, Channel.STANDALONE}:
        return _aside(copy)
    return Tell(text=f"Remove {copy.path} with what installed it ({copy.channel})")


def installer(found: Installations) -> str:
    """Return the line of the standalone installer for this machine's shell."""
    return INSTALLER["windows" if found.system.os == "windows" else "unix"]


def _aside(copy: Installation) -> MoveAside:
    return MoveAside(path=str(copy.path), to=f"{copy.path}.aside")


def _step(
    copy: Installation, found: Installations, commands: dict[Channel, tuple[str, ...]], verb: str
) -> Step:
    argv = _argv(copy, found, commands, verb)
    if argv is not None and copy.channel is Channel.NPM_PROJECT and copy.package is not None:
        folder = copy.package.root.parent.parent.parent
        return Tell(text=f"In {folder}: {' '.join(argv)}")
    if argv is not None:
        return RunCommand(argv=argv)
    if copy.channel in _OWNERS:
        return Tell(text=_OWNERS[copy.channel])
    return ShellLine(line=installer(found))


def _argv(
    copy: Installation, found: Installations, commands: dict[Channel, tuple[str, ...]], verb: str
) -> tuple[str, ...] | None:
    if copy.channel is not Channel.NPM:
        return commands.get(copy.channel)
    prefix = ("--prefix", elsewhere) if (elsewhere := other_prefix(copy, found)) else ()
    if verb == "uninstall":
        return ("npm", "uninstall", "-g", *prefix, "codex" if copy.wrong_package else "@openai/codex")
    return ("npm", "install", "-g", *prefix, _LATEST, "--include=optional")


def other_prefix(copy: Installation, found: Installations) -> str | None:
    """Return the npm prefix that *copy* stands in, if `npm install -g` would change another one."""
    if copy.package is None or found.npm_prefix is None:
        return None
    modules = next((folder for folder in copy.package.root.parents if folder.name == "node_modules"), None)
    if modules is None or modules.parent.name != "lib":
        return None
    prefix = modules.parent.parent
    return None if prefix == found.npm_prefix else str(prefix)
