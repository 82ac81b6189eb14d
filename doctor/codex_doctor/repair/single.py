"""Do one step that a command of a catalogue is there for, as a repair that can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.fix import Step


def single(step: Step, *, name: str, context: Context, door: Door) -> str:
    """Do *step* on the machine of *context*, and return the id by which it can be undone.

    What an earlier repair left is finished first. In the list of repairs it is called *name*.

    :raises RepairError: it could not be done; everything stands as before, unless the message says more.
    """
    from codex_doctor.repair.alone import alone
    from codex_doctor.repair.applying import apply_one
    from codex_doctor.repair.asked import handlers_on
    from codex_doctor.repair.plan import planned_step
    from codex_doctor.repair.record import own_records
    from codex_doctor.repair.undoing import finish_all, forget

    records, handlers = own_records(), handlers_on(context)
    with alone():
        finish_all(records, handlers=handlers, context=context, door=door)
        writer = records.begin(
            [name],
            forgetting=lambda record: forget(record, handlers=handlers, context=context, door=door),
        )
        planned = planned_step(step, os=context.system.os)
        apply_one(planned, writer, handlers=handlers, context=context, door=door)
    return writer.folder.name
