"""Find every copy of Codex on this machine, and which of them runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from codex_checks.install.anatomy import inspect
from codex_checks.install.installation import Installation  # noqa: TC001 - facts are stored
from codex_checks.install.locations import PLACES, expand
from codex_checks.install.named import Named, named_program
from codex_checks.install.node import path_folders
from codex_checks.install.npm import leftovers, npm_settings
from codex_checks.install.package import look
from codex_checks.install.ways import Ways, closed_to_us, modules_of, prefix_of, ways
from codex_checks.places import in_time, named_home
from codex_doctor.context import System  # noqa: TC001 - facts are read when a report is stored
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context


class Installations(Struct, frozen=True, kw_only=True):
    """Every copy that was found, in the order of the search, and the machine it was searched on.

    *running* is the one that runs: the named one, else the first that PATH leads to. *dangling* are
    links called `codex` on PATH that lead nowhere. *shell* is the user's, by name. *npm_prefix* is where
    `npm install -g` puts things, and *omits_optional* the place that tells npm to leave out optional
    packages. *ways* are those in which Codex could come here. *leftovers* are folders of broken updates of
    npm, which the next update fails on. *home* is the user's own folder.
    """

    system: System
    copies: tuple[Installation, ...] = ()
    running: Installation | None = None
    named: Named | None = None
    dangling: tuple[Path, ...] = ()
    shell: str | None = None
    npm_prefix: Path | None = None
    omits_optional: str | None = None
    ways: Ways = Ways()
    leftovers: tuple[Path, ...] = ()
    home: Path | None = None

    @property
    def chosen(self) -> Installation | None:
        """The copy to examine: the one that runs, else the best of those that PATH does not show."""
        if self.running is not None:
            return self.running
        by_worth = sorted(
            self.copies,
            key=lambda copy: (copy.wrong_package, copy.channel.bundled, not copy.startable_on(self.system)),
        )
        return next(iter(by_worth), None)


class _Lead(Struct, frozen=True, kw_only=True):
    path: Path
    found_by: str
    on_path: int | None = None
    own_node: bool = False


@blocking_probe("install.installations", touches={Touches.FILES}, limit=2.0)
def installations(ctx: Context) -> Installations:
    """Find every copy of Codex on this machine.

    It waits for nothing: whatever is asked of Codex itself waits for it.
    """
    home, _ = named_home(ctx)
    in_time(home, lambda: look(ctx, home))  # copies may stand in there
    prefix, omits = npm_settings(ctx)
    named = named_program(ctx)
    leads: list[_Lead] = []
    if named is not None and named.fault is None:
        leads.append(_Lead(path=named.path, found_by=named.source))
    leads += _on_path(ctx)
    bases: dict[str, tuple[Path, ...]] = {
        "CODEX_HOME": (home,),
        "NPM_PREFIX": (prefix,) if prefix else (),
    }
    for place in PLACES:
        if ctx.system.os in place.systems:
            for folder in expand(ctx, place.folder, bases):
                leads += [
                    _Lead(path=path, found_by=place.name, own_node=place.own_node)
                    for path in _files(ctx, folder)
                ]
    copies = _inspect(ctx, leads)
    return Installations(
        system=ctx.system,
        copies=copies,
        running=_running(copies, named, ctx.system),
        named=named,
        dangling=_dangling(ctx),
        shell=Path(ctx.env["SHELL"]).name if ctx.env.get("SHELL") else None,
        npm_prefix=prefix,
        omits_optional=omits,
        ways=ways(ctx, prefix),
        leftovers=_leftovers(ctx, prefix, copies),
        home=ctx.home,
    )


def names(system: System) -> tuple[str, ...]:
    """Return what the program may be called, in the order in which Windows looks (PATHEXT)."""
    return ("codex.exe", "codex.cmd", "codex.bat", "codex.ps1") if system.os == "windows" else ("codex",)


def _leftovers(ctx: Context, prefix: Path | None, copies: tuple[Installation, ...]) -> tuple[Path, ...]:
    prefixes = dict.fromkeys((prefix, *map(prefix_of, copies)))
    folders = [modules_of(ctx.system, each) for each in prefixes if each is not None]
    return tuple(left for folder in folders for left in leftovers(ctx, folder))


def _files(ctx: Context, folder: Path) -> Iterator[Path]:
    candidates = (
        [folder / "bin" / "codex.js"]
        if folder.parts[-2:] == ("@openai", "codex")
        else [folder / name for name in names(ctx.system)]
    )
    for path in candidates:
        status = look(ctx, path)
        if status is not None and status.kind == "file":
            yield path
            return


def _on_path(ctx: Context) -> Iterator[_Lead]:
    for number, folder in enumerate(path_folders(ctx)):
        for path in _files(ctx, folder):
            yield _Lead(path=path, found_by="PATH", on_path=number)


def _dangling(ctx: Context) -> tuple[Path, ...]:
    def dangles(path: Path) -> bool:
        try:
            return ctx.status(path) is None and ctx.status(path, follow=False) is not None
        except OSError:
            return False

    return tuple(
        folder / name for folder in path_folders(ctx) for name in names(ctx.system) if dangles(folder / name)
    )


def _running(copies: tuple[Installation, ...], named: Named | None, system: System) -> Installation | None:
    if named is not None and named.fault is None:
        return next((copy for copy in copies if named.source in copy.found_by), None)
    on_path = sorted(
        (copy for copy in copies if copy.on_path is not None), key=lambda copy: copy.on_path or 0
    )
    # A shell passes over what it may not execute, and complains only if there is nothing else.
    return next((copy for copy in on_path if copy.file.executable_on(system)), next(iter(on_path), None))


def _inspect(ctx: Context, leads: list[_Lead]) -> tuple[Installation, ...]:
    by_path: dict[Path, Installation] = {}
    found: dict[Path, Installation] = {}
    for lead in leads:
        copy = by_path.get(lead.path) or inspect(ctx, lead.path)
        if copy is None:
            continue
        by_path[lead.path] = copy
        before = found.get(copy.identity)
        if before is None:
            found[copy.identity] = replace(
                copy,
                found_by=(lead.found_by,),
                on_path=lead.on_path,
                own_node=lead.own_node,
                closed=closed_to_us(ctx, copy),
            )
        else:
            found[copy.identity] = replace(
                before,
                found_by=tuple(dict.fromkeys((*before.found_by, lead.found_by))),
                on_path=before.on_path if before.on_path is not None else lead.on_path,
                own_node=before.own_node or lead.own_node,
            )
    return tuple(found.values())
