"""Which bubblewrap Codex would take: the system's, the one in its package, or none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.install.found import Installations, installations
from codex_checks.install.node import path_folders
from codex_checks.install.package import look
from codex_checks.install.version import older
from codex_checks.sandbox.policy import Policy, policy
from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context

SINCE: Final = "0.115.0"
"""The first Codex that runs commands in bubblewrap; those before use Landlock (bwrap-too-old)."""

A_FILE_SINCE: Final = "0.130.0-alpha.0"
"""The first Codex whose own bubblewrap is a file beside it; before that it was part of the program."""

RESOURCES: Final = ("codex-resources", "bwrap")

_MANAGERS: Final = (
    ("apt-get", "sudo apt-get install bubblewrap"),
    ("dnf", "sudo dnf install bubblewrap"),
    ("apk", "sudo apk add bubblewrap"),
    ("pacman", "sudo pacman -S bubblewrap"),
    ("zypper", "sudo zypper install bubblewrap"),
)
"""Package managers by their program, and how each brings bubblewrap, which is called so in all of them."""


class Bubblewrap(Struct, frozen=True, kw_only=True):
    """Where bubblewrap is. *copy* is the path of the Codex that would use it, and *version* its version.

    *system* is the first on PATH that Codex accepts: what stands in the working directory is passed over,
    and named in *passed_over*. *own* is the file in Codex's package; *built_in*: it is part of the program.
    *install* is the command that brings the system's, where the package manager is known.
    """

    copy: Path
    version: str | None
    system: Path | None = None
    own: Path | None = None
    built_in: bool = False
    passed_over: Path | None = None
    install: str | None = None


@blocking_probe("sandbox.bubblewrap", touches={Touches.FILES}, limit=1.0, needs=(policy, installations))
def bubblewrap(ctx: Context, asked: Policy, copies: Installations) -> Bubblewrap:  # noqa: ARG001 - a probe
    """Find the bubblewrap that Codex would take."""
    if ctx.system.os != "linux":
        raise NotApplicable("Codex uses bubblewrap on Linux alone")
    if ctx.system.wsl == 1:
        raise Unavailable("bubblewrap cannot work in WSL 1")
    copy = copies.chosen
    if copy is None:
        raise Unavailable("no copy of Codex was found")
    if copy.windows_side:
        raise NotApplicable("the Codex that runs belongs to Windows")
    if older(copy.version, SINCE):
        raise NotApplicable(f"Codex {copy.version} uses no bubblewrap yet")
    system, passed_over = _on_path(ctx)
    if system is None and copy.program is None:
        raise Unavailable(f"the program that {copy.path} starts is not there, or not known")
    return Bubblewrap(
        copy=copy.path,
        version=copy.version,
        system=system,
        own=_beside(ctx, copy.program.path) if copy.program else None,
        built_in=older(copy.version, A_FILE_SINCE),
        passed_over=passed_over,
        install=None if system else _install(ctx),
    )


def _install(ctx: Context) -> str | None:
    folders = [ctx.system_path(path) for path in ("/usr/bin", "/sbin", "/bin")]
    known = (
        command for name, command in _MANAGERS if any(_is_program(ctx, folder / name) for folder in folders)
    )
    return next(known, None)


def _on_path(ctx: Context) -> tuple[Path | None, Path | None]:
    here = ctx.real(ctx.cwd)
    passed_over = None
    for folder in path_folders(ctx):
        if not _is_program(ctx, folder / "bwrap"):
            continue
        path = ctx.real(folder / "bwrap")
        if path.is_relative_to(here) and here != Path(here.anchor):
            passed_over = passed_over or path
            continue
        return path, passed_over
    return None, passed_over


def _beside(ctx: Context, program: Path) -> Path | None:
    """Return the bubblewrap in the package of *program*: beside it, or one folder up."""
    folder = program.parent
    places = (folder.joinpath(*RESOURCES), folder.parent.joinpath(*RESOURCES), folder / "bwrap")
    return next((place for place in places if _is_program(ctx, place)), None)


def _is_program(ctx: Context, path: Path) -> bool:
    status = look(ctx, path)
    return status is not None and status.kind == "file" and bool(status.mode & 0o111)
