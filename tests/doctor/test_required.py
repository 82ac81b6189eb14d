"""What was required is judged by what became of its checks, and said with what stood in the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from codex_doctor.check import Check, check
from codex_doctor.model import Outcome, Role, Severity, Status, Verdict
from codex_doctor.probe import Touches, probe
from codex_doctor.report import Circumstances, assemble
from codex_doctor.runner import Examination
from codex_doctor.settings.required import CHECK, meant
from engine import LINUX, outcome, problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.context import Context
    from codex_doctor.model import Finding, Report

DEAD = problem("dead-proxy", code="TST301", area="network", blocks=("network.b",))
MILD = problem("mild", code="TST102", area="auth", severity=Severity.WARNING)

HEALTHY = outcome("auth.a")
SKIPPED = outcome("auth.b", verdict=Verdict.SKIPPED, reason="an API key is used")
CRASHED = outcome("auth.c", verdict=Verdict.CRASHED, reason="ValueError")
LATE = outcome("auth.c", verdict=Verdict.TIMED_OUT, reason="the deadline came")
BLOCKED = outcome("network.b", verdict=Verdict.SKIPPED, reason="no answer", could_be_blocked=True)
CAUSE = outcome("network.a", DEAD.found("x"))
FOREIGN = outcome("auth.of-a-stranger")


def _check(id_: str, *touches: Touches) -> Check:
    @probe(f"{id_}-read", touches=set(touches), limit=1.0)
    async def read(_ctx: Context) -> None:
        """Read nothing."""

    @check(id_, title=f"{id_} holds", needs=(read,), reports=(DEAD if touches else MILD,))
    def judge(_nothing: None) -> Iterator[Finding]:
        return iter(())

    return judge


CHECKS = (
    _check("auth.a"),
    _check("auth.b"),
    _check("auth.c"),
    _check("network.a", Touches.NETWORK),
    _check("network.b", Touches.NETWORK),
)


def report(*outcomes: Outcome, require: str, offline: bool = False, strict: bool = False) -> Report:
    circumstances = Circumstances(
        started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC),
        seconds=0.41,
        system=LINUX,
        strict=strict,
        required=meant([require], CHECKS, outcomes, offline=offline),
    )
    return assemble(Examination(outcomes=outcomes, machine={}), circumstances)


@pytest.mark.parametrize(
    ("outcomes", "require"),
    [
        ((HEALTHY,), "auth.a"),
        ((HEALTHY, SKIPPED), "auth"),
        ((HEALTHY, SKIPPED), "auth.*"),
        ((HEALTHY, CRASHED), "auth.a"),
        ((HEALTHY, CRASHED), "TST102"),
        ((HEALTHY, CRASHED), "mild"),
        ((FOREIGN,), "auth.of-a-stranger"),
    ],
)
def test_what_came_to_a_judgement_was_examined(outcomes: tuple[Outcome, ...], require: str) -> None:
    done = report(*outcomes, require=require)

    assert (done.findings, done.checks[-1].id, done.checks[-1].verdict) == ((), CHECK, Verdict.HEALTHY)


@pytest.mark.parametrize(
    ("outcomes", "require", "words"),
    [
        ((SKIPPED,), "auth.b", "auth.b was required, and it was not judged: an API key is used"),
        ((SKIPPED,), "auth", "auth was required, and auth.b was not judged: an API key is used"),
        ((HEALTHY, CRASHED), "auth", "auth was required, and auth.c crashed: ValueError"),
        ((LATE,), "mild", "mild was required, and auth.c did not come to an end: the deadline came"),
        ((HEALTHY,), "network", "network was required, and was not among what was selected"),
    ],
)
def test_what_did_not_is_told_with_the_reason(
    outcomes: tuple[Outcome, ...], require: str, words: str
) -> None:
    done = report(*outcomes, require=require, strict=True)
    (finding,) = done.findings

    assert (finding.name, finding.detail) == ("required-not-examined", words)
    assert (done.status, done.exit_code) == (Status.INCOMPLETE, 3)


def test_a_check_that_the_user_withheld_is_missed_in_its_area() -> None:
    withheld = outcome("network.b", verdict=Verdict.SKIPPED, reason="needs the network")
    seen = outcome("network.a")

    assert report(seen, withheld, require="network").exit_code == 0
    assert report(seen, withheld, require="network", offline=True).exit_code == 3


def test_what_blocked_it_is_its_cause_and_the_error_decides() -> None:
    done = report(CAUSE, BLOCKED, require="network.b")
    cause, missed = done.findings

    assert (cause.name, missed.role, missed.caused_by) == ("dead-proxy", Role.BLOCKED, "TST301")
    assert missed.evidence["blocked by"] == "TST301"
    assert "it was blocked by TST301" in missed.detail
    assert (done.status, done.exit_code) == (Status.ERROR, 1)


def test_a_warning_that_counts_decides_before_what_is_missed() -> None:
    warned = outcome("auth.a", MILD.found("x"))

    assert report(warned, require="auth.b").exit_code == 3
    assert report(warned, require="auth.b", strict=True).exit_code == 1


def test_what_is_missed_stands_behind_errors_and_before_notes() -> None:
    note = problem("odd", code="TST103", severity=Severity.NOTE)
    done = report(CAUSE, outcome("auth.a", note.found("x")), require="auth.b")

    assert [finding.name for finding in done.findings] == ["dead-proxy", "required-not-examined", "odd"]
