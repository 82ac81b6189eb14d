"""Whether settings still hold: what is wrong with them, and what of them has outlived its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.catalogue import selected
from codex_doctor.causes import trace
from codex_doctor.model import Outcome, Verdict
from codex_doctor.probe import OUTWARD
from codex_doctor.readings import allowed_touches
from codex_doctor.report import DISABLED, OWN_CLAIMS
from codex_doctor.settings import problems
from codex_doctor.settings.rulings import Rulings, ruled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codex_doctor.check import Check
    from codex_doctor.examination import Request
    from codex_doctor.model import Finding
    from codex_doctor.report import Ruled
    from codex_doctor.settings.rulings import Borne, Rule

CHECK: Final = OWN_CLAIMS[1]
"""The claim that stands in a report where settings do not hold. No probe is read for it."""

_TITLE: Final = "The settings of codex-doctor hold"


def upkeep(
    rulings: Rulings, outcomes: tuple[Outcome, ...], checks: Sequence[Check], *, withheld: frozenset[str]
) -> tuple[Outcome, ...]:
    """Return what is to be said of *rulings* beside *outcomes*, as these came, before they were weighed.

    A waiver counts as unused only where every one of *checks* that could need it came to a judgement: of
    those that are *withheld* nobody knows what they would have found. Settings that hold are not spoken of:
    where they disabled all there is, that would look like health.
    """
    judged = {
        each.check
        for each in outcomes
        if each.check not in withheld
        and not each.could_be_blocked
        and each.verdict not in (Verdict.CRASHED, Verdict.TIMED_OUT)
    }
    findings = (
        *rulings.said,
        *_of_waivers(rulings, outcomes, checks, judged),
        *_of_baseline(rulings, outcomes, judged),
    )
    if not findings:
        return ()
    return (Outcome(check=CHECK, title=_TITLE, area="doctor", verdict=Verdict.FOUND, findings=findings),)


def _of_waivers(
    rulings: Rulings, outcomes: Sequence[Outcome], checks: Sequence[Check], judged: set[str]
) -> Iterator[Finding]:
    found = {finding.problem.code: finding.problem for each in outcomes for finding in each.findings}

    def is_unused(waiver: Borne) -> bool:
        if any(waiver.rule.is_of(problem) for problem in found.values()):
            return False
        could = {check.id for check in checks if any(waiver.rule.is_of(each) for each in check.reports)}
        return bool(could) and could <= judged

    for waiver in rulings.waivers:
        evidence = {"waiver": waiver.rule.pattern, "where": waiver.rule.where, "until": waiver.until}
        if waiver.expired:
            yield problems.WAIVER_EXPIRED.found(
                f"{waiver.rule.where}: the waiver of {waiver.rule.pattern} ended on {waiver.until}; "
                f"its reason was: {waiver.reason}",
                evidence=evidence,
            )
        elif is_unused(waiver):
            yield problems.WAIVER_UNUSED.found(
                f"{waiver.rule.where}: nothing that is called {waiver.rule.pattern} is found here; "
                f"the reason of the waiver was: {waiver.reason}",
                evidence=evidence,
            )


def _of_baseline(rulings: Rulings, outcomes: tuple[Outcome, ...], judged: set[str]) -> Iterator[Finding]:
    if rulings.baseline is None:
        return
    gone = [each for each in rulings.baseline.gone(trace(outcomes).findings) if each.check in judged]
    if gone:
        names = tuple(sorted({each.name for each in gone}))
        yield problems.BASELINE_OUTDATED.found(
            f"{rulings.baseline.file} knows of {', '.join(names)}, and there is less of that now",
            evidence={"file": str(rulings.baseline.file), "gone": names},
        )


def applied(request: Request, checks: Sequence[Check]) -> Ruled:
    """Return what makes of the outcomes of *request* those that its rulings leave.

    *checks* are all of the built-in catalogues.
    """
    rulings = request.rulings or Rulings()
    asked = selected(checks, request.select)
    allowed = allowed_touches(offline=False, live=request.live, round_trip=request.round_trip)
    usual = [check for check in checks if check.by_default and check.touches <= allowed]
    withheld = frozenset(check.id for check in usual if request.offline and check.touches & OUTWARD)
    chosen = {check.id for check in rulings.chosen(asked, request.select)}
    left_out = tuple(
        _disabled(check, rule)
        for check in asked
        if check.by_default and check.id not in chosen and (rule := rulings.disables(check)) is not None
    )

    def apply(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
        own = upkeep(rulings, outcomes, usual, withheld=withheld)
        every = sorted((*ruled(rulings, outcomes), *left_out), key=lambda outcome: outcome.check)
        return (*every, *ruled(rulings, own))

    return apply


def _disabled(check: Check, rule: Rule) -> Outcome:
    by = "" if rule.pattern == check.id else f" ({rule.pattern})"
    return Outcome(
        check=check.id,
        title=check.title,
        area=check.area,
        verdict=Verdict.SKIPPED,
        reason=f"{DISABLED} {rule.where}{by}",
    )
