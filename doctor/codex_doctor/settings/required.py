"""What must have been examined (`--require`): whether it was, and what kept it from it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from codex_doctor.catalogue import selected
from codex_doctor.causes import Diagnosis, Traced
from codex_doctor.model import Outcome, Verdict
from codex_doctor.probe import OUTWARD
from codex_doctor.report import OWN_CLAIMS
from codex_doctor.settings.problems import REQUIRED_NOT_EXAMINED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from codex_doctor.check import Check
CHECK: Final = OWN_CLAIMS[0]
"""The claim that stands in a report where something was required. No probe is read for it."""

_TITLE: Final = "What was required was examined"


class Required(Struct, frozen=True, kw_only=True):
    """The checks that each required name stands for, by their ids.

    Of those in *wholly* all are meant, of others any. *withheld* are those that the user kept from being run
    (`--offline`), whatever they were required for.
    """

    names: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    wholly: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()


def meant(
    names: Sequence[str], checks: Sequence[Check], outcomes: Sequence[Outcome], *, offline: bool
) -> Required:
    """Return which of *checks*, and of the third parties' checks that have *outcomes*, *names* stand for."""
    own = {check.id for check in checks}
    foreign = [each for each in outcomes if each.check not in own]
    return Required(
        names={
            name: frozenset(check.id for check in selected(checks, (name,)))
            | {each.check for each in foreign if _answers_to(each, name.lower())}
            for name in names
        },
        wholly=frozenset(
            name
            for name in names
            if any(fnmatchcase(word, name.lower()) for check in checks for word in (check.id, check.area))
        ),
        withheld=frozenset(check.id for check in checks if offline and check.touches & OUTWARD),
    )


def demand(
    required: Required, outcomes: tuple[Outcome, ...], diagnosis: Diagnosis
) -> tuple[tuple[Outcome, ...], Diagnosis]:
    """Return *outcomes* and their *diagnosis* with what is missing of *required* among them.

    A check must have come to a judgement, and of those that report a problem one. Of an area, one must have,
    and none may have been kept from it: what does not apply to this machine, or would only be proved with
    `--live`, is not missed.
    """
    if not required.names:
        return outcomes, diagnosis
    causes = {each.finding.problem.code: each.finding for each in diagnosis.findings}
    missed = tuple(
        Traced(
            finding=REQUIRED_NOT_EXAMINED.found(
                f"{name} was required, and {why.words}",
                evidence={"required": name, "check": why.check, "blocked by": why.blocked_by},
            ),
            check=CHECK,
            cause=causes.get(why.blocked_by or ""),
            blocks=(),
        )
        for name in required.names
        for why in _missing(name, required, outcomes, diagnosis)
    )
    own = Outcome(
        check=CHECK,
        title=_TITLE,
        area="doctor",
        verdict=Verdict.FOUND if missed else Verdict.HEALTHY,
        reason="; ".join(each.finding.detail for each in missed),
        findings=tuple(each.finding for each in missed),
    )
    return (*outcomes, own), replace(diagnosis, findings=_placed(diagnosis.findings, missed))


def _answers_to(outcome: Outcome, name: str) -> bool:
    words = {outcome.check, outcome.area, outcome.check.partition(".")[2]}
    for finding in outcome.findings:
        words |= {finding.problem.name, finding.problem.code.lower()}
    return any(fnmatchcase(word, name) for word in words)


class _Why(Struct, frozen=True, kw_only=True):
    words: str
    check: str | None = None
    blocked_by: str | None = None


def _missing(
    name: str, required: Required, outcomes: Sequence[Outcome], diagnosis: Diagnosis
) -> Iterator[_Why]:
    """Yield why what *name* stands for was not examined; nothing where it was."""
    ids = required.names[name]
    asked = [each for each in outcomes if each.check in ids]
    kept = [each for each in asked if _was_kept_from_it(each, required)]
    if not (kept and name in required.wholly) and any(
        each.verdict in (Verdict.HEALTHY, Verdict.FOUND) for each in asked
    ):
        return
    if not asked:
        yield _Why(words="was not among what was selected")
        return
    first = min(kept or asked, key=lambda each: each.check not in diagnosis.blocked_by)
    by = diagnosis.blocked_by.get(first.check)
    others = len(kept) - 1 if kept else 0
    more = f" (and {others} more of its checks)" if others > 0 else ""
    said = f"{first.check}{more}" if name != first.check else "it"
    yield _Why(words=f"{said} {_told(first, by)}", check=first.check, blocked_by=by)


def _was_kept_from_it(outcome: Outcome, required: Required) -> bool:
    if outcome.verdict in (Verdict.CRASHED, Verdict.TIMED_OUT):
        return True
    return outcome.verdict is Verdict.SKIPPED and (
        outcome.could_be_blocked or outcome.check in required.withheld
    )


def _told(outcome: Outcome, blocked_by: str | None) -> str:
    reason = f": {outcome.reason}" if outcome.reason else ""
    match outcome.verdict:
        case Verdict.CRASHED:
            return f"crashed{reason}"
        case Verdict.TIMED_OUT:
            return f"did not come to an end{reason}"
        case _ if blocked_by:
            return f"was blocked by {blocked_by}{reason}"
        case _:
            return f"was not judged{reason}"


def _placed(findings: tuple[Traced, ...], missed: tuple[Traced, ...]) -> tuple[Traced, ...]:
    """Return both in the order of a report: causes before what follows from them, the gravest first."""
    rank = REQUIRED_NOT_EXAMINED.severity.rank
    causes = [each for each in findings if each.cause is None]
    follow = [each for each in findings if each.cause is not None]
    graver = [each for each in causes if each.finding.problem.severity.rank < rank]
    lighter = [each for each in causes if each.finding.problem.severity.rank >= rank]
    own = [each for each in missed if each.cause is None]
    return (*graver, *own, *lighter, *follow, *(each for each in missed if each.cause is not None))
