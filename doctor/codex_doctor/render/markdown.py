"""The report as Markdown, to be pasted into an issue or a chat: short first, the rest folded.

It is for others to read, so the redaction is that of a report for support: names have aliases.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from codex_doctor.model import Role, Severity, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from codex_doctor.model import Evidence, Report, ReportFinding
    from codex_doctor.redact import RedactedReport

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>&|#~])|@(?=[\w\-])")
"""What Markdown takes for more than a letter; a name after `@` would call somebody."""

_MARK: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "❌",
    Severity.WARNING: "⚠️",
    Severity.NOTE: "ℹ️",  # noqa: RUF001 - it is the sign for information
}


def render(redacted: RedactedReport) -> str:
    """Return the report as Markdown of GitHub's kind, with a line feed at its end."""
    report = redacted.report
    causes = [finding for finding in report.findings if finding.role is Role.CAUSE]
    shown = [finding for finding in causes if finding.severity is not Severity.NOTE]
    lines = [f"**codex-doctor: {_headline(report)}**", ""]
    for finding in shown:
        lines += _finding(finding, report)
    lines += _machine(report)
    lines += _folded(f"Everything that was found ({len(report.findings)})", _findings(report))
    lines += _folded(f"All checks ({len(report.checks)})", _checks(report))
    return "\n".join(lines).rstrip() + "\n"


def _headline(report: Report) -> str:
    causes = [finding.severity for finding in report.findings if finding.role is Role.CAUSE]
    errors, warnings = causes.count(Severity.ERROR), causes.count(Severity.WARNING)
    told = [_count(errors, "cause"), _count(warnings, "warning")]
    match report.status:
        case Status.ERROR | Status.WARNING:
            return ", ".join(words for words in told if words)
        case Status.INCOMPLETE:
            return "not everything could be examined"
        case Status.HEALTHY:
            return "no fault was found"


def _finding(finding: ReportFinding, report: Report) -> Iterator[str]:
    yield f"{_MARK[finding.severity]} **{finding.code} {_inline(finding.name)}**: {_inline(finding.title)}"
    yield ""
    yield f"- seen: {_inline(finding.detail)}"
    yield f"- to do: {_inline(finding.advice)}"
    follows = [f"{other.code} {other.name}" for other in report.findings if other.caused_by == finding.code]
    if follows:
        yield f"- leads to: {_inline(', '.join(follows))}"
    yield ""
    if finding.fix is not None and finding.fix.commands:
        yield from _block("\n".join(finding.fix.commands), "sh")


def _machine(report: Report) -> Iterator[str]:
    machine = report.machine
    codex = f"Codex {_inline(machine.codex)}" if machine.codex else "no Codex that runs"
    yield (
        f"{codex}, {_inline(machine.os)} {_inline(machine.arch)}, Python {_inline(machine.python)}, "
        f"codex-doctor {_inline(report.tool.version)}, {_inline(report.started)}"
    )
    yield ""


def _findings(report: Report) -> Iterator[str]:
    for finding in report.findings:
        role = (
            f"{finding.severity}, follows from {finding.caused_by}" if finding.caused_by else finding.severity
        )
        yield f"**{finding.code} {_inline(finding.name)}** ({_inline(role)}): {_inline(finding.detail)}"
        yield ""
        for key, value in finding.evidence.items():
            if value is not None:
                yield f"- {_inline(key)}: {_inline(_shown(value))}"
        if finding.evidence:
            yield ""


def _checks(report: Report) -> Iterator[str]:
    yield "| check | verdict | why |"
    yield "|---|---|---|"
    for check in report.checks:
        if check.verdict is Verdict.SKIPPED and check.blocked_by:
            verdict = f"blocked by {check.blocked_by}"
        else:
            verdict = "not applicable" if check.verdict is Verdict.SKIPPED else check.verdict.value
        yield f"| {_inline(check.id)} | {_inline(verdict)} | {_inline(check.reason)} |"


def _folded(summary: str, lines: Iterator[str]) -> Iterator[str]:
    yield "<details>"
    yield f"<summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def _block(text: str, language: str) -> Iterator[str]:
    """Yield *text* as a block of code whose fence it cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield text
    yield fence
    yield ""


def _inline(text: str) -> str:
    """Return *text* on one line, with nothing in it that Markdown or HTML would act upon."""
    flat = " ".join(text.split())
    return _SPECIAL.sub(lambda found: f"\\{found[0]}" if found[1] else "@\u200b", flat)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _shown(value: Evidence) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
