from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

import pytest

import engine
from codex_checks.acts.at_work import AtWork
from codex_checks.places import CodexHome
from codex_checks.state import rollouts as topic
from codex_doctor.errors import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_checks.state.rollouts import Rollouts
    from codex_doctor.context import Context

look = cast("Callable[[Context, CodexHome], Rollouts]", topic.rollouts.read)


def home_of(home: Path) -> CodexHome:
    return CodexHome(path=home, source="default", status=engine.context().status(home), target=home)


def record(home: Path, day: str, name: str, content: bytes, *, age: int = 3600) -> Path:
    folder = home / "sessions" / day
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"rollout-{name}.jsonl"
    path.write_bytes(content)
    when = engine.context().now() - age
    os.utime(path, (when, when))
    return path


def test_the_newest_records_are_looked_at_and_only_where_they_begin(tmp_path: Path) -> None:
    old = record(tmp_path, "2026/09/30", "a", b'{"timestamp": "x", "said": "private"}')
    new = record(tmp_path, "2026/10/02", "b", b"")

    found = look(engine.context(), home_of(tmp_path))

    assert [(rollout.path, rollout.size) for rollout in found.newest] == [(new, 0), (old, 37)]
    assert "private" not in repr(found)


def test_no_more_are_looked_at_than_somebody_would_resume(tmp_path: Path) -> None:
    for number in range(topic.NEWEST + 5):
        record(tmp_path, "2026/10/02", f"{number:03}", b"{}")

    found = look(engine.context(), home_of(tmp_path))

    assert (len(found.newest), found.newest[0].path.name) == (topic.NEWEST, "rollout-044.jsonl")


def test_a_record_that_has_just_been_made_may_still_be_empty(tmp_path: Path) -> None:
    record(tmp_path, "2026/10/02", "a", b"", age=1)

    with pytest.raises(NotApplicable):
        look(engine.context(), home_of(tmp_path))


@pytest.mark.parametrize("at_work", [True, False])
def test_a_record_that_has_just_been_made_may_be_begun_where_a_codex_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, at_work: bool
) -> None:
    record(tmp_path, "2026/10/02", "a", b"{", age=1)
    record(tmp_path, "2026/10/02", "b", b"{}", age=1)
    record(tmp_path, "2026/10/01", "c", b"{", age=1)
    asked: list[AtWork] = []

    def others(self: AtWork) -> str | None:
        asked.append(self)
        return "codex (process 1)" if at_work else None

    monkeypatch.setattr(AtWork, "others", others)

    found = look(engine.context(), home_of(tmp_path))

    assert [rollout.begins for rollout in found.newest] == ([True] if at_work else [True, False, False])
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        (b'{"type": "session_meta"}', True),
        (b'{"type": "session_meta"}\n{"type": "respo', True),
        (b'{"type": "session_me', False),
        (b'{"type": "session_meta"\n{}\n', False),
        (b'{"type": "\xff\xfe"}\n', False),
        (b'["type"]\n', False),
        (b'{"type": "' + b"x" * topic.HEADER, True),  # too long to be judged
    ],
)
def test_a_header_that_breaks_off_is_no_beginning(tmp_path: Path, content: bytes, *, begins: bool) -> None:
    record(tmp_path, "2026/10/02", "a", content)

    (rollout,) = look(engine.context(), home_of(tmp_path)).newest

    assert rollout.begins is begins


def test_without_sessions_there_is_nothing_to_judge(tmp_path: Path) -> None:
    with pytest.raises(NotApplicable):
        look(engine.context(), home_of(tmp_path))


@pytest.mark.parametrize("odd", ["sessions", "sessions/2026", "sessions/2026/10/02/rollout-x.jsonl"])
def test_what_is_no_folder_and_no_file_is_passed_over(tmp_path: Path, odd: str) -> None:
    path = tmp_path / odd
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)

    with pytest.raises(NotApplicable):
        look(engine.context(), home_of(tmp_path))
