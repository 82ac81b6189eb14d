"""Several changes of one file are one change; what cannot join waits for the next look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codex_doctor.fix import Edit, RewriteFile, SetMode, Tell
from codex_doctor.repair.plan import Standing
from repairs import Workshop, traced

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(home=tmp_path, state=tmp_path)


def change(line: int, new: str, *, sha256: str = "a", path: str = "/x") -> RewriteFile:
    return RewriteFile(path=path, sha256=sha256, edits=(Edit(first=line, old=("old",), new=(new,)),))


def test_changes_of_other_lines_of_the_same_file_are_made_at_once(workshop: Workshop) -> None:
    first, second = workshop.plan(
        traced(change(5, "five"), name="one"), traced(change(2, "two"), Tell(text="Wait."), name="two")
    )

    (step,) = first.steps
    assert isinstance(step.step, RewriteFile)
    assert [edit.first for edit in step.step.edits] == [2, 5]
    assert (second.standing, second.included_in) == (Standing.INCLUDED, "one")


def test_the_same_change_is_made_once(workshop: Workshop) -> None:
    first, second = workshop.plan(
        traced(change(5, "five"), name="one"), traced(change(5, "five"), name="two")
    )

    assert [step.step for step in first.steps] == [change(5, "five")]
    assert second.standing == Standing.INCLUDED


def test_a_second_change_of_the_same_line_waits(workshop: Workshop) -> None:
    first, second = workshop.plan(
        traced(change(5, "five"), name="one"), traced(change(5, "cinq"), name="two")
    )

    assert [step.step for step in first.steps] == [change(5, "five")]
    assert second.standing == Standing.INCLUDED


@pytest.mark.parametrize("other", [change(2, "two", path="/y"), change(2, "two", sha256="b")])
def test_changes_of_two_files_stay_apart(workshop: Workshop, other: RewriteFile) -> None:
    plan = workshop.plan(traced(change(5, "five"), name="one"), traced(other, name="two"))

    assert [one.standing for one in plan] == [Standing.PLANNED, Standing.PLANNED]


def test_what_else_a_fix_does_stays_its_own(workshop: Workshop) -> None:
    mode = SetMode(path="/x", mode=0o600)

    first, second = workshop.plan(
        traced(change(5, "five"), name="one"), traced(change(2, "two"), mode, name="two")
    )

    assert len(first.steps) == 1
    assert [step.step for step in second.steps] == [mode]


def test_a_change_that_is_only_told_takes_no_other_with_it(workshop: Workshop) -> None:
    plan = workshop.plan(
        traced(change(5, "five"), name="one", destructive=True), traced(change(2, "two"), name="two")
    )

    assert [one.standing for one in plan] == [Standing.TO_BE_NAMED, Standing.PLANNED]
