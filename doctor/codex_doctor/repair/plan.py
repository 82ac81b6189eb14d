"""What a repair would do: one planned fix for each cause, in the order in which they are mended."""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.fix import MoveAside, RewriteFile, SetMode, Tell, command
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
    OFFLINE = "offline"
    """It needs the network, and the user keeps that away."""
    INCLUDED = "included"
    """Another planned fix does the same."""
    LATER = "later"
    """Another planned fix changes the same file first, so it is planned anew afterwards."""
    NO_FIX = "no-fix"
    """Nothing is known that would mend it."""


BESIDE: Final = (Standing.INCLUDED, Standing.LATER)
"""What goes with the planned fixes, now or in the next round."""


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
    def steps_planned(self) -> tuple[PlannedStep, ...]:
        """The steps that are going to be done."""
        return self.steps if self.standing is Standing.PLANNED else ()

    @property
    def name(self) -> str:
        """The name of the problem that is mended."""
        return self.traced.finding.problem.name


def plan(
    findings: Sequence[Traced], *, named: Sequence[str], handlers: Handlers, os: str, offline: bool = False
) -> tuple[Planned, ...]:
    """Return what would be done about *findings*, the answer first.

    Without *named*, that is every cause that is more than a note; what follows from a cause goes with
    it. With *named* (names or codes of problems) it is those, whatever they are. *offline*: what needs the
    network is left out.
    """
    wanted = {word.lower() for word in named}
    chosen = [traced for traced in findings if _chosen(traced, wanted)]
    planned: list[Planned] = []
    for traced in chosen:
        one = _planned(traced, named=bool(wanted), handlers=handlers, os=os)
        if offline and any(handlers.online(step.do) for step in one.steps_planned):
            one = replace(one, standing=Standing.OFFLINE)
        planned.append(_beside(planned, one) if one.standing is Standing.PLANNED else one)
    return tuple(planned)


def _beside(planned: list[Planned], one: Planned) -> Planned:
    """Return what is left to do of *one* when all of *planned* is done; a change of the same file joins it.

    Where the same lines of a file are concerned, what is left is found by the next look at it.
    """
    others: list[str] = []
    left: list[PlannedStep] = []
    for mine in one.steps:
        other = next((other for other in planned if _joins(other, mine)), None)
        if other is None:
            left.append(mine)
        else:
            others.append(other.name)
            planned[planned.index(other)] = replace(
                other, steps=tuple(_joined(step, mine) for step in other.steps)
            )
    if any(_collide(step, mine) for other in planned for step in other.steps_planned for mine in left):
        return replace(one, standing=Standing.LATER)
    if left:
        return replace(one, steps=tuple(left))
    return replace(one, steps=(), standing=Standing.INCLUDED, included_in=others[0])


def _collide(step: PlannedStep, mine: PlannedStep) -> bool:
    """Whether *mine* was planned for what *step* changes or moves away first."""
    one, other = step.step, mine.step
    if isinstance(one, SetMode) and isinstance(other, SetMode):
        return one.path == other.path
    return _takes_away(one, other) or _takes_away(other, one)


def _takes_away(one: Step, other: Step) -> bool:
    if not isinstance(one, MoveAside):
        return False
    moved = {PurePath(one.path), PurePath(one.to)}
    paths = {PurePath(path) for name in ("path", "to") if isinstance(path := getattr(other, name, None), str)}
    return any(path in moved or moved & {*path.parents} for path in paths)


def _joins(other: Planned, mine: PlannedStep) -> bool:
    if other.standing is not Standing.PLANNED:
        return False
    return any(step.step == mine.step or _same_file(step.step, mine.step) for step in other.steps)


def _same_file(one: Step, other: Step) -> bool:
    if not isinstance(one, RewriteFile) or not isinstance(other, RewriteFile):
        return False
    return (one.path, one.sha256, one.encoding) == (other.path, other.sha256, other.encoding)


def _joined(step: PlannedStep, mine: PlannedStep) -> PlannedStep:
    one, other = step.step, mine.step
    if not isinstance(one, RewriteFile) or not isinstance(other, RewriteFile) or not _same_file(one, other):
        return step
    edits = sorted({*one.edits, *other.edits}, key=lambda edit: edit.first)
    apart = all(first.first + max(1, len(first.old)) <= second.first for first, second in pairwise(edits))
    return replace(step, step=replace(one, edits=tuple(edits))) if apart else step


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
        steps=tuple(planned_step(step, os=os) for step in fix.steps if not isinstance(step, Tell)),
        told=tuple(step.text for step in fix.steps if isinstance(step, Tell)),
        destructive=fix.destructive,
    )


def planned_step(step: Step, *, os: str) -> PlannedStep:
    """Return *step* as a plan shows it to whoever uses *os*."""
    return PlannedStep(
        step=step,
        do=kind_of(step),
        words=step.words,
        target=getattr(step, "path", None),
        command=command(step, os=os),
    )
