"""Do the steps of planned fixes, each written down before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from codex_doctor.errors import DoctorError, RepairError
from codex_doctor.repair.handler import Tools

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codex_doctor.command import Door
    from codex_doctor.context import Context
    from codex_doctor.repair.handler import Note
    from codex_doctor.repair.handlers import Handlers
    from codex_doctor.repair.plan import Planned, PlannedStep
    from codex_doctor.repair.record import Writer


class Applied(Struct, frozen=True, kw_only=True):
    """What became of one planned fix; *error* says why a step failed, and the later ones were not tried."""

    planned: Planned
    done: tuple[PlannedStep, ...]
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

    A step that fails ends its own fix; the others go on.
    """
    number = 0
    results: list[Applied] = []
    for one in planned:
        done: list[PlannedStep] = []
        error: RepairError | None = None
        for step in one.steps:
            number += 1
            announce(step)
            error = _try(step, number, writer, handlers=handlers, context=context, door=door)
            if error is not None:
                break
            done.append(step)
        results.append(Applied(planned=one, done=tuple(done), error=error))
    writer.ended()
    return tuple(results)


def _try(
    step: PlannedStep,
    number: int,
    writer: Writer,
    *,
    handlers: Handlers,
    context: Context,
    door: Door,
) -> RepairError | None:
    handler = handlers.by_kind(step.do)
    if handler is None:
        return RepairError(f"nothing here can do this: {step.words}", command=step.command)
    try:
        folder = writer.begun(number, kind=step.do, words=step.words)
        handler.do(step.step, tools(context, door, folder, lambda note: writer.noted(number, note)))
    except RepairError as error:
        writer.failed(number)
        return error
    except DoctorError as error:
        writer.failed(number)
        return RepairError(str(error), command=step.command)
    writer.done(number)
    return None


def tools(
    context: Context, door: Door, folder: Path, remember: Callable[[Note], None], *, force: bool = False
) -> Tools:
    """Return what a handler may use for a step whose private folder is *folder*."""
    return Tools(context=context, door=door, folder=folder, remember=remember, force=force)
