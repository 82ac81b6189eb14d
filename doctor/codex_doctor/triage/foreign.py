"""Reports of other programs, as the catalogues read them: what triage takes of one, as if it were ours."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from codex_doctor.causes import trace
from codex_doctor.model import Outcome, Role, Verdict
from codex_doctor.report import conclude
from codex_doctor.triage.rows import UNKNOWN, Machine, Skim, Skimmed, Tool

if TYPE_CHECKING:
    from codex_doctor.catalogue import Option, Told
    from codex_doctor.model import Finding


def told_by(content: bytes) -> Skimmed | None:
    """Return what a report of another program in *content* tells, or None where no catalogue reads one."""
    for option in _options():
        told = option.tells(content)
        if told is not None:
            return _as_ours(told)
    return None


def nameless() -> frozenset[str]:
    """Return the codes that say only that something is wrong which has no name here."""
    return frozenset(code for option in _options() for code in option.nameless)


@cache
def _options() -> tuple[Option, ...]:
    from codex_doctor.examination import load

    return tuple(option for loaded in load() for option in loaded.catalogue.options)


def _as_ours(told: Told) -> Skimmed:
    outcome = Outcome(
        check="doctor.given", title="", area="doctor", verdict=Verdict.FOUND, findings=told.findings
    )
    machine = told.machine
    return Skimmed(
        schema=1,
        tool=Tool(""),
        started=machine.get("started") or "",
        machine=Machine(
            os=machine.get("os") or UNKNOWN,
            arch=machine.get("arch") or UNKNOWN,
            codex=machine.get("codex"),
            channel=machine.get("channel"),
        ),
        status=conclude((outcome,), strict=False)[0],
        findings=tuple(
            Skim(
                code=traced.finding.problem.code,
                name=traced.finding.problem.name,
                area=traced.finding.problem.area,
                severity=traced.finding.problem.severity,
                role=Role.CAUSE if traced.cause is None else Role.BLOCKED,
                title=_title(traced.finding),
            )
            for traced in trace((outcome,)).findings
        ),
    )


def _title(finding: Finding) -> str:
    """Return what *finding* means, or where that has no name here, what the other program says of it."""
    if finding.problem.code in nameless() and finding.hearsay is not None:
        return f"{finding.hearsay.source} says: {finding.hearsay.words}"
    return finding.problem.title
