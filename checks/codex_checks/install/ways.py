"""How a new copy of Codex could come onto this machine, and what stands in the way of changing an old one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_checks.install.installation import Channel, Installation
from codex_checks.install.node import OLDEST, find_node, path_folders
from codex_checks.install.package import look, targets
from codex_checks.install.permission import closed

if TYPE_CHECKING:
    from codex_doctor.context import Context, System


class Ways(Struct, frozen=True, kw_only=True):
    """*npm* is the program, where it runs and may put Codex where PATH leads; *prefix* is where it does so.

    *anywhere* is npm, wherever it puts things: it can mend what stands elsewhere. *standalone* says
    whether a release can be unpacked here, and *commands* is the folder where its command goes.
    """

    npm: Path | None = None
    prefix: Path | None = None
    anywhere: Path | None = None
    standalone: bool = False
    commands: Path | None = None


def ways(ctx: Context, prefix: Path | None) -> Ways:
    """Return how Codex could be installed; *prefix* is where npm puts global packages."""
    windows = ctx.system.os == "windows"
    npm = _npm(ctx) if targets(ctx.system) else None
    usable = None
    if npm is not None and prefix is not None:
        leads = prefix if windows else prefix / "bin"
        if leads in path_folders(ctx) and closed(ctx, modules_of(ctx.system, prefix), leads) is None:
            usable = npm
    commands = commands_folder(ctx)
    return Ways(
        npm=usable,
        prefix=prefix if usable else None,
        anywhere=npm,
        standalone=not windows and bool(targets(ctx.system)) and closed(ctx, commands) is None,
        commands=commands,
    )


def modules_of(system: System, prefix: Path) -> Path:
    """Return where npm puts global packages of *prefix*."""
    return prefix / "node_modules" if system.os == "windows" else prefix / "lib" / "node_modules"


def prefix_of(copy: Installation) -> Path | None:
    """Return the prefix of npm in which *copy* stands, or None where it stands in none."""
    if copy.channel is not Channel.NPM or copy.package is None:
        return None
    modules = next((each for each in copy.package.root.parents if each.name == "node_modules"), None)
    if modules is None:
        return None
    return modules.parent.parent if modules.parent.name == "lib" else modules.parent


def closed_to_us(ctx: Context, copy: Installation) -> Path | None:
    """Return the folder that would have to change so that *copy* can, and may not be changed by this user."""
    prefix = prefix_of(copy)
    if prefix is not None and copy.package is not None:
        modules = (
            copy.package.root.parent if copy.package.name == "codex" else copy.package.root.parent.parent
        )
        return closed(ctx, modules, copy.package.root.parent, copy.path.parent)
    brew = brew_prefix(copy)
    if brew is not None:
        return closed(ctx, brew, brew / "Caskroom", brew / "bin")
    if copy.channel is Channel.STANDALONE:
        root = standalone_root(copy)
        return closed(ctx, *((root,) if root else ()), copy.path.parent)
    return closed(ctx, copy.path.parent)


def brew_prefix(copy: Installation) -> Path | None:
    """Return the prefix of the Homebrew whose cask *copy* is, or None."""
    if copy.channel is not Channel.BREW:
        return None
    return next((each.parent for each in copy.real.parents if each.name == "Caskroom"), None)


def standalone_root(copy: Installation) -> Path | None:
    """Return the folder of standalone releases that holds *copy*."""
    return next((each for each in copy.real.parents if each.name == "standalone"), None)


def _npm(ctx: Context) -> Path | None:
    """Return the npm that PATH leads to, if its Node is new enough."""
    node = find_node(ctx)
    if node.path is None or (node.major is not None and node.major < OLDEST):
        return None
    names = ("npm.cmd", "npm.exe") if ctx.system.os == "windows" else ("npm",)
    for folder in path_folders(ctx):
        for name in names:
            status = look(ctx, folder / name)
            if status is not None and status.kind == "file":
                return folder / name
    return None


def commands_folder(ctx: Context) -> Path:
    """Return where a standalone release puts its command: where the user says, else where PATH leads."""
    named = Path(ctx.env.get("CODEX_INSTALL_DIR", ""))
    if named.is_absolute():
        return named
    usual = ctx.home / ".local" / "bin"
    own = ctx.home / "bin"
    return own if usual not in path_folders(ctx) and own in path_folders(ctx) else usual
