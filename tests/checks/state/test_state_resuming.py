"""A session is missed where Codex looks for its record, as the real Codex misses it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import engine
from codex_checks.places import CodexHome
from codex_checks.state.resuming import Session, Sessions, resumable_sessions, sessions_have_their_records
from codex_doctor.errors import NotApplicable, Unavailable
from codex_doctor.model import Severity
from databases import everything_in
from tokens import api_key_login

if TYPE_CHECKING:
    from collections.abc import Callable

    from codex_cli import CodexCli
    from codex_doctor.model import Finding
    from fakes.openai import FakeOpenAI

_read: Callable[..., Sessions] = resumable_sessions.read  # type: ignore[assignment]


def looked(home: Path) -> Sessions:
    ctx = engine.context(home)
    return _read(ctx, CodexHome(path=home, source="default", status=ctx.status(home), target=home), None)


def judged(home: Path) -> tuple[Finding, ...]:
    return sessions_have_their_records(looked(home))


def known(home: Path, *sessions: tuple[str, Path, int]) -> None:
    """Write sessions as Codex 0.169.0 does: id, record, archived; the first is the newest."""
    with closing(sqlite3.connect(home / "state_5.sqlite")) as database:
        database.execute(
            "CREATE TABLE threads (id TEXT, rollout_path TEXT, archived INTEGER, updated_at INTEGER)"
        )
        rows = [(name, str(path), archived, -place) for place, (name, path, archived) in enumerate(sessions)]
        database.executemany("INSERT INTO threads VALUES (?, ?, ?, ?)", rows)
        database.commit()


def record(home: Path, name: str) -> Path:
    path = home / "sessions" / "2026" / "11" / "28" / f"rollout-{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}", "utf-8")
    return path


def test_sessions_with_their_records_are_healthy_and_nothing_is_changed(tmp_path: Path) -> None:
    known(tmp_path, ("a", record(tmp_path, "a"), 0), ("b", record(tmp_path, "b"), 0))
    before = everything_in(tmp_path)

    assert judged(tmp_path) == ()
    assert everything_in(tmp_path) == before


def test_the_latest_session_without_its_record_is_a_warning(tmp_path: Path) -> None:
    gone = tmp_path / "sessions" / "rollout-a.jsonl"
    known(tmp_path, ("a", gone, 0), ("b", record(tmp_path, "b"), 0))

    (finding,) = judged(tmp_path)

    assert (finding.problem.name, finding.problem.severity) == ("session-rollout-missing", Severity.WARNING)
    assert str(gone) in finding.detail


def test_an_older_session_without_its_record_is_a_note(tmp_path: Path) -> None:
    known(tmp_path, ("a", record(tmp_path, "a"), 0), ("b", tmp_path / "gone", 0), ("c", tmp_path / "gone", 0))

    (finding,) = judged(tmp_path)

    assert finding.problem.severity is Severity.NOTE
    assert "those of 1 other sessions" in finding.detail


def test_archived_and_compressed_records_are_not_missed(tmp_path: Path) -> None:
    packed = record(tmp_path, "b")
    packed.rename(packed.with_name(packed.name + ".zst"))
    known(tmp_path, ("a", tmp_path / "gone", 1), ("b", packed, 0))

    assert judged(tmp_path) == ()


def test_a_home_that_was_moved_is_named_with_its_old_place(tmp_path: Path) -> None:
    path = record(tmp_path, "a")
    old = Path("/old/.codex") / path.relative_to(tmp_path)
    known(tmp_path, ("a", old, 0))

    (finding,) = judged(tmp_path)

    assert f"it stands at {path}" in finding.detail
    assert finding.advice.endswith(f"ln -s {tmp_path} /old/.codex.")


def test_without_sessions_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        looked(tmp_path)


def test_a_database_of_another_kind_is_not_judged(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state_5.sqlite")) as database:
        database.execute("CREATE TABLE threads (id TEXT)")
        database.commit()

    with pytest.raises(Unavailable):
        looked(tmp_path)


def test_no_session_is_healthy() -> None:
    assert sessions_have_their_records(Sessions(home=Path("/x"), newest=())) == ()
    assert (
        sessions_have_their_records(Sessions(home=Path("/x"), newest=(Session(id="a", record=Path("/x/a")),)))
        == ()
    )


def test_codex_itself_misses_the_record_of_a_home_that_was_moved(
    codex_cli: CodexCli, openai_server: FakeOpenAI
) -> None:
    home = codex_cli.scratch_home()
    (home / "auth.json").write_text(json.dumps(api_key_login()), "utf-8")
    turn = ["exec", "--json", "--skip-git-repo-check", *openai_server.codex_args]
    codex_cli.run([*turn, "hi"], home=home, env=openai_server.codex_env)
    assert judged(home) == ()
    moved = home.with_name(home.name + "-moved")
    shutil.move(home, moved)

    ran = codex_cli.run([*turn, "resume", "--last", "more"], home=moved, env=openai_server.codex_env)
    (finding,) = judged(moved)

    assert "no rollout found" in ran.stderr
    assert finding.problem.severity is Severity.WARNING
    assert str(moved) in finding.detail
