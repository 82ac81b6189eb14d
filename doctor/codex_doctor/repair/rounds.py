"""Mend in rounds: plan, ask, apply, look again, until nothing new comes to light."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from codex_doctor.command import DONE, FAILED, INTERRUPTED, NOT_TRIED
from codex_doctor.errors import CalledOffError, RepairError
from codex_doctor.fix import MoveAside
from codex_doctor.model import Severity
from codex_doctor.repair.asked import diagnosis, handlers_on
from codex_doctor.repair.looked import Fate, Looked, became
from codex_doctor.repair.plan import BESIDE, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from codex_doctor.causes import Traced
    from codex_doctor.command import Door
    from codex_doctor.examination import Seen
    from codex_doctor.fix import Step
    from codex_doctor.model import Outcome
    from codex_doctor.repair.applying import Applied
    from codex_doctor.repair.asked import Asked
    from codex_doctor.repair.plan import Planned, PlannedStep
    from codex_doctor.repair.record import Record, Records, Writer

MOST_IDS: Final = 4
"""Checks that are listed by id; of more, their number says as much."""

MOST: Final = 3
"""Rounds: a broken config hides a missing sign-in, and hardly anything hides behind that."""


class Rounds:
    """One run of a repair that changes something."""

    def __init__(self, asked: Asked, records: Records, door: Door) -> None:
        self._asked = asked
        self._records = records
        self._door = door
        self._looked = Looked(asked, door)
        self._tried: list[tuple[str, tuple[Step, ...]]] = []
        self._steps_done: list[Step] = []
        self._told: set[tuple[str, str]] = set()
        self._left: dict[tuple[str, str], Planned] = {}
        self._errors: list[RepairError] = []
        self._changed = False

    def run(self) -> int:
        """Mend, and return the exit code."""
        seen = self._looked.look()
        for _ in range(MOST):
            plan = self._asked.plan(seen)
            doing = self._new(plan)
            beside = [one for one in plan if one.standing in BESIDE]
            told = {_key(one.traced): one for one in plan if one.standing not in (Standing.PLANNED, *BESIDE)}
            fresh = [one for key, one in told.items() if key not in self._left]
            self._left |= told
            if doing or fresh:
                self._show([*doing, *beside, *fresh])
            if not doing:
                break
            if not self._consent(doing):
                return FAILED
            after = self._do(doing, beside, seen)
            if after is None:
                return INTERRUPTED
            seen = after
        return self._conclude(self._asked.plan(seen))

    def _new(self, plan: Sequence[Planned]) -> list[Planned]:
        """Return what is planned and was not tried before: what did not help once will not help twice."""
        return [
            one
            for one in plan
            if one.standing is Standing.PLANNED
            and _attempt(one) not in self._tried
            and any(step.step not in self._steps_done for step in one.steps)
        ]

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
            self._door.say("Nothing more was changed." if self._changed else "Nothing was changed.")
        return agreed

    def _do(self, doing: Sequence[Planned], beside: Sequence[Planned], before: Seen) -> Seen | None:
        """Do what is planned, say what became of it, and return what an examination sees now.

        Where the user called it off, nobody looks again, and the answer is None.
        """
        self._tried += [_attempt(one) for one in doing]
        writer = self._records.begin([one.name for one in doing], forgetting=self._forget)
        applied = self._apply(doing, writer)
        if isinstance(called_off := applied[-1].error, CalledOffError):
            self._door.note(f"codex-doctor: {called_off.message}")
            self._tell_undo(writer)
            return None
        self._steps_done += [step.step for one in applied for step in one.done]
        again = [one.traced for one in (*doing, *beside, *self._left.values())]
        seen = self._looked.look(_touched(again, before))
        self._left = {
            key: one for key, one in self._left.items() if became(one.traced, seen).fate is not Fate.GONE
        }
        for one in applied:
            self._tell(one, seen)
        for other in beside:
            if became(other.traced, seen).fate is Fate.GONE:
                self._good(other)
        self._tell_undo(writer)
        return seen

    def _tell_undo(self, writer: Writer) -> None:
        if self._records.find(writer.folder.name).undoable:
            self._changed = True
            self._door.say(f"  to take it back: codex-doctor repair --undo {writer.folder.name}")

    def _forget(self, record: Record) -> None:
        """Let go of what was kept only so that *record*, which is too old, could be taken back."""
        from codex_doctor.repair.undoing import forget

        context = self._asked.workshop(self._door)
        try:
            forget(record, handlers=handlers_on(context), context=context, door=self._door)
        finally:
            context.close()

    def _apply(self, doing: Sequence[Planned], writer: Writer) -> tuple[Applied, ...]:
        from codex_doctor.repair.applying import apply

        context = self._asked.workshop(self._door)
        try:
            return apply(
                doing,
                writer,
                handlers=handlers_on(context),
                context=context,
                door=self._door,
                announce=self._announce,
            )
        except BaseException:  # interrupted
            self._door.note("codex-doctor: interrupted; what was begun is finished by the next repair, or by")
            self._door.note(f"  codex-doctor repair --undo {writer.folder.name}   which takes it back")
            raise
        finally:
            context.close()

    def _announce(self, step: PlannedStep) -> None:
        style = self._door.style
        self._door.say(style.paint(f"{style.symbol('note')} {step.words}", "dim"))

    def _tell(self, one: Applied, seen: Seen) -> None:
        now = became(one.planned.traced, seen)
        if one.error is not None and one.error.perhaps and now.fate is Fate.GONE:
            self._good(one.planned)
            self._door.say(f"  although {one.error.message}", under=2)
        elif one.error is not None:
            self._bad(one.planned.traced, "was not mended", one.error)
            if one.back and not one.done:
                self._door.say("  what was done for it before that was taken back")
            if one.error.command:
                self._door.say(f"  by hand: {self._door.style.paint(one.error.command, 'cyan')}")
        elif now.fate is Fate.THERE:
            self._bad(one.planned.traced, "is still there", RepairError(now.words))
        elif now.fate is Fate.UNSEEN:
            what = "was worked on; whether it is mended could not be seen"
            self._bad(one.planned.traced, what, RepairError(now.words))
        else:
            self._good(one.planned)

    def _good(self, one: Planned) -> None:
        style = self._door.style
        self._told.add(_key(one.traced))
        self._door.say(style.paint(f"{style.symbol('healthy')} {_name(one.traced)} is mended", "green"))
        for told in one.told:
            self._door.say(f"  then  {told}", under=8)

    def _bad(self, traced: Traced, what: str, error: RepairError) -> None:
        style = self._door.style
        self._told.add(_key(traced))
        self._errors.append(error)
        self._door.say(style.paint(f"{style.symbol('error')} {_name(traced)} {what}", "red"))
        self._door.say(f"  {error.message}", under=2)

    def _conclude(self, plan: Sequence[Planned]) -> int:
        """Say what is left, and return the exit code. *plan* is what would be done now."""
        new = self._new(plan)
        stuck = [one for one in plan if one.standing is Standing.PLANNED and one not in new]
        for one in stuck:
            if _key(one.traced) not in self._told:
                self._bad(one.traced, "is still there", RepairError(one.traced.finding.detail))
        if new:
            self._door.say("There is more to mend now: run codex-doctor repair again.")
        missing = self._looked.missing()
        for line in absent(missing):
            self._door.say(line)
        unseen = any(gap for _, gap in missing)
        if not self._asked.names and (unfinished := self._looked.unfinished):
            unseen = not self._changed
            self._door.say(incomplete(unfinished))
        elif not (self._asked.names or self._left or self._changed or self._errors):
            self._door.say("Nothing needs mending.")
        return self._code(more=bool(new), unseen=unseen)

    def _code(self, *, more: bool, unseen: bool) -> int:
        if self._errors and all(error.transient for error in self._errors) and not self._changed:
            return NOT_TRIED
        waiting = [one for one in self._left.values() if one.standing is Standing.OFFLINE]
        grave = [one for one in self._left.values() if _severity(one) is Severity.ERROR]
        if self._errors or more or any(one not in waiting for one in grave) or (waiting and self._changed):
            return FAILED
        return NOT_TRIED if unseen or waiting else DONE


def absent(missing: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield in words that the problems *missing* were not found, or why they could not be."""
    for name, gap in missing:
        yield f"{name}: not examined ({gap})" if gap else f"{name}: not found here, nothing to mend"


def incomplete(unfinished: Sequence[Outcome]) -> str:
    """Return in words that there may be more than what the checks found that did come to an end."""
    shown = ", ".join(outcome.check for outcome in unfinished[:MOST_IDS])
    more = f" and {len(unfinished) - MOST_IDS} more" if len(unfinished) > MOST_IDS else ""
    return f"There may be more: {shown}{more} came to no end (a longer --deadline may help)."


def _key(traced: Traced) -> tuple[str, str]:
    return traced.finding.problem.code, traced.finding.detail


def _attempt(one: Planned) -> tuple[str, tuple[Step, ...]]:
    """Return what tells *one* from other attempts: not where a file is moved to, which the clock names."""
    steps = (planned.step for planned in one.steps)
    return one.name, tuple(replace(step, to="") if isinstance(step, MoveAside) else step for step in steps)


def _name(traced: Traced) -> str:
    return f"{traced.finding.problem.code} {traced.finding.problem.name}"


def _severity(one: Planned) -> Severity:
    return one.traced.finding.problem.severity


def _touched(again: Sequence[Traced], before: Seen) -> tuple[str, ...]:
    """Return the checks that a repair may have changed: what found the faults, and what they kept waiting."""
    codes = {traced.finding.problem.code for traced in again}
    checks = {traced.check for traced in again}
    for traced in diagnosis(before).findings:
        causes = {traced.finding.problem.code, traced.cause.problem.code if traced.cause else None}
        if causes & codes:
            checks |= {traced.check, *traced.blocks}
    return tuple(sorted(checks))
