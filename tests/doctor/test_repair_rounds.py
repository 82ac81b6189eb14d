"""A repair looks again after each round, goes on where there is more, and says only what it has seen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import engine
from codex_doctor.fix import Act, Edit, Fix, MoveAside, RewriteFile, RunCommand, SetMode, ShellLine
from codex_doctor.model import Severity, Verdict
from codex_doctor.repair import rounds
from codex_doctor.repair.handler import Handler
from codex_doctor.repair.record import KEPT
from codex_doctor.repair.rewriting import digest
from repair_machine import Machine
from repairs import Listener, Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from codex_doctor.fix import Step
    from codex_doctor.model import Finding, Outcome
    from codex_doctor.repair.handler import Note, Tools
    from repair_machine import Look

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are those of Unix")


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("a = 1\nb = 2\n", "utf-8")
    (home / "config.toml").chmod(0o644)
    return Workshop(home=home, state=tmp_path / "state", door=Listener())


def found(name: str, *steps: Step, detail: str = "seen", severity: Severity = Severity.ERROR) -> Finding:
    problem = engine.problem(name, code=f"TST{100 + sum(map(ord, name)) % 900}", severity=severity)
    return problem.found(detail, fix=Fix(summary=f"Mend {name}", steps=steps))


def outcome(check: str, *findings: Finding, verdict: Verdict | None = None, reason: str = "") -> Outcome:
    return engine.outcome(check, *findings, verdict=verdict, reason=reason)


def exposed(workshop: Workshop) -> Look:
    """Look whether others can read the settings."""
    path = workshop.home / "config.toml"

    def look() -> Outcome:
        bad = path.exists() and path.stat().st_mode & 0o077
        step = SetMode(path=str(path), mode=0o600)
        return outcome("auth.private", *([found("exposed", step)] if bad else []))

    return look


def lines(workshop: Workshop, old: str, new: str, *, name: str) -> Look:
    """Look whether the line *old* stands in the settings; *new* mends it."""
    path = workshop.home / "config.toml"

    def look() -> Outcome:
        text = path.read_text("utf-8").splitlines() if path.exists() else []
        if old not in text:
            return outcome(f"config.{name}")
        edit = Edit(first=text.index(old) + 1, old=(old,), new=(new,))
        step = RewriteFile(path=str(path), sha256=digest(path.read_bytes()), edits=(edit,))
        return outcome(f"config.{name}", found(name, step))

    return look


def once(first: Look, *later: Outcome) -> Look:
    """Look with *first* at first, and see *later* in turn afterwards, the last of them for ever."""
    left = [None, *later]

    def look() -> Outcome:
        now = left.pop(0) if len(left) > 1 else left[0]
        return first() if now is None else now

    return look


def test_what_is_mended_is_said_with_the_way_back(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(shop=workshop, looks={"auth.private": exposed(workshop)})

    assert machine.mend(monkeypatch) == 0
    assert "exposed is mended" in machine.said
    assert "codex-doctor repair --undo 2" in machine.said


def test_what_cannot_be_looked_at_again_is_not_called_mended(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = outcome("auth.private", verdict=Verdict.TIMED_OUT, reason="the deadline came")
    machine = Machine(shop=workshop, looks={"auth.private": once(exposed(workshop), late)})

    assert machine.mend(monkeypatch) == 1
    assert "exposed is mended" not in machine.said
    assert "was worked on; whether it is mended could not be seen\n  the deadline came" in machine.said


def test_what_is_still_there_is_not_tried_again(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    step = SetMode(path=str(workshop.home / "config.toml"), mode=0o600)
    stays = outcome("auth.private", found("exposed", step, detail="still readable"))
    machine = Machine(shop=workshop, looks={"auth.private": lambda: stays})

    assert (machine.mend(monkeypatch), len(workshop.records.all())) == (1, 1)
    assert "exposed is still there\n  still readable" in machine.said


def test_an_examination_that_did_not_end_finds_nothing_wrong_nor_right(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = outcome("network.reached", verdict=Verdict.TIMED_OUT, reason="the deadline came")
    machine = Machine(shop=workshop, looks={"network.reached": lambda: late})

    assert machine.mend(monkeypatch) == 3
    assert "Nothing needs mending" not in machine.said
    assert "There may be more: network.reached came to no end" in machine.said


def test_a_problem_that_was_named_and_is_not_there_is_said_beside_the_one_that_is_mended(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(
        shop=workshop, looks={"auth.private": exposed(workshop)}, names=("exposed", "disk-full")
    )

    assert machine.mend(monkeypatch) == 0
    assert "exposed is mended" in machine.said
    assert "disk-full: not found here, nothing to mend" in machine.said


def test_a_no_in_a_later_round_does_not_deny_the_first(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = SetMode(path=str(workshop.home), mode=0o700)
    second = outcome("auth.private", found("behind-it", private))
    workshop.door.interactive = True
    workshop.door.answers = [True, False]
    machine = Machine(shop=workshop, looks={"auth.private": once(exposed(workshop), second)}, yes=False)

    assert machine.mend(monkeypatch) == 1
    assert "Nothing more was changed." in machine.said
    assert "Nothing was changed." not in machine.said


def test_what_another_fix_moves_away_is_looked_at_anew_and_not_called_a_failure(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(workshop.home / "config.toml")
    aside = MoveAside(path=path, to=f"{path}.aside")
    broken = once(lambda: outcome("config.whole", found("a-broken", aside)), outcome("config.whole"))
    looks = {"config.whole": broken, "config.old-key": lines(workshop, "b = 2", "b = 3", name="old-key")}
    machine = Machine(shop=workshop, looks=looks)

    assert machine.mend(monkeypatch) == 0
    assert "was not mended" not in machine.said
    assert "where it is still there," in machine.said
    assert "old-key is mended" in machine.said


def test_two_changes_of_one_line_are_made_one_after_the_other(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = lines(workshop, "a = 1", "a = 2", name="one")
    two = lines(workshop, "b = 2", "b = 3", name="two")
    machine = Machine(shop=workshop, looks={"config.one": one, "config.two": two})

    assert machine.mend(monkeypatch) == 0
    assert (workshop.home / "config.toml").read_text("utf-8") == "a = 2\nb = 3\n"
    assert len(workshop.records.all()) == 1
    workshop.undo()
    assert (workshop.home / "config.toml").read_text("utf-8") == "a = 1\nb = 2\n"


def test_there_is_an_end_to_rounds_and_it_is_said(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = iter(range(0o700, 0o777))

    def endless() -> Outcome:
        mode = next(modes)
        step = SetMode(path=str(workshop.home / "config.toml"), mode=mode)
        return outcome("auth.private", found("endless", step, detail=f"not {mode:o}"))

    machine = Machine(shop=workshop, looks={"auth.private": endless})

    assert (machine.mend(monkeypatch), len(workshop.records.all())) == (1, rounds.MOST)
    assert "There is more to mend now: run codex-doctor repair again." in machine.said


def test_what_failed_after_a_file_was_moved_aside_is_not_tried_under_a_later_name(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workshop.home / "config.toml"
    moments = iter(range(9))

    def look() -> Outcome:
        aside = MoveAside(path=str(path), to=f"{path}.aside-{next(moments)}")
        return outcome("auth.readable", found("unreadable", aside, RunCommand(argv=("false",), undo=())))

    machine = Machine(shop=workshop, looks={"auth.readable": look})

    assert (machine.mend(monkeypatch), len(workshop.records.all())) == (1, 1)
    assert machine.said.count("unreadable was not mended") == 1
    assert "There is more to mend now" not in machine.said
    assert path.exists()


def test_what_is_left_to_the_user_is_shown_with_where_it_was_seen(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = outcome(
        "config.read", engine.problem("twice", code="TST199").found("config.toml:3: a key twice")
    )
    machine = Machine(shop=workshop, looks={"config.read": lambda: by_hand})

    assert machine.mend(monkeypatch) == 1
    assert "  seen  config.toml:3: a key twice" in machine.said


def test_what_was_left_to_the_user_and_goes_away_by_itself_counts_no_more(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = outcome("network.reached", found("by-hand", ShellLine(line="unset HTTPS_PROXY")))
    looks = {
        "auth.private": exposed(workshop),
        "network.reached": once(lambda: by_hand, outcome("network.reached")),
    }
    machine = Machine(shop=workshop, looks=looks)

    assert machine.mend(monkeypatch) == 0


def test_what_is_left_to_the_user_counts_as_long_as_it_is_there(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = outcome("network.reached", found("by-hand", ShellLine(line="unset HTTPS_PROXY")))
    looks = {"auth.private": exposed(workshop), "network.reached": lambda: by_hand}
    machine = Machine(shop=workshop, looks=looks)

    assert machine.mend(monkeypatch) == 1


def test_the_same_step_is_not_done_again_for_another_finding(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = RunCommand(argv=("sh", "-c", f"echo x >> {workshop.home}/ran"), undo=())
    stays = outcome("auth.other", found("b-other", step))
    looks: dict[str, Look] = {
        "auth.first": once(lambda: outcome("auth.first", found("a-first", step)), outcome("auth.first")),
        "auth.other": lambda: stays,
    }
    machine = Machine(shop=workshop, looks=looks)

    assert machine.mend(monkeypatch) == 1
    assert (workshop.home / "ran").read_text("utf-8") == "x\n"
    assert "b-other is still there" in machine.said


def test_who_interrupts_a_step_is_told_how_it_goes_on(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_args: object) -> None:
        raise SystemExit(130)

    monkeypatch.setattr("codex_doctor.repair.modes.set_mode", interrupted)
    machine = Machine(shop=workshop, looks={"auth.private": exposed(workshop)})

    with pytest.raises(SystemExit):
        machine.mend(monkeypatch)

    assert "interrupted; what was begun is finished by the next repair" in machine.said
    assert workshop.finish() == (f"the mode of {workshop.home}/config.toml was not set (it is 644)",)


def test_what_is_kept_for_a_repair_is_let_go_with_its_record(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []

    def forget(note: Note, _tools: Tools) -> None:
        forgotten.append(note["who"])
        raise RuntimeError

    handler = Handler(
        do=lambda step, tools: tools.remember({"who": step.arguments["who"]}),
        undo=lambda _note, _tools: None,
        finish=lambda _note, _tools: "",
        forget=forget,
    )
    workshop.acts = {"greet": lambda: handler}
    for who in ("Ada", "Grace"):
        workshop.mend(Act(kind="greet", words="Greet", arguments={"who": who}))
    for _ in range(KEPT - 2):
        workshop.records.begin(["x"]).ended()

    assert Machine(shop=workshop, looks={"auth.private": exposed(workshop)}).mend(monkeypatch) == 0

    assert forgotten == ["Ada"]
    assert len(workshop.records.all()) == KEPT


def half_done(workshop: Workshop, *, mends: bool) -> Look:
    """Look whether there is a file `made`; a program makes it or another one, and fails."""
    made = workshop.home / "made"
    name = made if mends else workshop.home / "other"
    step = RunCommand(argv=("sh", "-c", f"touch {name}; exit 3"), undo=("rm", str(name)))
    return lambda: outcome("auth.private", *([] if made.exists() else [found("lacking", step)]))


def test_a_program_that_failed_halfway_is_not_said_to_have_changed_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(shop=workshop, looks={"auth.private": half_done(workshop, mends=False)})

    assert machine.mend(monkeypatch) == 1
    assert "lacking was not mended\n  sh failed (3): . It may have changed something by then" in machine.said
    assert "to take it back: codex-doctor repair --undo" in machine.said
    workshop.undo()
    assert not (workshop.home / "other").exists()


def test_a_program_that_failed_and_mended_it_all_the_same_did_mend_it(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(shop=workshop, looks={"auth.private": half_done(workshop, mends=True)})

    assert machine.mend(monkeypatch) == 0
    assert "lacking is mended\n  although sh failed (3)" in machine.said
    workshop.undo()
    assert not (workshop.home / "made").exists()
