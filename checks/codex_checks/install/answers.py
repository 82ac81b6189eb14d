"""What else has to be asked or read: the launcher's Node, other copies' versions, the newest release."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from functools import partial
from pathlib import Path  # noqa: TC003 - the same
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.install.binary import ask, to_start
from codex_checks.install.found import Installations, installations
from codex_checks.install.installation import Kind
from codex_checks.install.locations import PLACES, expand
from codex_checks.install.node import OLDEST, Node, find_node, path_folders, written_version
from codex_checks.install.package import look, read_json, text
from codex_checks.places import CodexHome, codex_home
from codex_doctor.probe import NotApplicable, Touches, blocking_probe
from codex_doctor.threads import side_by_side

if TYPE_CHECKING:
    from codex_checks.install.installation import Installation
    from codex_doctor.context import Context

NODE_PATIENCE: Final = 1.5
"""Seconds: Node prints its version in 0.02; a version manager's shim takes a few times that."""

MOST_ASKED: Final = 6
"""Copies whose files do not tell their version, and that are therefore run: more would cost time."""


class LauncherNode(Struct, frozen=True, kw_only=True):
    """The Node that the launcher of the copy that runs finds.

    *nearby* is one that PATH does not show, if there is any: the launcher's own neighbour, or a version
    manager's.
    """

    node: Node
    launcher: Path
    nearby: Node | None = None


@blocking_probe(
    "install.node",
    touches={Touches.FILES, Touches.PROCESSES},
    limit=NODE_PATIENCE + 0.5,
    needs=(installations,),
)
def launcher_node(ctx: Context, found: Installations) -> LauncherNode:
    """Find the Node that the launcher runs on, and its version."""
    copy = found.chosen
    if copy is None or copy.kind is not Kind.LAUNCHER:
        raise NotApplicable("Codex is not started by Node here")
    is_shim = ctx.real(copy.path) != copy.real
    node = find_node(ctx, beside=(copy.path.parent,) if is_shim else ())
    if node.path is not None and node.version is None:
        node = replace(node, version=_asked_version(ctx, node.path))
    too_old = node.major is not None and node.major < OLDEST
    nearby = _nearby(ctx, copy) if node.path is None or too_old else None
    return LauncherNode(node=node, launcher=copy.path, nearby=nearby)


class Versions(Struct, frozen=True, kw_only=True):
    """The versions of copies whose own files do not tell it; None where they did not say either."""

    asked: Mapping[Path, str | None]

    def of(self, copy: Installation) -> str | None:
        """Return the version of *copy*, from its files or as it was asked for."""
        return copy.version or self.asked.get(copy.path)


@blocking_probe(
    "install.versions", touches={Touches.FILES, Touches.PROCESSES}, limit=3.0, needs=(installations,)
)
def versions(ctx: Context, found: Installations) -> Versions:
    """Ask the copies on PATH for a version where their files do not tell it."""
    silent = [
        copy
        for copy in found.copies
        if copy is not found.chosen  # that one is asked anyway
        and copy.version is None
        and copy.on_path is not None
        and not copy.channel.bundled
    ]
    startable = [copy for copy in silent if copy.startable_on(ctx.system) and to_start(copy)][:MOST_ASKED]
    answers = side_by_side([partial(ask, ctx, copy.path, copy.native or copy.path) for copy in startable])
    return Versions(asked={answer.path: answer.version for answer in answers})


class Latest(Struct, frozen=True, kw_only=True):
    """The newest release, as Codex itself noted it when it last looked."""

    path: Path
    version: str


@blocking_probe("install.latest", touches={Touches.FILES}, limit=1.0, needs=(codex_home,))
def latest(ctx: Context, home: CodexHome) -> Latest:
    """Read the newest version that Codex has heard of; nothing is asked over the network.

    `$CODEX_HOME/version.json` holds latest_version, last_checked_at, dismissed_version
    (codex-environment 1.5).
    """
    path = home.path / "version.json"
    version = text(read_json(ctx, path).get("latest_version"))
    if version is None:
        raise NotApplicable("Codex has not noted a newest version")
    return Latest(path=path, version=version)


class ScriptUtility(Struct, frozen=True, kw_only=True):
    """The Unix program `script`, which some hosts wrap around `codex`; *path* is None where it is absent."""

    path: Path | None


@blocking_probe("install.script", touches={Touches.FILES}, limit=1.0)
def script_utility(ctx: Context) -> ScriptUtility:
    """Look for the Unix program `script`."""
    if ctx.system.os not in {"linux", "macos"}:
        raise NotApplicable("only hosts on Linux and macOS use `script`")
    folders = (*path_folders(ctx), ctx.system_path("/usr/bin"), ctx.system_path("/bin"))
    for folder in folders:
        status = look(ctx, folder / "script")
        if status is not None and status.kind == "file" and status.mode & 0o111:
            return ScriptUtility(path=folder / "script")
    return ScriptUtility(path=None)


def _asked_version(ctx: Context, node: Path) -> str | None:
    try:
        ran = ctx.run_here((str(node), "--version"), seconds=NODE_PATIENCE)
    except OSError:
        return None
    line = ran.stdout.decode("utf-8", "replace").strip()
    return line if Node(path=node, version=line).major is not None else None


def _nearby(ctx: Context, copy: Installation) -> Node | None:
    folders = [copy.path.parent]
    folders += [folder.parent / "bin" for folder in copy.real.parents if folder.name == "lib"]
    for place in PLACES:
        if place.own_node and ctx.system.os in place.systems:
            folders += expand(ctx, place.folder, {})
    file = "node.exe" if ctx.system.os == "windows" else "node"
    for folder in folders:
        if look(ctx, folder / file) is not None:
            found = Node(path=folder / file, version=written_version(ctx, folder / file))
            if found.major is None or found.major >= OLDEST:
                return found
    return None
