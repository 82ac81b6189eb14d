from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import pytest
from msgspec.structs import replace

import engine
from codex_checks.state import writing as topic
from codex_checks.state.databases import DatabaseFile, Databases
from codex_doctor.locks import Holder
from databases import make, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from codex_checks.state.writing import Writing
    from codex_doctor.context import Context

OWNER: Final = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA locking_mode = EXCLUSIVE")
database.execute("BEGIN EXCLUSIVE")
database.execute("INSERT INTO numbers VALUES (9)")
database.execute("COMMIT")
print("owned", flush=True)
sys.stdin.read()
"""

look = cast("Callable[[Context, Databases], Writing]", topic.writing.read)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no POSIX locks")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic, "PAUSE", 0.01)


@pytest.fixture
def ctx() -> Iterator[Context]:
    made = replace(engine.context(), root=Path("/"))
    yield made
    made.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path / "state_5.sqlite", 1)


def databases(ctx: Context, path: Path) -> Databases:
    status = ctx.status(path)
    assert status is not None
    file = DatabaseFile(path=path, kind="state", number=5, status=status, size=status.size)
    return Databases(files=(file,), examined=datetime.now(UTC), os="linux", user=os.getuid())


def answer_in_turn(patch: pytest.MonkeyPatch, holders: Sequence[Holder | None]) -> None:
    looks = iter(holders)

    def next_holder(_ctx: Context, _file: DatabaseFile) -> Holder | None:
        return next(looks)

    patch.setattr(topic, "_holder", next_holder)


def test_a_writer_that_never_ends_is_found_with_its_name(ctx: Context, path: Path) -> None:
    with write(path, 2, then="keeps the lock") as writer:
        (stuck,) = look(ctx, databases(ctx, path)).stuck

    assert (stuck.path, stuck.pid) == (path, writer.pid)
    assert (stuck.program or "").startswith("python")


def test_an_owner_that_lets_nobody_in_is_found(ctx: Context, path: Path) -> None:
    argv = [sys.executable, "-c", OWNER, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"owned\n"
        found = look(ctx, databases(ctx, path))
        owner.kill()

    assert [stuck.pid for stuck in found.stuck] == [owner.pid]


def test_a_program_that_has_a_database_open_does_not_keep_it(ctx: Context, path: Path) -> None:
    with write(path, 2, then="waits"):
        found = look(ctx, databases(ctx, path))

    assert found.stuck == ()


def test_a_program_that_died_in_the_middle_keeps_nothing(ctx: Context, path: Path) -> None:
    with write(path, 2, then="keeps the lock") as writer:
        writer.kill()
        writer.wait()
        found = look(ctx, databases(ctx, path))

    assert found.stuck == ()


def test_a_writer_that_ends_within_the_while_is_none(
    ctx: Context, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_in_turn(monkeypatch, [Holder(pid=7), Holder(pid=7), None])

    assert look(ctx, databases(ctx, path)).stuck == ()


def test_many_writers_in_turn_are_none(ctx: Context, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer_in_turn(monkeypatch, [Holder(pid=pid) for pid in range(1, 99)])

    assert look(ctx, databases(ctx, path)).stuck == ()


def test_looking_for_a_lock_takes_none(ctx: Context, path: Path) -> None:
    look(ctx, databases(ctx, path))

    with closing(sqlite3.connect(path, timeout=0)) as database:
        database.execute("INSERT INTO numbers VALUES (3)")
        (count,) = database.execute("SELECT count(*) FROM numbers").fetchone()

    assert count == 2
