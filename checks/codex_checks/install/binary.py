"""Run the Codex that the user means, once, and keep what it answered."""

from __future__ import annotations

import errno
from collections.abc import Mapping  # noqa: TC003 - facts are read at run time when a report is stored
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codex_checks.files.mounts import read_mount
from codex_checks.install.found import Installations, installations
from codex_checks.install.installation import Kind
from codex_checks.install.version import printed_version
from codex_checks.places import SECRET_VARIABLES
from codex_doctor.cutting import cut
from codex_doctor.probe import Touches, Unavailable, blocking_probe

if TYPE_CHECKING:
    from codex_checks.install.installation import Installation
    from codex_doctor.context import Context

PATIENCE: Final = 2.0
"""Seconds: the native program answers in 0.007, through Node in 0.05 (codex-environment 9)."""

STDERR_KEPT: Final = 400
"""Characters of what it complained, for the finding."""


class Binary(Struct, frozen=True, kw_only=True):
    """What became of `codex --version`.

    *path* is the copy examined as it was found, *started* the file that was run: the native program
    where it is known. *version* is what it printed. *code* is its exit code, negative for a signal,
    None if it never started or was killed after *seconds*. *fault* is the symbolic error of starting
    it (`ENOENT`, `EACCES`, `ENOEXEC` ...), and *mount* where the file system is mounted that allows no
    programs, if that is why.
    """

    path: Path
    started: Path
    version: str | None
    code: int | None = None
    silent: bool = False
    timed_out: bool = False
    seconds: float = 0.0
    fault: str | None = None
    complaint: str = ""
    mount: str | None = None


class Codex(Struct, frozen=True, kw_only=True):
    """A Codex that runs: *path* is what to start (native where known), *version* what it says it is."""

    path: Path
    version: str


def without_credentials(env: Mapping[str, str]) -> dict[str, str]:
    """Return *env* without anything that is named like a credential."""
    return {
        name: value
        for name, value in env.items()
        if not any(word in name.upper() for word in SECRET_VARIABLES)
    }


@blocking_probe(
    "install.binary", touches={Touches.FILES, Touches.PROCESSES}, limit=PATIENCE + 1.0, needs=(installations,)
)
def binary(ctx: Context, found: Installations) -> Binary:
    """Ask the Codex that runs for its version."""
    copy = found.chosen
    if copy is None:
        raise Unavailable("no copy of Codex was found")
    started = to_start(copy)
    if started is None:
        raise Unavailable(f"{copy.path} holds no program of Codex to start")
    return ask(ctx, copy.path, started)


@blocking_probe("install.codex", touches={Touches.FILES, Touches.PROCESSES}, limit=0.5, needs=(binary,))
def codex(_ctx: Context, answered: Binary) -> Codex:
    """Name a Codex that runs, for whoever wants to ask it something."""
    if answered.version is None:
        raise Unavailable("no Codex that runs was found")
    return Codex(path=answered.started, version=answered.version)


def to_start(copy: Installation) -> Path | None:
    """Return the file to run for *copy*: its native program, else itself; None where neither is fit.

    A launcher is known by its files and never run: it may be somebody else's.
    """
    if copy.kind is Kind.LAUNCHER and copy.package is not None:
        return copy.native if copy.program is not None and copy.program.size else None
    return copy.native or copy.path


def ask(ctx: Context, path: Path, started: Path) -> Binary:
    """Run *started* for its version, with a home and an environment that give it nothing to spoil. Blocks."""
    env = {**without_credentials(ctx.env), "CODEX_HOME": str(ctx.scratch_here({}))}
    try:
        ran = ctx.run_here((str(started), "--version"), seconds=PATIENCE, env=env)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, error.strerror or str(error))
        closed = _without_programs(ctx, started) if error.errno == errno.EACCES else None
        return Binary(path=path, started=started, version=None, fault=name, mount=closed)
    except ValueError as error:  # a NUL byte in the path
        return Binary(path=path, started=started, version=None, fault=str(error))
    return Binary(
        path=path,
        started=started,
        version=printed_version(ran.stdout),
        code=ran.code,
        silent=not ran.stdout.strip(),
        timed_out=ran.timed_out,
        seconds=ran.seconds,
        complaint=cut(ran.stderr.decode("utf-8", "replace").strip(), STDERR_KEPT),
    )


def _without_programs(ctx: Context, path: Path) -> str | None:
    """Return where the file system is mounted that *path* stands on, if no program may be started there."""
    mount = read_mount(ctx, PurePosixPath(ctx.real(path)))
    return mount.point if mount is not None and mount.no_programs else None
