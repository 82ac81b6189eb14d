"""Do the steps of planned fixes, each written down before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from codex_doctor.errors import CalledOffError, DoctorError, RecordError, RepairError
from codex_doctor.repair.handler import Tools
from codex_doctor.repair.record import StepRecord
from codex_doctor.repair.undoing import take_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.repair.handler import Note
    from codex_doctor.repair.handlers import Handlers
    from codex_doctor.repair.plan import Planned, PlannedStep
    from codex_doctor.repair.record import Writer


class Applied(Struct, frozen=True, kw_only=True):
    """What became of one planned fix.

    *error* says why a step failed; the later ones were not tried then, and those before it were taken
    back. *done* is what stands, *back* what was taken back.
    """

    planned: Planned
    done: tuple[PlannedStep, ...]
    back: tuple[PlannedStep, ...] = ()
    error: RepairError | None = None


def apply(
    planned: Sequence[Planned],
    writer: Writer,
    *,
    handlers: Handlers,
    context: Context,
    door: Door,
    announce: Callable[[PlannedStep], None],
) -> tuple[Applied, ...]:
    """Do the steps of *planned*, in order; *announce* is told each before it begins.

    A step that fails ends its own fix, of which nothing stays then; the others go on. Where the record
    cannot be written, or the user calls it off, nothing more is done at all.
    """
    work = _Work(writer, handlers=handlers, context=context, door=door)
    results: list[Applied] = []
    for one in planned:
        done: list[tuple[PlannedStep, StepRecord]] = []
        error: RepairError | None = work.unwritten
        for step in one.steps if error is None else ():
            announce(step)
            record, error = work.try_(step)
            if error is not None:
                break
            done.append((step, record))
        stands = tuple(step for step, _ in done)
        if error is None:
            results.append(Applied(planned=one, done=stands))
            continue
        left = work.take_back([record for _, record in done])
        back = tuple(step for step, record in done if record not in left)
        stands = tuple(step for step in stands if step not in back)
        results.append(Applied(planned=one, done=stands, back=back, error=error))
        if isinstance(error, CalledOffError):
            break
    work.end()
    return tuple(results)


def apply_one(
    step: PlannedStep, writer: Writer, *, handlers: Handlers, context: Context, door: Door
) -> StepRecord:
    """Do one *step* that was asked for by itself, and return what is known of it.

    :raises RepairError: it could not be done, or the record of it cannot be written.
    """
    work = _Work(writer, handlers=handlers, context=context, door=door)
    record, error = work.try_(step)
    work.end()
    if error is not None:
        raise error
    return record


class _Work:
    """The steps of one repair. *unwritten* says why no more can be done: the record cannot be written."""

    def __init__(self, writer: Writer, *, handlers: Handlers, context: Context, door: Door) -> None:
        self._writer = writer
        self._handlers = handlers
        self._context = context
        self._door = door
        self._number = 0
        self._open = False
        self.unwritten: RecordError | None = None

    def try_(self, step: PlannedStep) -> tuple[StepRecord, RepairError | None]:
        """Do *step*, and return what is known of it, with the error where it failed."""
        self._number += 1
        record = StepRecord(number=self._number, kind=step.do, words=step.words)
        try:
            return self._done(step, record), None
        except RecordError as error:
            self.unwritten = error
            return record, error
        except RepairError as error:
            return record, error

    def _done(self, step: PlannedStep, record: StepRecord) -> StepRecord:
        handler = self._handlers.by_kind(step.do)
        if handler is None:
            raise RepairError(f"nothing here can do this: {step.words}", command=step.command)
        folder = self._writer.begun(record.number, kind=step.do, words=step.words)
        noted: list[Note] = []

        def remember(note: Note) -> None:
            self._writer.noted(record.number, note)
            noted.append(note)

        tools = Tools(context=self._context, door=self._door, folder=folder, remember=remember)
        try:
            last = handler.do(step.step, tools)
        except RecordError:
            raise
        except DoctorError as error:
            if isinstance(error, RepairError) and error.unfinished:
                self._open = True
                raise
            if isinstance(error, RepairError) and error.perhaps:
                self._writer.done(record.number)
                raise
            self._writer.failed(record.number)
            if isinstance(error, RepairError):
                raise
            raise RepairError(str(error), command=step.command) from error
        except Exception as error:
            self._open = True  # nobody knows how far it came; the next repair finds out
            fault = f"{type(error).__name__}: {error}"
            raise RepairError(f"{step.words}: codex-doctor itself failed ({fault})") from error
        self._writer.done(record.number, last)
        note = last if last is not None else noted[-1] if noted else None
        return replace(record, state="done", note=note)

    def take_back(self, done: Sequence[StepRecord]) -> Sequence[StepRecord]:
        """Take *done* back, the last one first, and return what could not be."""
        if self.unwritten is not None:
            return done
        return take_back(
            done, self._writer, handlers=self._handlers, context=self._context, door=self._door
        ).left

    def end(self) -> None:
        """Write down that nothing more is done, unless a step is left to be finished."""
        if self.unwritten is None and not self._open:
            try:
                self._writer.ended()
            except RecordError as error:  # all is done, and the next repair will say so
                self.unwritten = error
