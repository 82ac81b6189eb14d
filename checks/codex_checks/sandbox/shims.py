"""Whether every Codex that runs still has the link through which it starts its sandbox.

Each makes a folder `tmp/arg0-linux/codex-arg0*` in its home, with links to its own program, and keeps a lock
on a file in there as long as it runs. A cleaner of temporary files takes the folder away, an update the
program; then every command fails with `No such file or directory` until that Codex is started again
(proved on 0.169.0).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from msgspec import Struct

from codex_checks.places import CodexHome, codex_home
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context

LINK: Final = "codex-linux-sandbox"

LIMIT: Final = 1024 * 1024
MOST: Final = 64
"""Processes that are looked at: those that hold a lock of this kind are a handful."""
FILES: Final = 512
"""Open files looked at in each: the lock is among the first that a Codex opens."""

_HOLDER: Final = r"(?m)^\d+: FLOCK\s+ADVISORY\s+WRITE (\d+) "
"""A line of /proc/locks (proc_locks(5)): who holds a lock on a whole file."""

_LOCK: Final = r"(?P<folder>.*/tmp/arg0[^/]*/codex-arg0[^/]+)/\.lock(?P<gone> \(deleted\))?"


class Lost(Struct, frozen=True, kw_only=True):
    """The Codex with process id *pid* has no use of its *link*; *why* says so in words."""

    pid: int
    link: Path
    why: str


class Shims(Struct, frozen=True, kw_only=True):
    """What was lost, and the process id of the background *daemon* where it is known."""

    lost: tuple[Lost, ...]
    daemon: int | None = None


@blocking_probe("sandbox.shims", touches={Touches.FILES}, limit=1.0, needs=(codex_home,))
def shims(ctx: Context, home: CodexHome) -> Shims:
    """Look at the links of every Codex that runs with this home."""
    if ctx.system.os != "linux":
        raise NotApplicable("Codex starts its sandbox through a link on Linux alone")
    held = [found for pid in codex_processes(ctx) for found in _held_by(ctx, pid, home.target)]
    if not held:
        raise NotApplicable("no Codex runs here")
    lost = (_lost(ctx, pid, folder, gone=gone) for pid, folder, gone in held)
    return Shims(lost=tuple(each for each in lost if each is not None), daemon=_daemon(ctx, home))


def codex_processes(ctx: Context) -> tuple[int, ...]:
    """Return the process id of every Codex that runs and holds such a lock."""
    try:
        text = ctx.read(ctx.system_path("/proc/locks"), limit=LIMIT).decode("ascii", "replace")
    except OSError:
        return ()
    pids = tuple(dict.fromkeys(int(found[1]) for found in re.finditer(_HOLDER, text)))[:MOST]
    return tuple(pid for pid in pids if _is_codex(ctx, pid))


def _is_codex(ctx: Context, pid: int) -> bool:
    # perf: what the open files of a process lead to costs far more than its name
    try:
        return ctx.head(ctx.system_path(f"/proc/{pid}/comm"), limit=16).startswith(b"codex")
    except OSError:
        return False


def _held_by(ctx: Context, pid: int, home: Path) -> Iterator[tuple[int, Path, bool]]:
    folder = ctx.system_path(f"/proc/{pid}/fd")
    for number, name in enumerate(ctx.entries(folder)):
        if number >= FILES:
            return
        found = re.fullmatch(_LOCK, str(ctx.real(folder / name)))
        if found is not None and Path(found["folder"]).is_relative_to(home):
            yield pid, Path(found["folder"]), found["gone"] is not None


def _lost(ctx: Context, pid: int, folder: Path, *, gone: bool) -> Lost | None:
    link = folder / LINK
    if gone:
        return Lost(pid=pid, link=link, why="and that folder was taken away")
    try:
        itself, target = ctx.status(link, follow=False), ctx.status(link)
    except OSError:
        return None
    if itself is None:
        return Lost(pid=pid, link=link, why="which was taken away")
    if target is None:
        return Lost(pid=pid, link=link, why=f"which leads to {ctx.real(link)}, and nothing is there any more")
    return None


def _daemon(ctx: Context, home: CodexHome) -> int | None:
    """Return the process id in `app-server-daemon/daemon.pid`, a JSON object (codex-environment 5)."""
    try:
        content = ctx.read(home.path / "app-server-daemon" / "daemon.pid", limit=LIMIT)
        found = cast("object", json.loads(content))
    except (OSError, ValueError, RecursionError):
        return None
    pid = cast("dict[str, object]", found).get("pid") if isinstance(found, dict) else None
    return pid if isinstance(pid, int) else None
