"""Whether a `codex exec` stands still because nobody ends its input.

Where its input is no terminal, it reads that to the end before it does anything, also when the prompt is
in its arguments. A host that leaves the pipe open keeps it there for ever (proved on 0.169.0: its thread
`codex-main` sits in a read of a pipe, in `read(2)` from file descriptor 0).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.problems import terminal as problems
from codex_checks.sandbox.shims import codex_processes
from codex_doctor.check import check
from codex_doctor.fix import Fix, Tell
from codex_doctor.probe import NotApplicable, Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding

PATIENCE: Final = 300
"""Seconds: who gives Codex something to read has written it by then, mostly also a build or a test run."""

TICKS: Final = 100
"""Parts of a second in /proc/PID/stat, where the system does not say (sysconf(3), SC_CLK_TCK)."""

START: Final = 19
"""When a process began, among the words of /proc/PID/stat behind its name (proc_pid_stat(5), field 22)."""

THREADS: Final = 64
"""Threads that are looked at: the one that reads is among the first."""

LIMIT: Final = 64 * 1024


class Standstill(Struct, frozen=True, kw_only=True):
    """The Codex with process id *pid* has waited for the end of its input for *seconds*, from its start."""

    pid: int
    seconds: float


class Standstills(Struct, frozen=True, kw_only=True):
    """Every `codex exec` that reads its input now."""

    each: tuple[Standstill, ...]


@blocking_probe("terminal.standstills", touches={Touches.FILES}, limit=1.0)
def standstills(ctx: Context) -> Standstills:
    """Look at what every Codex that runs is doing."""
    if ctx.system.os != "linux":
        raise NotApplicable("what a program waits for can be read on Linux alone")
    pids = [pid for pid in codex_processes(ctx) if _executes(ctx, pid)]
    if not pids:
        raise NotApplicable("no `codex exec` runs here")
    waiting = (Standstill(pid=pid, seconds=_age(ctx, pid)) for pid in pids if _reads_a_pipe(ctx, pid))
    return Standstills(each=tuple(waiting))


@check(
    "terminal.exec-gets-on",
    title="No `codex exec` waits for an input that nobody ends",
    needs=(standstills,),
    reports=(problems.EXEC_STDIN_HANG,),
)
def exec_gets_on(found: Standstills) -> Iterator[Finding]:
    """Judge how long each has waited: a pipe that is still being written to is right, and rarely slow."""
    for each in found.each:
        if each.seconds >= PATIENCE:
            minutes = int(each.seconds // 60)
            yield problems.EXEC_STDIN_HANG.found(
                f"Process {each.pid} has read from a pipe since it started "
                f"{minutes} minute{'s' if minutes > 1 else ''} ago, and does nothing before that ends",
                evidence={"pid": each.pid, "seconds": int(each.seconds)},
                fix=Fix(
                    summary="Start it with an input that ends",
                    steps=(
                        Tell(text=f"End it (kill {each.pid}), unless something still writes to it"),
                        Tell(text="Start it again with `< /dev/null`, or with stdin closed by the host"),
                    ),
                ),
                subjects=frozenset({str(each.pid)}),
            )


def _executes(ctx: Context, pid: int) -> bool:
    """Whether it was started as `codex exec`: an app-server or MCP server waits for requests by design."""
    words = _text(ctx, f"/proc/{pid}/cmdline").split("\0")
    return next((word for word in words[1:] if re.fullmatch("[a-z][a-z-]*", word)), None) in {"exec", "e"}


def _reads_a_pipe(ctx: Context, pid: int) -> bool:
    if not re.search(r"/(?:pipe|socket):\[\d+\]$", str(ctx.real(ctx.system_path(f"/proc/{pid}/fd/0")))):
        return False
    threads = list(ctx.entries(ctx.system_path(f"/proc/{pid}/task")))[:THREADS]
    return any(
        _text(ctx, f"/proc/{pid}/task/{thread}/comm").strip() == "codex-main"
        and re.search(r"pipe_read|unix_stream", _text(ctx, f"/proc/{pid}/task/{thread}/wchan"))
        for thread in threads
    )


def _age(ctx: Context, pid: int) -> float:
    """Return for how many seconds a process has run; 0 where that cannot be learnt."""
    words = _text(ctx, f"/proc/{pid}/stat").rpartition(")")[2].split()
    uptime = _text(ctx, "/proc/uptime").split()
    ticks = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else TICKS
    try:
        return max(0.0, float(uptime[0]) - int(words[START]) / ticks)
    except (IndexError, ValueError):
        return 0.0


def _text(ctx: Context, path: str) -> str:
    try:
        return ctx.head(ctx.system_path(path), limit=LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""
