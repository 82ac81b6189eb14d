"""Which finding is the root, which follow from it, and which checks it keeps from being judged.

A problem says which others it explains. Among the findings of one machine, the explained ones step
back behind their cause, so that a dead proxy is one thing to mend and not seven.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.model import AREAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.model import Finding, Outcome


class Traced(Struct, frozen=True, kw_only=True):
    """A finding with its root *cause* (None: it is one itself) and the ids of the checks it *blocks*."""

    finding: Finding
    check: str
    cause: Finding | None
    blocks: tuple[str, ...]


class Diagnosis(Struct, frozen=True, kw_only=True):
    """The traced findings, the answer first, and for each blocked check the code of its cause."""

    findings: tuple[Traced, ...]
    blocked_by: dict[str, str]


def trace(outcomes: Sequence[Outcome]) -> Diagnosis:
    """Return every finding of *outcomes* with its root cause, the answer first."""
    found = _distinct(outcomes)
    findings = [finding for finding, _ in found]
    roots = {id(finding): _root(finding, findings) for finding in findings}
    blocked = _blocked(outcomes, findings, roots)
    traced = [
        Traced(
            finding=finding,
            check=check,
            cause=None if roots[id(finding)] is finding else roots[id(finding)],
            blocks=tuple(sorted(id_ for id_, root in blocked.items() if root is finding)),
        )
        for finding, check in found
    ]
    return Diagnosis(
        findings=tuple(sorted(traced, key=_order)),
        blocked_by={check: root.problem.code for check, root in blocked.items()},
    )


def _distinct(outcomes: Sequence[Outcome]) -> list[tuple[Finding, str]]:
    """Return the findings, each once: two checks may see the same thing and say the same words."""
    seen: set[tuple[str, str]] = set()
    found: list[tuple[Finding, str]] = []
    for outcome in outcomes:
        for finding in outcome.findings:
            key = (finding.problem.code, finding.detail)
            if key not in seen:
                seen.add(key)
                found.append((finding, outcome.check))
    return sorted(found, key=lambda pair: _gravity(pair[0]))


def _root(finding: Finding, findings: Sequence[Finding]) -> Finding:
    """Follow the explanations upwards; *findings* stand in order, so the gravest explanation wins."""
    passed = {id(finding)}
    while True:
        above = next(
            (other for other in findings if id(other) not in passed and _explains(other, finding)), None
        )
        if above is None:
            return finding
        finding = above
        passed.add(id(finding))


def _explains(cause: Finding, finding: Finding) -> bool:
    if cause.problem.severity.rank > finding.problem.severity.rank:
        return False  # a note is never the reason why something fails
    if cause.subjects and finding.subjects and not cause.subjects & finding.subjects:
        return False
    return cause.problem.code != finding.problem.code and any(
        fnmatchcase(finding.problem.name, pattern) for pattern in cause.problem.explains
    )


def _blocked(
    outcomes: Sequence[Outcome], findings: Sequence[Finding], roots: dict[int, Finding]
) -> dict[str, Finding]:
    blocked: dict[str, Finding] = {}
    for outcome in outcomes:
        if not outcome.could_be_blocked:
            continue
        for finding in findings:
            if any(fnmatchcase(outcome.check, pattern) for pattern in finding.problem.blocks):
                blocked[outcome.check] = roots[id(finding)]
                break
    return blocked


def _order(traced: Traced) -> tuple[bool, tuple[int, int, str, str]]:
    return (traced.cause is not None, _gravity(traced.finding))


def _gravity(finding: Finding) -> tuple[int, int, str, str]:
    problem = finding.problem
    return (problem.severity.rank, AREAS.index(problem.area), problem.code, finding.detail)
