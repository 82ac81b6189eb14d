from __future__ import annotations

from codex_doctor.causes import Diagnosis, trace
from codex_doctor.model import Severity, Verdict
from engine import outcome, problem

PROXY = problem("dead-proxy", code="TST301", area="network", explains=("no-*",), blocks=("account.*",))
NO_CHAT = problem("no-chat", code="TST302", area="network", explains=("no-session",))
NO_SESSION = problem("no-session", code="TST103", area="auth")
CONFIG = problem("bad-config", code="TST201", area="config")


def roles(diagnosis: Diagnosis) -> dict[str, str | None]:
    return {
        traced.finding.problem.name: traced.cause.problem.name if traced.cause else None
        for traced in diagnosis.findings
    }


def test_what_a_cause_explains_steps_back_behind_it() -> None:
    diagnosis = trace([outcome("network.a", NO_CHAT.found("x")), outcome("network.b", PROXY.found("y"))])

    assert roles(diagnosis) == {"dead-proxy": None, "no-chat": "dead-proxy"}


def test_a_chain_of_explanations_ends_at_its_root() -> None:
    diagnosis = trace(
        [
            outcome("auth.a", NO_SESSION.found("x")),
            outcome("network.a", NO_CHAT.found("x")),
            outcome("network.b", PROXY.found("y")),
        ]
    )

    assert roles(diagnosis) == {"dead-proxy": None, "no-session": "dead-proxy", "no-chat": "dead-proxy"}


def test_two_independent_faults_are_two_causes() -> None:
    diagnosis = trace([outcome("config.a", CONFIG.found("x")), outcome("network.b", PROXY.found("y"))])

    assert roles(diagnosis) == {"bad-config": None, "dead-proxy": None}


def test_a_cause_explains_only_what_concerns_the_same_hosts() -> None:
    proxy = PROXY.found("y", subjects=frozenset({"chatgpt.com"}))
    chat = NO_CHAT.found("x", subjects=frozenset({"chatgpt.com"}))
    other = problem("no-github", code="TST304", area="network").found("z", subjects=frozenset({"github.com"}))

    diagnosis = trace([outcome("network.a", chat, proxy, other)])

    assert roles(diagnosis) == {"dead-proxy": None, "no-chat": "dead-proxy", "no-github": None}


def test_a_note_is_never_the_cause_of_an_error() -> None:
    note = problem("odd", code="TST901", severity=Severity.NOTE, explains=("*",))

    diagnosis = trace([outcome("doctor.a", note.found("x")), outcome("auth.a", NO_SESSION.found("y"))])

    assert roles(diagnosis) == {"no-session": None, "odd": None}


def test_a_check_that_could_not_run_is_blocked_by_the_root_that_keeps_it() -> None:
    diagnosis = trace(
        [
            outcome("network.b", PROXY.found("y")),
            outcome("account.limits", verdict=Verdict.SKIPPED, could_be_blocked=True),
            outcome("account.plan", verdict=Verdict.SKIPPED, could_be_blocked=False),
        ]
    )

    assert diagnosis.blocked_by == {"account.limits": "TST301"}
    assert diagnosis.findings[0].blocks == ("account.limits",)


def test_errors_stand_before_warnings_and_what_stops_the_main_job_first_before_the_rest() -> None:
    late = problem("late", code="TST801", area="state")
    soon = problem("soon", code="TST802", area="install")
    mild = problem("mild", code="TST102", area="install", severity=Severity.WARNING)

    diagnosis = trace([outcome("state.a", mild.found("1"), late.found("2"), soon.found("3"))])

    assert [traced.finding.problem.name for traced in diagnosis.findings] == ["soon", "late", "mild"]


def test_the_same_finding_of_two_checks_is_told_once() -> None:
    diagnosis = trace([outcome("config.a", CONFIG.found("x")), outcome("config.b", CONFIG.found("x"))])

    assert len(diagnosis.findings) == 1
    assert diagnosis.findings[0].check == "config.a"
