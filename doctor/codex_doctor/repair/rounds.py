"""Mend in rounds: plan, ask, apply, look again, until nothing new comes to light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codex_doctor.command import DONE, FAILED, NOT_TRIED
from codex_doctor.errors import RepairError
from codex_doctor.model import Severity
from codex_doctor.repair.asked import findings, handlers_on
from codex_doctor.repair.plan import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codex_doctor.command import Door
    from codex_doctor.examination import Seen
    from codex_doctor.model import Finding
    from codex_doctor.repair.applying import Applied
    from codex_doctor.repair.asked import Asked
    from codex_doctor.repair.plan import Planned, PlannedStep
    from codex_doctor.repair.record import Records

MOST: Final = 3
"""Rounds: a broken config hides a missing sign-in, and hardly anything hides behind that."""


class Rounds:
    """One run of a repair that changes something."""

    def __init__(self, asked: Asked, records: Records, door: Door) -> None:
        self._asked = asked
        self._records = records
        self._door = door
        self._tried: list[tuple[str, tuple[PlannedStep, ...]]] = []
        self._left: dict[str, Planned] = {}
        self._errors: list[RepairError] = []
        self._changed = False

    def run(self) -> int:
        """Mend, and return the exit code."""
        seen = self._asked.look(self._door)
        for _ in range(MOST):
            plan = self._asked.plan(seen)
            doing = self._new(plan)
            included = [one for one in plan if one.standing is Standing.INCLUDED]
            told = [one for one in plan if one.standing not in (Standing.PLANNED, Standing.INCLUDED)]
            fresh = [one for one in told if one.name not in self._left]
            self._left |= {one.name: one for one in told}
            if doing or fresh:
                self._show([*doing, *included, *fresh])
            if not doing:
                break
            if not self._consent(doing):
                return FAILED
            seen = self._do(doing, included, seen)
        return self._conclude()

    def _new(self, plan: Sequence[Planned]) -> list[Planned]:
        """Return what is planned and was not tried before: what did not help once will not help twice."""
        planned = (one for one in plan if one.standing is Standing.PLANNED)
        return [one for one in planned if (one.name, one.steps) not in self._tried]

    def _show(self, plan: Sequence[Planned]) -> None:
        from codex_doctor.render.plan import as_text

        self._door.say(f"{as_text(plan, style=self._door.style)}\n")

    def _consent(self, doing: Sequence[Planned]) -> bool:
        if self._asked.yes:
            return True
        if not self._door.interactive:
            self._door.note("codex-doctor: nothing was changed; to do it without being asked, add --yes")
            return False
        agreed = self._door.ask("Do this?" if len(doing) == 1 else "Do all of this?")
        if not agreed:
            self._door.say("Nothing was changed.")
        return agreed

    def _do(self, doing: Sequence[Planned], included: Sequence[Planned], before: Seen) -> Seen:
        """Do what is planned, say what became of it, and return what an examination sees now."""
        from codex_doctor.repair.applying import apply

        self._tried += [(one.name, one.steps) for one in doing]
        writer = self._records.begin([one.name for one in doing])
        context = self._asked.workshop(self._door)
        try:
            applied = apply(
                doing,
                writer,
                handlers=handlers_on(context),
                context=context,
                door=self._door,
                announce=self._announce,
            )
        finally:
            context.close()
        seen = self._asked.look(self._door, checks=_touched((*doing, *included), before))
        for one in applied:
            self._tell(one, seen)
        if any(one.done for one in applied):
            self._changed = True
            self._door.say(f"  to take it back: codex-doctor repair --undo {writer.folder.name}")
        return seen

    def _announce(self, step: PlannedStep) -> None:
        style = self._door.style
        self._door.say(style.paint(f"{style.symbol('note')} {step.words}", "dim"))

    def _tell(self, one: Applied, seen: Seen) -> None:
        style, finding = self._door.style, one.planned.traced.finding
        name = f"{finding.problem.code} {finding.problem.name}"
        left = _left_of(finding, seen)
        if one.error is not None:
            self._errors.append(one.error)
            self._door.say(style.paint(f"{style.symbol('error')} {name} was not mended", "red"))
            self._door.say(f"  {one.error.message}")
            if one.back and not one.done:
                self._door.say("  what was done for it before that was taken back")
            if one.error.command:
                self._door.say(f"  by hand: {style.paint(one.error.command, 'cyan')}")
        elif left is not None:
            self._errors.append(RepairError(left.detail))
            self._door.say(style.paint(f"{style.symbol('error')} {name} is still there", "red"))
            self._door.say(f"  {left.detail}")
        else:
            self._door.say(style.paint(f"{style.symbol('healthy')} {name} is mended", "green"))
            for told in one.planned.told:
                self._door.say(f"  then  {told}")

    def _conclude(self) -> int:
        if self._errors:
            transient = all(error.transient for error in self._errors) and not self._changed
            return NOT_TRIED if transient else FAILED
        grave = [one for one in self._left.values() if _severity(one) is Severity.ERROR]
        if not self._left and not self._changed:
            names = ", ".join(self._asked.names)
            self._door.say(f"{names}: not found here, nothing to mend" if names else "Nothing needs mending.")
        return FAILED if grave else DONE


def _severity(one: Planned) -> Severity:
    return one.traced.finding.problem.severity


def _touched(doing: Sequence[Planned], before: Seen) -> tuple[str, ...]:
    """Return the checks that a repair may have changed: what found the fault, and what it kept waiting."""
    codes = {one.traced.finding.problem.code for one in doing}
    checks = {one.traced.check for one in doing}
    for traced in findings(before):
        causes = {traced.finding.problem.code, traced.cause.problem.code if traced.cause else None}
        if causes & codes:
            checks |= {traced.check, *traced.blocks}
    return tuple(sorted(checks))


def _left_of(finding: Finding, seen: Seen) -> Finding | None:
    """Return what is left of *finding*: the same problem with the same subjects, where they are known."""
    for traced in findings(seen):
        other = traced.finding
        apart = other.subjects and finding.subjects and not other.subjects & finding.subjects
        if other.problem.code == finding.problem.code and not apart:
            return other
    return None
