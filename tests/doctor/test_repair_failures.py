"""A repair that fails, whatever fails in it, leaves nothing half done and says what is true."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from codex_doctor.errors import PrivateFolderError, RepairError
from codex_doctor.fix import Act, MakeFolder, MoveAside, SetMode
from codex_doctor.repair.handler import Handler
from codex_doctor.repair.handlers import USUAL
from repairs import Workshop, age, traced, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from codex_doctor.repair.applying import Applied
    from codex_doctor.repair.handler import Note, Tools

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and renames are those of Unix")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    home = tmp_path / "home"
    (home / "folder").mkdir(parents=True)
    (home / "config.toml").write_text('model = "old"\n', "utf-8")
    (home / "config.toml").chmod(0o644)
    age(home)
    return Workshop(home=home, state=tmp_path / "state")


def private(workshop: Workshop) -> SetMode:
    return SetMode(path=str(workshop.home / "config.toml"), mode=0o600)


def acting(
    workshop: Workshop,
    do: Callable[[Act, Tools], Note | None],
    *,
    undo: Callable[[Note, Tools], None] = lambda _note, _tools: None,
    finish: Callable[[Note, Tools], str] = lambda _note, _tools: "fine",
) -> Act:
    """Teach *workshop* an act that is done by *do*, and return it."""
    handler = Handler(do=do, undo=undo, finish=finish)
    workshop.acts = {"act": lambda: handler}
    return Act(kind="act", words="Act")


def fails(_step: Act, tools: Tools) -> None:
    tools.remember({"kept": 1})
    raise RepairError("the service is out of reach", transient=True)


def crashes(_step: Act, tools: Tools) -> None:
    tools.remember({"kept": 1})
    raise ZeroDivisionError("division by zero")


def both(workshop: Workshop, first: Act) -> tuple[Applied, ...]:
    """Do *first* for one finding, and set a mode for another."""
    return workshop.mend_all(traced(first, name="first"), traced(private(workshop), name="second"))


def test_what_was_done_before_a_step_that_failed_is_taken_back(workshop: Workshop) -> None:
    before = tree(workshop.home)
    aside = MoveAside(path=str(workshop.home / "config.toml"), to=str(workshop.home / "aside"))

    (applied,) = workshop.mend(aside, private_folder(workshop), acting(workshop, fails))

    assert tree(workshop.home) == before
    assert (applied.done, len(applied.back)) == ((), 2)
    assert not workshop.records.all()[0].undoable


def private_folder(workshop: Workshop) -> SetMode:
    return SetMode(path=str(workshop.home / "folder"), mode=0o700)


def test_what_cannot_be_taken_back_after_a_failure_can_be_undone_later(workshop: Workshop) -> None:
    def fail(step: Act, tools: Tools) -> None:
        (workshop.home / "config.toml").chmod(0o640)
        fails(step, tools)

    (applied,) = workshop.mend(private(workshop), acting(workshop, fail))
    (workshop.home / "config.toml").chmod(0o600)
    workshop.undo()

    assert ([step.do for step in applied.done], applied.back) == (["set-mode"], ())
    assert stat.S_IMODE((workshop.home / "config.toml").stat().st_mode) == 0o644


def test_what_a_handler_could_not_take_back_is_finished_by_the_next_repair(workshop: Workshop) -> None:
    def stuck(_step: Act, tools: Tools) -> None:
        tools.remember({"kept": 1})
        raise RepairError("the disk is full; the next repair finishes it", unfinished=True)

    (applied,) = workshop.mend(acting(workshop, stuck, finish=lambda note, _tools: f"kept {note['kept']}"))

    assert applied.error is not None
    assert len(workshop.cut_off()) == 1
    assert workshop.finish() == ("kept 1",)
    assert workshop.cut_off() == []


def test_a_handler_that_crashes_is_a_failed_step_and_is_finished_by_the_next_repair(
    workshop: Workshop,
) -> None:
    first, second = both(workshop, acting(workshop, crashes))

    assert first.error is not None
    assert first.error.message == "Act: codex-doctor itself failed (ZeroDivisionError: division by zero)"
    assert (second.error, len(second.done)) == (None, 1)
    assert workshop.finish() == ("fine",)
    assert workshop.cut_off() == []


def full_for(event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no line about *event* be written: the disk is full then."""
    real = os.write

    def write(descriptor: int, content: bytes) -> int:
        if f'"event": "{event}"'.encode() in bytes(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, content)

    monkeypatch.setattr(os, "write", write)


@pytest.mark.parametrize(("event", "mode"), [("begun", 0o644), ("noted", 0o644), ("done", 0o600)])
def test_where_the_record_cannot_be_written_nothing_more_is_done(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, event: str, mode: int
) -> None:
    full_for(event, monkeypatch)

    first, second = workshop.mend_all(
        traced(private(workshop), name="first"), traced(private_folder(workshop), name="second")
    )
    monkeypatch.undo()

    assert [one.error and "No space left" in one.error.message for one in (first, second)] == [True, True]
    assert stat.S_IMODE((workshop.home / "config.toml").stat().st_mode) == mode
    assert stat.S_IMODE((workshop.home / "folder").stat().st_mode) != 0o700
    workshop.finish()
    assert workshop.records.all()[0].undoable is (event == "done")


def test_a_record_that_cannot_be_ended_is_ended_by_the_next_repair(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_for("ended", monkeypatch)

    (applied,) = workshop.mend(private(workshop))
    monkeypatch.undo()

    assert (applied.error, workshop.finish(), workshop.cut_off()) == (None, (), [])


def test_what_took_the_place_of_something_is_undone_before_it(workshop: Workshop) -> None:
    path = workshop.home / "config.toml"
    before = tree(workshop.home)

    def make(_step: Act, tools: Tools) -> Note:
        tools.remember({"path": str(path)})
        path.write_text("new", "utf-8")
        return {"path": str(path), "made": True}

    def unmake(note: Note, _tools: Tools) -> None:
        assert note["made"]
        path.unlink()

    act = acting(workshop, make, undo=unmake)
    (applied,) = workshop.mend(MoveAside(path=str(path), to=f"{path}.aside"), act)
    workshop.undo()
    age(workshop.home)

    assert applied.error is None
    assert {name: kept[::3] for name, kept in tree(workshop.home).items()} == {
        name: kept[::3] for name, kept in before.items()
    }


def test_an_undo_that_fails_on_its_way_says_so_and_goes_on_later(workshop: Workshop) -> None:
    failing = [True, False]

    def undo(_note: Note, _tools: Tools) -> None:
        if failing.pop(0):
            raise RepairError("not now")

    act = acting(workshop, lambda _step, tools: tools.remember({}), undo=undo)
    workshop.mend(act, private(workshop))

    with pytest.raises(RepairError, match=r"was taken back in part \(1 of 2 steps\): not now"):
        workshop.undo()
    assert stat.S_IMODE((workshop.home / "config.toml").stat().st_mode) == 0o644
    workshop.undo()
    assert (failing, workshop.records.all()[0].undone) == ([], True)


DAMAGED: Final = (
    "{}",
    '{"path": 3, "before": "x", "after": [], "to": null, "made": 1, "times": 1, "argv": "x", "undo": 1}',
    '{"path": "/x", "before": -1, "after": 1e99, "to": "/y", "is": [], "times": {"/": []}, "made": [{}]}',
    '{"path": "/x", "before": "0", "mode": 9999999, "modified_ns": 1e99, "times": {"/": [1e9]}}',
)


@pytest.mark.parametrize("note", DAMAGED, ids=["empty", "shapes", "numbers", "more numbers"])
@pytest.mark.parametrize("kind", USUAL)
def test_a_damaged_note_is_said_and_hides_no_other(workshop: Workshop, kind: str, note: str) -> None:
    workshop.user = 0  # for what only root does
    writer = workshop.records.begin(["x"])
    writer.begun(1, kind=kind, words="Do something")
    writer.noted(1, json.loads(note))
    writer.begun(2, kind="unheard-of", words="Do what nobody knows")
    writer.noted(2, {})

    told = workshop.finish()

    assert told[0].startswith("not finished yet: Do something (the record of it is damaged")
    assert told[1] == "it is not known how far this came: Do what nobody knows"
    with pytest.raises(RepairError):
        workshop.undo()


def test_what_cannot_be_finished_now_is_finished_later(workshop: Workshop) -> None:
    held = [True, False]

    def finish(_note: Note, _tools: Tools) -> str:
        if held.pop(0):
            raise RepairError("a lock is held", transient=True)
        return "finished"

    acting(workshop, fails, finish=finish)
    writer = workshop.records.begin(["x"])
    writer.begun(1, kind="act", words="Act")
    writer.noted(1, {})

    assert workshop.finish() == ("not finished yet: Act (a lock is held)",)
    assert workshop.finish() == ("finished",)
    assert workshop.cut_off() == []


def burst(*_: object) -> str:
    raise ZeroDivisionError("division by zero")


def give_up(*_: object) -> str:
    raise PrivateFolderError("the state is not to be had")


@pytest.mark.parametrize(
    ("fail", "why"),
    [(burst, "codex-doctor itself failed (ZeroDivisionError: division by zero)"), (give_up, "not to be had")],
)
@pytest.mark.parametrize("what", ["undo", "objection", "needs_force", "places"])
def test_a_handler_that_crashes_keeps_nobody_from_repairing_nor_undoing(
    workshop: Workshop, fail: Callable[..., str], why: str, what: str
) -> None:
    act = acting(workshop, lambda _step, tools: tools.remember({}))
    workshop.mend(act, act)
    hand = replace(workshop.acts["act"](), **{what: fail})
    workshop.acts = {"act": lambda: hand}

    with pytest.raises(RepairError, match=re.escape(why)):
        workshop.undo()
    acting(workshop, fails, finish=fail)
    writer = workshop.records.begin(["x"])
    writer.begun(1, kind="act", words="Act")
    writer.noted(1, {})
    assert why in workshop.finish()[0]


@pytest.mark.parametrize(
    ("path", "why"),
    [("made/" + "x" * 300, "File name too long"), ("config.toml/made", "config.toml is no folder")],
)
def test_of_folders_that_cannot_all_be_made_none_stays(workshop: Workshop, path: str, why: str) -> None:
    before = {name: kept[::3] for name, kept in tree(workshop.home).items()}

    (applied,) = workshop.mend(MakeFolder(path=str(workshop.home / path)))

    assert applied.error is not None
    assert applied.error.message.endswith(why)
    assert {name: kept[::3] for name, kept in tree(workshop.home).items()} == before
