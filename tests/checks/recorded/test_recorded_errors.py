from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, cast

import pytest
from msgspec.structs import replace

import engine
from codex_checks.config.settings import Settings
from codex_checks.places import CodexHome
from codex_checks.recorded import errors, seen
from codex_checks.recorded.folders import folders
from codex_checks.recorded.sqlite import Fault
from codex_doctor.errors import NotApplicable
from codex_doctor.redact import Redactor
from databases import everything_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from codex_checks.recorded.errors import RecordedErrors
    from codex_cli import CodexCli
    from codex_doctor.context import Context
    from fakes.openai import FakeOpenAI

NOW: Final = 1_800_000_000
TURN: Final = ("exec", "--json", "--skip-git-repo-check")

read = cast("Callable[[Context, CodexHome, Settings | None], RecordedErrors]", errors.recorded_errors.read)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    made = replace(engine.context(tmp_path), now=lambda: float(NOW))
    yield made
    made.close()


def home_of(ctx: Context, path: Path) -> CodexHome:
    return CodexHome(path=path, source="default", status=ctx.status(path), target=path)


@pytest.fixture
def home(ctx: Context) -> CodexHome:
    (ctx.home / ".codex").mkdir()
    return home_of(ctx, ctx.home / ".codex")


def turns(folder: Path, *rows: tuple[str, int | None, int | None]) -> None:
    """Write failed turns as Codex 0.169.0 does: error_json, started_at, completed_at."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "thread_history_1.sqlite")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(
            "CREATE TABLE thread_turns"
            " (error_json TEXT, started_at INTEGER, completed_at INTEGER, status TEXT)"
        )
        database.executemany("INSERT INTO thread_turns VALUES (?, ?, ?, 'failed')", rows)
        database.commit()


def logs(folder: Path, *rows: tuple[int, str, str, str]) -> None:
    """Write rows of the log as Codex 0.169.0 does: ts, level, target, body."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "logs_2.sqlite")) as database:
        database.execute(
            "CREATE TABLE logs (id INTEGER PRIMARY KEY, ts INTEGER, ts_nanos INTEGER, level TEXT,"
            " target TEXT, feedback_log_body TEXT)"
        )
        database.executemany(
            "INSERT INTO logs (ts, ts_nanos, level, target, feedback_log_body) VALUES (?, 0, ?, ?, ?)", rows
        )
        database.commit()


def message(text: str) -> str:
    return json.dumps({"message": text, "codexErrorInfo": "other", "additionalDetails": None})


def test_the_last_completed_turn_is_known(ctx: Context, home: CodexHome) -> None:
    turns(home.path, (message("no"), NOW - 30, NOW - 20))
    with closing(sqlite3.connect(home.path / "thread_history_1.sqlite")) as database:
        rows = [(NOW - 90, "completed"), (NOW - 60, "completed"), (NOW - 10, "interrupted")]
        database.executemany("INSERT INTO thread_turns VALUES (NULL, 1, ?, ?)", rows)
        database.commit()

    assert read(ctx, home, None).completed == NOW - 60


def test_a_table_that_tells_no_status_still_tells_what_failed(ctx: Context, home: CodexHome) -> None:
    turns(home.path, (message("no"), NOW - 30, NOW - 20))
    with closing(sqlite3.connect(home.path / "thread_history_1.sqlite")) as database:
        database.execute("ALTER TABLE thread_turns DROP COLUMN status")
        database.commit()

    found = read(ctx, home, None)

    assert ([error.text for error in found.errors], found.completed) == (["no"], None)


def test_without_a_completed_turn_none_is_known(ctx: Context, home: CodexHome) -> None:
    turns(home.path, (message("no"), NOW - 30, NOW - 20))

    assert read(ctx, home, None).completed is None


def test_the_error_of_a_real_turn_is_read_and_nothing_changes(
    codex_cli: CodexCli, openai: FakeOpenAI, tmp_path: Path
) -> None:
    folder = codex_cli.scratch_home()
    (folder / "auth.json").write_text('{"auth_mode": "apikey", "OPENAI_API_KEY": "sk-test-0123456789abcdef"}')
    openai.sicken("*/responses", 429, {"error": {"type": "usage_limit_reached"}}, method="POST")
    codex_cli.run([*TURN, *openai.codex_args, "my secret prompt"], folder, openai.codex_env)
    before = everything_in(folder)
    ctx = engine.context(tmp_path)

    found = read(ctx, home_of(ctx, folder), None)

    ctx.close()
    assert [(error.source.name, error.kind, error.turn) for error in found.errors] == [
        ("thread_history_1.sqlite", "usageLimitExceeded", True)
    ]
    assert [group.problem for group in seen.group(found.errors)] == ["usage-limit-hit"]
    assert "my secret prompt" not in repr(found)
    assert everything_in(folder) == before


def test_the_newest_error_comes_first(ctx: Context, home: CodexHome) -> None:
    turns(home.path, (message("one"), NOW - 300, NOW - 290), (message("two"), NOW - 200, None))
    logs(home.path, (NOW - 100, "WARN", "codex_core::responses_retry", "retry sampling_error=three"))

    found = read(ctx, home, None)

    assert [(error.text, error.when - NOW) for error in found.errors] == [
        ("three", -100),
        ("two", -200),
        ("one", -290),
    ]


def test_what_happened_longer_ago_than_a_week_is_not_read(ctx: Context, home: CodexHome) -> None:
    turns(home.path, (message("old"), None, NOW - 8 * errors.DAY), (message("new"), None, NOW - errors.DAY))

    assert [error.text for error in read(ctx, home, None).errors] == ["new"]


def test_only_what_says_something_of_a_fault_is_read_from_the_logs(ctx: Context, home: CodexHome) -> None:
    logs(
        home.path,
        (NOW - 1, "INFO", "codex_core::responses_retry", "quiet"),
        (NOW - 2, "ERROR", "codex_core::tools", "the user's own command failed"),
        (NOW - 3, "ERROR", "codex_login::auth::manager", "Failed to refresh token status=401 Unauthorized"),
    )

    (error,) = read(ctx, home, None).errors

    assert (error.text, error.http_status) == ("Failed to refresh token status=401 Unauthorized", 401)


def test_no_secret_is_kept_of_what_codex_wrote_down(ctx: Context, home: CodexHome) -> None:
    ctx.vault.secret("correct horse battery")
    turns(
        home.path,
        (message("Incorrect API key provided: sk-abcdefghijklmnop0123456789."), None, NOW - 1),
        (message("password correct horse battery, " + "x" * 5000), None, NOW - 1000),
        (message(f"{'x' * (errors.READ - 40)} sk-{'a' * 80}"), None, NOW - 2000),
    )

    found = read(ctx, home, None)

    assert [len(error.text) <= errors.KEPT for error in found.errors] == [True, True]
    assert "horse" not in repr(found)
    assert "sk-a" not in repr(found)


def test_the_logs_in_files_are_read_too(ctx: Context, home: CodexHome) -> None:
    (home.path / "log").mkdir()
    (home.path / "log" / "codex-login.log").write_text(
        "2027-01-15T07:00:00.1Z  INFO codex_cli::login: starting device code login flow\n"
        "2027-01-15T07:00:01.1Z ERROR codex_cli::login: device code request failed with status 429 Too Many\n"
    )

    (error,) = read(ctx, home, None).errors

    assert (error.source.name, seen.classify(error)) == ("codex-login.log", "device-auth-rate-limited")


def test_databases_are_read_where_the_settings_moved_them(ctx: Context, home: CodexHome) -> None:
    moved = Settings(values={"sqlite_home": "databases", "log_dir": "~/logs"}, layers=())
    turns(home.path / "databases", (message("turn"), None, NOW - 5))
    logs(ctx.home / "logs", (NOW - 9, "WARN", "codex_core::responses_retry", "log"))

    assert [error.text for error in read(ctx, home, moved).errors] == ["turn", "log"]


@pytest.mark.parametrize(
    ("variable", "setting", "expected"),
    [
        (None, None, ".codex"),
        ("", None, ".codex"),
        ("here", None, "here"),
        ("here", "there", ".codex/there"),
        (None, "~/there", "there"),
    ],
)
def test_databases_stand_where_codex_would_put_them(
    ctx: Context, home: CodexHome, variable: str | None, setting: str | None, expected: str
) -> None:
    env = {} if variable is None else {"CODEX_SQLITE_HOME": variable}
    values = {} if setting is None else {"sqlite_home": setting}

    found = folders(replace(ctx, env=env), home, Settings(values=values, layers=()))

    assert (found.databases, found.log_database) == (ctx.home / expected, ctx.home / expected)


def test_of_a_database_too_large_to_be_copied_the_end_is_sampled(
    ctx: Context, home: CodexHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_checks.recorded.sqlite.COPY_LIMIT", 1000)
    with closing(sqlite3.connect(home.path / "thread_history_1.sqlite")) as live:
        live.execute("PRAGMA journal_mode = WAL")
        live.execute(
            "CREATE TABLE turns (status TEXT, error_json TEXT, started_at INTEGER, ended_at INTEGER)"
        )
        live.execute("INSERT INTO turns VALUES ('failed', ?, ?, ?)", (message("caf\u00e9"), NOW - 9, NOW - 7))
        live.execute("INSERT INTO turns VALUES ('failed', ?, ?, NULL)", (message("began"), NOW - 20))
        live.commit()
        before = everything_in(home.path)

        found = read(ctx, home, None)

        assert everything_in(home.path) == before
    assert [(error.text, error.when - NOW) for error in found.errors] == [("caf\u00e9", -7), ("began", -20)]
    assert [unread.fault for unread in found.unread] == [Fault.TOO_LARGE]


def test_a_database_that_cannot_be_read_is_named_and_the_others_are_read(
    ctx: Context, home: CodexHome
) -> None:
    (home.path / "logs_2.sqlite").write_bytes(b"junk" * 3000)
    turns(home.path, (message("turn"), None, NOW - 5))

    found = read(ctx, home, None)

    assert [error.text for error in found.errors] == ["turn"]
    assert [(unread.path.name, unread.fault) for unread in found.unread] == [
        ("logs_2.sqlite", Fault.NOT_A_DATABASE)
    ]


def test_a_home_in_which_nothing_was_recorded_holds_no_errors(ctx: Context, home: CodexHome) -> None:
    assert read(ctx, home, None) == errors.RecordedErrors()


def test_without_a_home_there_is_nothing_to_read(ctx: Context) -> None:
    with pytest.raises(NotApplicable):
        read(ctx, home_of(ctx, ctx.home / "absent"), None)


@pytest.mark.parametrize("content", ["", "null", "{}", '{"message": 7}', "\x00", "[" * 9999])
def test_a_row_that_is_no_error_is_passed_over(ctx: Context, home: CodexHome, content: str) -> None:
    turns(home.path, (content, None, NOW - 5), (message("turn"), None, NOW - 6))

    assert [error.text for error in read(ctx, home, None).errors] == ["turn"]


def test_a_log_that_begins_in_the_middle_of_a_line_is_read_from_the_next(tmp_path: Path) -> None:
    content = b"\xff\xfe of a line\n2027-01-15T07:00:01Z ERROR codex_login::server: no\n"

    (error,) = errors.parse_log(tmp_path, content, Redactor())

    assert error.text == "no"
