"""Codex's databases as they stand in its home: their size, their soundness, who wrote them."""

from __future__ import annotations

import re
from datetime import datetime  # noqa: TC003 - facts are read at run time when a report is stored
from pathlib import Path  # noqa: TC003 - facts are read at run time when a report is stored
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_checks.config.settings import settings
from codex_checks.places import codex_home
from codex_checks.recorded import sqlite
from codex_checks.recorded.folders import folders
from codex_checks.recorded.sqlite import DamageError, Fault
from codex_checks.state.migrations import Migration
from codex_doctor.errors import NotApplicable
from codex_doctor.files import Status  # noqa: TC001 - facts are read at run time
from codex_doctor.probe import Touches, blocking_probe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_checks.config.settings import Settings
    from codex_checks.places import CodexHome
    from codex_checks.recorded.sqlite import Database
    from codex_doctor.context import Context

NAME: Final = re.compile(r"(state|logs|thread_history|goals|memories|memories_v2|queue)_([0-9]{1,4})\.sqlite")
"""A database's kind and the number of its layout (codex-environment 5)."""

CHECKED: Final = 32 * 1024 * 1024
"""Bytes: a larger database is not read through, only opened; this much takes some 50 ms."""

SIDES: Final = ("-wal", "-shm", "-journal")

SHARED: Final = (0x4000_0002, 510)
"""From which byte on, and how many: whoever has a database open holds a lock there, for writing where it
keeps everybody else out (SHARED_FIRST and SHARED_SIZE of SQLite's os.h)."""


class Inside(Struct, frozen=True, kw_only=True):
    """What was read in a database. *writers* are the versions of Codex that wrote its threads."""

    migrations: tuple[Migration, ...] = ()
    writers: tuple[str, ...] = ()


class DatabaseFile(Struct, frozen=True, kw_only=True):
    """A database. *size* in bytes counts what stands beside it too, whose paths are *sides*.

    *inside* is None where *fault* says why nothing could be read; *detail* says it in words. *in_use*:
    a program has it open; None where the system does not tell.
    """

    path: Path
    kind: str
    number: int
    status: Status
    size: int
    sides: tuple[Path, ...] = ()
    inside: Inside | None = field(default_factory=Inside)
    fault: Fault | None = None
    detail: str = ""
    in_use: bool | None = None

    @property
    def name(self) -> str:
        """The name without its ending, such as `state_5`."""
        return self.path.name.removesuffix(".sqlite")


class Databases(Struct, frozen=True, kw_only=True):
    """The databases in use: of each kind the one with the highest number. *user* examines."""

    files: tuple[DatabaseFile, ...]
    examined: datetime
    os: str
    user: int | None


@blocking_probe("state.databases", touches={Touches.FILES}, limit=3.0, needs=(codex_home, settings.maybe()))
def databases(ctx: Context, home: CodexHome, found: Settings | None) -> Databases:
    """Look at each of Codex's databases, without changing any."""
    if not home.usable:
        raise NotApplicable(f"there are no databases: {home.path} is no folder")
    places = folders(ctx, home, found)
    newest: dict[str, tuple[int, Path]] = {}
    for folder in dict.fromkeys((places.databases, places.log_database)):
        for entry in ctx.entries(folder):
            if known := NAME.fullmatch(entry):
                kind, number = known[1], int(known[2])
                if folder == (places.log_database if kind == "logs" else places.databases):
                    newest[kind] = max(newest.get(kind, (0, folder)), (number, folder / entry))
    if not newest:
        raise NotApplicable("Codex has made no database yet")
    files = (_file(ctx, path, kind, number) for kind, (number, path) in sorted(newest.items()))
    return Databases(
        files=tuple(file for each in files for file in each),
        examined=ctx.moment(),
        os=ctx.system.os,
        user=ctx.system.user,
    )


def _file(ctx: Context, path: Path, kind: str, number: int) -> Iterator[DatabaseFile]:
    try:
        status = ctx.status(path)
        beside = {
            path.with_name(path.name + side): ctx.status(path.with_name(path.name + side)) for side in SIDES
        }
    except OSError:  # it cannot even be looked at: the folder's own checks say why
        return
    if status is None:
        return
    size = status.size + sum(side.size for side in beside.values() if side is not None)
    answer = sqlite.ask(ctx, path, lambda database: look_inside(database, kind, read_through=size <= CHECKED))
    first, count = SHARED
    holder = ctx.lock_holder(path, first=first, count=count, any_lock=True)
    yield DatabaseFile(
        path=path,
        kind=kind,
        number=number,
        status=status,
        size=size,
        sides=tuple(side for side, there in beside.items() if there is not None),
        inside=answer.value,
        fault=answer.fault,
        detail=answer.detail,
        in_use=None if ctx.system.os == "windows" else holder is not None,
    )


def look_inside(database: Database, kind: str, *, read_through: bool) -> Inside:
    """Read who made a database and whether it is sound.

    :raises DamageError: SQLite's own check of it found damage.
    """
    if read_through:
        (complaint,) = database.rows("PRAGMA quick_check(1)", limit=1)
        if complaint != ("ok",):
            raise DamageError(str(complaint[0]))
    tables = {
        name for (name,) in database.rows("SELECT name FROM sqlite_master WHERE type = 'table'", limit=500)
    }
    rows = (
        database.rows("SELECT version, hex(checksum), success FROM _sqlx_migrations ORDER BY 1", limit=1000)
        if "_sqlx_migrations" in tables
        else ()
    )
    writers = (
        database.rows("SELECT DISTINCT cli_version FROM threads WHERE cli_version <> ''", limit=100)
        if kind == "state" and "threads" in tables
        else ()
    )
    return Inside(
        migrations=tuple(
            Migration(version=version, checksum=checksum[:8].lower(), success=bool(success))
            for version, checksum, success in rows
            if isinstance(version, int) and isinstance(checksum, str)
        ),
        writers=tuple(sorted(version for (version,) in writers if isinstance(version, str))),
    )
