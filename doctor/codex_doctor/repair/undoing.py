"""Take back what a repair did, and finish what was cut off."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.errors import DoctorError, RecordError, RepairError
from codex_doctor.repair.handler import Tools
from codex_doctor.repair.record import Writer

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.repair.handler import Handler, Note
    from codex_doctor.repair.handlers import Handlers
    from codex_doctor.repair.record import Record, Records, StepRecord


class TakenBack(Struct, frozen=True, kw_only=True):
    """What became of steps that were to be taken back: *left* still stand, the last one first, and why.

    *some*: nothing was taken back, though some of them could be.
    """

    left: tuple[StepRecord, ...] = ()
    error: RepairError | None = None
    some: bool = False


def undo(record: Record, *, handlers: Handlers, context: Context, door: Door, force: bool = False) -> None:
    """Take back every step of *record*, the last one first, or none of them; with *force* those that can be.

    :raises RepairError: one of them cannot be taken back, or only with *force*. The message says so
        where others were; the rest can be taken back later, if ever.
    """
    if not record.undoable:
        raise RepairError(f"the repair {record.id} cannot be undone: {why_not(record)}")
    writer = Writer(record.folder)
    steps = [step for step in record.steps if step.standing]
    took = take_back(steps, writer, handlers=handlers, context=context, door=door, force=force)
    if took.error is None:
        writer.undone()
        return
    back = len(steps) - len(took.left)
    what = f"was taken back in part ({back} of {len(steps)} steps)" if back else "cannot be undone"
    words, command = took.error.message, took.error.command
    if isinstance(took.error, _LossError):
        what = "was not undone"
    elif took.some:
        words += "; the other steps can be taken back, with --force"
    if took.some or isinstance(took.error, _LossError):
        command = f"codex-doctor repair --undo {record.id} --force"
    message = f"the repair {record.id} {what}: {words}"
    raise RepairError(message, transient=took.error.transient, command=command) from took.error


def why_not(record: Record) -> str:
    """Return why nothing is left of *record* to be undone."""
    return "it was undone already" if record.undone else "it changed nothing"


def take_back(
    steps: Sequence[StepRecord],
    writer: Writer,
    *,
    handlers: Handlers,
    context: Context,
    door: Door,
    force: bool = False,
) -> TakenBack:
    """Take *steps* back, the last one first: all of them, or none where one objects beforehand.

    With *force* those that object are left, and the others taken back.
    """
    todo = [
        _Taking(step, writer, handlers=handlers, context=context, door=door, force=force)
        for step in reversed(steps)
        if step.note is not None
    ]
    objections = _objections(todo)
    if objections and not force:
        first = next(iter(objections.values()))
        some = len(objections) < len(todo)
        return TakenBack(left=tuple(one.step for one in todo), error=first, some=some)
    left: list[StepRecord] = []
    errors = [*objections.values()]
    for at, one in enumerate(todo):
        if one.step.number in objections:
            left.append(one.step)
            continue
        try:
            one.may()
            one.undo()
        except RepairError as error:
            errors.append(error)
            if isinstance(error, RecordError) or not force:
                left += (each.step for each in todo[at:])
                break
            left.append(one.step)
    return TakenBack(left=tuple(left), error=errors[0] if errors else None)


def _objections(todo: Sequence[_Taking]) -> dict[int, RepairError]:
    """Return why steps cannot be taken back, by their numbers; a later step may still clear the way."""
    found: dict[int, RepairError] = {}
    for at, one in enumerate(todo):
        try:
            if not any(one.meets(later) for later in todo[:at]):
                one.may()
            one.lose()
        except RepairError as error:
            found[one.step.number] = error
    return found


class _LossError(RepairError):
    """Something is lost by an undo; the user may insist."""


class _Taking:
    """One step that is to be taken back."""

    def __init__(
        self,
        step: StepRecord,
        writer: Writer,
        *,
        handlers: Handlers,
        context: Context,
        door: Door,
        force: bool,
    ) -> None:
        self.step = step
        self._writer = writer
        self._note: Note = step.note or {}
        self._handlers = handlers
        self._tools = _tools(step, writer, context, door, force=force)

    @property
    def _hand(self) -> Handler:
        found = self._handlers.by_kind(self.step.kind)
        if found is None:
            raise RepairError(f"nothing here can take this back: {self.step.words}")
        return found

    def meets(self, other: _Taking) -> bool:
        """Whether *other* changed something that this one had changed, or that is in it or around it."""
        return any(
            mine == theirs or mine in theirs.parents or theirs in mine.parents
            for mine in self._places()
            for theirs in other._places()
        )

    def _places(self) -> tuple[Path, ...]:
        with _as_repair_error():
            return tuple(map(Path, self._hand.places(self._note)))

    def may(self) -> None:
        """Raise where the step cannot be taken back any more."""
        with _as_repair_error():
            objection = self._hand.objection(self._note, self._tools)
        if objection is not None:
            raise RepairError(objection)

    def lose(self) -> None:
        """Raise where something would be lost by it, unless the user insists."""
        with _as_repair_error():
            loss = self._hand.needs_force(self._note, self._tools)
        if loss is not None and not self._tools.force:
            raise _LossError(loss)

    def undo(self) -> None:
        """Take the step back, and write that down."""
        with _as_repair_error():
            self._hand.undo(self._note, self._tools)
        self._writer.back(self.step.number)


def finish(record: Record, *, handlers: Handlers, context: Context, door: Door) -> tuple[str, ...]:
    """Finish a repair that was cut off, and return what each of its unfinished steps came to.

    One that cannot be finished now is left for the next repair.
    """
    writer = Writer(record.folder)
    told: list[str] = []
    left = False
    for step in record.steps:
        if step.state != "begun":
            continue
        if step.note is None:  # it was cut off before it changed anything
            writer.failed(step.number)
            told.append(f"not begun: {step.words}")
            continue
        handler = handlers.by_kind(step.kind)
        if handler is None:
            told.append(f"it is not known how far this came: {step.words}")
        else:
            try:
                with _as_repair_error():
                    told.append(handler.finish(step.note, _tools(step, writer, context, door)))
            except RepairError as error:
                told.append(f"not finished yet: {step.words} ({error})")
                left = True
                continue
        writer.done(step.number)
    if not left:
        writer.ended()
    return tuple(told)


def finish_all(records: Records, *, handlers: Handlers, context: Context, door: Door) -> None:
    """Finish every repair of *records* that was cut off, the oldest first, and say what each came to."""
    for record in reversed([record for record in records.all() if record.unfinished]):
        told = finish(record, handlers=handlers, context=context, door=door)
        if told:
            door.say(f"An earlier repair ({record.id}, {', '.join(record.names)}) was cut off:")
        for line in told:
            door.say(f"  {line}", under=2)


def forget(record: Record, *, handlers: Handlers, context: Context, door: Door) -> None:
    """Let go of whatever is kept elsewhere so that *record* can be taken back. Never raises."""
    writer = Writer(record.folder)
    for step in record.steps:
        handler = handlers.by_kind(step.kind)
        if handler is not None and step.note is not None:
            with contextlib.suppress(RepairError), _as_repair_error():
                handler.forget(step.note, _tools(step, writer, context, door))


@contextlib.contextmanager
def _as_repair_error() -> Generator[None]:
    """Let whatever goes wrong in a handler be a step that could not be taken back or finished."""
    try:
        yield
    except RepairError:
        raise
    except DoctorError as error:
        raise RepairError(str(error)) from error
    except Exception as error:
        raise RepairError(f"codex-doctor itself failed ({type(error).__name__}: {error})") from error


def _tools(step: StepRecord, writer: Writer, context: Context, door: Door, *, force: bool = False) -> Tools:
    return Tools(
        context=context,
        door=door,
        folder=writer.folder / str(step.number),
        remember=lambda note: writer.noted(step.number, note),
        force=force,
    )
