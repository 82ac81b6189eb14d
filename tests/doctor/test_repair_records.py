"""The record of a repair survives what happens to it: full disks, wrong clocks, damage, other users."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

import pytest

from codex_doctor.errors import RecordError, RepairError
from codex_doctor.repair.alone import alone
from codex_doctor.repair.record import Records

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.repair.record import Writer

NOBODY: Final = 65534

root_only = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give things away"
)


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "repairs")


def begun(records: Records) -> Writer:
    """Begin a repair of one step, which is not done yet."""
    writer = records.begin(["broken-thing"])
    writer.begun(1, kind="set-mode", words="Set it")
    writer.noted(1, {"path": "/x"})
    return writer


def test_a_line_that_was_cut_off_does_not_swallow_the_next(records: Records) -> None:
    writer = begun(records)
    with (writer.folder / "record.jsonl").open("ab") as file:
        file.write(b'{"event": "do')

    writer.done(1)
    writer.ended()

    (record,) = records.all()
    assert ([step.state for step in record.steps], record.undoable) == (["done"], True)


def test_a_step_that_was_cut_off_after_its_note_can_be_taken_back(records: Records) -> None:
    begun(records).ended()

    assert records.find(None).undoable


@pytest.mark.parametrize(
    "line",
    [
        b'{"event": "repair", "schema": 1, "started": ' + b"9" * 400 + b', "for": []}',
        b'{"event": "begun", "number": 1e999, "kind": "set-mode", "words": "x"}',
        b'{"event": "noted", "number": 1, "note": ["path"]}',
        b'{"event": "noted", "number": ' + b"9" * 400 + b', "note": {}}',
        b'{"event": "done"}',
        b'{"event": "burnt", "number": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=["huge", "infinite", "no note", "huge number", "no number", "unheard of", "no text", "too deep"],
)
def test_a_damaged_line_is_as_if_it_were_not_there(records: Records, line: bytes) -> None:
    writer = begun(records)
    with (writer.folder / "record.jsonl").open("ab") as file:
        file.write(line + b"\n")
    writer.done(1)

    (record,) = records.all()

    assert [(step.state, step.note) for step in record.steps] == [("done", {"path": "/x"})]


def test_a_record_without_a_beginning_is_named_with_what_it_kept(records: Records) -> None:
    writer = begun(records)
    (writer.folder / "record.jsonl").write_bytes(b"\0" * 100)

    with pytest.raises(RepairError, match=r"is damaged; what it kept is in .*/repairs/"):
        records.find(writer.folder.name)


@pytest.mark.parametrize("started", ["NaN", "Infinity", "-1", "1e300", "true"])
def test_a_repair_of_no_possible_time_is_damaged(records: Records, started: str) -> None:
    writer = begun(records)
    line = f'{{"event": "repair", "schema": 1, "started": {started}, "for": []}}\n'
    (writer.folder / "record.jsonl").write_text(line, "utf-8")

    assert records.all() == ()


def test_a_path_that_is_no_unicode_comes_back_as_it_was(records: Records) -> None:
    path = os.fsdecode(b"/home/\xff\xfe/config.toml")
    writer = begun(records)
    writer.noted(1, {"path": path})

    assert records.all()[0].steps[0].note == {"path": path}


def test_the_newest_repair_is_the_last_one_whatever_the_clock_says(records: Records) -> None:
    (records.folder / "20990101-000000-000").mkdir(parents=True)
    made = [records.begin([name]).folder.name for name in ("first", "second")]

    assert made == ["20990101-000000-001", "20990101-000000-002"]
    assert [record.names for record in records.all()] == [("second",), ("first",)]


def test_a_repair_that_cannot_be_written_down_leaves_nothing(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int, _content: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RecordError, match="No space left on device; nothing more is changed"):
        records.begin(["x"])

    assert list(records.folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="flock is of Unix")
def test_a_disk_that_knows_no_locks_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import fcntl

    def refused(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("codex_doctor.repair.alone.state_folder", lambda: tmp_path)
    monkeypatch.setattr(fcntl, "flock", refused)

    with pytest.raises(RepairError, match=r"nothing can be locked in .*: No locks available"), alone():
        pass


@root_only
def test_what_root_writes_down_in_the_home_of_a_user_belongs_to_that_user(
    records: Records, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    monkeypatch.setattr("codex_doctor.repair.alone.state_folder", lambda: tmp_path / "state")

    begun(records)
    with alone():
        pass

    owners = {str(path.relative_to(tmp_path)): path.stat().st_uid for path in tmp_path.rglob("*")}
    assert len(owners) == 7
    assert set(owners.values()) == {NOBODY}


@root_only
def test_no_state_is_kept_in_a_folder_that_another_user_owns(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("codex_doctor.repair.alone.state_folder", lambda: tmp_path)
    (tmp_path / "locks").mkdir()
    os.chown(tmp_path, NOBODY, NOBODY)
    monkeypatch.setattr(os, "geteuid", lambda: 1234)

    with pytest.raises(RepairError, match="belongs to another user"), alone():
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of Unix")
def test_the_record_is_private(records: Records) -> None:
    writer = begun(records)

    assert stat.S_IMODE((writer.folder / "record.jsonl").stat().st_mode) == 0o600
