"""Find every copy of Codex on this machine, and which of them runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.install.header import HEAD, Format
from codex_checks.install.installation import HOST, Channel, Installation, Kind, Program
from codex_checks.install.locations import PLACES, expand
from codex_checks.install.node import find_node, path_folders
from codex_checks.install.package import (
    CODEX,
    channel_of,
    look,
    native_of,
    package_of,
    packaged_version,
    program_at,
    shim_target,
)
from codex_checks.places import CodexHome, codex_home
from codex_doctor.context import System  # noqa: TC001 - facts are read when a report is stored
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The program that the user or a host named: *source* is `--codex-bin` or `CODEX_BIN`.

    *fault* says in words why it cannot be used; None where it can.
    """

    source: str
    value: str
    path: Path
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Installations:
    """Every copy that was found, in the order of the search, and the machine it was searched on.

    *running* is the one that runs: the named one, else the first that PATH leads to. *dangling* are
    links called `codex` on PATH that lead nowhere. *npm_prefix* is where `npm install -g` puts things,
    and *omits_optional* names the place that tells npm to leave out optional packages.
    """

    system: System
    copies: tuple[Installation, ...]
    running: Installation | None
    named: Named | None = None
    dangling: tuple[Path, ...] = ()
    folders: tuple[str, ...] = ()
    npm_prefix: Path | None = None
    omits_optional: str | None = None

    @property
    def chosen(self) -> Installation | None:
        """The copy to examine: the one that runs, else the best of those that PATH does not show."""
        if self.running is not None:
            return self.running
        usable = sorted(self.copies, key=lambda copy: (copy.channel.bundled, copy.wrong_package))
        return next(iter(usable), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lead:
    path: Path
    found_by: str
    on_path: int | None = None


@blocking_probe("install.installations", touches={Touches.FILES}, limit=2.0, needs=(codex_home,))
def installations(ctx: Context, home: CodexHome) -> Installations:
    """Find every copy of Codex on this machine."""
    prefix, omits = _npm(ctx)
    named = _named(ctx)
    leads: list[_Lead] = []
    if named is not None and named.fault is None:
        leads.append(_Lead(path=named.path, found_by=named.source))
    leads += _on_path(ctx)
    bases: dict[str, tuple[Path, ...]] = {
        "CODEX_HOME": (home.path,),
        "NPM_PREFIX": (prefix,) if prefix else (),
    }
    for place in PLACES:
        if ctx.system.os in place.systems:
            note = f"{place.name} (one version of Node)" if place.own_node else place.name
            for folder in expand(ctx, place.folder, bases):
                leads += [_Lead(path=path, found_by=note) for path in _files(ctx, folder)]
    copies = _inspect(ctx, leads)
    return Installations(
        system=ctx.system,
        copies=copies,
        running=_running(copies, named, ctx.system),
        named=named,
        dangling=_dangling(ctx),
        folders=tuple(map(str, path_folders(ctx))),
        npm_prefix=prefix,
        omits_optional=omits,
    )


OWN_NODE: Final = "(one version of Node)"
"""How a copy is marked that comes and goes with a version of Node."""


def names(system: System) -> tuple[str, ...]:
    """Return what the program may be called, in the order in which Windows looks (PATHEXT)."""
    return ("codex.exe", "codex.cmd", "codex.bat", "codex.ps1") if system.os == "windows" else ("codex",)


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


def _named(ctx: Context) -> Named | None:
    """Read `--codex-bin`, then CODEX_BIN (as embedding hosts use it; Codex itself reads neither)."""
    asked = ctx.options.get("codex-bin")
    value = asked or ctx.env.get("CODEX_BIN")
    if not value:
        return None
    source = "--codex-bin" if asked else "CODEX_BIN"
    path = ctx.cwd / value
    if Path(value).name == value:  # a bare name is looked up in PATH, as a host's spawn does
        for folder in path_folders(ctx):
            found = next(
                (
                    folder / each
                    for each in (value, f"{value}.exe", f"{value}.cmd")
                    if look(ctx, folder / each) is not None
                ),
                None,
            )
            if found:
                path = found
                break
    return Named(source=source, value=value, path=path, fault=_fault(ctx, path, value))


def _fault(ctx: Context, path: Path, value: str) -> str | None:
    try:
        status = ctx.status(path)
        link = status is None and ctx.status(path, follow=False) is not None
    except OSError as error:
        return f"cannot be examined: {error.strerror or error}"
    if link:
        return "is a link that leads nowhere"
    if status is None:
        return "does not exist" + (" (nothing expands the ~ there)" if value.startswith("~") else "")
    if status.kind != "file":
        return f"is a {status.kind}, not a program"
    return None


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
            found[copy.identity] = replace(copy, found_by=(lead.found_by,), on_path=lead.on_path)
        else:
            found[copy.identity] = replace(
                before,
                found_by=tuple(dict.fromkeys((*before.found_by, lead.found_by))),
                on_path=before.on_path if before.on_path is not None else lead.on_path,
            )
    return tuple(found.values())


def inspect(ctx: Context, path: Path) -> Installation | None:
    """Return what the file *path* is, or None where no file is there to be examined."""
    file = program_at(ctx, path)
    if file is None:
        return None
    real = ctx.real(path)
    kind, script = _kind(ctx, path, real, file)
    if kind is Kind.LAUNCHER:
        return _launcher(ctx, path, script, file)
    native = script if kind is Kind.NATIVE else None
    program = program_at(ctx, native) if native else None
    return Installation(
        path=path,
        real=real,
        kind=kind,
        channel=channel_of(ctx, script),
        found_by=(),
        file=file,
        native=native,
        program=program,
        version=packaged_version(ctx, native) if native else None,
        host=_host(ctx, native),
        windows_side=_windows_side(ctx, real),
    )


def _launcher(ctx: Context, path: Path, script: Path, file: Program) -> Installation:
    package = package_of(ctx, script)
    native = native_of(ctx, package) if package is not None and package.name == CODEX else None
    native = ctx.real(native) if native else None
    return Installation(
        path=path,
        real=script,
        kind=Kind.LAUNCHER,
        channel=channel_of(ctx, script),
        found_by=(),
        file=file,
        package=package,
        native=native,
        program=program_at(ctx, native) if native else None,
        version=package.version if package else None,
        host=_host(ctx, native),
        windows_side=_windows_side(ctx, script),
    )


_MANAGERS: Final = re.compile(rb"\b(?:asdf|nodenv|rtx|mise)\b[^\n]*\bexec\b")
"""How the shims of asdf and nodenv hand over."""


def _kind(ctx: Context, path: Path, real: Path, file: Program) -> tuple[Kind, Path]:
    """Return what the file is, and the file that it comes down to."""
    if real.name in {"volta-shim", "mise", "volta-shim.exe", "mise.exe"}:
        return Kind.SHIM, real
    if package_of(ctx, real) is not None and file.header.format is Format.SCRIPT:
        return Kind.LAUNCHER, real
    if file.header.format is Format.SCRIPT:
        return _script(ctx, real)
    if ctx.system.os == "windows" and file.header.format is Format.PE:
        return _windows_shim(ctx, path, real)
    return (Kind.NATIVE if file.header.native or file.header.format is Format.EMPTY else Kind.UNKNOWN), real


def _script(ctx: Context, real: Path) -> tuple[Kind, Path]:
    try:
        content = ctx.head(real, limit=HEAD)
    except OSError:
        return Kind.SCRIPT, real
    if _MANAGERS.search(content):
        return Kind.SHIM, real
    target = shim_target(content)
    if target is None:
        return Kind.SCRIPT, real
    script = ctx.real(real.parent / target)
    if package_of(ctx, script) is not None:
        return Kind.LAUNCHER, script
    program = program_at(ctx, script)
    if program is not None and program.header.native:
        return Kind.NATIVE, script
    return Kind.SCRIPT, real


def _windows_shim(ctx: Context, path: Path, real: Path) -> tuple[Kind, Path]:
    """Look behind the small programs that scoop and bun put into their folders on Windows."""
    try:
        named = re.search(rb'^path\s*=\s*"?([^"\r\n]+)', ctx.read(path.with_suffix(".shim")), re.MULTILINE)
    except OSError:
        named = None
    if named:
        return Kind.NATIVE, ctx.real(Path(named[1].decode("utf-8", "replace")))
    launcher = path.parent.parent / "install" / "global" / "node_modules" / CODEX / "bin" / "codex.js"
    if look(ctx, path.with_suffix(".bunx")) is not None and look(ctx, launcher) is not None:
        return Kind.LAUNCHER, ctx.real(launcher)
    return Kind.NATIVE, real


def _host(ctx: Context, native: Path | None) -> bool:
    if native is None:
        return False
    suffix = ".exe" if ctx.system.os == "windows" else ""
    return look(ctx, native.parent / f"{HOST}{suffix}") is not None


def _windows_side(ctx: Context, real: Path) -> bool:
    """Whether it stands on a Windows drive and is seen from the Windows Subsystem for Linux."""
    return ctx.system.wsl > 0 and re.match(r"/mnt/[a-z]/", real.as_posix()) is not None


def _npm(ctx: Context) -> tuple[Path | None, str | None]:
    """Return npm's global prefix, and the place that tells it to omit optional packages, if any.

    Judged from the environment, `~/.npmrc` and the Node that npm runs on; npm itself is not started.
    """
    settings = {"environment": _npm_environment(ctx), "npmrc": _npmrc(ctx)}
    asked = settings["environment"].get("prefix") or settings["npmrc"].get("prefix")
    omits = None
    for place, where in (
        ("environment", "the environment (npm_config_*)"),
        ("npmrc", str(ctx.home / ".npmrc")),
    ):
        found = settings[place]
        if "optional" in found.get("omit", "").split() or found.get("optional") == "false":
            omits = where
            break
    if asked:
        return ctx.home / asked, omits
    if ctx.system.os == "windows":
        return None, omits  # %APPDATA%\npm, which stands in the table
    node = find_node(ctx).path
    return (ctx.real(node).parent.parent if node else None), omits


def _npm_environment(ctx: Context) -> dict[str, str]:
    return {
        name.lower().removeprefix("npm_config_"): value
        for name, value in ctx.env.items()
        if name.lower() in {"npm_config_prefix", "npm_config_omit", "npm_config_optional"}
    }


def _npmrc(ctx: Context) -> dict[str, str]:
    try:
        content = ctx.read(ctx.home / ".npmrc", limit=64 * 1024).decode("utf-8", "replace")
    except OSError:
        return {}
    return parse_npmrc(content, home=str(ctx.home), env=dict(ctx.env))


def parse_npmrc(content: str, *, home: str, env: dict[str, str]) -> dict[str, str]:
    """Return `prefix`, `omit` and `optional` of an npmrc, with `${NAME}` and `~/` replaced.

    Everything else, above all its credentials, is passed over.
    """
    found: dict[str, str] = {}
    for line in content.splitlines():
        name, equals, value = (part.strip() for part in line.partition("="))
        if equals and name in {"prefix", "omit", "omit[]", "optional"}:
            value = re.sub(r"\$\{(\w+)\}", lambda each: env.get(each[1], ""), value.strip("\"'"))
            value = home + value[1:] if value == "~" or value.startswith("~/") else value
            found[name.removesuffix("[]")] = value
    return found


__all__ = ["Channel", "Installation", "Installations", "Named", "inspect", "installations", "parse_npmrc"]
