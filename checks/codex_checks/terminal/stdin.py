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

HOST_PATIENCE: Final = 2.0
"""Seconds, where the program that started it holds the other end of the pipe: a host that means to write does
so at once, while in a pipeline of a shell another program writes."""

TICKS: Final = 100
"""Parts of a second in /proc/PID/stat, where the system does not say (sysconf(3), SC_CLK_TCK)."""

START: Final = 19
"""When a process began, among the words of /proc/PID/stat behind its name (proc_pid_stat(5), field 22)."""

THREADS: Final = 64
"""Threads that are looked at: the one that reads is among the first."""

DESCRIPTORS: Final = 256
"""Descriptors of the one who started it that are looked at: most programs have fewer."""

LIMIT: Final = 64 * 1024


class Standstill(Struct, frozen=True, kw_only=True):
    """The Codex with process id *pid* has waited for the end of its input for *seconds*, from its start.

    *by* is the process that started it, where that holds the other end of the pipe.
    """

    pid: int
    seconds: float
    by: int | None = None

    @property
    def patience(self) -> float:
        """Seconds after which waiting says that nobody ends the input."""
        return PATIENCE if self.by is None else HOST_PATIENCE


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
    waiting = (
        Standstill(pid=pid, seconds=_age(ctx, pid), by=_holder(ctx, pid))
        for pid in pids
        if _reads_a_pipe(ctx, pid)
    )
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
        if each.seconds >= each.patience:
            by = f", whose other end process {each.by} holds, which started it" if each.by else ""
            yield problems.EXEC_STDIN_HANG.found(
                f"Process {each.pid} has read from a pipe since it started {_words(each.seconds)} ago{by}, "
                "and does nothing before that ends",
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


def _words(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    count, unit = (minutes, "minute") if minutes else (rest, "second")
    return f"{count} {unit}{'s' if count > 1 else ''}"


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


def _holder(ctx: Context, pid: int) -> int | None:
    """Return the process that started *pid*, if it holds the other end of its standard input open."""
    words = _text(ctx, f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(words) < 2 or not words[1].isdecimal():  # noqa: PLR2004 - the state, and the parent
        return None
    pipe = re.search(r"/pipe:\[\d+\]$", str(ctx.real(ctx.system_path(f"/proc/{pid}/fd/0"))))
    if pipe is None:
        return None
    parent = int(words[1])
    fds = ctx.system_path(f"/proc/{parent}/fd")
    held = (
        number
        for number in list(ctx.entries(fds))[:DESCRIPTORS]
        if str(ctx.real(fds / number)).endswith(pipe[0]) and _writes(ctx, parent, number)
    )
    return parent if next(held, None) is not None else None


def _writes(ctx: Context, pid: int, number: str) -> bool:
    """Return whether that descriptor is open for writing (proc_pid_fdinfo(5): the last octal digit)."""
    flags = re.search(r"^flags:\s*([0-7]+)$", _text(ctx, f"/proc/{pid}/fdinfo/{number}"), re.MULTILINE)
    return flags is not None and int(flags[1], 8) & 0o3 in (os.O_WRONLY, os.O_RDWR)


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
