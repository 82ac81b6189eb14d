"""Who keeps a database of Codex locked for writing, so that Codex waits without end.

With such a lock held, `codex exec` 0.169.0 was still waiting after four minutes. An ordinary writer holds
it for milliseconds, so it counts only where the same program holds it at every look for a while.
"""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.state.databases import SHARED, DatabaseFile, Databases, databases
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from codex_doctor.context import Context
    from codex_doctor.locks import Holder

LOOKS: Final = 10
PAUSE: Final = 0.1
"""Seconds between two looks; none is waited for where nobody holds a lock at the first."""

LOG_WRITER: Final = (120, 1)
"""The byte of a `-shm` that the writer of a `-wal` locks (sqlite.org/walformat.html 2.3.1)."""


class Stuck(Struct, frozen=True, kw_only=True):
    """A database that was locked at every look for *seconds*, by *pid* and its *program* where known."""

    path: Path
    seconds: float
    pid: int | None = None
    program: str | None = None


class Writing(Struct, frozen=True, kw_only=True):
    """The databases that somebody keeps locked."""

    stuck: tuple[Stuck, ...] = ()


@blocking_probe("state.writing", touches={Touches.FILES}, limit=2.5, needs=(databases,))
def writing(ctx: Context, found: Databases) -> Writing:
    """Look for a lock on a database that is not let go of."""
    first = {file: holder for file in found.files if (holder := _holder(ctx, file)) is not None}
    held = dict(first)
    start = time.monotonic()
    for _ in range(LOOKS):
        if not held or ctx.time_left() < PAUSE * 2:
            break
        time.sleep(PAUSE)
        held = {file: holder for file, holder in held.items() if _holder(ctx, file) == holder}
    seconds = time.monotonic() - start
    if seconds < PAUSE * LOOKS:
        return Writing()  # let go of, or no time to see whether it is
    return Writing(
        stuck=tuple(
            Stuck(path=file.path, seconds=seconds, pid=holder.pid, program=_program(ctx, holder))
            for file, holder in held.items()
        )
    )


def _holder(ctx: Context, file: DatabaseFile) -> Holder | None:
    path = ctx.real(file.path)
    return ctx.lock_holder(
        path.with_name(path.name + "-shm"), first=LOG_WRITER[0], count=LOG_WRITER[1]
    ) or ctx.lock_holder(path, first=SHARED[0], count=SHARED[1])


def _program(ctx: Context, holder: Holder) -> str | None:
    if holder.pid is None or ctx.system.os != "linux":
        return None
    try:
        name = ctx.read(ctx.system_path(f"/proc/{holder.pid}/comm"), limit=64)
    except OSError:
        return None
    return name.decode("utf-8", "replace").strip() or None
