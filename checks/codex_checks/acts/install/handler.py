"""Installs Codex, and takes that back: the steps of the kind `install`."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.acts.install.asked import Asked, Via, asked
from codex_checks.acts.install.brew import Brew
from codex_checks.acts.install.change import Change
from codex_checks.acts.install.noted import Noted, Phase
from codex_checks.acts.install.npm import Npm
from codex_checks.acts.install.standalone import Site, Standalone
from codex_checks.acts.install.swaps import Stand
from codex_checks.acts.install.way import way_of
from codex_checks.install.ways import commands_folder
from codex_doctor.errors import RepairError
from codex_doctor.repair.handler import Handler, Note, Tools, known
from codex_doctor.replace import nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_doctor.fix import Act

_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


def do(act: Act, tools: Tools, *, step: Callable[[str], None] = nothing) -> None:
    """Install Codex as *act* says; *step* is told each step that is done.

    :raises RepairError: it could not be done; everything stands as before.
    """
    what = asked(act.arguments)
    if tools.context.offline:
        raise RepairError("Codex is downloaded, and --offline keeps the network away", transient=True)
    try:
        version = _tried(what, what.via, tools, step)
    except RepairError as error:
        if what.otherwise is None:
            raise
        tools.door.note(f"{_sentence(error.message)}. Taking the standalone release instead.")
        try:
            version = _tried(what, what.otherwise, tools, step)
        except RepairError as second:
            raise RepairError(f"{error.message}; {second.message}", transient=second.transient) from second
    tools.door.say(f"Codex {version} is installed")


def undo(note: Note, tools: Tools) -> None:
    """Put back what stood there before, byte for byte.

    :raises RepairError: it cannot be done; *note* still says how.
    """
    change = Change.of(known(note, Noted), tools.remember)
    try:
        change.take_back()
    except OSError as error:
        raise RepairError(_words(error)) from error


def finish(note: Note, tools: Tools) -> str:
    """Complete an installation that was killed, or take it back, and say which."""
    change = Change.of(known(note, Noted), tools.remember)
    try:
        match change.phase:
            case Phase.DONE:
                return "Codex was installed"
            case Phase.READY if all(swap.stand in {Stand.OLD, Stand.NEW} for swap in change.swaps):
                change.carry_out()
                return "Codex is installed: everything was ready, and is in its place now"
            case _:
                change.take_back()
                return "Codex was not installed, and nothing is left of the attempt"
    except RepairError as error:
        return f"Codex was half installed: {error.message}, and was left as it is"
    except OSError as error:
        raise RepairError(_words(error)) from error


def objection(note: Note, tools: Tools) -> str | None:
    """Return why an installation cannot be taken back, or None."""
    return Change.of(known(note, Noted), tools.remember).objection()


def places(note: Note) -> tuple[str, ...]:
    """Return what an installation changed."""
    return tuple(swap.place for swap in known(note, Noted).swaps)


def _tried(what: Asked, via: Via, tools: Tools, step: Callable[[str], None]) -> str:
    change = Change(tools.remember, step=step)
    try:
        version = _installed(what, via, tools, change)
    except BaseException as error:
        try:
            change.take_back()
        except (RepairError, OSError):
            raise RepairError(f"{_said(error)}; the next repair finishes it", unfinished=True) from error
        if isinstance(error, OSError):
            raise RepairError(_words(error)) from error
        raise
    return version


def _installed(what: Asked, via: Via, tools: Tools, change: Change) -> str:
    ctx, key = tools.context, secrets.token_hex(4)
    cache = cache_folder()
    if via is Via.NPM:
        npm = what.npm or _on_path(tools, "npm")
        return Npm(
            context=ctx,
            npm=npm,
            cache=cache / "npm",
            prefix=what.prefix,
            version=what.version,
            instead=what.instead,
            show=tools.door.passing,
            keep=lambda said: _keep(tools.folder / "npm.txt", said),
        ).install(change, key)
    if via is Via.BREW:
        if what.prefix is None:
            raise RepairError("nobody says where Homebrew is")
        return Brew(
            context=ctx,
            prefix=what.prefix,
            cache=cache / "brew",
            newer=what.newer,
            show=tools.door.passing,
            keep=lambda said: _keep(tools.folder / "brew.txt", said),
        ).install(change, key)
    if ctx.system.os == "windows":
        raise RepairError("on Windows the standalone release comes with its own installer")
    home, way = way_of(ctx)
    downloads = cache / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    site = (
        Site(root=what.into, commands=None)
        if what.into is not None
        else Site(
            root=what.root or home / "packages" / "standalone",
            commands=what.commands or commands_folder(ctx),
        )
    )
    version = Standalone(
        context=ctx,
        way=way,
        site=site,
        downloads=downloads,
        version=what.version,
        away=what.away,
        say=tools.door.note,
        show=tools.door.passing,
    ).install(change, key)
    shutil.rmtree(downloads, ignore_errors=True)
    return version


def cache_folder() -> Path:
    """Return where downloads are kept until they are installed; it may not exist yet."""
    import platformdirs

    return platformdirs.user_cache_path("codex-doctor", appauthor=False)


def _on_path(tools: Tools, name: str) -> Path:
    found = shutil.which(name, path=tools.context.env.get("PATH", ""))
    if found is None:
        raise RepairError(f"no folder of PATH holds {name}")
    return Path(found)


def _keep(path: Path, said: bytes) -> None:
    with contextlib.suppress(OSError), path.open("ab") as file:
        file.write(said)


def _words(error: OSError) -> str:
    where = f": {os.fsdecode(error.filename)}" if isinstance(error.filename, str | bytes) else ""
    if error.errno in _FULL:
        return f"the disk is full{where}"
    return f"{error.strerror or error}{where}"


def _said(error: BaseException) -> str:
    if isinstance(error, OSError):
        return _words(error)
    return error.message if isinstance(error, RepairError) else f"it was cut off ({type(error).__name__})"


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


HANDLER: Final = Handler(do=do, undo=undo, finish=finish, objection=objection, places=places, online=True)
