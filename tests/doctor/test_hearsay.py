"""What others tell is evidence of what was seen, and a finding only where nothing was seen of it."""

from __future__ import annotations

from codex_doctor.hearsay import fold
from codex_doctor.model import Finding, Hearsay, Problem, Severity, Verdict
from engine import outcome, problem

LOST = problem("lost", code="TST101", area="auth")
GONE = problem("gone", code="TST102", area="auth", severity=Severity.WARNING)
SLOW = problem("slow", code="TST103", area="network")


def told(of: Problem, *about: str, words: str = "it is lost") -> Finding:
    return of.found("Sam says so", hearsay=Hearsay(source="Sam", words=words, about=frozenset(about)))


def test_what_was_seen_too_is_no_second_finding_but_evidence() -> None:
    seen, heard = fold((outcome("auth.a", LOST.found("seen")), outcome("doctor.b", told(LOST, "auth"))))

    assert seen.findings[0].evidence == {"Sam says": "it is lost"}
    assert (heard.findings, heard.verdict) == ((), Verdict.SKIPPED)
    assert heard.reason == "it tells of TST101, seen here too"


def test_what_nobody_saw_stays_a_finding() -> None:
    outcomes = (outcome("network.a", SLOW.found("seen")), outcome("doctor.b", told(LOST, "auth", "lo*")))

    assert fold(outcomes) == outcomes


def test_of_several_that_fit_the_same_problem_comes_first_and_then_the_gravest() -> None:
    outcomes = (
        outcome("auth.a", GONE.found("seen")),
        outcome("auth.b", LOST.found("seen")),
        outcome("doctor.c", told(GONE, "auth", words="gone"), told(SLOW, "auth", words="slow")),
    )

    gone, lost, _ = fold(outcomes)

    assert gone.findings[0].evidence == {"Sam says": "gone"}
    assert lost.findings[0].evidence == {"Sam says": "slow"}


def test_two_that_are_only_told_are_not_folded_into_each_other() -> None:
    outcomes = (outcome("doctor.c", told(LOST, "auth"), told(GONE, "auth")),)

    assert fold(outcomes) == outcomes


def test_a_check_keeps_what_only_it_tells() -> None:
    outcomes = (
        outcome("auth.a", LOST.found("seen")),
        outcome("doctor.c", told(LOST, "auth"), told(SLOW, "network")),
    )

    _, heard = fold(outcomes)

    assert heard.verdict is Verdict.FOUND
    assert [each.problem.name for each in heard.findings] == ["slow"]
