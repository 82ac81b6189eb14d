"""Ask Codex's SQLite databases something without changing a byte of them.

SQLite itself writes when it only reads: beside a `-wal` it makes or changes a `-shm`, whatever the mode.
So a database is opened in place only where no `-wal` and no `-journal` stand, with `immutable=1`, which
takes no lock and makes no file; every other is copied first, with its log, into a scratch folder.
"""

from __future__ import annotations

import contextlib
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from msgspec import Struct

from codex_doctor.files import NotAFileError, Status, TooLargeError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Generator
    from pathlib import Path

    from codex_doctor.context import Context

T = TypeVar("T")
Value = str | int | float | bytes | None
"""What a column may hold; text that is not UTF-8 has replacement characters in it."""

COPY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a database and its log together: what copying costs stays well under a tenth of a second."""

ATTEMPTS: Final = 4
PAUSE: Final = 0.02
"""Seconds between two attempts: more than the 10 ms in which two writes can have the same time."""

HEADER: Final = 100
LOG_HEADER: Final = 32
"""Bytes; a `-wal` that begins anew gets other salts in there (sqlite.org/fileformat2.html 4.1)."""


class Fault(StrEnum):
    """Why a database could not be asked."""

    ABSENT = "absent"
    EMPTY = "empty"
    """No byte in it, and no log: SQLite takes it for a new database."""
    NOT_A_FILE = "not a file"
    FORBIDDEN = "forbidden"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too large"
    TOO_SLOW = "too slow"
    CHANGING = "changing"
    """A program writes so busily that no copy came out whole. It says nothing about damage."""
    NOT_A_DATABASE = "not a database"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    OTHER_SCHEMA = "other schema"
    """A table or column that was asked for is not there."""

    @property
    def is_damage(self) -> bool:
        """Whether the content itself is broken."""
        return self in {Fault.NOT_A_DATABASE, Fault.TRUNCATED, Fault.DAMAGED}


class Answer(Struct, Generic[T], frozen=True, kw_only=True):
    """What a question brought: *value*, or the *fault* and in *detail* what was seen, in words."""

    value: T | None = None
    fault: Fault | None = None
    detail: str = ""


class DamageError(Exception):
    """What a question raises when an answer of the database itself says that it is damaged."""


class Database:
    """An open database that answers SELECT and PRAGMA."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, sql: str, *values: Value, limit: int) -> tuple[tuple[Value, ...], ...]:
        """Return the first *limit* rows of *sql*."""
        return tuple(self._connection.execute(sql, values).fetchmany(limit))


def ask(ctx: Context, path: Path, question: Callable[[Database], T], *, seconds: float = 1.0) -> Answer[T]:
    """Ask the database at *path* a question, for at most *seconds*.

    *question* may be called more than once: when the files changed meanwhile, or looked damaged, it is
    asked again of a new copy. Damage is reported only where two copies of unchanged files agree on it.
    """
    path = ctx.real(path)  # the log stands beside the file itself, not beside a link to it
    end = time.monotonic() + min(seconds, ctx.time_left())
    doubted: _Look | None = None
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        try:
            before = _look(ctx, path)
            if before.file is None:
                return Answer(fault=Fault.ABSENT, detail=f"{path} does not exist")
            answer = _once(ctx, path, before, question, end)
            after = _look(ctx, path)
        except FileNotFoundError:  # a log that was folded into its database and removed meanwhile
            continue
        except OSError as error:
            fault, detail = _unreadable(path, error)
            return Answer(fault=fault, detail=detail)
        if not before.holds_in(after):
            continue
        if answer.fault is not None and answer.fault.is_damage and not (doubted and doubted.holds_in(before)):
            doubted = before
            continue
        return answer
    return Answer(fault=Fault.CHANGING, detail=f"{path} is being written to all the time")


def expected_size(header: bytes) -> int | None:
    """Return how many bytes a database holds by its own *header*, or None where it does not say.

    Its page count is kept only if the two change counters agree (sqlite.org/fileformat2.html 1.3.7).
    """
    if len(header) < HEADER or header[24:28] != header[92:96]:
        return None
    page = int.from_bytes(header[16:18], "big")
    return (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")


class _Look(Struct, frozen=True, kw_only=True):
    """The files of a database at one moment. *start* is the header of its write-ahead log."""

    file: Status | None
    log: Status | None
    start: bytes
    journal: Status | None

    @property
    def size(self) -> int:
        return sum(part.size for part in (self.file, self.log, self.journal) if part is not None)

    @property
    def at_rest(self) -> bool:
        """Whether all there is stands in the file itself."""
        return self.log is None and self.journal is None

    def holds_in(self, later: _Look) -> bool:
        """Whether a copy made between the two looks is whole: only the end of a log may have grown."""
        grown = (later.log.size if later.log else 0) >= (self.log.size if self.log else 0)
        return (
            grown
            and self.start in {later.start, b""}
            and (self.log is None) == (later.log is None)
            and _identity(self.file) == _identity(later.file)
            and _identity(self.journal) == _identity(later.journal)
        )


def _look(ctx: Context, path: Path) -> _Look:
    log = path.with_name(path.name + "-wal")
    found = ctx.status(log)
    return _Look(
        file=ctx.status(path),
        log=found,
        start=ctx.head(log, limit=LOG_HEADER) if found is not None else b"",
        journal=ctx.status(path.with_name(path.name + "-journal")),
    )


def _identity(status: Status | None) -> tuple[int, ...] | None:
    return None if status is None else (status.device, status.inode, status.size, status.modified_ns)


def _once(ctx: Context, path: Path, look: _Look, question: Callable[[Database], T], end: float) -> Answer[T]:
    header = ctx.head(path, limit=HEADER)  # raises where it is no file, or may not be read
    if look.size == 0:
        return Answer(fault=Fault.EMPTY, detail=f"{path} is empty")
    if look.at_rest:
        answer = _question(path, f"{path.as_uri()}?mode=ro&immutable=1", question, end)
        whole = expected_size(header)
        if answer.fault is Fault.DAMAGED and whole is not None and look.size < whole:
            detail = f"{path} ends after {look.size} bytes of {whole}"
            return Answer(fault=Fault.TRUNCATED, detail=detail)
        return answer
    if look.size > COPY_LIMIT:
        return Answer(
            fault=Fault.TOO_LARGE,
            detail=f"{path} and what is not yet folded into it hold {look.size} bytes",
        )
    with _copied(ctx, path, look) as copy:
        # perf: writable, the copy's log would be folded into it at the end, for 20 ms of waiting on the disk
        mode = "ro" if look.journal is None else "rw"
        return _question(path, f"{copy.as_uri()}?mode={mode}", question, end)


@contextlib.contextmanager
def _copied(ctx: Context, path: Path, look: _Look) -> Generator[Path]:
    """Copy the database, then its log: what the log gained meanwhile does no harm, the reverse would."""
    import shutil

    folder = ctx.scratch()
    copy = folder / "copy.sqlite"
    try:
        ctx.copy(path, copy, limit=COPY_LIMIT)
        for suffix, there in (("-journal", look.journal), ("-wal", look.log)):
            if there is not None:
                ctx.copy(
                    path.with_name(path.name + suffix), copy.with_name(copy.name + suffix), limit=COPY_LIMIT
                )
        yield copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # one that outlived its use would fill the disk


def _question(path: Path, uri: str, question: Callable[[Database], T], end: float) -> Answer[T]:
    import sqlite3

    try:
        with contextlib.closing(
            sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0)
        ) as connection:
            connection.text_factory = _text
            connection.set_progress_handler(lambda: time.monotonic() > end, 1000)
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            return Answer(value=question(Database(connection)))
    except DamageError as error:
        return Answer(fault=Fault.DAMAGED, detail=f"{path}: {error}")
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if not isinstance(code, int):
            raise  # not SQLite's: this program asked wrongly
        return Answer(fault=_FAULTS.get(code & 0xFF, Fault.UNREADABLE), detail=f"{path}: {error}")
    except UnicodeDecodeError:  # SQLite's own words, which quote what stands where a table's shape should
        return Answer(fault=Fault.DAMAGED, detail=f"{path}: what it says of its own tables is no text")


_FAULTS: Final = {
    1: Fault.OTHER_SCHEMA,  # SQLITE_ERROR: no such table, no such column
    9: Fault.TOO_SLOW,  # SQLITE_INTERRUPT: the progress handler said so
    11: Fault.DAMAGED,  # SQLITE_CORRUPT
    18: Fault.TOO_LARGE,  # SQLITE_TOOBIG
    26: Fault.NOT_A_DATABASE,  # SQLITE_NOTADB
}
"""SQLite's primary result codes (sqlite.org/rescode.html); every other means that it could not read."""


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _unreadable(path: Path, error: OSError) -> tuple[Fault, str]:
    if isinstance(error, TooLargeError):
        return Fault.TOO_LARGE, str(error)
    if isinstance(error, NotAFileError):
        return Fault.NOT_A_FILE, str(error)
    fault = Fault.FORBIDDEN if isinstance(error, PermissionError) else Fault.UNREADABLE
    return fault, f"{path}: {error.strerror or error}"
