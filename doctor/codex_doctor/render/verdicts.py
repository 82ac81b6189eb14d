"""What each check of a report came to, for formats that know tests and their results."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.model import ReportCheck, ReportFinding, Role, Severity, Verdict
from codex_doctor.report import MISSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from codex_doctor.model import Report


class Judged(Struct, frozen=True, kw_only=True):
    """A check with what it found, the gravest first. *failed*: it counts for the exit code of a problem."""

    check: ReportCheck
    findings: tuple[ReportFinding, ...]
    failed: bool

    @property
    def broken(self) -> bool:
        """Whether nothing is known: the check crashed, met the deadline, or misses what was required."""
        missed = any(finding.name == MISSED for finding in self.findings)
        return missed or self.check.verdict in (Verdict.CRASHED, Verdict.TIMED_OUT)

    @property
    def skipped(self) -> str | None:
        """Why it was not judged, in words, or None where it was."""
        if self.check.verdict is not Verdict.SKIPPED:
            return None
        if self.check.blocked_by:
            return f"blocked by {self.check.blocked_by}"
        return self.check.reason or "not applicable"


def judged(report: Report, *, strict: bool = False) -> Iterator[Judged]:
    """Yield every check of *report* in its order; with *strict* a warning counts as an error does."""
    for check in report.checks:
        found = tuple(finding for finding in report.findings if finding.check == check.id)
        yield Judged(
            check=check, findings=found, failed=any(counts(finding, strict=strict) for finding in found)
        )


def counts(finding: ReportFinding, *, strict: bool) -> bool:
    """Whether *finding* makes the examination end with exit code 1."""
    if finding.severity is Severity.WARNING:
        return strict and finding.name != MISSED
    return finding.severity is Severity.ERROR


def causes(report: Report) -> tuple[ReportFinding, ...]:
    """Return the findings that nothing else explains, in the order of the report."""
    return tuple(finding for finding in report.findings if finding.role is Role.CAUSE)


def told(finding: ReportFinding) -> str:
    """Return *finding* as plain lines: what was seen, what to do, the commands to copy, what to read."""
    lines = [finding.detail, f"What to do: {finding.advice}"]
    if finding.fix:
        lines += [f"    {line}" for command in finding.fix.commands for line in command.splitlines()]
    lines.append(f"To read: codex-doctor explain {finding.code}")
    return "\n".join(lines)


def fingerprint(finding: ReportFinding) -> str:
    """Return what stays the same for the same finding on the same machine, in hexadecimal."""
    said = f"{finding.code}\0{finding.check}\0{finding.detail}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
