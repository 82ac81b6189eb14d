"""Put outcomes together into the report of schema 1, with its status and exit code."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from codex_doctor import __version__
from codex_doctor.catalogue import RESERVED
from codex_doctor.causes import trace
from codex_doctor.fix import command
from codex_doctor.hearsay import fold
from codex_doctor.model import (
    SCHEMA,
    Outcome,
    Report,
    ReportCheck,
    ReportDocs,
    ReportFinding,
    ReportFix,
    ReportMachine,
    ReportTool,
    Role,
    Severity,
    Status,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from codex_doctor.causes import Traced
    from codex_doctor.context import System
    from codex_doctor.fix import Fix
    from codex_doctor.model import Evidence, Finding, Problem
    from codex_doctor.runner import Examination
    from codex_doctor.settings.required import Required

FOUND: Final = 1
INCOMPLETE: Final = 3

RECORDED: Final = "recorded before"
"""The name of the evidence that says how often a problem was seen."""

MISSED: Final = "required-not-examined"
"""The name of the problem that says what `--require` misses (`settings.required`)."""

DISABLED: Final = "disabled in"
"""How the reason of a check begins that settings left out (`settings.upkeep`): the place follows."""

BORNE: Final = ("waived", "in the baseline")
"""The evidence that a finding is a note because settings waive it, or a baseline knows it."""

OWN_CLAIMS: Final = ("doctor.required-is-examined", "doctor.settings-hold")
"""Claims that no probe is read for: they are judged when all others are (`settings`)."""

DOCS_FOLDER: Final = "docs/troubleshooting"


Ruled = Callable[[tuple[Outcome, ...]], tuple[Outcome, ...]]
"""What weighs the outcomes of an examination as settings have it (`settings.upkeep`)."""


class Circumstances(Struct, frozen=True, kw_only=True):
    """When and how the examination ran. *seconds* count from the start of the process.

    *can* says whether a repair could do all of a fix by itself, and *recalled* how often problems were seen
    before, in words, by their names. *required* is what must have been examined, and *ruled* weighs
    the outcomes as settings have it.
    """

    started: datetime
    seconds: float
    system: System
    strict: bool = False
    can: Callable[[Fix], bool] = lambda _fix: False
    recalled: Mapping[str, str] = field(default_factory=dict[str, str])
    required: Required | None = None
    ruled: Ruled | None = None


def assemble(examination: Examination, circumstances: Circumstances) -> Report:
    """Return the report of *examination*; it still holds whatever secrets the outcomes hold."""
    outcomes = fold(examination.outcomes)
    outcomes = circumstances.ruled(outcomes) if circumstances.ruled else outcomes
    diagnosis = trace(outcomes)
    if circumstances.required is not None:
        from codex_doctor.settings.required import demand

        outcomes, diagnosis = demand(circumstances.required, outcomes, diagnosis)
    status, exit_code = conclude(outcomes, strict=circumstances.strict)
    machine = examination.machine
    origins = {outcome.check: outcome.origin for outcome in outcomes}
    return Report(
        schema=SCHEMA,
        tool=ReportTool(name="codex-doctor", version=__version__),
        started=circumstances.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        seconds=round(circumstances.seconds, 3),
        machine=ReportMachine(
            os=machine.get("os") or circumstances.system.os,
            arch=machine.get("arch") or circumstances.system.arch,
            python=platform.python_version(),
            codex=machine.get("codex"),
            codex_home=machine.get("codex_home"),
            channel=machine.get("channel"),
        ),
        status=status,
        exit_code=exit_code,
        findings=tuple(
            _finding(traced, circumstances, origins.get(traced.check, "")) for traced in diagnosis.findings
        ),
        checks=tuple(_check(outcome, diagnosis.blocked_by.get(outcome.check)) for outcome in outcomes),
    )


def conclude(outcomes: tuple[Outcome, ...], *, strict: bool) -> tuple[Status, int]:
    """Return the status and the exit code: 1 found, 3 incomplete, 0 neither.

    With *strict* a warning counts like an error. That something required was not examined is no fault of the
    machine, and makes it incomplete.
    """
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    severities = {finding.problem.severity for finding in findings if finding.problem.name != MISSED}
    incomplete = any(outcome.verdict in (Verdict.CRASHED, Verdict.TIMED_OUT) for outcome in outcomes)
    incomplete = incomplete or any(finding.problem.name == MISSED for finding in findings)
    if Severity.ERROR in severities:
        return Status.ERROR, FOUND
    if strict and Severity.WARNING in severities:
        return Status.WARNING, FOUND
    if incomplete:
        return Status.INCOMPLETE, INCOMPLETE
    return (Status.WARNING if Severity.WARNING in severities else Status.HEALTHY), 0


def _finding(traced: Traced, circumstances: Circumstances, origin: str) -> ReportFinding:
    finding = traced.finding
    problem = finding.problem
    return ReportFinding(
        code=problem.code,
        name=problem.name,
        area=problem.area,
        severity=problem.severity,
        role=Role.CAUSE if traced.cause is None else Role.BLOCKED,
        caused_by=None if traced.cause is None else traced.cause.problem.code,
        blocks=traced.blocks,
        check=traced.check,
        title=problem.title,
        detail=finding.detail,
        evidence=_with_memory(finding, circumstances.recalled),
        advice=finding.advice,
        docs=ReportDocs(page=_page(problem, origin), url=problem.url),
        fix=None if finding.fix is None else _fix(finding.fix, circumstances),
    )


def _page(problem: Problem, origin: str) -> str:
    """Return where the page of *problem* stands: ours in the project, others' with whoever brought it.

    Ours travel with the program, so that no published address is invented.
    """
    if not origin or problem.code.startswith(RESERVED):
        return f"{DOCS_FOLDER}/{problem.name}.md"
    return origin if origin.endswith(".toml") else f"{origin}/{problem.name}.md"


def _with_memory(finding: Finding, recalled: Mapping[str, str]) -> Mapping[str, Evidence]:
    """Return the evidence of *finding*, with how often it was seen before, unless that tells it anyway."""
    words = recalled.get(finding.problem.name)
    if words is None or "recorded" in finding.evidence:
        return finding.evidence
    return {**finding.evidence, RECORDED: words}


def _fix(fix: Fix, circumstances: Circumstances) -> ReportFix:
    commands = (command(step, os=circumstances.system.os) for step in fix.steps)
    return ReportFix(
        summary=fix.summary,
        commands=tuple(line for line in commands if line is not None),
        automatic=circumstances.can(fix),
        destructive=fix.destructive,
    )


def _check(outcome: Outcome, blocked_by: str | None) -> ReportCheck:
    return ReportCheck(
        id=outcome.check,
        title=outcome.title,
        area=outcome.area,
        verdict=outcome.verdict,
        reason=outcome.reason,
        blocked_by=blocked_by,
        seconds=round(outcome.seconds, 4),
    )
