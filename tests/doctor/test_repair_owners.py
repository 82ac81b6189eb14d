"""Files are given to the user whose they should be: all of them, no others, and back."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import pytest

import engine
from codex_doctor.errors import RepairError
from codex_doctor.fix import SetOwner, command
from codex_doctor.repair.handler import Tools
from codex_doctor.repair.owners import OWNERS
from repairs import Workshop, age, traced, tree

if TYPE_CHECKING:
    from pathlib import Path

as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file to another user"
)

SOMEBODY = 54321


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """A home of somebody's in which root has left a folder, a file in it, and a link."""
    home = tmp_path / "home"
    (home / "sessions").mkdir(parents=True)
    (home / "sessions" / "one.jsonl").write_text("{}", "utf-8")
    (home / "own.toml").write_text("", "utf-8")
    (home / "link").symlink_to("own.toml")
    if os.geteuid() == 0:
        for path in (home, home / "own.toml"):
            os.chown(path, SOMEBODY, SOMEBODY)
    age(home)
    return Workshop(home=home, state=tmp_path / "state", user=0)


def owners(home: Path) -> set[int]:
    return {path.lstat().st_uid for path in (home, *home.rglob("*"))}


@as_root
def test_what_root_left_behind_is_given_back_and_taken_again(workshop: Workshop) -> None:
    before = tree(workshop.home)

    (applied,) = workshop.mend(SetOwner(path=str(workshop.home), owner=SOMEBODY))
    given = owners(workshop.home)
    workshop.undo()

    assert applied.error is None
    assert given == {SOMEBODY}
    assert tree(workshop.home) == before


@as_root
def test_what_a_link_leads_to_and_what_has_a_second_name_stays_roots(
    workshop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "of-root").write_text("", "utf-8")
    (workshop.home / "away").symlink_to(tmp_path / "far")
    (workshop.home / "twin").hardlink_to(tmp_path / "far" / "of-root")

    workshop.mend(SetOwner(path=str(workshop.home), owner=SOMEBODY))

    assert owners(tmp_path / "far") == {0}
    assert (workshop.home / "away").lstat().st_uid == SOMEBODY


@as_root
def test_what_belongs_to_a_third_user_stays_theirs(workshop: Workshop) -> None:
    os.chown(workshop.home / "sessions" / "one.jsonl", SOMEBODY + 1, -1)

    workshop.mend(SetOwner(path=str(workshop.home), owner=SOMEBODY))

    assert owners(workshop.home) == {SOMEBODY, SOMEBODY + 1}


@as_root
def test_a_single_file_can_be_given_back(workshop: Workshop) -> None:
    path = workshop.home / "sessions" / "one.jsonl"

    workshop.mend(SetOwner(path=str(path), owner=SOMEBODY))

    assert (path.stat().st_uid, path.parent.stat().st_uid) == (SOMEBODY, 0)


@as_root
def test_who_is_not_root_cannot_take_it_back(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    workshop.mend(SetOwner(path=str(workshop.home), owner=SOMEBODY))
    monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)

    with pytest.raises(RepairError, match="only root can give the files back"):
        workshop.undo()

    assert owners(workshop.home) == {SOMEBODY}


@pytest.mark.parametrize(("user", "standing"), [(0, "planned"), (1000, "by-hand"), (None, "by-hand")])
def test_only_root_does_it_and_others_are_told_the_command(
    workshop: Workshop, user: int | None, standing: str
) -> None:
    workshop.user = user

    (planned,) = workshop.plan(traced(SetOwner(path="/home/sam/.codex", owner=1000)))

    assert planned.standing == standing
    assert planned.steps[0].command == "sudo chown -R 1000 /home/sam/.codex"


def test_windows_has_no_such_command() -> None:
    assert command(SetOwner(path="C:\\Sam", owner=1000), os="windows") is None


@as_root
def test_where_one_cannot_be_given_none_is(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = owners(workshop.home)
    real = os.chown

    def chown(path: str, owner: int, group: int, *, dir_fd: int | None, follow_symlinks: bool) -> None:
        if path == "one.jsonl" and owner == SOMEBODY:
            raise PermissionError(1, "Operation not permitted", path)
        real(path, owner, group, dir_fd=dir_fd, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "chown", chown)
    (applied,) = workshop.mend(SetOwner(path=str(workshop.home), owner=SOMEBODY))

    assert applied.error is not None
    assert applied.error.command == f"sudo chown -R {SOMEBODY} {workshop.home}"
    assert owners(workshop.home) == before


@as_root
def test_a_kill_on_the_way_is_told(workshop: Workshop) -> None:
    note = {
        "top": str(workshop.home),
        "paths": [str(workshop.home / "sessions")],
        "before": 0,
        "after": SOMEBODY,
    }

    with contextlib.closing(engine.context(workshop.home)) as ctx:
        tools = Tools(context=ctx, door=workshop.door, folder=workshop.state, remember=lambda _note: None)
        told = OWNERS.finish(note, tools)

    assert told == f"0 of 1 files in {workshop.home} were given to user {SOMEBODY}"
