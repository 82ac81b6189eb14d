"""The report for a person: the answer first, then the evidence; a healthy machine is one line."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from codex_doctor.model import Role, Severity, Status, Verdict
from codex_doctor.render.style import LABEL, WIDEST, Style
from codex_doctor.render.wrapping import wrapped
from codex_doctor.report import BORNE, DISABLED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.model import Evidence, Report, ReportCheck, ReportFinding
    from codex_doctor.redact import RedactedReport

MOST_IDS: Final = 4
"""Blocked checks that are listed by id; of more, their number and areas say as much."""

_SEVERITY_COLOUR: Final[Mapping[Severity, str]] = {
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "cyan",
}


def render(redacted: RedactedReport, *, style: Style, everything: bool = False) -> str:
    """Return the report as text; with *everything* also what is healthy, skipped and merely noted."""
    report = redacted.report
    lines = [_headline(report, style)]
    noted = everything or _nothing_passed(report)
    for finding in report.findings:
        if finding.role is Role.CAUSE and (noted or finding.severity is not Severity.NOTE):
            lines += _cause(finding, report, style, everything=everything)
    lines += _incomplete(report.checks, style)
    if report.status is Status.HEALTHY and _nothing_passed(report) and not everything:
        lines += _unjudged(report.checks, style)
    if everything:
        lines += _all_checks(report, style)
    if len(lines) > 1:
        lines += _tally(report, style, everything=noted)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(report: Report, style: Style) -> str:
    causes = [finding for finding in report.findings if finding.role is Role.CAUSE]
    errors = sum(finding.severity is Severity.ERROR for finding in causes)
    warnings = sum(finding.severity is Severity.WARNING for finding in causes)
    consequences = sum(
        finding.role is Role.BLOCKED and finding.severity is not Severity.NOTE for finding in report.findings
    )
    healthy = sum(check.verdict is Verdict.HEALTHY for check in report.checks)
    parts = [
        _count(errors, "cause"),
        _count(consequences, "consequence"),
        _count(warnings, "warning"),
    ]
    found = ", ".join(part for part in parts if part)
    match report.status:
        case Status.ERROR:
            left = style.paint(f"{style.symbol('error')} {found}", "red", "bold")
        case Status.WARNING:
            left = style.paint(f"{style.symbol('warning')} Codex works, with {found}", "yellow", "bold")
        case Status.INCOMPLETE:
            words = "nothing is known to be wrong, but not everything could be examined"
            left = style.paint(f"{style.symbol('timed-out')} {words}", "yellow", "bold")
        case Status.HEALTHY if _nothing_passed(report):
            left = f"{style.symbol('note' if causes else 'skipped')} {_unproved(len(causes))}"
        case Status.HEALTHY:
            version = report.machine.codex
            claim = f"Codex {version} is healthy" if version else "No fault was found"
            if borne := sum(_is_borne(finding) for finding in causes):
                claim = f"No fault was found but {borne} waived or known"
            disabled = sum(_is_disabled(check) for check in report.checks)
            skipped = sum(check.verdict is Verdict.SKIPPED for check in report.checks) - disabled
            rest = f", {skipped} not applicable" if skipped else ""
            rest += f", {disabled} disabled" if disabled else ""
            noted = _count(len(causes) - borne, "note")
            notes = f", {noted} (--all)" if noted else ""
            words = f"{claim}: {_count(healthy, 'check')} passed{rest}{notes}"
            left = style.paint(f"{style.symbol('healthy')} {words}", "green", "bold")
    seconds = f"{report.seconds:.2f} s"
    gap = style.width - _visible(left) - len(seconds)
    return f"{left}{' ' * gap}{style.paint(seconds, 'dim')}" if gap > 1 else left


def _is_disabled(check: ReportCheck) -> bool:
    """Whether settings left *check* out."""
    return check.verdict is Verdict.SKIPPED and check.reason.startswith(DISABLED)


def _is_borne(finding: ReportFinding) -> bool:
    """Whether *finding* is a note because settings waive it, or a baseline knows it."""
    return not finding.evidence.keys().isdisjoint(BORNE)


def _nothing_passed(report: Report) -> bool:
    """Whether no check at all was passed, so that nothing may be called healthy."""
    return all(check.verdict is not Verdict.HEALTHY for check in report.checks)


def _unproved(notes: int) -> str:
    return f"No fault was found, with {_count(notes, 'note')}" if notes else "Nothing here could be judged"


def _unjudged(checks: Sequence[ReportCheck], style: Style) -> Iterator[str]:
    """Say why nothing was judged, and how to learn more: silence would look like health."""
    reasons = dict.fromkeys(check.reason for check in checks if check.verdict is Verdict.SKIPPED)
    for place, reason in enumerate(reasons):
        yield from _labelled("because" if place == 0 else "", reason, style)
    if reasons:
        words = (
            "Run codex-doctor --isolated: it reads no settings."
            if any(map(_is_disabled, checks))
            else "Run codex-doctor without a name: it tells what stands in the way."
        )
        yield from _labelled("do", words, style)


def _cause(finding: ReportFinding, report: Report, style: Style, *, everything: bool) -> Iterator[str]:
    colour = _SEVERITY_COLOUR[finding.severity]
    mark = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    code = _linked(finding.code, finding, style)
    head = f"{style.paint(code, colour, 'bold')} {style.paint(finding.name, 'bold')}"
    title = f"{mark}{finding.title}"
    yield ""
    if len(f"{finding.code} {finding.name}   {title}") <= style.width:
        yield f"{head}   {title}"
    else:
        yield head
        yield from textwrap.wrap(title, style.width, initial_indent="  ", subsequent_indent="  ")
    yield from _labelled("seen", finding.detail, style)
    yield from _remedy(finding, style, everything=everything)
    yield from _labelled("read", f"codex-doctor explain {finding.code}", style)
    if finding.docs.url:
        yield from _labelled("", finding.docs.url, style)
    follows = [other for other in report.findings if other.caused_by == finding.code]
    for place, other in enumerate(follows):
        yield from _labelled(
            "leads to" if place == 0 else "", f"{other.code} {other.name}: {other.detail}", style
        )
    if finding.blocks:
        yield from _labelled("blocks", _blocked(finding.blocks, everything=everything), style)
    if everything:
        told = [(key, value) for key, value in finding.evidence.items() if value is not None]
        for place, (key, value) in enumerate(told):
            yield from _labelled("evidence" if place == 0 else "", f"{key}: {_shown(value)}", style)


def _blocked(checks: Sequence[str], *, everything: bool) -> str:
    if everything or len(checks) <= MOST_IDS:
        return ", ".join(checks)
    areas = sorted({check.partition(".")[0] for check in checks})
    return f"{len(checks)} checks of {', '.join(areas)}"


def _remedy(finding: ReportFinding, style: Style, *, everything: bool) -> Iterator[str]:
    fix = finding.fix
    yield from _labelled("do", finding.advice, style)
    if fix is None:
        return
    if fix.automatic:
        summary = f"{fix.summary[:1].lower()}{fix.summary[1:]}"
        repair = style.paint(f"codex-doctor repair {finding.name}", "cyan")
        yield f"{' ' * LABEL}  {repair}   ({summary}; it asks first)"
        if not everything:
            return
    if fix.destructive:
        yield from _labelled("", f"Careful: {fix.summary}", style)
    for command in fix.commands:
        # A command is never wrapped: it is there to be copied.
        yield f"{' ' * LABEL}  {style.paint(command, 'cyan')}"


def _incomplete(checks: Sequence[ReportCheck], style: Style) -> Iterator[str]:
    """Tell of each check that came to no end; where many met the deadline, in a line for each area."""
    late = [check for check in checks if check.verdict is Verdict.TIMED_OUT]
    many = len(late) > MOST_IDS
    for check in checks:
        if check.verdict is Verdict.CRASHED or (check in late and not many):
            yield ""
            yield f"{_mark(check.verdict, style)} {check.id}: {check.reason}"
    if many:
        yield ""
        for area in dict.fromkeys(check.area for check in late):
            of_area = [check for check in late if check.area == area]
            reasons = dict.fromkeys(check.reason for check in of_area)
            reason = next(iter(reasons)) if len(reasons) == 1 else "no end in time (--all tells of each)"
            yield f"{_mark(Verdict.TIMED_OUT, style)} {_count(len(of_area), 'check')} of {area}: {reason}"


def _mark(verdict: Verdict, style: Style) -> str:
    return style.paint(f"{style.symbol(verdict.value)} {verdict.value}", "yellow")


def _all_checks(report: Report, style: Style) -> Iterator[str]:
    yield ""
    width = max((len(check.id) for check in report.checks), default=0)
    for check in report.checks:
        found = [finding for finding in report.findings if finding.check == check.id]
        kind, words = _verdict(check, found)
        what = ", ".join(f"{finding.code} {finding.name}" for finding in found) or check.reason or check.title
        seconds = style.paint(f"  {check.seconds:.3f} s", "dim")
        yield f"{style.symbol(kind)} {check.id:<{width}}  {words}: {what}{seconds}"


def _verdict(check: ReportCheck, found: Sequence[ReportFinding]) -> tuple[str, str]:
    """Return the kind of mark for *check* and the word beside it; *found* are its findings."""
    match check.verdict:
        case Verdict.HEALTHY:
            return "healthy", "healthy"
        case Verdict.FOUND:
            gravest = min(
                (finding.severity for finding in found), key=lambda severity: severity.rank, default=None
            )
            return (gravest or Severity.NOTE).value, "found"
        case Verdict.SKIPPED if check.blocked_by:
            return "blocked", f"blocked by {check.blocked_by}"
        case Verdict.SKIPPED:
            return "skipped", "not made" if _is_disabled(check) else "not applicable"
        case Verdict.CRASHED | Verdict.TIMED_OUT as verdict:
            return verdict.value, verdict.value


def _tally(report: Report, style: Style, *, everything: bool) -> Iterator[str]:
    blocked = sum(check.blocked_by is not None for check in report.checks)
    disabled = sum(_is_disabled(check) for check in report.checks)
    skipped = sum(check.verdict is Verdict.SKIPPED and check.blocked_by is None for check in report.checks)
    skipped -= disabled
    healthy = sum(check.verdict is Verdict.HEALTHY for check in report.checks)
    noted = [f for f in report.findings if f.severity is Severity.NOTE and f.role is Role.CAUSE]
    borne = sum(map(_is_borne, noted))
    notes = len(noted) - borne
    parts = [
        f"{style.symbol('healthy')} {healthy} healthy" if healthy else "",
        f"{style.symbol('skipped')} {skipped} not applicable" if skipped else "",
        f"{style.symbol('skipped')} {disabled} disabled" if disabled else "",
        f"{style.symbol('blocked')} {blocked} blocked" if blocked else "",
        f"{style.symbol('note')} {borne} waived or known" if borne else "",
        f"{style.symbol('note')} {_count(notes, 'note')} (--all)" if notes and not everything else "",
    ]
    if any(parts):
        yield ""
        yield style.paint("   ".join(part for part in parts if part), "dim")


def _labelled(label: str, text: str, style: Style) -> Iterator[str]:
    indent = " " * (LABEL + 2)
    width = max(40, min(style.width, WIDEST)) - len(indent)
    lines = wrapped(text, width)
    yield f"  {style.paint(f'{label:<{LABEL}}', 'dim')}{lines[0]}"
    for line in lines[1:]:
        yield f"{indent}{line}"


def _linked(text: str, finding: ReportFinding, style: Style) -> str:
    address = style.link(finding.name) if style.colour else None
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\" if address else text


def _shown(value: Evidence) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""


def _visible(text: str) -> int:
    import re

    return len(re.sub(r"\x1b\[[0-9;]*m", "", text))
