"""What a repair would do: one planned fix for each cause, in the order in which they are mended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.fix import Tell, command
from codex_doctor.model import Severity
from codex_doctor.repair.handlers import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.causes import Traced
    from codex_doctor.fix import Step
    from codex_doctor.repair.handlers import Handlers


class Standing(StrEnum):
    """Whether a fix is done, and why not."""

    PLANNED = "planned"
    BY_HAND = "by-hand"
    """Only a person can do it: the commands are told."""
    TO_BE_NAMED = "to-be-named"
    """It destroys something, so it is done only where the user names it."""
    INCLUDED = "included"
    """Another planned fix does the same."""
    NO_FIX = "no-fix"
    """Nothing is known that would mend it."""


class PlannedStep(Struct, frozen=True, kw_only=True):
    """A step in words; *do* is its kind, *target* what it changes, *command* a line to copy."""

    step: Step
    do: str
    words: str
    target: str | None
    command: str | None


class Planned(Struct, frozen=True, kw_only=True):
    """What is planned for one finding. *told* is what is left for the user to do afterwards.

    *included_in* is the name of the problem whose fix mends this one too.
    """

    traced: Traced
    standing: Standing
    summary: str
    steps: tuple[PlannedStep, ...]
    told: tuple[str, ...] = ()
    destructive: bool = False
    included_in: str | None = None

    @property
    def name(self) -> str:
        """The name of the problem that is mended."""
        return self.traced.finding.problem.name


def plan(
    findings: Sequence[Traced], *, named: Sequence[str], handlers: Handlers, os: str
) -> tuple[Planned, ...]:
    """Return what would be done about *findings*, the answer first.

    Without *named*, that is every cause that is more than a note; what follows from a cause goes with
    it. With *named* (names or codes of problems) it is those, whatever they are.
    """
    wanted = {word.lower() for word in named}
    chosen = [traced for traced in findings if _chosen(traced, wanted)]
    planned: list[Planned] = []
    doing: list[tuple[Step, str]] = []
    for traced in chosen:
        one = _planned(traced, named=bool(wanted), handlers=handlers, os=os)
        if one.standing is Standing.PLANNED:
            others = [name for step, name in doing if any(step == mine.step for mine in one.steps)]
            steps = tuple(mine for mine in one.steps if all(mine.step != step for step, _ in doing))
            doing += [(step.step, one.name) for step in steps]
            one = replace(
                one,
                steps=steps,
                standing=Standing.PLANNED if steps else Standing.INCLUDED,
                included_in=others[0] if others and not steps else None,
            )
        planned.append(one)
    return tuple(planned)


def _chosen(traced: Traced, wanted: set[str]) -> bool:
    problem = traced.finding.problem
    if wanted:
        return problem.name in wanted or problem.code.lower() in wanted
    return traced.cause is None and problem.severity is not Severity.NOTE


def _planned(traced: Traced, *, named: bool, handlers: Handlers, os: str) -> Planned:
    fix = traced.finding.fix
    if fix is None:
        return Planned(traced=traced, standing=Standing.NO_FIX, summary=traced.finding.advice, steps=())
    if not handlers.can(fix):
        standing = Standing.BY_HAND
    elif fix.destructive and not named:
        standing = Standing.TO_BE_NAMED
    else:
        standing = Standing.PLANNED
    return Planned(
        traced=traced,
        standing=standing,
        summary=fix.summary,
        steps=tuple(_step(step, os=os) for step in fix.steps if not isinstance(step, Tell)),
        told=tuple(step.text for step in fix.steps if isinstance(step, Tell)),
        destructive=fix.destructive,
    )


def _step(step: Step, *, os: str) -> PlannedStep:
    return PlannedStep(
        step=step,
        do=kind_of(step),
        words=step.words,
        target=getattr(step, "path", None),
        command=command(step, os=os),
    )
