from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import engine
from codex_checks.recorded import sqlite
from codex_checks.recorded.sqlite import Answer, Fault
from codex_doctor.context import Context
from databases import everything_in, make, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from codex_checks.recorded.sqlite import Database, Value

AS_NOBODY: Final = """
import sys, time
from pathlib import Path
sys.path[:0] = sys.argv[2:]
import engine
from codex_checks.recorded import sqlite
print(sqlite.ask(engine.context(), Path(sys.argv[1]), lambda database: 1).fault)
"""


HALF_WAY: Final = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN")
database.execute("UPDATE numbers SET number = -1")
os._exit(0)
"""
"""Spills a change into a database without a write-ahead log, and dies before it is complete."""


def numbers(database: Database) -> tuple[Value, ...]:
    return tuple(number for (number,) in database.rows("SELECT number FROM numbers", limit=10))


@pytest.fixture
def ctx() -> Iterator[Context]:
    made = engine.context()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def live(home: Path) -> Iterator[Path]:
    """A database that another process has open, with a row that only stands in its log."""
    path = make(home / "state_5.sqlite", 1)
    with write(path, 2, then="waits"):
        yield path


def test_a_closed_database_answers(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", 1, 2)

    assert sqlite.ask(ctx, path, numbers) == Answer(value=(1, 2))


def test_what_a_live_program_wrote_last_is_read_too(ctx: Context, live: Path) -> None:
    assert sqlite.ask(ctx, live, numbers) == Answer(value=(1, 2))


def test_what_a_killed_program_wrote_last_is_read_too(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", 1)
    with write(path, 2, then="dies"):
        pass

    assert path.with_name("state_5.sqlite-wal").stat().st_size > 0
    assert sqlite.ask(ctx, path, numbers) == Answer(value=(1, 2))


def test_a_change_that_was_cut_off_half_way_is_taken_back_in_the_copy_alone(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", *range(5000))
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    subprocess.run([sys.executable, "-c", HALF_WAY, str(path)], check=True)
    before = everything_in(home)

    answer = sqlite.ask(ctx, path, numbers)

    assert "state_5.sqlite-journal" in before
    assert answer == Answer(value=tuple(range(10)))
    assert everything_in(home) == before


def test_a_program_in_the_middle_of_writing_does_not_hinder_and_does_not_count(
    ctx: Context, home: Path
) -> None:
    path = make(home / "state_5.sqlite", 1)
    with write(path, 2, then="keeps the lock"):
        answer = sqlite.ask(ctx, path, numbers)

    assert answer == Answer(value=(1,))


def test_a_database_locked_against_every_reader_still_answers(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as owner:
        owner.execute("PRAGMA locking_mode = EXCLUSIVE")
        owner.execute("BEGIN EXCLUSIVE")
        answer = sqlite.ask(ctx, path, numbers)

    assert answer == Answer(value=(1,))


def test_a_database_behind_a_link_is_read_with_the_log_of_its_target(
    ctx: Context, live: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.sqlite"
    link.symlink_to(live)

    assert sqlite.ask(ctx, link, numbers) == Answer(value=(1, 2))


@pytest.mark.parametrize("name", ["a b.sqlite", "a?mode=rwc.sqlite", "a#b.sqlite", "%41.sqlite", "é.sqlite"])
def test_no_name_of_a_file_is_taken_for_an_option(ctx: Context, home: Path, name: str) -> None:
    path = make(home / name, 1)

    assert sqlite.ask(ctx, path, numbers) == Answer(value=(1,))


def test_reading_changes_no_byte_no_time_and_no_name(ctx: Context, live: Path) -> None:
    closed = make(live.with_name("logs_2.sqlite"), 1)
    before = everything_in(live.parent)

    sqlite.ask(ctx, live, numbers)
    sqlite.ask(ctx, closed, numbers)

    assert everything_in(live.parent) == before


def test_no_copy_is_left_behind(ctx: Context, live: Path) -> None:
    sqlite.ask(ctx, live, numbers)

    assert [folder for folder in ctx.scratch_folders if os.path.exists(folder)] == []  # noqa: PTH110 - a name


def test_an_absent_database_is_absent(ctx: Context, home: Path) -> None:
    assert sqlite.ask(ctx, home / "none.sqlite", numbers).fault is Fault.ABSENT


def test_an_empty_file_is_a_new_database_not_a_damaged_one(ctx: Context, home: Path) -> None:
    (home / "state_5.sqlite").write_bytes(b"")

    assert sqlite.ask(ctx, home / "state_5.sqlite", numbers).fault is Fault.EMPTY


def test_junk_is_not_a_database(ctx: Context, home: Path) -> None:
    (home / "state_5.sqlite").write_bytes(b"junk" * 3000)

    assert sqlite.ask(ctx, home / "state_5.sqlite", numbers).fault is Fault.NOT_A_DATABASE


def test_junk_under_a_log_is_not_a_database_either(ctx: Context, live: Path) -> None:
    live.write_bytes(b"junk" * 3000)
    live.with_name("state_5.sqlite-wal").write_bytes(b"")

    assert sqlite.ask(ctx, live, numbers).fault is Fault.NOT_A_DATABASE


def test_a_database_that_lost_its_end_is_damaged(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", *range(3000))
    path.write_bytes(path.read_bytes()[:9000])

    answer = sqlite.ask(ctx, path, numbers)

    assert answer.fault is Fault.TRUNCATED
    assert "9000 bytes" in answer.detail


def test_a_page_of_zeroes_is_damage(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", *range(3000))
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)

    assert sqlite.ask(ctx, path, numbers).fault is Fault.DAMAGED


def test_damage_that_sqlite_itself_quotes_is_damage_all_the_same(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", 1)
    content = path.read_bytes()
    assert b"CREATE TABLE" in content
    path.write_bytes(
        content.replace(b"CREATE TABLE", b"CREATE \xae\xffBLE")
    )  # quoted in its error, as no text

    assert sqlite.ask(ctx, path, numbers).fault is Fault.DAMAGED


def test_a_database_of_another_shape_is_not_a_damaged_one(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", 1)

    answer = sqlite.ask(ctx, path, lambda database: database.rows("SELECT absent FROM numbers", limit=1))

    assert answer.fault is Fault.OTHER_SCHEMA


def test_what_is_too_large_to_be_copied_is_said_to_be(
    ctx: Context, live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "COPY_LIMIT", 10_000)

    assert sqlite.ask(ctx, live, numbers).fault is Fault.TOO_LARGE


def test_a_large_database_at_rest_is_read_where_it_is(
    ctx: Context, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "COPY_LIMIT", 10_000)
    path = make(home / "state_5.sqlite", *range(5000))

    assert sqlite.ask(ctx, path, numbers).value == tuple(range(10))


def test_a_question_without_end_is_given_up(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", 1)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    answer = sqlite.ask(ctx, path, lambda database: database.rows(endless, limit=1), seconds=0.05)

    assert answer.fault is Fault.TOO_SLOW


@pytest.mark.parametrize("special", ["folder", "pipe"])
def test_what_is_no_file_is_not_waited_for(ctx: Context, home: Path, special: str) -> None:
    path = home / "state_5.sqlite"
    if special == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)

    assert sqlite.ask(ctx, path, numbers).fault is Fault.NOT_A_FILE


def test_a_database_that_only_another_may_read_is_forbidden_not_damaged(tmp_path: Path) -> None:
    path = make(tmp_path / "state_5.sqlite", 1)
    path.chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder.name:
            folder.chmod(folder.stat().st_mode | 0o755)
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.getuid() == 0 else []
    if not nobody:
        path.chmod(0)

    ran = subprocess.run(
        [*nobody, sys.executable, "-c", AS_NOBODY, str(path), *sys.path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout.strip() == "forbidden", ran.stderr


def test_a_database_that_is_written_to_without_a_pause_is_never_called_damaged(
    ctx: Context, home: Path
) -> None:
    path = make(home / "state_5.sqlite", *range(20_000))
    with write(path, 1, then="goes on"):
        faults = {sqlite.ask(ctx, path, numbers).fault for _ in range(8)}

    assert faults <= {None, Fault.CHANGING}


def test_damage_that_was_seen_while_the_file_changed_is_looked_at_again(ctx: Context, home: Path) -> None:
    path = home / "state_5.sqlite"
    path.write_bytes(b"junk" * 3000)
    whole = make(home / "whole.sqlite", 7)
    asked: list[str] = []

    class Mending(Context, frozen=True):
        def head(self, path: Path, *, limit: int) -> bytes:
            asked.append(path.name)
            if len(asked) == 2:  # the second look: the first one saw junk
                shutil.copyfile(whole, path)
            return super().head(path, limit=limit)

    mending = Mending(
        env={}, home=home, cwd=home, system=ctx.system, deadline=ctx.deadline, children=ctx.children
    )

    assert sqlite.ask(mending, path, numbers) == Answer(value=(7,))


def test_a_copy_that_a_checkpoint_tore_is_thrown_away(ctx: Context, home: Path) -> None:
    path = make(home / "state_5.sqlite", 1)
    copied: list[str] = []

    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("INSERT INTO numbers VALUES (2)")  # it stands in the log alone

        class Torn(Context, frozen=True):
            def copy(self, path: Path, to: Path, *, limit: int) -> None:
                copied.append(path.name)
                if len(copied) == 2:  # the old database is copied, the log is about to be
                    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    live.execute("CREATE TABLE other (number INTEGER)")
                super().copy(path, to, limit=limit)

        torn = Torn(
            env={}, home=home, cwd=home, system=ctx.system, deadline=ctx.deadline, children=ctx.children
        )
        answer = sqlite.ask(torn, path, numbers)
        torn.close()

    assert answer == Answer(value=(1, 2))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=3000), log=st.none() | st.binary(max_size=200))
@example(content=b"SQLite format 3\0", log=None)
@example(content=b"SQLite format 3\0" + b"\xff" * 5000, log=b"\x37\x7f\x06\x82" + b"\0" * 60)
def test_any_bytes_bring_an_answer(ctx: Context, home: Path, content: bytes, log: bytes | None) -> None:
    path = home / "any.sqlite"
    path.write_bytes(content)
    beside = path.with_name("any.sqlite-wal")
    beside.unlink(missing_ok=True)
    if log is not None:
        beside.write_bytes(log)

    assert sqlite.ask(ctx, path, numbers).fault is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 8191), put=st.binary(min_size=1, max_size=64))
def test_any_change_to_a_database_brings_an_answer(ctx: Context, home: Path, place: int, put: bytes) -> None:
    path = make(home / "any.sqlite", *range(30))
    content = bytearray(path.read_bytes())
    content[place : place + len(put)] = put
    path.write_bytes(content)
    answer = sqlite.ask(ctx, path, numbers)
    path.unlink()

    assert (answer.fault is None) == (answer.value is not None)
