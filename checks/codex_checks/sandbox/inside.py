"""Whether this very command runs inside a sandbox of Codex: then it sees that, and not the machine."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.files.mounts import Mount, parse_mounts
from codex_doctor.probe import Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context

NO_NETWORK: Final = "CODEX_SANDBOX_NETWORK_DISABLED"
"""Codex sets it to 1 for a command that it runs without network (proved on 0.169.0)."""

SEATBELT: Final = "CODEX_SANDBOX"
"""`seatbelt` inside the sandbox of macOS (codex-environment 6)."""

APP_SANDBOX: Final = "APP_SANDBOX_CONTAINER_ID"
"""macOS sets it for what runs inside an app's own sandbox; a second one cannot be started in there."""

MASKED: Final = (".git", ".codex")
"""What Codex lays read-only mounts over in a folder that a command may write (proved on 0.169.0)."""

MOUNTS_LIMIT: Final = 4 * 1024 * 1024
STATUS_LIMIT: Final = 64 * 1024


class Inside(Struct, frozen=True, kw_only=True):
    """Where this command itself runs.

    *sandboxed*: in a sandbox of Codex, *without_network*: in one that has none. *git* is a `.git` over
    which Codex laid a read-only mount. *other* is a variable that tells of another sandbox of macOS.
    *handed_on*: the variable is set, and this is no sandbox.
    """

    sandboxed: bool = False
    without_network: bool = False
    git: Path | None = None
    other: str | None = None
    handed_on: bool = False


@blocking_probe("sandbox.inside", touches={Touches.FILES}, limit=1.0)
def inside(ctx: Context) -> Inside:
    """Tell whether this command runs inside the sandbox of Codex."""
    told = bool(ctx.env.get(NO_NETWORK))
    if ctx.system.os != "linux":
        seatbelt = ctx.env.get(SEATBELT) == "seatbelt"
        other = APP_SANDBOX if ctx.system.os == "macos" and ctx.env.get(APP_SANDBOX) else None
        return Inside(sandboxed=told or seatbelt, without_network=told, other=other)
    if not _is_confined(_text(ctx, "/proc/self/status", STATUS_LIMIT)):
        return Inside(handed_on=told)  # the variable may have been handed on to where it is no longer true
    git = next(_masked(ctx.cwd, parse_mounts(_text(ctx, "/proc/self/mountinfo", MOUNTS_LIMIT))), None)
    return Inside(sandboxed=told or git is not None, without_network=told, git=git)


@blocking_probe("sandbox.outside", touches={Touches.FILES}, limit=1.0, needs=(inside,))
def outside(ctx: Context, found: Inside) -> Inside:  # noqa: ARG001 - a probe
    """Return the same where what is seen here is the machine itself."""
    if found.sandboxed:
        raise Unavailable("this command itself runs inside the sandbox of Codex")
    return found


def _is_confined(status: str) -> bool:
    """Return whether /proc/self/status tells of what Codex's sandbox does to every command in it."""
    return {"NoNewPrivs:\t1", "Seccomp:\t2"} <= set(status.splitlines())


def _masked(cwd: Path, mounts: tuple[Mount, ...]) -> Iterator[Path]:
    """Yield each `.git` above *cwd* that is a read-only mount beside the others that Codex makes."""
    closed = {PurePosixPath(mount.point) for mount in mounts if mount.read_only}
    for folder in (cwd, *cwd.parents):
        if all(PurePosixPath(folder) / name in closed for name in MASKED):
            yield folder / MASKED[0]


def _text(ctx: Context, path: str, limit: int) -> str:
    try:
        return ctx.read(ctx.system_path(path), limit=limit).decode("utf-8", "replace")
    except OSError:
        return ""
