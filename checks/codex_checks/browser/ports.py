"""Who listens at the ports at which Codex waits for the browser: read from the system, nothing is opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context

PORTS: Final = (1455, 1457)
"""Where `codex login` waits on 127.0.0.1, and where 0.169.0 goes when the first is taken (proved).

With both taken it ends: `Error logging in: Port 127.0.0.1:1457 is already in use`.
"""

LIMIT: Final = 1024 * 1024
"""Bytes of the kernel's table: one line is 150, and a busy server has a thousand."""

SECONDS: Final = 1.5
"""For the system's own program, which answers within a tenth of that."""

LISTENING: Final = "0A"
"""The kernel's number for a socket that listens (include/net/tcp_states.h)."""

OF_LOOPBACK: Final = frozenset({"0100007F", "00000000", "0" * 32, "0000000000000000FFFF00000100007F"})
"""127.0.0.1 and whatever stands for every address, as /proc/net/tcp and tcp6 write them."""


class Taken(Struct, frozen=True, kw_only=True):
    """A *port* that somebody listens at: *program* and *pid*, None where they are another user's."""

    port: int
    program: str | None = None
    pid: int | None = None

    def __str__(self) -> str:
        """Say who it is."""
        if self.program is None and self.pid is None:
            return f"{self.port} (by a program of another user)"
        number = f"process {self.pid}" if self.pid is not None else ""
        return f"{self.port} (by {', '.join(filter(None, (self.program, number)))})"


def taken(ctx: Context, ports: tuple[int, ...] = PORTS) -> tuple[Taken, ...]:
    """Return which of *ports* are taken, in their order. Blocks.

    :raises OSError: the system could not be asked.
    """
    match ctx.system.os:
        case "linux":
            found = _of_the_kernel(ctx, ports)
        case "macos":
            argv = ["lsof", "-nP", "-sTCP:LISTEN", *(f"-iTCP:{port}" for port in ports), "-Fpcn"]
            found = read_lsof(_said(ctx, argv), ports)
        case "windows":
            found = read_netstat(_said(ctx, ["netstat.exe", "-a", "-n", "-o", "-p", "TCP"]), ports)
        case _:
            found = iter(())
    by_port = {each.port: each for each in found}
    return tuple(by_port[port] for port in ports if port in by_port)


def _said(ctx: Context, argv: list[str]) -> str:
    return ctx.run_here(argv, seconds=SECONDS).stdout.decode("utf-8", "replace")


def read_lsof(said: str, ports: tuple[int, ...]) -> Iterator[Taken]:
    """Yield who listens, from the fields that lsof prints one a line: p123, cnode, n127.0.0.1:1455."""
    pid, program = None, None
    for line in said.splitlines():
        kind, value = line[:1], line[1:]
        if kind == "p":
            pid = int(value) if value.isdecimal() else None
        elif kind == "c":
            program = value
        elif kind == "n":
            place = re.fullmatch(r"(?:127\.0\.0\.1|\*):(\d{1,5})", value)
            if place is not None and int(place[1]) in ports:
                yield Taken(port=int(place[1]), program=program, pid=pid)


def read_netstat(said: str, ports: tuple[int, ...]) -> Iterator[Taken]:
    """Yield who listens, from the table of netstat, whose word for it depends on the language of Windows."""
    rows = re.findall(
        r"(?m)^\s*TCP\s+(?:127\.0\.0\.1|0\.0\.0\.0):(\d{1,5})\s+0\.0\.0\.0:0\s+\S+\s+(\d+)\s*$", said
    )
    yield from (Taken(port=int(port), pid=int(pid)) for port, pid in rows if int(port) in ports)


def _of_the_kernel(ctx: Context, ports: tuple[int, ...]) -> Iterator[Taken]:
    """Yield who listens as Linux tells it; names of programs only where something is taken."""
    sockets = dict[str, int]()
    for name in ("tcp", "tcp6"):
        try:
            table = ctx.read(ctx.system_path(f"/proc/net/{name}"), limit=LIMIT).decode("ascii", "replace")
        except FileNotFoundError:
            continue
        sockets |= read_table(table, ports)
    if not sockets:
        return
    owners = _owners(ctx, sockets)
    for inode, port in sockets.items():
        program, pid = owners.get(inode, (None, None))
        yield Taken(port=port, program=program, pid=pid)


def read_table(table: str, ports: tuple[int, ...]) -> dict[str, int]:
    """Return the inodes of the sockets that listen at *ports*, with these, from /proc/net/tcp."""
    found = dict[str, int]()
    for line in table.splitlines()[1:]:
        parts = line.split()
        if len(parts) > 9 and parts[3] == LISTENING:  # noqa: PLR2004 - the inode is the tenth
            address, _, port = parts[1].partition(":")
            if address in OF_LOOPBACK and re.fullmatch(r"[0-9A-F]{1,4}", port) and int(port, 16) in ports:
                found[parts[9]] = int(port, 16)
    return found


def _owners(ctx: Context, inodes: dict[str, int]) -> dict[str, tuple[str | None, int]]:
    """Return the program and number of each process that holds one of these sockets."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found = dict[str, tuple[str | None, int]]()
    processes = ctx.system_path("/proc")
    for number in ctx.entries(processes):
        if not number.isdecimal():
            continue
        folder = processes / number / "fd"
        for name in ctx.entries(folder):
            inode = wanted.get(ctx.real(folder / name).name)
            if inode is not None:
                found[inode] = (_program(ctx, number), int(number))
        if len(found) == len(wanted) or ctx.time_left() <= 0:
            break
    return found


def _program(ctx: Context, number: str) -> str | None:
    try:
        name = ctx.read(ctx.system_path(f"/proc/{number}/comm"), limit=LIMIT).decode("utf-8", "replace")
    except OSError:
        return None
    return name.strip() or None
