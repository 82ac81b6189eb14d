"""A Codex as the checks of the sandbox see it, made of facts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar, cast

from codex_checks.install.found import Installations
from codex_checks.install.header import Format, Header
from codex_checks.install.installation import Channel, Installation, Kind, Program
from engine import LINUX

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.context import Context
    from codex_doctor.probe import Probe

T = TypeVar("T")


def answer(probe: Probe[T], ctx: Context, *facts: object) -> T:
    """Return what *probe* reads on its own, with these *facts* in place of what it needs."""
    read = probe.read(ctx, *facts)
    if not isinstance(read, Awaitable):
        return read

    async def wait() -> T:
        return await cast("Awaitable[T]", read)

    return asyncio.run(wait())


def native(folder: Path, *, version: str | None = "0.169.0") -> Installation:
    """Return a copy of Codex whose program is *folder*`/codex`."""
    path = folder / "codex"
    header = Header(format=Format.ELF, arches=("x86_64",))
    program = Program(path=path, mode=0o755, size=1, header=header)
    return Installation(
        path=path,
        real=path,
        kind=Kind.NATIVE,
        channel=Channel.OTHER,
        found_by=("PATH",),
        file=program,
        on_path=0,
        native=path,
        program=program,
        version=version,
    )


def copies(copy: Installation | None) -> Installations:
    """Return what the search found: this copy alone, which runs."""
    return Installations(system=LINUX, copies=(copy,) if copy else (), running=copy)
