"""SQLite databases as Codex leaves them, and real programs that have them open."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

Then = Literal["waits", "dies", "keeps the lock", "goes on"]

WRITER: Final = """
import sqlite3, sys
path, number, then = sys.argv[1], int(sys.argv[2]), sys.argv[3]
database = sqlite3.connect(path, isolation_level=None)
database.execute("PRAGMA wal_autocheckpoint = %d" % (3 if then == "goes on" else 0))
if then == "keeps the lock":
    database.execute("BEGIN IMMEDIATE")
database.execute("INSERT INTO numbers VALUES (?)", (number,))
print("written", flush=True)
while then == "goes on":
    database.execute("UPDATE numbers SET number = number WHERE rowid % 7 = abs(random() % 7)")
sys.stdin.read()
"""
"""Writes a number, then waits until its standard input ends; *goes on* writes until it is killed."""


def make(path: Path, *numbers: int) -> Path:
    """Make a database in WAL mode, as Codex's are, with *numbers* in it, and close it."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE numbers (number INTEGER)")
        database.executemany("INSERT INTO numbers VALUES (?)", ((number,) for number in numbers))
        database.commit()
    return path


@contextlib.contextmanager
def write(path: Path, number: int, *, then: Then) -> Generator[subprocess.Popen[str]]:
    """Have another process write *number*, and do *then* what is asked until the block ends."""
    argv = [sys.executable, "-c", WRITER, str(path), str(number), then]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or process.stdout.readline() != "written\n":
                raise AssertionError(f"nothing could be written into {path}")
            if then == "dies":
                process.kill()
                process.wait()
            yield process
        finally:
            process.kill()


def everything_in(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Return the size, the time of the last change in nanoseconds and a digest of every file."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_size,
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }
