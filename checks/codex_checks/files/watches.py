"""Whether Linux still lets this user watch files for changes, as editors, apps and Codex do.

How much of it is used up is written nowhere: it is asked for once, and given back at once.
"""

from __future__ import annotations

import errno
import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.problems.files import INOTIFY_EXHAUSTED
from codex_doctor.check import check
from codex_doctor.fix import Fix, ShellLine
from codex_doctor.probe import NotApplicable, Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

INSTANCES: Final = "max_user_instances"
WATCHES: Final = "max_user_watches"
"""The two limits, as /proc/sys/fs/inotify calls them (inotify(7))."""

ENOUGH: Final = {INSTANCES: 1024, WATCHES: 524288}
"""What distributions for desktops set them to; each watch takes a kilobyte of the kernel's memory."""

PATIENCE: Final = 0.4
"""Seconds for finding out who uses it all up."""

IN_DELETE_SELF: Final = 0x400
"""The rarest event: a folder that is watched for it tells of nothing else."""

NAMED: Final = 3


class Watches(Struct, frozen=True, kw_only=True):
    """What became of asking. *exhausted* is the limit that was met, None where there is room.

    *limit* is its value, and *holders* are the programs that hold the most, with how many each.
    """

    exhausted: str | None = None
    limit: int | None = None
    holders: tuple[tuple[str, int], ...] = ()


@blocking_probe("files.watches", touches={Touches.FILES}, limit=1.5)
def watches(ctx: Context) -> Watches:
    """Ask the kernel for one more watch."""
    if ctx.system.os != "linux":
        raise NotApplicable("only Linux limits how much a user may watch")
    exhausted = refused()
    if exhausted is None:
        return Watches()
    return Watches(exhausted=exhausted, limit=_limit(ctx, exhausted), holders=_holders(ctx))


@check(
    "files.changes-can-be-watched",
    title="There is room for watching files for changes",
    needs=(watches,),
    reports=(INOTIFY_EXHAUSTED,),
)
def changes_can_be_watched(found: Watches) -> Iterator[Finding]:
    """Report a limit that is met, and who holds the most (failures.json inotify-exhausted)."""
    if found.exhausted is None:
        return
    who = ", ".join(f"{name} ({count})" for name, count in found.holders)
    setting = f"fs.inotify.{found.exhausted}"
    file = "/etc/sysctl.d/60-inotify.conf"
    raised = f"echo {setting}={max(ENOUGH[found.exhausted], 2 * (found.limit or 0))} | sudo tee {file}"
    yield INOTIFY_EXHAUSTED.found(
        f"the kernel refuses one more: {setting} is {found.limit}"
        + (f"; most are held by {who}" if who else ""),
        evidence={
            "limit": setting,
            "value": found.limit,
            "holders": tuple(name for name, _ in found.holders),
        },
        fix=Fix(
            summary="Raise the limit",
            steps=(ShellLine(line=raised), ShellLine(line="sudo sysctl --system")),
        ),
    )


def refused() -> str | None:
    """Return which limit keeps this user from one more watch, or None where there is room.

    :raises Unavailable: the kernel refuses for another reason.
    """
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    instance: int = library.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
    if instance < 0:
        return _which(ctypes.get_errno(), {errno.EMFILE: INSTANCES})
    try:
        if library.inotify_add_watch(instance, b"/", IN_DELETE_SELF) < 0:
            return _which(ctypes.get_errno(), {errno.ENOSPC: WATCHES})
    finally:
        os.close(instance)
    return None


def _which(code: int, limits: dict[int, str]) -> str:
    if code in limits:
        return limits[code]
    raise Unavailable(f"files cannot be watched here: {os.strerror(code)}")


def _limit(ctx: Context, name: str) -> int | None:
    values: list[int] = []
    # The user namespace may have a lower one, under another name (namespaces(7)).
    for path in (f"/proc/sys/fs/inotify/{name}", f"/proc/sys/user/{name.replace('user', 'inotify')}"):
        try:
            text = ctx.read(ctx.system_path(path), limit=64).decode("ascii", "replace").strip()
        except OSError:
            continue
        if text.isdecimal():
            values.append(int(text))
    return min(values, default=None)


def _holders(ctx: Context) -> tuple[tuple[str, int], ...]:
    """Return who holds the most instances, as far as this user may see."""
    end = time.monotonic() + PATIENCE
    processes = ctx.system_path("/proc")
    counts: Counter[str] = Counter()
    for pid in ctx.entries(processes):
        if not pid.isdecimal():
            continue
        if time.monotonic() > end:
            break
        folder = processes / pid / "fd"
        held = sum(
            str(ctx.real(folder / name)).endswith("anon_inode:inotify") for name in ctx.entries(folder)
        )
        if held:
            counts[_name(ctx, pid)] += held
    return tuple(counts.most_common(NAMED))


def _name(ctx: Context, pid: str) -> str:
    try:
        return ctx.read(ctx.system_path(f"/proc/{pid}/comm"), limit=64).decode("utf-8", "replace").strip()
    except OSError:
        return f"process {pid}"
