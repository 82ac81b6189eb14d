from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import engine
from codex_checks.config.settings import Settings
from codex_checks.install.binary import Codex
from codex_checks.places import CodexHome
from codex_checks.recorded.sqlite import Fault
from codex_checks.state import checks
from codex_checks.state import databases as topic
from codex_checks.state.migrations import CHECKSUMS, KNOWN_TO
from codex_doctor.errors import NotApplicable
from databases import everything_in, make, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codex_checks.state.databases import Databases
    from codex_cli import CodexCli
    from codex_doctor.context import Context
    from fakes.openai import FakeOpenAI

TURN: Final = ("exec", "--json", "--skip-git-repo-check")
HELLO: Final = (
    '{"id":1,"method":"initialize","params":{"clientInfo":{"name":"x","title":"x","version":"1"}}}\n'
)

look = cast("Callable[[Context, CodexHome, Settings | None], Databases]", topic.databases.read)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    made = engine.context(tmp_path, system=replace(engine.LINUX, user=os.getuid()))
    yield made
    made.close()


def home_of(ctx: Context, path: Path) -> CodexHome:
    return CodexHome(path=path, source="default", status=ctx.status(path), target=path)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".codex").mkdir()
    return tmp_path / ".codex"


@pytest.fixture(scope="module")
def used(codex_cli: CodexCli, openai_server: FakeOpenAI) -> Path:
    """A home in which the real Codex ran a turn and ended without folding its logs into its databases."""
    folder = codex_cli.scratch_home()
    (folder / "auth.json").write_text('{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-test-0123456789abcdef"}')
    codex_cli.run([*TURN, *openai_server.codex_args, "hello"], folder, openai_server.codex_env)
    return folder


@pytest.fixture
def copy(used: Path, codex_cli: CodexCli) -> Path:
    folder = codex_cli.scratch_home()
    shutil.rmtree(folder)
    return shutil.copytree(used, folder, ignore=shutil.ignore_patterns("tmp", ".tmp", "*-shm"))


def every_finding(found: Databases, version: str = KNOWN_TO) -> list[str]:
    judged = (
        checks.databases_are_sound,
        checks.databases_open,
        checks.migrations_agree,
        checks.logs_stay_small,
    )
    findings = [finding for check in judged for finding in check(found)]
    findings += checks.databases_fit_this_codex(found, Codex(path=found.files[0].path, version=version))
    return [finding.problem.name for finding in findings]


def test_what_the_real_codex_left_is_read_whole_and_unchanged(ctx: Context, used: Path) -> None:
    before = everything_in(used)

    found = look(ctx, home_of(ctx, used), None)

    by_name = {file.name: file for file in found.files}
    assert {"goals_1", "logs_2", "memories_1", "queue_1", "state_5", "thread_history_1"} <= set(by_name)
    assert [file.fault for file in found.files] == [None] * len(found.files)
    assert by_name["state_5"].inside is not None
    assert by_name["state_5"].inside.writers == (KNOWN_TO,)
    assert everything_in(used) == before


def test_the_real_codex_applies_the_migrations_that_are_known(ctx: Context, used: Path) -> None:
    found = look(ctx, home_of(ctx, used), None)

    applied = {
        file.name: [migration.checksum for migration in file.inside.migrations]
        for file in found.files
        if file.inside is not None and file.name in CHECKSUMS
    }
    assert applied == CHECKSUMS


def test_what_the_real_codex_left_is_healthy(ctx: Context, used: Path) -> None:
    assert every_finding(look(ctx, home_of(ctx, used), None)) == []


def test_a_changed_migration_stops_the_real_codex_and_is_found(
    ctx: Context, copy: Path, codex_cli: CodexCli
) -> None:
    with closing(sqlite3.connect(copy / "state_5.sqlite")) as database:
        database.execute("UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 7")
        database.commit()

    ran = codex_cli.run(["app-server"], copy, stdin=HELLO)

    assert "migration 7 was previously applied but has been modified" in ran.stderr
    assert every_finding(look(ctx, home_of(ctx, copy), None)) == ["state-db-migration-mismatch"]


def test_a_migration_left_half_done_stops_the_real_codex_and_is_found(
    ctx: Context, copy: Path, codex_cli: CodexCli
) -> None:
    with closing(sqlite3.connect(copy / "state_5.sqlite")) as database:
        database.execute("UPDATE _sqlx_migrations SET success = 0 WHERE version = 62")
        database.commit()

    ran = codex_cli.run(["app-server"], copy, stdin=HELLO)

    assert "migration 62 is partially applied" in ran.stderr
    assert every_finding(look(ctx, home_of(ctx, copy), None)) == ["state-db-init-failed"]


def test_a_migration_from_the_future_is_a_newer_codex_not_damage(ctx: Context, copy: Path) -> None:
    with closing(sqlite3.connect(copy / "state_5.sqlite")) as database:
        database.execute(
            "INSERT INTO _sqlx_migrations VALUES (999, 'later', CURRENT_TIMESTAMP, 1, x'0102030405', 0)"
        )
        database.commit()

    found = look(ctx, home_of(ctx, copy), None)

    assert (every_finding(found), every_finding(found, "0.999.0")) == (["state-db-newer"], [])


def test_a_damaged_database_of_the_real_codex_is_found(ctx: Context, copy: Path) -> None:
    with closing(sqlite3.connect(copy / "state_5.sqlite")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray((copy / "state_5.sqlite").read_bytes())
    content[8 * 4096 : 12 * 4096] = b"\xa5" * (4 * 4096)
    (copy / "state_5.sqlite").write_bytes(content)

    assert every_finding(look(ctx, home_of(ctx, copy), None)) == ["state-db-corrupt"]


def test_of_each_kind_the_newest_layout_is_looked_at(ctx: Context, home: Path) -> None:
    for name in ("state_4", "state_5", "state_10", "logs_2", "other_3", "state_x"):
        make(home / f"{name}.sqlite", 1)

    found = look(ctx, home_of(ctx, home), None)

    assert [file.name for file in found.files] == ["logs_2", "state_10"]


def test_a_log_counts_with_what_stands_beside_it(ctx: Context, home: Path) -> None:
    path = make(home / "logs_2.sqlite", 1)
    with write(path, 2, then="waits"):
        (file,) = look(ctx, home_of(ctx, home), None).files

    assert file.size > path.stat().st_size
    assert [side.name for side in file.sides] == ["logs_2.sqlite-wal", "logs_2.sqlite-shm"]


@pytest.mark.parametrize("live", [True, False])
def test_it_is_known_whether_a_program_has_a_database_open(ctx: Context, home: Path, *, live: bool) -> None:
    path = make(home / "state_5.sqlite", 1)
    with write(path, 2, then="waits") if live else contextlib.nullcontext():
        (file,) = look(ctx, home_of(ctx, home), None).files

    assert (file.in_use, file.fault) == (live, None)


def test_a_database_too_large_to_be_read_through_is_only_opened(
    ctx: Context, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "CHECKED", 1000)
    path = make(home / "state_5.sqlite", *range(3000))
    content = bytearray(path.read_bytes())
    content[-4096:] = b"\xa5" * 4096
    path.write_bytes(content)

    (file,) = look(ctx, home_of(ctx, home), None).files

    assert file.fault is None


def test_an_empty_database_is_one_that_codex_will_fill(ctx: Context, home: Path) -> None:
    (home / "state_5.sqlite").write_bytes(b"")

    found = look(ctx, home_of(ctx, home), None)

    assert (found.files[0].fault, every_finding(found)) == (Fault.EMPTY, [])


def test_a_folder_in_place_of_a_database_is_found(ctx: Context, home: Path) -> None:
    (home / "state_5.sqlite").mkdir()

    assert every_finding(look(ctx, home_of(ctx, home), None)) == ["state-db-init-failed"]


def test_a_moved_log_database_is_found_where_it_is(ctx: Context, home: Path, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    make(tmp_path / "logs" / "logs_2.sqlite", 1)
    make(home / "logs_3.sqlite", 1)
    moved = Settings(values={"log_dir": "~/logs"}, layers=())

    (file,) = look(ctx, home_of(ctx, home), moved).files

    assert file.path == tmp_path / "logs" / "logs_2.sqlite"


def test_without_databases_there_is_nothing_to_judge(ctx: Context, home: Path) -> None:
    with pytest.raises(NotApplicable):
        look(ctx, home_of(ctx, home), None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=3000))
def test_any_bytes_are_a_fact(ctx: Context, home: Path, content: bytes) -> None:
    (home / "state_5.sqlite").write_bytes(content)

    (file,) = look(ctx, home_of(ctx, home), None).files

    assert (file.fault is None) == (file.inside is not None)
