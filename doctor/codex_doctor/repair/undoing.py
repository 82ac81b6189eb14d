"""Take back what a repair did, and finish what was cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_doctor.errors import RepairError
from codex_doctor.repair.applying import tools
from codex_doctor.repair.record import Writer

if TYPE_CHECKING:
    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.repair.handler import Handler, Tools
    from codex_doctor.repair.handlers import Handlers
    from codex_doctor.repair.record import Record, StepRecord


def undo(record: Record, *, handlers: Handlers, context: Context, door: Door, force: bool = False) -> None:
    """Take back every step of *record*, the last one first, or none of them.

    :raises RepairError: one of them cannot be taken back, or only with *force*; nothing was changed by
        the steps that were not reached.
    """
    if not record.undoable:
        why = "it was undone already" if record.undone else "it changed nothing"
        raise RepairError(f"the repair {record.id} cannot be undone: {why}")
    writer = Writer(record.folder)
    todo = [
        (step, _handler(step, handlers), _tools(step, record, writer, context, door, force=force))
        for step in reversed(record.steps)
        if step.state != "failed" and step.note is not None
    ]
    for step, handler, with_tools in todo:
        objection = handler.objection(step.note or {}, with_tools)
        if objection is not None:
            raise RepairError(f"the repair {record.id} cannot be undone: {objection}")
        loss = handler.needs_force(step.note or {}, with_tools)
        if loss is not None and not force:
            raise RepairError(
                f"the repair {record.id} was not undone: {loss}",
                command=f"codex-doctor repair --undo {record.id} --force",
            )
    for step, handler, with_tools in todo:
        handler.undo(step.note or {}, with_tools)
    writer.undone()


def finish(record: Record, *, handlers: Handlers, context: Context, door: Door) -> tuple[str, ...]:
    """Finish a repair that was cut off, and return what each of its unfinished steps came to."""
    writer = Writer(record.folder)
    told: list[str] = []
    for step in record.steps:
        if step.state != "begun":
            continue
        if step.note is None:  # it was cut off before it changed anything
            writer.failed(step.number)
            told.append(f"not begun: {step.words}")
            continue
        handler = _handler(step, handlers)
        told.append(handler.finish(step.note, _tools(step, record, writer, context, door)))
        writer.done(step.number)
    writer.ended()
    return tuple(told)


def _handler(step: StepRecord, handlers: Handlers) -> Handler:
    found = handlers.by_kind(step.kind)
    if found is None:
        raise RepairError(f"nothing here can take this back: {step.words}")
    return found


def _tools(
    step: StepRecord, record: Record, writer: Writer, context: Context, door: Door, *, force: bool = False
) -> Tools:
    folder = record.folder / str(step.number)
    return tools(context, door, folder, lambda note: writer.noted(step.number, note), force=force)
