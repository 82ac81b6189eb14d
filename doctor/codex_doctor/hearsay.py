"""Fold what others tell into what was seen: nothing is found twice because somebody else says it too."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codex_doctor.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.model import Finding, Hearsay, Outcome


def fold(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return *outcomes* where what is only told stands in the evidence of what was seen, if it was seen.

    Of several findings that fit, one of the same problem comes first, then the gravest.
    """
    told = [finding for outcome in outcomes for finding in outcome.findings if finding.hearsay]
    if not told:
        return tuple(outcomes)
    seen = [finding for outcome in outcomes for finding in outcome.findings if not finding.hearsay]
    homes: dict[int, Finding] = {}
    for finding in told:
        same = [other for other in seen if _same(finding, other)]
        if same:
            homes[id(finding)] = min(
                same,
                key=lambda other: (other.problem.code != finding.problem.code, other.problem.severity.rank),
            )
    return tuple(_folded(outcome, told, homes) for outcome in outcomes)


def _same(told: Finding, seen: Finding) -> bool:
    about = told.hearsay.about if told.hearsay else ()
    return any(
        fnmatchcase(word, pattern) for word in (seen.problem.name, seen.problem.area) for pattern in about
    )


def _folded(outcome: Outcome, told: Sequence[Finding], homes: dict[int, Finding]) -> Outcome:
    kept = [finding for finding in outcome.findings if id(finding) not in homes]
    gone = [homes[id(finding)] for finding in outcome.findings if id(finding) in homes]
    findings = tuple(_with_evidence(finding, _told_of(finding, told, homes)) for finding in kept)
    if kept or not gone:
        return replace(outcome, findings=findings)
    codes = ", ".join(sorted({finding.problem.code for finding in gone}))
    return replace(
        outcome, findings=(), verdict=Verdict.SKIPPED, reason=f"it tells of {codes}, seen here too"
    )


def _told_of(seen: Finding, told: Sequence[Finding], homes: dict[int, Finding]) -> Iterator[Hearsay]:
    for finding in told:
        if finding.hearsay is not None and homes.get(id(finding)) is seen:
            yield finding.hearsay


def _with_evidence(finding: Finding, told: Iterator[Hearsay]) -> Finding:
    words: dict[str, tuple[str, ...]] = {}
    for each in told:
        words[each.source] = (*words.get(each.source, ()), each.words)
    more = {f"{source} says": "; ".join(dict.fromkeys(several)) for source, several in words.items()}
    return replace(finding, evidence={**finding.evidence, **more}) if more else finding
