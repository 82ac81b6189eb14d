"""Take one file called `codex` apart: what it is, and what it comes down to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codex_checks.install.header import HEAD, Format
from codex_checks.install.installation import HOST, Installation, Kind, Program
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

if TYPE_CHECKING:
    from codex_doctor.context import Context


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


_MANAGERS: Final = rb"\b(?:asdf|nodenv|rtx|mise)\b[^\n]*\bexec\b"
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
    if re.search(_MANAGERS, content):
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
    drives = ctx.system_path("/mnt")
    return (
        ctx.system.wsl > 0
        and real.is_relative_to(drives)
        and re.match(r"[a-z]/", real.relative_to(drives).as_posix()) is not None
    )
