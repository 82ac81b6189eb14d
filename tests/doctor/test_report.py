from __future__ import annotations

from datetime import UTC, datetime

import pytest

from codex_doctor.context import System
from codex_doctor.fix import Fix, RunCommand, SetMode, Tell
from codex_doctor.model import Outcome, Role, Severity, Status, Verdict
from codex_doctor.report import Circumstances, assemble, conclude
from codex_doctor.runner import Examination
from engine import LINUX, outcome, problem

ERROR = outcome("auth.a", problem("bad").found("x"))
WARNING = outcome("auth.b", problem("mild", code="TST102", severity=Severity.WARNING).found("x"))
NOTE = outcome("auth.c", problem("odd", code="TST103", severity=Severity.NOTE).found("x"))
CRASHED = outcome("auth.d", verdict=Verdict.CRASHED)
TIMED_OUT = outcome("auth.e", verdict=Verdict.TIMED_OUT)
SKIPPED = outcome("auth.f", verdict=Verdict.SKIPPED)
HEALTHY = outcome("auth.g")


@pytest.mark.parametrize(
    ("outcomes", "strict", "expected"),
    [
        ((HEALTHY,), False, (Status.HEALTHY, 0)),
        ((), False, (Status.HEALTHY, 0)),
        ((HEALTHY, SKIPPED, NOTE), True, (Status.HEALTHY, 0)),
        ((WARNING,), False, (Status.WARNING, 0)),
        ((WARNING,), True, (Status.WARNING, 1)),
        ((ERROR, WARNING), False, (Status.ERROR, 1)),
        ((ERROR, CRASHED), False, (Status.ERROR, 1)),
        ((CRASHED,), False, (Status.INCOMPLETE, 3)),
        ((TIMED_OUT, WARNING), False, (Status.INCOMPLETE, 3)),
        ((TIMED_OUT, WARNING), True, (Status.WARNING, 1)),
    ],
)
def test_the_status_and_the_exit_code_agree(
    outcomes: tuple[Outcome, ...], strict: bool, expected: tuple[Status, int]
) -> None:
    assert conclude(outcomes, strict=strict) == expected


def circumstances(system: System = LINUX) -> Circumstances:
    return Circumstances(started=datetime(2026, 11, 20, 9, 5, tzinfo=UTC), seconds=0.41, system=system)


def test_a_blocked_finding_names_the_code_of_its_cause() -> None:
    cause = problem("dead-proxy", code="TST301", area="network", explains=("no-chat",)).found("x")
    consequence = problem("no-chat", code="TST302", area="network").found("y")

    report = assemble(
        Examination(outcomes=(outcome("network.a", consequence, cause),), machine={}), circumstances()
    )

    assert [(finding.name, finding.role, finding.caused_by) for finding in report.findings] == [
        ("dead-proxy", Role.CAUSE, None),
        ("no-chat", Role.BLOCKED, "TST301"),
    ]


@pytest.mark.parametrize(
    ("os", "expected"),
    [
        ("linux", "chmod 600 /h/a.json"),
        ("windows", 'icacls "/h/a.json" /inheritance:r /grant:r "%USERNAME%:F"'),
    ],
)
def test_a_fix_is_reported_as_commands_of_the_examined_system(os: str, expected: str) -> None:
    fix = Fix(
        summary="Make it private",
        steps=(
            SetMode(path="/h/a.json", mode=0o600),
            Tell(text="Ask your administrator."),
            RunCommand(argv=("codex", "login")),
        ),
    )
    found = outcome("auth.a", problem("bad").found("x", fix=fix))
    system = System(os=os, arch="x86_64", release="", user=None)

    report = assemble(Examination(outcomes=(found,), machine={}), circumstances(system))

    assert report.findings[0].fix is not None
    assert report.findings[0].fix.commands == (expected, "codex login")


def test_the_moment_is_rfc_3339_in_utc() -> None:
    assert assemble(Examination(outcomes=(), machine={}), circumstances()).started == "2026-11-20T09:05:00Z"
