"""The rules of fixes bite: what breaks one is named."""

from __future__ import annotations

import pytest

import fix_rules
from codex_checks.acts.install.asked import INSTALLING
from codex_checks.problems.files import CODEX_HOME_MISSING
from codex_doctor.fix import Act, Fix, MoveAside, RemoveFile, RunCommand, SetMode, SetOwner, ShellLine, Tell
from codex_doctor.model import Finding

BREAKS = {
    "a full stop": (Fix(summary="Do it.", steps=(Tell(text="Do it."),)), "no imperative"),
    "no steps": (Fix(summary="Do it"), "no steps"),
    "destruction without a word": (
        Fix(summary="Do it", steps=(ShellLine(line="rm -r ~/.codex"),)),
        "destroys something and does not say so",
    ),
    "destruction unasked": (
        Fix(summary="Do it", steps=(SetMode(path="/x", mode=0o600),), destructive=True),
        "done without the user's naming it",
    ),
    "logging out": (
        Fix(summary="Do it", steps=(ShellLine(line="codex logout && codex login"),)),
        "destroys something and does not say so",
    ),
    "rights for all": (
        Fix(summary="Do it", steps=(ShellLine(line="chmod -R 777 ~/.codex"),)),
        "weakens the machine",
    ),
    "rights for all, in letters": (
        Fix(summary="Do it", steps=(ShellLine(line="chmod o+w ~/.codex"),)),
        "weakens the machine",
    ),
    "certificates unread": (
        Fix(summary="Do it", steps=(ShellLine(line="npm config set strict-ssl false"),)),
        "weakens the machine",
    ),
    "a folder of the system": (
        Fix(summary="Do it", steps=(SetOwner(path="/etc", owner=1000),)),
        "not Codex's",
    ),
    "a sign-in that others read": (
        Fix(summary="Do it", steps=(SetMode(path="/x/auth.json", mode=0o644),)),
        "others could read",
    ),
    "a sign-in that others write": (
        Fix(summary="Do it", steps=(SetMode(path="/x/auth.json", mode=0o620),)),
        "others could write",
    ),
    "a password on the way": (
        Fix(summary="Do it", steps=(RunCommand(argv=("sudo", "true"), undo=()),)),
        "left to the user, and would be done",
    ),
    "a switch of the kernel": (
        Fix(summary="Do it", steps=(RunCommand(argv=("sysctl", "-w", "a=1"), undo=()),)),
        "left to the user, and would be done",
    ),
    "no sentence": (Fix(summary="Do it", steps=(Tell(text="then go on"),)), "tells no sentence"),
    "words that are none": (
        Fix(summary="Do it", steps=(Act(kind=INSTALLING, words="install it."),)),
        "no imperative",
    ),
}

KEEPS = {
    "a file moved aside": Fix(summary="Move it", steps=(MoveAside(path="/x", to="/x.old"),)),
    "a file of which a copy is kept": Fix(summary="Remove it", steps=(RemoveFile(path="/x", sha256="a"),)),
    "destruction that says so": Fix(
        summary="Do it", steps=(ShellLine(line="rm -r ~/.codex/x"),), destructive=True
    ),
    "a variable that goes": Fix(summary="Do it", steps=(ShellLine(line="Remove-Item Env:X"),)),
}


def finding(fix: Fix, *, advice: str = "Make the folder.") -> Finding:
    """Return a finding with *fix*, whatever rules it breaks."""
    return Finding(problem=CODEX_HOME_MISSING, detail="seen", evidence={}, advice=advice, fix=fix)


@pytest.mark.parametrize(("fix", "words"), BREAKS.values(), ids=BREAKS.keys())
def test_a_fix_that_breaks_a_rule_is_named(fix: Fix, words: str) -> None:
    told = list(fix_rules.broken(finding(fix)))

    assert [one for one in told if words in one] != []


@pytest.mark.parametrize("fix", KEEPS.values(), ids=KEEPS.keys())
def test_a_fix_that_keeps_the_rules_is_none(fix: Fix) -> None:
    assert list(fix_rules.broken(finding(fix))) == []


def test_what_is_kept_is_not_to_be_deleted_in_the_advice() -> None:
    fix = Fix(summary="Move it", steps=(MoveAside(path="/x", to="/x.old"),))

    told = list(fix_rules.broken(finding(fix, advice="Delete the file.")))

    assert told == ["it keeps what the advice says to delete: Delete the file."]
