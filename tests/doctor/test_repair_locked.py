"""What a program has open is not moved away under it, and a kill leaves no half of a whole behind."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from codex_doctor.fix import MoveAside
from repairs import Workshop, age, tree

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its locks cannot be asked for there")

READER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(database.execute("PRAGMA journal_mode = WAL").fetchone(), flush=True)
database.execute("SELECT * FROM sqlite_master").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    home = tmp_path / "home"
    home.mkdir()
    with contextlib.closing(sqlite3.connect(home / "state.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE threads (id)")
    age(home)
    return Workshop(home=home, state=tmp_path / "state")


def aside(home: Path) -> MoveAside:
    path = str(home / "state.sqlite")
    return MoveAside(path=path, to=f"{path}.aside", unless_locked=path)


@contextlib.contextmanager
def reader(path: Path) -> Generator[int]:
    """Keep the database open in another program, and say which process that is."""
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)][1] == "open\n"
        yield process.pid


def test_a_database_that_a_program_has_open_stays_where_it_is(workshop: Workshop) -> None:
    path = workshop.home / "state.sqlite"

    with reader(path) as pid:
        (applied,) = workshop.mend(aside(workshop.home))

    assert applied.error is not None
    assert applied.error.message == f"{path} is in use by process {pid}: quit it first"
    assert (applied.error.transient, path.exists()) == (True, True)


def test_a_database_that_nobody_has_open_is_moved_and_moved_back(workshop: Workshop) -> None:
    before = tree(workshop.home)

    (applied,) = workshop.mend(aside(workshop.home))
    moved = [path.name for path in workshop.home.iterdir()]
    workshop.undo()

    assert (applied.error, moved) == (None, ["state.sqlite.aside"])
    assert tree(workshop.home) == before
