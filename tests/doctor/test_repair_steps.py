"""Each step of a repair: it is done, it is taken back so that nothing tells of it, and it loses nothing."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from codex_doctor.errors import RepairError
from codex_doctor.fix import (
    Act,
    Edit,
    MakeFolder,
    MoveAside,
    RemoveFile,
    RewriteFile,
    RunCommand,
    SetMode,
    ShellLine,
    Tell,
)
from codex_doctor.repair.handler import Handler, Tools
from codex_doctor.repair.rewriting import digest
from repairs import Workshop, age, traced, tree

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.fix import Step
    from codex_doctor.repair.handler import Note

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and renames are those of Unix")

CONFIG = 'model = "old"\nsandbox_mode = "read-only"\n'


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    home = tmp_path / "home"
    (home / "folder").mkdir(parents=True)
    (home / "config.toml").write_text(CONFIG, "utf-8")
    (home / "folder" / "file").write_text("content", "utf-8")
    (home / "link.toml").symlink_to("config.toml")
    age(home)
    return Workshop(home=home, state=tmp_path / "state")


def rewrite(path: Path, *edits: Edit) -> RewriteFile:
    return RewriteFile(path=str(path), sha256=digest(path.read_bytes()), edits=edits)


def steps(home: Path) -> dict[str, Step]:
    """Return one step of each kind that changes a file or folder."""
    new = Edit(first=1, old=('model = "old"',), new=('model = "new"',))
    return {
        "set-mode": SetMode(path=str(home / "folder" / "file"), mode=0o600),
        "make-folder": MakeFolder(path=str(home / "made" / "in" / "it")),
        "rewrite-file": rewrite(home / "config.toml", new),
        "rewrite-link": rewrite(home / "link.toml", new),
        "remove-file": RemoveFile(
            path=str(home / "folder" / "file"), sha256=digest((home / "folder" / "file").read_bytes())
        ),
        "move-file": MoveAside(path=str(home / "config.toml"), to=str(home / "config.toml.aside")),
        "move-folder": MoveAside(path=str(home / "folder"), to=str(home / "folder.aside")),
        "run-command": RunCommand(
            argv=("mv", str(home / "folder"), str(home / "moved")),
            undo=("mv", str(home / "moved"), str(home / "folder")),
        ),
    }


OF_FILES = (
    "remove-file",
    "set-mode",
    "make-folder",
    "rewrite-file",
    "rewrite-link",
    "move-file",
    "move-folder",
)


@pytest.mark.parametrize("kind", OF_FILES)
def test_a_step_that_is_undone_leaves_the_tree_as_it_was(workshop: Workshop, kind: str) -> None:
    before = tree(workshop.home)

    (applied,) = workshop.mend(steps(workshop.home)[kind])
    changed = tree(workshop.home)
    workshop.undo()

    assert applied.error is None
    assert changed != before
    assert tree(workshop.home) == before


def test_all_steps_together_are_undone_in_turn(workshop: Workshop) -> None:
    kinds = steps(workshop.home)
    before = tree(workshop.home)

    (applied,) = workshop.mend(*(kinds[kind] for kind in ("set-mode", "make-folder", "rewrite-file")))
    workshop.undo()

    assert len(applied.done) == 3
    assert tree(workshop.home) == before


def test_a_program_is_run_and_its_opposite_takes_it_back(workshop: Workshop) -> None:
    workshop.mend(steps(workshop.home)["run-command"])
    moved = sorted(path.name for path in workshop.home.iterdir())
    workshop.undo()

    assert "moved" in moved
    assert (workshop.home / "folder" / "file").read_text("utf-8") == "content"


def test_a_program_that_fails_says_why_and_what_to_run_instead(workshop: Workshop) -> None:
    step = RunCommand(argv=("sh", "-c", "echo no room left >&2; exit 4"), undo=())

    (applied,) = workshop.mend(step)

    assert applied.error is not None
    assert applied.error.message == "sh failed (4): no room left. It may have changed something by then"
    assert applied.error.command == "sh -c 'echo no room left >&2; exit 4'"


def test_nothing_is_moved_over_what_stands_there(workshop: Workshop) -> None:
    aside = workshop.home / "config.toml.aside"
    aside.write_text("older", "utf-8")

    (applied,) = workshop.mend(MoveAside(path=str(workshop.home / "config.toml"), to=str(aside)))

    assert applied.error is not None
    assert aside.read_text("utf-8") == "older"
    assert (workshop.home / "config.toml").read_text("utf-8") == CONFIG


def test_the_steps_after_one_that_failed_are_not_tried(workshop: Workshop) -> None:
    missing = SetMode(path=str(workshop.home / "nowhere"), mode=0o600)

    (applied,) = workshop.mend(missing, steps(workshop.home)["move-file"])

    assert applied.done == ()
    assert (workshop.home / "config.toml").exists()


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("set-mode", "folder/file", "was changed since, to 777"),
        ("make-folder", "made/in/it/new", "is not empty any more"),
        ("remove-file", "folder/file", "there is a new"),
        ("rewrite-file", "config.toml", "what is there now would be lost"),
        ("move-file", "config.toml", "there is a new"),
    ],
)
def test_an_undo_refuses_to_lose_what_came_after(
    workshop: Workshop, kind: str, path: str, words: str
) -> None:
    workshop.mend(steps(workshop.home)[kind])
    later = workshop.home / path
    later.write_text("later", "utf-8")
    later.chmod(0o777)
    changed = tree(workshop.home)

    with pytest.raises(RepairError, match=words):
        workshop.undo()

    assert tree(workshop.home) == changed


def test_an_undo_takes_back_all_of_a_repair_or_nothing(workshop: Workshop) -> None:
    kinds = steps(workshop.home)
    workshop.mend(kinds["rewrite-file"], kinds["set-mode"])
    (workshop.home / "config.toml").write_text("later", "utf-8")

    with pytest.raises(RepairError):
        workshop.undo()

    assert stat.S_IMODE((workshop.home / "folder" / "file").stat().st_mode) == 0o600


def test_the_part_of_a_repair_that_can_be_undone_is_undone_where_the_user_insists(
    workshop: Workshop,
) -> None:
    kinds = steps(workshop.home)
    before = tree(workshop.home)
    workshop.mend(kinds["set-mode"], kinds["rewrite-file"], kinds["move-folder"])
    (workshop.home / "config.toml").write_text("later", "utf-8")

    with pytest.raises(RepairError, match="the other steps can be taken back, with --force") as refused:
        workshop.undo()
    with pytest.raises(RepairError, match=r"was taken back in part \(2 of 3 steps\): .* was changed since"):
        workshop.undo(force=True)

    assert str(refused.value.command).endswith("--force")
    assert (workshop.home / "config.toml").read_text("utf-8") == "later"
    assert tree(workshop.home)["folder/file"] == before["folder/file"]


def test_a_repair_is_undone_once(workshop: Workshop) -> None:
    workshop.mend(steps(workshop.home)["set-mode"])
    first = workshop.records.all()[0].id
    workshop.undo()

    with pytest.raises(RepairError, match="there is no repair that could be undone"):
        workshop.undo()
    with pytest.raises(RepairError, match="it was undone already"):
        workshop.undo(first)


def test_what_is_kept_of_a_file_is_private(workshop: Workshop) -> None:
    workshop.mend(steps(workshop.home)["rewrite-file"])

    modes = {
        stat.S_IMODE(path.stat().st_mode)
        for path in (workshop.state / "repairs").rglob("*")
        if path.is_file()
    }
    folders = {stat.S_IMODE(path.stat().st_mode) for path in workshop.state.rglob("*") if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_an_act_is_done_by_the_handler_of_its_kind(workshop: Workshop) -> None:
    done: list[str] = []

    def do(step: Act, tools: Tools) -> None:
        tools.remember({"who": step.arguments["who"]})
        done.append(f"did {step.arguments['who']}")

    def undo(note: Note, _tools: Tools) -> None:
        done.append(f"undid {note['who']}")

    handler = Handler(
        do=do,
        undo=undo,
        finish=lambda _note, _tools: "",
        needs_force=lambda _note, tools: None if tools.force else "the old one is lost",
    )
    workshop.acts = {"greet": lambda: handler}

    workshop.mend(Act(kind="greet", words="Greet Ada", arguments={"who": "Ada"}))
    with pytest.raises(RepairError, match="was not undone: the old one is lost") as refused:
        workshop.undo()
    workshop.undo(force=True)

    assert done == ["did Ada", "undid Ada"]
    assert str(refused.value.command).endswith("--force")


@pytest.mark.parametrize(
    ("step", "can"),
    [
        (SetMode(path="/x", mode=0o600), True),
        (RunCommand(argv=("true",), undo=()), True),
        (RunCommand(argv=("true",)), False),
        (ShellLine(line="unset X"), False),
        (Tell(text="Wait."), False),
        (Act(kind="unheard-of", words="Do"), False),
    ],
)
def test_only_what_can_be_taken_back_is_done_without_the_user(
    workshop: Workshop, step: Step, *, can: bool
) -> None:
    (planned,) = workshop.plan(traced(step))

    assert (planned.standing == "planned") is can


def test_a_file_of_another_user_is_told_with_a_command(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_path: object, _mode: int, *, follow_symlinks: bool) -> None:  # noqa: ARG001 - as os.chmod
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refused)
    (applied,) = workshop.mend(SetMode(path=str(workshop.home / "config.toml"), mode=0o600))

    assert applied.error is not None
    assert applied.error.command == f"sudo chmod 600 {workshop.home}/config.toml"
