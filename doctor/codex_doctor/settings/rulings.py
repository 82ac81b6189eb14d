"""What settings decide of an examination: which checks are made, and how much what they find weighs.

Nothing vanishes: a check that is disabled stands in the report as skipped, and what is waived as a note, each
with the place that says so.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.catalogue import is_named
from codex_doctor.causes import trace
from codex_doctor.model import Outcome, Severity, Verdict
from codex_doctor.probe import Touches
from codex_doctor.report import BORNE, DISABLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from codex_doctor.causes import Traced
    from codex_doctor.check import Check
    from codex_doctor.model import Evidence, Finding, Problem
    from codex_doctor.settings.baseline import Baseline


_AT_HOME: Final = frozenset({Touches.FILES, Touches.PROCESSES})


class Rule(Struct, frozen=True, kw_only=True):
    """A *pattern* of checks or problems, and *where* it is written; *severity* where it sets one.

    *foreign*: a repository says so.
    """

    pattern: str
    where: str
    foreign: bool = False
    severity: Severity | None = None

    def is_of(self, problem: Problem) -> bool:
        """Whether *problem* is meant, by its name or code."""
        return problem.code == self.pattern.upper() or fnmatchcase(problem.name, self.pattern.lower())

    def names_id(self, id_: str) -> bool:
        """Whether the check called *id_* is meant, by that, by its area or by its claim."""
        area, _, claim = id_.partition(".")
        return any(fnmatchcase(word, self.pattern.lower()) for word in (id_, area, claim))

    def names(self, check: Check) -> bool:
        """Whether *check* is meant, by its id or area, or by the one problem that it reports."""
        return self.names_id(check.id) or (
            bool(check.reports) and all(self.is_of(problem) for problem in check.reports)
        )


class Borne(Struct, frozen=True, kw_only=True):
    """A waiver: the problems it is of, why and through which day (ISO 8601), and whether that day is over."""

    rule: Rule
    reason: str
    until: str
    expired: bool


class Rulings(Struct, frozen=True, kw_only=True):
    """Everything that was decided beforehand; of *severity*, what stands later goes before.

    *said* is what is wrong with the settings themselves.
    """

    enable: tuple[Rule, ...] = ()
    disable: tuple[Rule, ...] = ()
    severity: tuple[Rule, ...] = ()
    waivers: tuple[Borne, ...] = ()
    baseline: Baseline | None = None
    said: tuple[Finding, ...] = ()

    def chosen(self, checks: Sequence[Check], select: Sequence[str]) -> tuple[Check, ...]:
        """Return which of *checks* are made: one that *select* names itself is, whatever was disabled."""
        return tuple(
            check
            for check in checks
            if is_named(check, select)
            or ((check.by_default or self._enables(check)) and self.disables(check) is None)
        )

    def disables(self, check: Check) -> Rule | None:
        """Return the rule that disables *check*, or None."""
        return next((rule for rule in self.disable if rule.names(check)), None)

    def _enables(self, check: Check) -> bool:
        # What a repository enables sends nothing.
        return any(
            rule.names(check) for rule in self.enable if not (rule.foreign and check.touches - _AT_HOME)
        )


def ruled(rulings: Rulings, outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """Return *outcomes* as *rulings* weigh them."""
    traced = trace(outcomes).findings
    causes = {_key(each.finding): each for each in traced}
    known = rulings.baseline.covers(traced) if rulings.baseline else frozenset[tuple[str, str]]()
    return tuple(_weighed(outcome, rulings, causes, known) for outcome in outcomes)


def _weighed(
    outcome: Outcome,
    rulings: Rulings,
    causes: Mapping[tuple[str, str], Traced],
    known: frozenset[tuple[str, str]],
) -> Outcome:
    stranger = outcome.origin and next(
        (each for each in rulings.disable if each.names_id(outcome.check)), None
    )
    if stranger:  # it was made all the same, by whoever brought it
        reason = f"{DISABLED} {stranger.where} ({stranger.pattern})"
        return replace(outcome, findings=(), verdict=Verdict.SKIPPED, reason=reason)
    if not outcome.findings:
        return outcome
    left: list[Finding] = []
    dropped: list[Rule] = []
    for finding in outcome.findings:
        rule = next((rule for rule in rulings.disable if rule.is_of(finding.problem)), None)
        if rule is not None:
            dropped.append(rule)
            continue
        traced = causes.get(_key(finding))
        root = traced.cause if traced is not None and traced.cause is not None else finding
        left.append(_judged(finding, root, rulings, known))
    if left:
        return replace(outcome, findings=tuple(left))
    return replace(
        outcome,
        findings=(),
        verdict=Verdict.SKIPPED,
        reason=f"what it found is {DISABLED} {dropped[0].where} ({dropped[0].pattern})",
    )


def _judged(finding: Finding, root: Finding, rulings: Rulings, known: frozenset[tuple[str, str]]) -> Finding:
    for each in (finding, root):
        borne = waiver_of(each.problem, rulings.waivers)
        if borne is not None:
            told = {BORNE[0]: borne.reason, "waived until": borne.until, "waived in": borne.rule.where}
            with_cause = {} if each is finding else {"waived with": each.problem.name}
            return _with(finding, Severity.NOTE, {**told, **with_cause})
    if rulings.baseline is not None and _key(finding) in known:
        return _with(finding, Severity.NOTE, {BORNE[1]: str(rulings.baseline.file)})
    rule = next((rule for rule in reversed(rulings.severity) if rule.is_of(finding.problem)), None)
    if rule is None or rule.severity is None or rule.severity is finding.problem.severity:
        return finding
    return _with(finding, rule.severity, {"severity set in": rule.where})


def waiver_of(problem: Problem, waivers: Iterable[Borne]) -> Borne | None:
    """Return the waiver that holds for *problem*, or None."""
    return next((each for each in waivers if not each.expired and each.rule.is_of(problem)), None)


def _with(finding: Finding, severity: Severity, evidence: Mapping[str, Evidence]) -> Finding:
    return replace(
        finding,
        problem=finding.problem.weighed(severity),
        evidence={**finding.evidence, **evidence},
    )


def _key(finding: Finding) -> tuple[str, str]:
    return finding.problem.code, finding.detail
